"""What rests on data that moved on: versions and endpoints whose tables were written to since."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from cuvee.api.callers import Caller
from cuvee.data import service as data
from cuvee.data.values import Snapshot, Table
from cuvee.db.session import Reading
from cuvee.lineage import inputs
from cuvee.lineage.values import Kind, Lag, Ref
from cuvee.registry import versions
from cuvee.registry.values import ModelVersion
from cuvee.serving import service as serving
from cuvee.serving import standings
from cuvee.serving.standings import Standing

_ENDPOINTS: Final = "endpoints:read"


def of_versions(connection: Reading, caller: Caller, found: Collection[ModelVersion]) -> dict[str, list[Lag]]:
    """Version → the tables that moved on since its run read them; versions whose data is the newest are left out."""
    used = inputs.of_versions(connection, found)
    known = data.known(connection, caller, {use.snapshot for uses in used.values() for use in uses})
    current = data.current_of(connection, {uuid for uuid, _ in known})
    steps = {uuid: _positions(connection, uuid, snapshot) for uuid, snapshot in current.items()}
    lags: dict[str, list[Lag]] = {}
    for version in found:
        read = dict.fromkeys(use.snapshot for use in used[version.id])
        for table, snapshot in (known[each] for each in read if each in known):
            now = current.get(table.uuid)
            if now is None or now.id != snapshot.id:
                lags.setdefault(version.id, []).append(
                    _lag(version, table, snapshot, now, steps.get(table.uuid, {}).get(snapshot.id))
                )
    return lags


def of_endpoints(connection: Reading, caller: Caller, project_ids: Collection[str] | None = None) -> list[Lag]:
    """The endpoints that answer with a version whose table moved on; of these projects, or all that the caller sees."""
    visible = caller.projects(_ENDPOINTS)
    wanted = visible if project_ids is None else {each for each in project_ids if caller.allows(_ENDPOINTS, each)}
    found = serving.list_endpoints(connection, wanted)
    return of_standings(connection, caller, standings.of(connection, found))


def of_standings(connection: Reading, caller: Caller, found: Collection[Standing]) -> list[Lag]:
    """The same of endpoints that the caller was found to see."""
    by_version: dict[str, list[Standing]] = {}
    for each in found:
        version_id = each.runs.source.registered_model_version_id if each.active and each.runs else ""
        if version_id:
            by_version.setdefault(version_id, []).append(each)
    lags = of_versions(connection, caller, versions.several(connection, caller, by_version.keys()))
    return [
        replace(lag, node=Ref(Kind.ENDPOINT, each.endpoint.id), name=each.endpoint.name)
        for version_id, several in lags.items()
        for each in by_version[version_id]
        for lag in several
    ]


def _positions(connection: Reading, table_uuid: str, current: Snapshot) -> Mapping[int, int]:
    """Snapshot → how many commits it is behind the current one, along the table's history."""
    parents = {each.id: each.parent_id for each in data.snapshots_of(connection, table_uuid)}
    positions: dict[int, int] = {}
    at: int | None = current.id
    while at is not None and at not in positions:
        positions[at] = len(positions)
        at = parents.get(at)
    return positions


def _lag(version: ModelVersion, table: Table, used: Snapshot, now: Snapshot | None, commits: int | None) -> Lag:
    rows = None
    if now is not None and now.records is not None and used.records is not None:
        rows = now.records - used.records
    return Lag(
        node=Ref(Kind.VERSION, version.id),
        name=f"{version.name} v{version.number}",
        table_uuid=table.uuid,
        table=table.full_name,
        project_id=table.project_id,
        snapshot_id=used.id,
        current_id=None if now is None else now.id,
        commits=commits,
        rows=rows,
        used_at=used.committed_at,
        changed_at=table.updated_at if now is None else now.committed_at,
    )
