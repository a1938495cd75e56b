"""How the registry joins the house."""

from functools import partial

from cuvee.api.builder import Room
from cuvee.db.database import Database
from cuvee.projects.events import Farewells
from cuvee.registry import errors, routes, service


def install(database: Database, farewells: Farewells) -> Room:
    """Routes for API v2. A project whose artifacts are the files of registered versions is not deleted."""

    async def refuse_with_versions(project_id: str) -> None:
        if await database.read(partial(service.count_files_in, project_id=project_id)):
            raise errors.ProjectHoldsVersions

    # First of all farewells, so that nothing is stopped for a deletion that will not happen.
    farewells.before.insert(0, refuse_with_versions)
    farewells.within.append(service.forget_project)
    return Room(
        routes=[
            routes.list_registered_models,
            routes.create_registered_model,
            routes.update_registered_model,
            routes.get_registered_model,
            routes.delete_registered_model,
            routes.update_registered_model_version,
            routes.get_registered_model_version,
            routes.delete_registered_model_version,
            routes.set_registered_model_alias,
            routes.delete_registered_model_alias,
            routes.list_registered_model_moves,
        ]
    )
