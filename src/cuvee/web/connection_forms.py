"""What the form of a data connection sends, and how code uses the connection."""

from collections.abc import Iterable
from typing import Final

from litestar.datastructures import FormMultiDict

from cuvee.connections.service import Draft
from cuvee.connections.values import CATALOGS, Connection, Kind
from cuvee.core import errors

_OPEN: Final = 'import cml.data_v1 as cmldata\n\nconnection = cmldata.get_connection("{name}")\n'
_LOAD: Final = 'from pyiceberg.catalog import load_catalog\n\ntable = load_catalog("{name}").load_table("{table}")\n'
_USES: Final = {
    Kind.DATABASE: _OPEN + 'frame = connection.get_pandas_dataframe("SELECT 1 AS one")',
    Kind.OBJECTS: _OPEN + "files = connection.get_filesystem()  # pyarrow's",
    Kind.SPARK: _OPEN + 'spark = connection.get_spark_session()\nspark.sql("SHOW TABLES IN default").show()',
}


class PropertyTwice(errors.Invalid):
    """Two rows have the same name."""


class ValueWithoutName(errors.Invalid):
    """A value needs a name."""


def draft(form: FormMultiDict, old: Connection | None = None) -> Draft:
    """What the form says. It shows all plain properties, so those that are missing go; an empty secret stays.

    Raises:
        PropertyTwice, ValueWithoutName: when the rows make no sense.

    """
    said = {name: str(value).strip() for name, value in form.items()}
    properties = _rows(form, "property", "value")
    if said.get("uri"):
        properties["uri"] = said["uri"]
    gone = dict.fromkeys(old.properties if old else (), None)
    secrets = {name: value for name, value in _rows(form, "secret", "hidden").items() if value}
    if said.get("password"):
        secrets["password"] = said["password"]
    forgotten = dict.fromkeys((str(name) for name in form.getall("forget", [])), None)
    return Draft(
        name=said.get("name", ""),
        description=said.get("description", "").replace("\r\n", "\n"),
        properties={**gone, **properties},
        secrets={**forgotten, **secrets},
    )


def snippet(connection: Connection) -> str:
    """Code that uses the connection in a session."""
    if connection.is_built_in:
        return _OPEN.format(name=connection.name) + "catalog = connection.get_catalog()  # or get_spark_session()"
    if connection.kind in CATALOGS:
        return _LOAD.format(name=connection.name, table="namespace.table") + "table.scan().to_pandas()"
    return _USES[connection.kind].format(name=connection.name)


def trial(connection: Connection) -> str:
    """Code that says whether the connection works."""
    return f'import cml.data_v1 as cmldata\n\nprint(cmldata.get_connection("{connection.name}").test())'


def _rows(form: FormMultiDict, name: str, value: str) -> dict[str, str]:
    """The rows of a table: names and values in the same order; an empty row is none."""
    pairs: Iterable[tuple[object, object]] = zip(form.getall(name, []), form.getall(value, []), strict=False)
    rows = [(str(key).strip(), str(text).strip().replace("\r\n", "\n")) for key, text in pairs]
    named = [(key, text) for key, text in rows if key or text]
    if not all(key for key, _text in named):
        raise ValueWithoutName
    if len({key for key, _text in named}) < len(named):
        raise PropertyTwice
    return dict(named)
