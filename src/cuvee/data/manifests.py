"""The data files of a snapshot, from its manifests: what a table's writers noted of each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cuvee.data import avro, errors
from cuvee.data.details import Past
from cuvee.data.files import Warehouse

_DELETED: Final = 2
_DATA: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A file of rows, or of deletes, as its manifest describes it. The maps are from a column's id."""

    #: Deletes are not taken off the counts of the files that they are about.
    is_deletes: bool
    rows: int
    #: Bytes.
    size: int
    values: Mapping[int, int] = field(default_factory=dict)
    nulls: Mapping[int, int] = field(default_factory=dict)
    nans: Mapping[int, int] = field(default_factory=dict)
    #: In Iceberg's single-value form.
    least: Mapping[int, bytes] = field(default_factory=dict)
    greatest: Mapping[int, bytes] = field(default_factory=dict)


def files(warehouse: Warehouse, past: Past) -> Iterator[DataFile | None]:
    """The files of a snapshot, one manifest after another. None says that something was read that is no file of it.

    Raises:
        BadManifest: when one cannot be read, or is not below the project's folder.

    """
    for place in _manifests(warehouse, past):
        yield None
        yield from map(as_file, avro.records(_content(warehouse, place)))


def _manifests(warehouse: Warehouse, past: Past) -> Iterator[str]:
    yield from past.manifests
    if past.manifest_list:
        for each in avro.records(_content(warehouse, past.manifest_list)):
            place = each.get("manifest_path")
            if not isinstance(place, str):
                raise errors.BadManifest
            yield place


def _content(warehouse: Warehouse, place: str) -> bytes:
    try:
        return warehouse.read(place)
    except (errors.BadLocation, errors.BadMetadata, ValueError) as error:
        raise errors.BadManifest from error


def as_file(entry: Mapping[str, Any]) -> DataFile | None:
    """A manifest's entry; None for a file that the snapshot no longer has.

    Raises:
        BadManifest: when it is none.

    """
    try:
        if entry["status"] == _DELETED:
            return None
        found = entry["data_file"]
        return DataFile(
            is_deletes=found.get("content", _DATA) != _DATA,
            rows=_count(found["record_count"]),
            size=_count(found["file_size_in_bytes"]),
            values=_counts(found.get("value_counts")),
            nulls=_counts(found.get("null_value_counts")),
            nans=_counts(found.get("nan_value_counts")),
            least=_bounds(found.get("lower_bounds")),
            greatest=_bounds(found.get("upper_bounds")),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise errors.BadManifest from error


def _counts(pairs: Any) -> Mapping[int, int]:
    return {int(key): _count(value) for key, value in _pairs(pairs)}


def _bounds(pairs: Any) -> Mapping[int, bytes]:
    found = {int(key): value for key, value in _pairs(pairs)}
    if not all(isinstance(value, bytes) for value in found.values()):
        raise TypeError
    return found


def _pairs(found: Any) -> Iterable[tuple[Any, Any]]:
    """A map by numbers is an array of pairs in Avro, which knows only names as keys."""
    if found is None:
        return ()
    return found.items() if isinstance(found, dict) else ((each["key"], each["value"]) for each in found)


def _count(found: Any) -> int:
    if not isinstance(found, int) or found < 0:
        raise ValueError
    return found
