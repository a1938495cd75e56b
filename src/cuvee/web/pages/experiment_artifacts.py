"""What the runs of an experiment kept: the files of many runs laid over each other, and the models that were logged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cuvee.api.request import Call
from cuvee.artifacts.blobs import Blobs
from cuvee.artifacts.stores import Stores
from cuvee.artifacts.values import Entry
from cuvee.core.paths import BadPath, RelativePath
from cuvee.db.session import Reading
from cuvee.logged_models import search as logged_models
from cuvee.logged_models.values import LoggedModel
from cuvee.tracking import windows
from cuvee.tracking.values import RunInfo, Window
from cuvee.web.pages.experiment_address import Wanted

#: Runs that are looked into, entries of each folder, and models that are listed.
MOST_RUNS: Final = 100
_ENTRIES: Final = 500
_MODELS: Final = 50


@dataclass(slots=True, kw_only=True)
class Name:
    """A name that lies in this folder of some runs."""

    name: str
    is_folder: bool
    runs: int = 0
    #: Bytes, of all of them.
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A folder of many runs at once."""

    path: str = ""
    #: The folders that lead to it: name, path.
    way: Sequence[tuple[str, str]] = ()
    names: Sequence[Name] = ()
    #: The runs that have the path, with its size when it is a file; for the root nothing.
    holders: Sequence[tuple[RunInfo, Entry]] = ()
    #: How many runs were looked into, and how many fit.
    looked: int = 0
    total: int = 0
    models: Sequence[LoggedModel] = ()
    more_models: bool = False
    problem: str = ""
    by_run: dict[str, RunInfo] = field(default_factory=dict)


async def look(call: Call, stores: Stores, experiment_id: str, wanted: Wanted) -> Overview:
    """Look into the newest runs that fit.

    Raises:
        BadFilter: when the filter cannot be read.

    """

    def read(connection: Reading) -> tuple[Window, logged_models.Page]:
        window = windows.window(
            connection, call.caller, experiment_id, filter_text=wanted.filter, view=wanted.runs, limit=MOST_RUNS
        )
        found = logged_models.search(connection, call.caller, experiment_ids=[experiment_id], limit=_MODELS)
        return window, found

    window, models = await call.read(read)
    infos = [line.info for line in window.lines]
    problem, path = "", RelativePath()
    try:
        path = RelativePath.parse(wanted.others.get("artifact", ""))
    except BadPath as error:
        problem = error.message
    names: dict[str, Name] = {}
    holders: list[tuple[RunInfo, Entry]] = []
    for info in infos:
        entry = await _entry(stores.of(info.project_id), _root(info), path)
        if entry is None:
            continue
        if path.names:
            holders.append((info, entry))
        if entry.is_folder:
            _add(names, await _listed(stores.of(info.project_id), _root(info) / path))
    return Overview(
        path=str(path),
        way=[(name, "/".join(path.names[: place + 1])) for place, name in enumerate(path.names)],
        names=sorted(names.values(), key=lambda each: (not each.is_folder, each.name)),
        holders=holders,
        looked=len(infos),
        total=window.total,
        models=models.models,
        more_models=models.next_offset is not None,
        problem=problem,
        by_run={info.id: info for info in infos},
    )


def _root(info: RunInfo) -> RelativePath:
    return RelativePath((info.experiment_id, info.id, "artifacts"))


async def _entry(store: Blobs, root: RelativePath, path: RelativePath) -> Entry | None:
    """What lies at the path in one run; the root is a folder, whether it is there or not."""
    if not path.names:
        return Entry(name="", is_folder=True)
    listed = await _listed(store, root / path.parent)
    return next((entry for entry in listed if entry.name == path.name), None)


async def _listed(store: Blobs, folder: RelativePath) -> list[Entry]:
    found: list[Entry] = []
    async for some in store.list(folder):
        found += some
        if len(found) >= _ENTRIES:
            break
    return found[:_ENTRIES]


def _add(names: dict[str, Name], entries: Sequence[Entry]) -> None:
    for entry in entries:
        known = names.setdefault(entry.name, Name(name=entry.name, is_folder=entry.is_folder))
        known.runs += 1
        known.size += entry.size
