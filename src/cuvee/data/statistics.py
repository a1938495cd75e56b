"""What is known of a snapshot's rows without reading one: counts, and the least and greatest of each column."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cuvee.data import bounds
from cuvee.data.details import Column
from cuvee.data.manifests import DataFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read for one answer."""

    files: int = 100_000
    #: Of reading.
    seconds: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What is known of the values of a column."""

    #: Nones are counts of which no file says anything.
    nulls: int | None = None
    nans: int | None = None
    #: As text; empty when it is not known of every file that holds a value.
    least: str = ""
    greatest: str = ""
    #: Rows in files that say nothing of the column: it was added later, or its writer notes nothing.
    untold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """A snapshot's rows in numbers."""

    #: Rows in the data files, those that delete files take away among them.
    rows: int = 0
    files: int = 0
    #: Bytes, those of delete files among them.
    size: int = 0
    #: Rows that delete files are about, and how many such files there are: the counts are inexact when there are some.
    deletes: int = 0
    delete_files: int = 0
    #: Column id → its values.
    columns: Mapping[int, Values] = field(default_factory=dict)
    #: Whether there was more than is read for one answer.
    is_partial: bool = False

    @property
    def remarks(self) -> Sequence[str]:
        """Why the numbers are not the whole truth; none when they are."""
        found = []
        if self.is_partial:
            found.append(f"The snapshot has more files than are looked at here: these are the first {self.files}.")
        if self.delete_files:
            found.append(
                f"{self.delete_files} delete {'file takes' if self.delete_files == 1 else 'files take'} rows away, and "
                "the counts still have these rows in them."
            )
        return found


def gather(
    files: Iterable[DataFile | None],
    columns: Sequence[Column],
    limits: Limits,
    *,
    now: Callable[[], float] = time.monotonic,
) -> Statistics:
    """Add up what manifests say of a snapshot's files."""
    sums = {each.id: _Sum(each.type) for each in columns if each.is_plain}
    rows = data_files = size = deletes = delete_files = 0
    is_partial, until = False, now() + limits.seconds
    for file in files:
        if data_files + delete_files >= limits.files or now() > until:
            is_partial = True
            break
        if file is None:
            continue
        size += file.size
        if file.is_deletes:
            delete_files, deletes = delete_files + 1, deletes + file.rows
            continue
        data_files, rows = data_files + 1, rows + file.rows
        for column_id, each in sums.items():
            each.add(file, column_id)
    return Statistics(
        rows=rows,
        files=data_files,
        size=size,
        deletes=deletes,
        delete_files=delete_files,
        columns={column_id: each.values() for column_id, each in sums.items()},
        is_partial=is_partial,
    )


class _Sum:
    """What files say of one column, added up."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._nulls: int | None = None
        self._nans: int | None = None
        self._least = _Extreme(kind, min)
        self._greatest = _Extreme(kind, max)
        self._untold = 0

    def add(self, file: DataFile, column_id: int) -> None:
        nulls, nans = file.nulls.get(column_id), file.nans.get(column_id)
        if nulls is None:
            self._untold += file.rows
        else:
            self._nulls = (self._nulls or 0) + nulls
        if nans is not None:
            self._nans = (self._nans or 0) + nans
        # A file without a value that could be compared has no bounds, and takes none from the others.
        if file.values.get(column_id, file.rows) > (nulls or 0) + (nans or 0):
            self._least.add(file.least.get(column_id))
            self._greatest.add(file.greatest.get(column_id))

    def values(self) -> Values:
        return Values(
            nulls=self._nulls,
            nans=self._nans if self._kind in {"float", "double"} else None,
            least=self._least.text(),
            greatest=self._greatest.text(),
            untold=self._untold,
        )


class _Extreme:
    """The least or the greatest, as long as every file has one."""

    def __init__(self, kind: str, choose: Callable[[Any, Any], Any]) -> None:
        self._kind, self._choose = kind, choose
        self._found: Any = None
        self._is_known = True

    def add(self, content: bytes | None) -> None:
        value = None if content is None else bounds.value(content, self._kind)
        if value is None:
            self._is_known = False
        elif self._is_known:
            self._found = value if self._found is None else self._choose(self._found, value)

    def text(self) -> str:
        return bounds.text(self._found, self._kind) if self._is_known else ""
