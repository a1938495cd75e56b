"""How the pages join the house."""

from cuvee.api.builder import Room
from cuvee.web.assets import Assets, static_files
from cuvee.web.page import Pages
from cuvee.web.pages import (
    curves,
    find,
    model_versions,
    models,
    projects,
    run_artifacts,
    runs,
    sessions,
    sign_in,
    start,
    user,
    workbench,
)


def install() -> Room:
    """Every page, the files that pages load, and how refusals look to a person."""
    assets = Assets.built()
    pages = Pages(assets)
    return Room(
        routes=[
            static_files(assets),
            *sign_in.ROUTES,
            *start.ROUTES,
            *user.ROUTES,
            *find.ROUTES,
            *projects.ROUTES,
            *models.ROUTES,
            *model_versions.ROUTES,
            *sessions.ROUTES,
            *workbench.ROUTES,
            *runs.ROUTES,
            *run_artifacts.ROUTES,
            *curves.ROUTES,
        ],
        provides={"pages": pages},
        error_page=pages.refusal,
    )
