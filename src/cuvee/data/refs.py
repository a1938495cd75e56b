"""The tags that the platform puts on snapshots: what clients see of a pin.

Iceberg keeps every snapshot that has a tag, so a client that expires snapshots leaves pinned ones alone by itself. The
pins are what counts: the tags follow from them whenever metadata are read, and are in the next metadata file.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import msgspec

from cuvee.data import errors
from cuvee.data.values import Pin

#: What the platform's tags begin with; nobody else makes or removes such.
PREFIX: Final = "cuvee."
_MARK: Final = f'"{PREFIX}'.encode()
_CHANGES: Final = frozenset({"set-snapshot-ref", "remove-snapshot-ref"})


def tag(name: str, number: int) -> str:
    """The tag of a registered model's version.

    >>> tag("wine quality", 3)
    'cuvee.wine-quality.v3'
    """
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80]
    return f"{PREFIX}{readable or 'model'}.v{number}"


def pinned(content: bytes, pins: Sequence[Pin]) -> bytes:
    """A metadata file in which the platform's tags are those of the pins, and no others."""
    if not pins and _MARK not in content:
        return content
    metadata = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    found = metadata.get("refs", msgspec.Raw(b"{}"))
    refs = {name: ref for name, ref in (msgspec.json.decode(found) or {}).items() if not name.startswith(PREFIX)}
    refs |= {pin.tag: {"snapshot-id": pin.snapshot_id, "type": "tag"} for pin in pins}
    metadata["refs"] = msgspec.Raw(msgspec.json.encode(refs))
    return msgspec.json.encode(metadata)


def require_free(updates: Sequence[Any], pins: Sequence[Pin]) -> None:
    """Go on only when a commit leaves the platform's tags alone.

    Raises:
        SnapshotPinned: when it would remove or move one, with the pin's reason.
        TagTaken: when it would make one.

    """
    reasons = {pin.tag: pin for pin in pins}
    for update in updates:
        name = update.get("ref-name") if isinstance(update, Mapping) and update.get("action") in _CHANGES else None
        if isinstance(name, str) and name.startswith(PREFIX):
            _refuse(reasons.get(name))


def _refuse(pin: Pin | None) -> NoReturn:
    if pin is None:
        raise errors.TagTaken
    raise errors.SnapshotPinned(f"The tag {pin.tag} stays, and with it snapshot {pin.snapshot_id}: {pin.reason}")
