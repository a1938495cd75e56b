"""The columns of our tables, put into an event before it is sent: they are in files, which no transaction waits for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from cuvee.core.errors import CuveeError
from cuvee.core.ids import is_id
from cuvee.data import details
from cuvee.data.details import Column
from cuvee.data.files import Warehouse
from cuvee.lineage.openlineage import datasets
from cuvee.projects import service as projects


def filled(body: str, home: Path) -> bytes:
    """The event with the columns of the snapshots in it, as far as their metadata files can be read."""
    event: dict[str, Any] = msgspec.json.decode(body)
    for dataset in (*event["inputs"], *event["outputs"]):
        snapshot = dataset["facets"].get("cuvee_snapshot")
        columns = _columns(home, snapshot) if snapshot is not None else ()
        if columns:
            plain = [(each.path, each.type, each.doc) for each in columns]
            dataset["facets"]["schema"] = datasets.schema(plain)
    return msgspec.json.encode(event)


def _columns(home: Path, snapshot: dict[str, Any]) -> Sequence[Column]:
    project_id: str = snapshot["projectId"]
    if not is_id(project_id):
        return ()
    try:
        content = Warehouse(projects.directory(home, project_id)).read(snapshot["metadataLocation"])
        return details.read(content).schemas.get(snapshot["schemaId"], ())
    except CuveeError:
        return ()
