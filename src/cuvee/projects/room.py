"""How the projects room joins the house."""

from cuvee.api.builder import Room
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.identity.authentication import Keys
from cuvee.projects import arrivals, folders, routes, routes_collaborators, routes_files, service
from cuvee.projects.creation import Creations
from cuvee.projects.events import Farewells
from cuvee.projects.lifecycle import Lifecycle
from cuvee.runtimes.service import Runtimes


def install(database: Database, settings: Settings, keys: Keys, runtimes: Runtimes, farewells: Farewells) -> Room:
    """Routes for projects and files. At the start, the default project is there and no creation is left half done."""
    creations = Creations(database, settings)
    lifecycle = Lifecycle(settings=settings, creations=creations, keys=keys, runtimes=runtimes, farewells=farewells)

    async def on_startup() -> None:
        folders.prepare(settings.home)
        arrivals.sweep(settings.home)
        await database.write(service.fail_unfinished)
        default = await database.write(service.ensure_default)
        service.directory(settings.home, default.id).mkdir(exist_ok=True, mode=0o700)

    return Room(
        routes=[
            routes.list_projects,
            routes.list_project_names,
            routes.batch_list_projects,
            routes.list_project_templates,
            routes.create_project,
            routes.get_project,
            routes.update_project,
            routes.delete_project,
            routes_collaborators.list_project_collaborators,
            routes_collaborators.add_project_collaborator,
            routes_collaborators.delete_project_collaborator,
            routes_collaborators.list_machine_users,
            routes_files.list_project_files,
            routes_files.upload_files,
            routes_files.write_file,
            routes_files.update_project_file,
            routes_files.download_project_file,
            routes_files.delete_project_file,
        ],
        provides={"lifecycle": lifecycle},
        on_startup=[on_startup],
        on_shutdown=[creations.close],
    )
