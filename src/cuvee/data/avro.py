"""Reads Avro, in which Iceberg's manifests are written: as far as they need it, and believing nothing a file says.

Iceberg's library has a reader of its own, in C, which takes a truncated file for a reason to end the process. Here the
files are whatever somebody wrote into a project's folder.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cuvee.data import errors

_MAGIC: Final = b"Obj\x01"
_SYNC: Final = 16
#: Bytes of a block when it is unpacked: writers make blocks of 64 KiB, or of one record.
_LARGEST_BLOCK: Final = 16 * 1024 * 1024
_LARGEST_SCHEMA: Final = 4 * 1024 * 1024
#: In the arrays and maps of a block: in memory, an item takes a hundred times what it takes in a file.
_MOST_ITEMS: Final = 500_000
_RAW_DEFLATE: Final = -15
_LONGEST_VARINT: Final = 63  # bits

Read = Callable[["_Bytes"], Any]


@dataclass(slots=True)
class _Bytes:
    """Bytes that are read from the front."""

    data: bytes
    at: int = 0
    items: int = 0

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self.data) - self.at:
            raise ValueError
        self.at += count
        return self.data[self.at - count : self.at]

    def count(self) -> int:
        """The number of a branch or a symbol."""
        found = _long(self)
        if not 0 <= found <= len(self.data):
            raise ValueError
        return found


def records(content: bytes) -> Iterator[Mapping[str, Any]]:
    """The records of a file.

    Raises:
        BadManifest: when it is no Avro file of records, or is broken; as soon as that is seen.

    """
    try:
        yield from _records(_Bytes(content))
    except (ValueError, LookupError, TypeError, AttributeError, struct.error, zlib.error, RecursionError) as error:
        raise errors.BadManifest from error


def _records(source: _Bytes) -> Iterator[Mapping[str, Any]]:
    if source.take(len(_MAGIC)) != _MAGIC:
        raise ValueError
    about = _map(_binary)(source)
    sync = source.take(_SYNC)
    if len(about["avro.schema"]) > _LARGEST_SCHEMA:
        raise ValueError
    schema = json.loads(about["avro.schema"])
    read = _reader(schema, {})
    if schema["type"] != "record":
        raise ValueError
    codec = about.get("avro.codec", b"null")
    while source.at < len(source.data):
        count, packed = _long(source), source.take(_long(source))
        block = _Bytes(_unpacked(packed, codec))
        if not 0 <= count <= len(block.data):
            raise ValueError
        for _ in range(count):
            yield read(block)
        if source.take(_SYNC) != sync:
            raise ValueError


def _unpacked(packed: bytes, codec: bytes) -> bytes:
    if codec == b"null":
        return packed
    if codec != b"deflate":
        raise errors.BadManifest("The snapshot's manifests are packed in a way that is not read here: only deflate is.")
    opened = zlib.decompressobj(_RAW_DEFLATE)
    block = opened.decompress(packed, _LARGEST_BLOCK)
    if not opened.eof:
        raise ValueError
    return block


def _reader(schema: Any, named: dict[str, Read]) -> Read:
    """What reads values of a schema. A type that stands in itself is none of Iceberg's."""
    if isinstance(schema, list):
        return _union([_reader(each, named) for each in schema])
    if isinstance(schema, str):
        return _PLAIN[schema] if schema in _PLAIN else named[schema]
    kind = schema["type"]
    if kind == "record":
        read = _record([(field["name"], _reader(field["type"], named)) for field in schema["fields"]])
    elif kind == "array":
        read = _array(_reader(schema["items"], named))
    elif kind == "map":
        read = _map(_reader(schema["values"], named))
    elif kind == "fixed":
        size = int(schema["size"])
        read = lambda source: source.take(size)  # noqa: E731 - a function like the others
    elif kind == "enum":
        read = _enum(schema["symbols"])
    else:
        return _reader(kind, named)
    if "name" in schema:
        named[schema["name"]] = read
    return read


def _record(fields: list[tuple[str, Read]]) -> Read:
    return lambda source: {name: read(source) for name, read in fields}


def _union(branches: list[Read]) -> Read:
    return lambda source: branches[source.count()](source)


def _enum(symbols: list[str]) -> Read:
    return lambda source: symbols[source.count()]


def _array(item: Read) -> Read:
    return lambda source: [item(source) for count in _blocks(source) for _ in range(count)]


def _map(value: Read) -> Read:
    return lambda source: {_text(source): value(source) for count in _blocks(source) for _ in range(count)}


def _blocks(source: _Bytes) -> Iterator[int]:
    """How many items follow, time and again; a negative number stands before their size in bytes."""
    while (count := _long(source)) != 0:
        if count < 0:
            _long(source)
        source.items += abs(count)
        if source.items > _MOST_ITEMS:
            raise ValueError
        yield abs(count)


def _long(source: _Bytes) -> int:
    data, at = source.data, source.at
    byte = data[at]
    value, shift = byte & 0x7F, 7
    while byte & 0x80:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        shift += 7
        if shift > _LONGEST_VARINT + 7:
            raise ValueError
    source.at = at + 1
    return (value >> 1) ^ -(value & 1)


def _binary(source: _Bytes) -> bytes:
    return source.take(_long(source))


def _text(source: _Bytes) -> str:
    return source.take(_long(source)).decode()


def _fixed(form: str) -> Read:
    packed = struct.Struct(form)
    return lambda source: packed.unpack(source.take(packed.size))[0]


_PLAIN: Final[Mapping[str, Read]] = {
    "null": lambda _source: None,
    "boolean": _fixed("?"),
    "int": _long,
    "long": _long,
    "float": _fixed("<f"),
    "double": _fixed("<d"),
    "bytes": _binary,
    "string": _text,
}
