"""How the pages join the house."""

from cuvee.api.builder import Room
from cuvee.web.assets import Assets, static_files
from cuvee.web.page import Pages
from cuvee.web.pages import (
    admin,
    admin_connections,
    collaborators,
    compare,
    connections,
    curves,
    deploy,
    deployments,
    endpoint,
    endpoint_actions,
    endpoint_logs,
    events,
    experiment,
    experiment_download,
    experiment_rows,
    experiments,
    file_actions,
    files,
    find,
    learning,
    lineage,
    model_versions,
    models,
    new_project,
    project,
    project_settings,
    projects,
    run_again,
    run_artifacts,
    runs,
    sessions,
    sign_in,
    start,
    table,
    tables,
    user,
    workbench,
)
from cuvee.web.trial import Trial


def install(url: str, *, frames: str) -> Room:
    """Every page, the files that pages load, and how refusals look.

    `url` is where this platform answers, `frames` what pages may show in frames: the origin of users' content.
    """
    assets = Assets.built()
    pages = Pages(assets, frames=f"'self' {frames}")
    return Room(
        routes=[
            static_files(assets),
            *sign_in.ROUTES,
            *start.ROUTES,
            *user.ROUTES,
            *admin.ROUTES,
            *admin_connections.ROUTES,
            *events.ROUTES,
            *find.ROUTES,
            *projects.ROUTES,
            *models.ROUTES,
            *model_versions.ROUTES,
            *sessions.ROUTES,
            *workbench.ROUTES,
            *runs.ROUTES,
            *run_again.ROUTES,
            *run_artifacts.ROUTES,
            *curves.ROUTES,
            *compare.ROUTES,
            *deploy.ROUTES,
            *deployments.ROUTES,
            *endpoint.ROUTES,
            *endpoint_actions.ROUTES,
            *endpoint_logs.ROUTES,
            *tables.ROUTES,
            *table.ROUTES,
            *experiments.ROUTES,
            *experiment.ROUTES,
            *experiment_rows.ROUTES,
            *experiment_download.ROUTES,
            *new_project.ROUTES,
            *project.ROUTES,
            *files.ROUTES,
            *file_actions.ROUTES,
            *collaborators.ROUTES,
            *connections.ROUTES,
            *project_settings.ROUTES,
            *learning.ROUTES,
            *lineage.ROUTES,
        ],
        provides={"pages": pages, "trial": Trial(url)},
        error_page=pages.refusal,
    )
