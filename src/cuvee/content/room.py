"""How the content origin joins the house."""

from pathlib import Path

from cuvee.api.builder import Room
from cuvee.api.pages import Sealer
from cuvee.artifacts.blobs import Blobs
from cuvee.artifacts.local import LocalStore
from cuvee.artifacts.stores import Stores
from cuvee.artifacts.values import Limits
from cuvee.content import routes
from cuvee.content.door import Door
from cuvee.content.origin import Origin
from cuvee.content.passes import Passes
from cuvee.content.views import Folder, Views
from cuvee.core.settings import Settings
from cuvee.projects import service as projects
from cuvee.proxy.forward import Proxy
from cuvee.sessions.manager import Sessions


def install(
    settings: Settings, origin: Origin, *, sealer: Sealer, sessions: Sessions, proxy: Proxy, stores: Stores
) -> Room:
    """The application behind the second address, and the ways to it."""
    passes, views = Passes(), Views(sealer)
    door = Door(
        passes=passes,
        views=views,
        sessions=sessions,
        proxy=proxy,
        files=lambda folder: _files(settings.home, stores, folder),
        host_names=settings.allowed_hosts | {settings.host.lower()} | origin.host_names,
        is_https=settings.https,
    )
    return Room(
        routes=routes.ROUTES,
        provides={"passes": passes, "views": views, "content_origin": origin},
        content=door,
    )


def _files(home: Path, stores: Stores, folder: Folder) -> Blobs:
    if folder.is_artifacts:
        return stores.of(folder.project_id)
    return LocalStore(projects.directory(home, folder.project_id), Limits(largest=0))
