"""How the compute room joins the house."""

import os
from pathlib import Path

from cuvee.api.builder import Room
from cuvee.compute import routes
from cuvee.compute.reconcile import Workloads
from cuvee.core.ids import is_id, new_id


def place(root: Path) -> str:
    """This home's name among the platforms of one database, made once."""
    note = root / "place"
    if not note.is_file():
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = root / f".place.{os.getpid()}"
        draft.write_text(new_id())
        draft.replace(note)
    name = note.read_text().strip()
    return name if is_id(name) else "unknown"


def install(workloads: Workloads, *, stop_all: bool) -> Room:
    """Profiles, and the loop that keeps workloads true. `stop_all`: a clean end of the platform stops them."""

    async def on_shutdown() -> None:
        await workloads.close(stop_all=stop_all)

    return Room(
        routes=[routes.list_profiles],
        provides={"workloads": workloads},
        on_startup=[workloads.open],
        on_shutdown=[on_shutdown],
    )
