"""From a body or a query string to a message, as protobuf's JSON parser and MLflow's checks take it.

Nearly every request is read in one step. What that step refuses (other spellings, nulls, unknown fields, wrong
types) is read again slowly, either to accept it as MLflow does or to say what is wrong in MLflow's words.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from cuvee.core.errors import Invalid
from cuvee.mlflow_api import errors

T = TypeVar("T", bound=Struct)


class Message(Struct, forbid_unknown_fields=True, gc=False):
    """What every request is: a field without a default is required, `""` counts as missing, as in MLflow.

    Messages hold no cycles, so the garbage collector need not walk through the thousand metrics of a batch.
    """


class Reader(Generic[T]):
    """Reads messages of one kind."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._shape = _Shape(kind)
        self._decode = msgspec.json.Decoder(kind, strict=False).decode
        self._required: Final = self._shape.required
        self._lists: Final = {field.encode_name for field in fields(kind) if _is_list(field)}

    def body(self, raw: bytes, path: Mapping[str, Any]) -> T:
        """The message in a body; an empty or unreadable body is an empty message, and so lacks what is required."""
        if not path and raw:
            try:
                return self._complete(self._decode(raw))
            except msgspec.MsgspecError:
                pass
        return self._slowly(_parsed(raw), path)

    def query(self, pairs: Sequence[tuple[str, str]], path: Mapping[str, Any]) -> T:
        """The message in a query string, where a repeated field comes several times."""
        given: dict[str, Any] = {}
        for name, value in pairs:
            if name in self._lists:
                given.setdefault(name, []).append(value)
            else:
                given.setdefault(name, value)
        return self._slowly(given, path)

    def _complete(self, message: T) -> T:
        for name in self._required:
            if getattr(message, name) == "":
                raise errors.MissingParameter(name)
        return message

    def _slowly(self, value: object, path: Mapping[str, Any]) -> T:
        if isinstance(value, str):  # older clients encode twice
            value = _parsed(value.encode())
        if not isinstance(value, dict):
            raise errors.NotAnObject
        named = self._shape.named(value) | dict(path)
        if not named.get("run_id") and "run_id" in self._shape.names and "run_uuid" in value:
            named["run_id"] = value["run_uuid"]
        self._shape.require(named, "")
        try:
            return msgspec.convert(named, self._kind, strict=False)
        except msgspec.ValidationError as error:
            raise self._explained(named, error) from None

    def _explained(self, named: Mapping[str, Any], error: msgspec.ValidationError) -> Invalid:
        for field in fields(self._kind):
            name = field.encode_name
            if name in named and not _fits(field, named[name]):
                return errors.InvalidValue(name, named[name])
        return errors.WrongValue(f"Invalid request: {error}")


class _Shape:
    """The names of a message's fields and of the messages in them."""

    def __init__(self, kind: type[Struct]) -> None:
        listed = fields(kind)
        self.names: Final = {field.encode_name: _inner(field) for field in listed}
        self.required: Final = [field.encode_name for field in listed if _is_required(field)]
        self._other: Final = {_camel(name): name for name in self.names if _camel(name) != name}

    def named(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The known fields under their own names, without nulls."""
        found: dict[str, Any] = {}
        for key, content in value.items():
            name = key if key in self.names else self._other.get(key)
            if name is None:
                continue
            if name != key and name in value:
                raise errors.TwoSpellings(name, key)
            inner = self.names[name]
            # A required field under its other spelling is missing to MLflow's own check.
            if content is None or (name != key and name in self.required):
                continue
            found[name] = content if inner is None else _each(inner, content)
        return found

    def require(self, named: Mapping[str, Any], where: str) -> None:
        """Go on only when every required field is there, here and below."""
        for name in self.required:
            if _is_missing(named.get(name)):
                raise errors.MissingParameter(where + name)
        for name, inner in self.names.items():
            if inner is not None and isinstance(named.get(name), list):
                for index, content in enumerate(named[name]):
                    if isinstance(content, dict):
                        inner.require(content, f"{where}{name}[{index}].")


def _each(inner: _Shape, content: Any) -> Any:
    if isinstance(content, list):
        return [inner.named(item) if isinstance(item, dict) else item for item in content]
    return inner.named(content) if isinstance(content, dict) else content


def _inner(field: FieldInfo) -> "_Shape | None":
    """The shape of the message, or list of messages, in a field."""
    kind = msgspec.inspect.type_info(field.type)
    if isinstance(kind, msgspec.inspect.ListType):
        kind = kind.item_type
    return _Shape(kind.cls) if isinstance(kind, msgspec.inspect.StructType) else None


def _is_list(field: FieldInfo) -> bool:
    return isinstance(msgspec.inspect.type_info(field.type), msgspec.inspect.ListType)


def _is_required(field: FieldInfo) -> bool:
    return field.default is NODEFAULT and field.default_factory is NODEFAULT


def _is_missing(value: object) -> bool:
    return value is None or value == ""


def _fits(field: FieldInfo, value: object) -> bool:
    """Whether MLflow's own check of a type takes the value."""
    kind = msgspec.inspect.type_info(field.type)
    if isinstance(kind, msgspec.inspect.ListType):
        of_texts = isinstance(kind.item_type, msgspec.inspect.StrType)
        return isinstance(value, list) and not (of_texts and any(not isinstance(item, str) for item in value))
    try:
        msgspec.convert(value, field.type, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def _parsed(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return {}


def _camel(name: str) -> str:
    """Protobuf's JSON name of a field.

    >>> _camel("max_results")
    'maxResults'
    """
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
