"""A table as it was: metadata in which an earlier snapshot is the current one, and nothing is known of what came after.

A client that is given them sees the past without being told: it plans its scans from the current snapshot and schema,
and finds its way through `history` and `snapshots`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from cuvee.data import errors
from cuvee.data.values import Table
from cuvee.datasets.values import Moment
from cuvee.db.session import Reading

_UNSORTED: Final = {"order-id": 0, "fields": []}
_IDS: Final = ("id", "element-id", "key-id", "value-id")
_OF_SNAPSHOTS: Final = ("statistics", "partition-statistics")


@dataclass(frozen=True, slots=True)
class Pasts:
    """Which sessions see tables as they were; what knows of sessions hands the answer in."""

    #: Project and session → table UUID → how the session sees the table. Nothing for a session that sees the present.
    find: Callable[[Reading, str, str], Mapping[str, Moment]]


def require_present(table: Table, moments: Mapping[str, Moment]) -> None:
    """Go on only when a table may be changed.

    Raises:
        PastStays: when the client sees it as it was.

    """
    if table.uuid in moments:
        raise errors.PastStays(f"{table.full_name} is seen as it was by this session, which cannot change it.")


def seen(content: bytes, moment: Moment) -> bytes:
    """A metadata file in which a snapshot is the newest there is.

    Raises:
        SnapshotNotFound: when it is not among the table's.

    """
    metadata = msgspec.json.decode(content, type=dict[str, Any])
    snapshots = metadata.get("snapshots") or []
    current = next((each for each in snapshots if each["snapshot-id"] == moment.snapshot_id), None)
    if current is None:
        raise errors.SnapshotNotFound(f"Snapshot {moment.snapshot_id}, which is to be seen, was expired.")
    kept = [each for each in snapshots if _order(each) <= _order(current)]
    ids = {each["snapshot-id"] for each in kept}
    refs = {name: ref for name, ref in (metadata.get("refs") or {}).items() if ref["snapshot-id"] in ids}
    main = (metadata.get("refs") or {}).get("main") or {"type": "branch"}
    metadata |= {
        "current-snapshot-id": moment.snapshot_id,
        "snapshots": kept,
        "refs": refs | {"main": main | {"snapshot-id": moment.snapshot_id}},
        "snapshot-log": _log(metadata.get("snapshot-log") or [], current, ids),
    }
    for name in _OF_SNAPSHOTS:
        if metadata.get(name):
            metadata[name] = [each for each in metadata[name] if each["snapshot-id"] in ids]
    schema_id = current.get("schema-id") if moment.schema_id is None else moment.schema_id
    return msgspec.json.encode(metadata | _in_schema(metadata, schema_id))


def _order(snapshot: Mapping[str, Any]) -> tuple[int, int]:
    """When it was committed: format 1 has no numbers, and clocks may differ."""
    return snapshot.get("sequence-number") or 0, snapshot["timestamp-ms"]


def _log(log: list[dict[str, Any]], current: Mapping[str, Any], ids: Collection[int]) -> list[dict[str, Any]]:
    """The history up to a snapshot, which ends it: clients insist on that."""
    places = [place for place, each in enumerate(log) if each["snapshot-id"] == current["snapshot-id"]]
    if places:
        return [each for each in log[: places[-1] + 1] if each["snapshot-id"] in ids]
    before = [each for each in log if each["snapshot-id"] in ids and each["timestamp-ms"] <= current["timestamp-ms"]]
    return [*before, {"snapshot-id": current["snapshot-id"], "timestamp-ms": current["timestamp-ms"]}]


def _in_schema(metadata: Mapping[str, Any], schema_id: int | None) -> dict[str, Any]:
    """What changes with the schema; partitions and orders by columns that came later are left out."""
    schemas = {each.get("schema-id", 0): each for each in metadata.get("schemas") or []}
    if schema_id not in schemas:
        return {}
    known = {number for key, each in schemas.items() if key <= schema_id for number in _ids(each)}
    specs = [each for each in metadata.get("partition-specs") or [] if _is_known(each, known)]
    orders = [each for each in metadata.get("sort-orders") or [] if _is_known(each, known)] or [_UNSORTED]
    changes: dict[str, Any] = {"current-schema-id": schema_id, "partition-specs": specs, "sort-orders": orders}
    spec_ids, order_ids = [each["spec-id"] for each in specs], [each["order-id"] for each in orders]
    if spec_ids and metadata.get("default-spec-id") not in spec_ids:
        changes["default-spec-id"] = max(spec_ids)
    if metadata.get("default-sort-order-id") not in order_ids:
        changes["default-sort-order-id"] = order_ids[0]
    if "schema" in metadata:  # format 1 says it twice
        changes["schema"] = schemas[schema_id]
    return changes


def _is_known(by: Mapping[str, Any], known: Collection[int]) -> bool:
    return all(field.get("source-id") in known for field in by.get("fields") or [])


def _ids(part: Any) -> Iterator[int]:
    """The ids of all columns of a schema, also of those inside others."""
    if isinstance(part, list):
        for each in part:
            yield from _ids(each)
    elif isinstance(part, dict):
        yield from (part[name] for name in _IDS if isinstance(part.get(name), int))
        for each in part.values():
            yield from _ids(each)
