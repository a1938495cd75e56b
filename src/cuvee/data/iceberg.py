"""Changes of a table's metadata, made by Iceberg's own Python library: nothing here knows of files or databases.

The library takes about two seconds and 60 MB to import, so it is imported by the first change that is made.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn
from uuid import UUID

from cuvee.data import errors

_LONGEST_REASON: Final = 500
#: The newest format that the library can write.
_NEWEST: Final = 2


def created(asked: Mapping[str, Any], *, uuid: str, location: str) -> bytes:
    """The metadata of a new table, from the protocol's CreateTableRequest.

    Raises:
        BadChange: when the request describes no table.
        NotServed: when it asks for a format that cannot be written.

    """
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec  # noqa: PLC0415 - see above
    from pyiceberg.schema import Schema  # noqa: PLC0415
    from pyiceberg.table.metadata import new_table_metadata  # noqa: PLC0415
    from pyiceberg.table.sorting import UNSORTED_SORT_ORDER, SortOrder  # noqa: PLC0415

    properties = _texts(asked.get("properties"))
    _require_format(properties.get("format-version", _NEWEST))

    def made() -> bytes:
        spec, order = asked.get("partition-spec"), asked.get("write-order")
        return _written(
            new_table_metadata(
                schema=Schema.model_validate(asked.get("schema")),
                partition_spec=PartitionSpec.model_validate(spec) if spec else UNPARTITIONED_PARTITION_SPEC,
                sort_order=SortOrder.model_validate(order) if order else UNSORTED_SORT_ORDER,
                location=location,
                properties=properties,
                table_uuid=UUID(uuid),
            )
        )

    return _refusing(made)


def checked(content: bytes) -> None:
    """Whether the library can read a metadata file that somebody else wrote.

    Raises:
        BadMetadata: when not.
        NotServed: when it is in a format that cannot be written.

    """
    from pyiceberg.table.metadata import TableMetadataUtil  # noqa: PLC0415

    try:
        found = TableMetadataUtil.parse_raw(content.decode())
    except Exception as error:
        raise errors.BadMetadata from error
    _require_format(found.format_version)


def changed(
    base: bytes | None, requirements: Sequence[Any], updates: Sequence[Any], *, metadata_location: str
) -> bytes:
    """The metadata after a commit's updates; `base` is None for a table that is made by the commit.

    Raises:
        CommitConflict: when the base is not as the requirements say.
        BadChange: when the updates cannot be made.
        NotServed: when they ask for a format that cannot be written.

    """
    from pydantic import TypeAdapter  # noqa: PLC0415
    from pyiceberg.exceptions import CommitFailedException  # noqa: PLC0415
    from pyiceberg.schema import Schema  # noqa: PLC0415
    from pyiceberg.table.metadata import TableMetadataUtil, TableMetadataV1  # noqa: PLC0415
    from pyiceberg.table.update import TableRequirement, TableUpdate, update_table_metadata  # noqa: PLC0415

    for update in updates:
        if isinstance(update, dict) and update.get("action") == "upgrade-format-version":
            _require_format(update.get("format-version"))

    def made() -> bytes:
        before = TableMetadataUtil.parse_raw(base.decode()) if base is not None else None
        for requirement in TypeAdapter(tuple[TableRequirement, ...]).validate_python(tuple(requirements)):
            requirement.validate(before)
        # As the library's own catalogs begin: the updates of a new table bring it to its format.
        before = before or TableMetadataV1.model_construct(last_column_id=-1, schema=Schema())
        changes = TypeAdapter(tuple[TableUpdate, ...]).validate_python(tuple(updates))
        return _written(
            update_table_metadata(
                before, changes, enforce_validation=base is None, metadata_location=metadata_location or None
            )
        )

    try:
        return _refusing(made)
    except CommitFailedException as error:
        raise errors.CommitConflict(str(error)[:_LONGEST_REASON]) from error


def _written(metadata: Any) -> bytes:
    text: str = metadata.model_dump_json()
    return text.encode()


def _texts(given: Any) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise errors.BadChange("The properties are an object of texts.")
    return dict(given)


def _require_format(version: object) -> None:
    if str(version) not in {"1", "2"}:
        raise errors.NotServed(f"Tables of format {str(version)[:20]!r} are not written here: use format 1 or 2.")


def _refusing(made: Callable[[], bytes]) -> bytes:
    """What the library makes; whatever it thinks of its input, in our words. Conflicts go through."""
    from pyiceberg.exceptions import CommitFailedException  # noqa: PLC0415

    try:
        return made()
    except CommitFailedException:
        raise
    except Exception as error:  # noqa: BLE001 - it raises what its parts raise: ValueError, KeyError, pydantic's, its own
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    reason = " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
    raise errors.BadChange(f"The table cannot be changed so: {reason}") from error
