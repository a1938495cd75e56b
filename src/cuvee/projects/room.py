"""How the projects room joins the house."""

from pathlib import Path

from cuvee.api.builder import Room
from cuvee.db.database import Database
from cuvee.projects import service
from cuvee.projects.events import Farewells


def install(database: Database, home: Path, farewells: Farewells) -> Room:
    """Routes for projects and files. At the start, the default project is there and no creation is left half done."""

    async def on_startup() -> None:
        await database.write(service.fail_unfinished)
        default = await database.write(service.ensure_default)
        service.directory(home, default.id).mkdir(parents=True, exist_ok=True, mode=0o700)

    return Room(on_startup=[on_startup], provides={"farewells": farewells})
