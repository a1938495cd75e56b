"""What is known about artifacts, and how much of them is taken."""

from dataclasses import dataclass
from typing import Final

#: Part numbers of a multipart upload, as S3 counts them.
FIRST_PART: Final = 1
LAST_PART: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in a folder."""

    name: str
    is_folder: bool
    #: Bytes; 0 for a folder.
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What is known about a stored file before its first byte is read."""

    #: Bytes.
    size: int
    #: Changes whenever the content may have changed; letters, digits and dashes.
    etag: str
    #: Milliseconds since the epoch.
    modified_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a multipart upload, as it was acknowledged."""

    #: FIRST_PART to LAST_PART; the file is the parts in this order.
    number: int
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken."""

    #: The largest file, in bytes, whichever way it comes.
    largest: int = 1 << 40
    #: Multipart uploads that may be open in one root at a time.
    open_uploads: int = 10_000
    #: Seconds after which what was never finished may be swept away.
    abandoned_after: float = 24 * 3600.0
