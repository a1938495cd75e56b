"""The first rows of a snapshot, to be looked at: `python -I -m cuvee_runtime.iceberg.preview`, a process of its own.

The platform's process reads no rows: a broken file could end it, a large one fill it. It starts this one, writes a
question to its input, and reads one JSON document from its output. No network and no key is needed. What the files say
is not believed: those outside the project's folder are not opened, whatever a manifest names, and no link is followed.
"""

import json
import os
import resource
import signal
import stat
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pyiceberg.table import StaticTable

#: Columns that are shown, and characters of a value.
MOST_COLUMNS = 100
LONGEST_VALUE = 200
LONGEST_REASON = 300
#: Seconds of work, and in all.
_CPU = 30
_PATIENCE = 60
#: Bytes that the process may have: a row group of a Parquet file is read as a whole.
_MEMORY = 4 * 1024**3


class Outside(ValueError):
    """The table names a file that is not in the project's folder."""


def open_below(root: str, location: str) -> BinaryIO:
    """Open a regular file below a folder, name by name; no link is followed.

    Raises:
        Outside: when the location is anywhere else, a link is on the way, or it is no regular file.

    """
    parts = urlsplit(location)
    path = unquote(parts.path)
    names = path.removeprefix(f"{root}/").split("/")
    if (
        parts.scheme not in {"file", ""}
        or parts.netloc
        or not path.startswith(f"{root}/")
        or {"", ".", ".."} & {*names}
    ):
        raise Outside("The table names a file that is not in the project's folder.")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names[:-1]:
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        found = os.open(names[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise Outside("The table names something that is no file.")
    return os.fdopen(found, "rb")


def table(root: str, metadata_location: str) -> "StaticTable":
    """The table that a metadata file describes, whose files are opened below the root alone."""
    from pyiceberg.catalog.noop import NoopCatalog  # noqa: PLC0415 - after the process is limited
    from pyiceberg.io import FileIO, InputFile  # noqa: PLC0415
    from pyiceberg.serializers import FromInputFile  # noqa: PLC0415
    from pyiceberg.table import StaticTable  # noqa: PLC0415

    class Inside(InputFile):
        def __len__(self) -> int:
            with open_below(root, self.location) as stream:
                return os.fstat(stream.fileno()).st_size

        def exists(self) -> bool:
            return True

        def open(self, seekable: bool = True) -> Any:
            return open_below(root, self.location)

    class InsideIO(FileIO):
        def new_input(self, location: str) -> InputFile:
            return Inside(location)

        def new_output(self, location: str) -> NoReturn:
            raise Outside("Nothing is written here.")

        def delete(self, location: Any) -> NoReturn:
            raise Outside("Nothing is deleted here.")

    # Not by `from_metadata`: it has the table itself choose how its files are opened.
    return StaticTable(
        identifier=("preview",),
        metadata_location=metadata_location,
        metadata=FromInputFile.table_metadata(Inside(metadata_location)),
        io=InsideIO(),
        catalog=NoopCatalog("preview"),
    )


def first_rows(root: str, metadata_location: str, snapshot_id: int, count: int) -> dict[str, Any]:
    """The names and types of the columns, and up to `count` rows with their values as text; None is no value."""
    found = table(root, metadata_location)
    schema = found.scan(snapshot_id=snapshot_id).projection()
    fields = schema.fields[:MOST_COLUMNS]
    scan = found.scan(
        snapshot_id=snapshot_id, limit=count, selected_fields=tuple(field.name for field in fields) or ("*",)
    )
    rows = islice(_rows(scan.to_arrow_batch_reader()), count)
    return {
        "columns": [{"name": field.name, "type": str(field.field_type)[:LONGEST_VALUE]} for field in fields],
        "rows": [[written(row.get(field.name)) for field in fields] for row in rows],
        "more_columns": len(schema.fields) - len(fields),
    }


def written(value: Any) -> str | None:
    """A value as people read it."""
    if value is None:
        return None
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, bytes):
        text = value[:LONGEST_VALUE].hex()
    elif isinstance(value, datetime):
        text = value.isoformat(" ")
    elif isinstance(value, date | time):
        text = value.isoformat()
    elif isinstance(value, dict | list):
        text = json.dumps(value, default=str, ensure_ascii=False)
    else:
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _rows(batches: Any) -> Iterator[dict[str, Any]]:
    for batch in batches:
        for start in range(0, batch.num_rows, 100):
            yield from batch.slice(start, 100).to_pylist()


def _limit() -> None:
    """Give up what a preview does not need, before anything is read."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    signal.alarm(_PATIENCE)


def _answered(question: dict[str, Any]) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415 - after the process is limited

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        return first_rows(question["root"], question["metadata"], int(question["snapshot_id"]), question["rows"])
    except MemoryError:
        return {"error": "It takes more memory than a preview may have."}
    except Exception as error:  # noqa: BLE001 - whatever the libraries think of the files
        reason = " ".join(str(error).split()) or type(error).__name__
        return {"error": reason[:LONGEST_REASON]}


def main() -> None:
    """Answer one question."""
    _limit()
    answer = _answered(json.load(sys.stdin))
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    # The libraries' threads may still read ahead: nobody waits for them.
    os._exit(0)


if __name__ == "__main__":
    main()
