"""Uploads in several goes, as HTTP says them: `PUT` with `Content-Range` (RFC 9110, 14.4) and `Repr-Digest` (RFC 9530).

The digest is the whole file's, so every request names what is to be there in the end, and nothing has to be begun.
`Content-Range: bytes */<size>` without a body asks how far it came. Every answer says so in `Upload-Offset`:

- 200: all of it is there, checked and kept;
- 202: what the request brought was kept; go on at the offset;
- 409: the range began elsewhere than at the offset, and nothing of it was kept.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from litestar import Request

from cuvee.api import digests
from cuvee.api.bodies import body
from cuvee.core import errors
from cuvee.core.resuming import Range, Whole

_RANGE: Final = re.compile(r"bytes (?:(\d{1,19})-(\d{1,19})|\*)/(\d{1,19})")
#: Digests of a request's own bytes: the whole's is checked when all of them are there.
_OF_CONTENT: Final = ("content-digest", "content-md5")


class BadRange(errors.BadRequest):
    """The range cannot be read: write `Content-Range: bytes <first>-<last>/<size>`, or `bytes */<size>` to ask."""


class DigestMissing(errors.BadRequest):
    """A range of a file comes with the whole file's digest: `Repr-Digest: sha-256=:<Base64>:`."""


def asked(headers: Mapping[str, str]) -> tuple[Whole, Range | None] | None:
    """What is to be there in the end and which range comes now, None to ask; None for an upload in one go.

    Raises:
        BadRange, DigestMissing, BadDigest: when the headers do not say it.

    """
    text = headers.get("content-range")
    if text is None:
        return None
    match = _RANGE.fullmatch(text.strip())
    if match is None or not int(match[3]):
        raise BadRange
    digest = digests.of_whole(headers)
    if digest is None:
        raise DigestMissing
    whole = Whole(size=int(match[3]), digest=digest)
    if match[1] is None:
        return whole, None
    coming = Range(start=int(match[1]), end=int(match[2]) + 1)
    if not coming.start < coming.end <= whole.size:
        raise BadRange
    return whole, coming


def content(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """The range's bytes, held to the digests of the content."""
    return digests.checked(body(request), {name: request.headers.get(name, "") for name in _OF_CONTENT})


def answer(arrived: int, whole: Whole, coming: Range | None) -> tuple[int, dict[str, str]]:
    """Status and headers, when so many bytes are there."""
    is_there = arrived == whole.size
    is_taken = coming is None or arrived == coming.end
    return 200 if is_there else 202 if is_taken else 409, {"upload-offset": str(arrived)}
