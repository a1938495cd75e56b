"""What bytes add up to: `Content-Digest`, `Repr-Digest` (RFC 9530) and `Content-MD5` (RFC 1864).

Bodies are taken as they are, without a coding, so content and representation are the same here.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from cuvee.core import errors
from cuvee.core.streaming import off_loop

#: Names of RFC 9530's registry that are checked; others are somebody else's, and passed over as it says.
_ALGORITHMS: Final = {"sha-256": "sha256", "sha-512": "sha512"}
#: Members of such a field: a key, and bytes between colons.
_MEMBER: Final = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)\s*=\s*:([A-Za-z0-9+/=]*):\s*(?:;[^,]*)?")
#: How much a digest is wanted, where it is.
_WEIGHTS: Final = frozenset(map(str, range(1, 11)))
#: Bytes from which on adding them up is a thread's work.
_LONG: Final = 16_384


class DigestDiffers(errors.BadRequest):
    """What came is not what its digest says: nothing of it was kept. Send it again."""


class BadDigest(errors.BadRequest):
    """The digest cannot be read: write `Content-Digest: sha-256=:<Base64>:` or `Content-MD5: <Base64>`."""


def checked(chunks: AsyncIterator[bytes], headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    """The chunks of a body; their end is refused when they do not add up to what its headers say.

    Raises:
        BadDigest: when a digest cannot be read.

    """
    expected = _expected(headers)
    return _added_up(chunks, expected) if expected else chunks


def of_whole(headers: Mapping[str, str]) -> bytes | None:
    """The SHA-256 that `Repr-Digest` says of the whole file, of which the body may be a part.

    Raises:
        BadDigest: when it cannot be read.

    """
    text = headers.get("repr-digest")
    digest = dict(_members(text)).get("sha-256") if text else None
    if digest is not None and len(digest) != hashlib.sha256().digest_size:
        raise BadDigest
    return digest


def is_wanted(headers: Mapping[str, str]) -> bool:
    """Whether `Want-Repr-Digest` asks for the digest that is offered, SHA-256; 0 says that it is not acceptable."""
    wanted = [part.partition("=") for part in headers.get("want-repr-digest", "").split(",")]
    return any(name.strip() == "sha-256" and weight.strip() in _WEIGHTS for name, _, weight in wanted)


def written(sha256: bytes) -> str:
    """A SHA-256 as `Repr-Digest` has it.

    >>> written(bytes(32))
    'sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:'
    """
    return f"sha-256=:{base64.b64encode(sha256).decode()}:"


async def _added_up(chunks: AsyncIterator[bytes], expected: list[tuple[str, bytes]]) -> AsyncIterator[bytes]:
    sums = [(hashlib.new(name, usedforsecurity=False), digest) for name, digest in expected]
    async for chunk in chunks:
        for total, _digest in sums:
            if len(chunk) >= _LONG:
                await off_loop(_add, total, chunk)
            else:
                total.update(chunk)
        yield chunk
    if not all(hmac.compare_digest(total.digest(), digest) for total, digest in sums):
        raise DigestDiffers


def _add(total: Any, chunk: bytes) -> None:
    total.update(chunk)


def _expected(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """Algorithm, as hashlib has it, and digest of every one that is announced and checked."""
    found = []
    for name in ("content-digest", "repr-digest"):
        if text := headers.get(name):
            found += [(_ALGORITHMS[key], value) for key, value in _members(text) if key in _ALGORITHMS]
    if text := headers.get("content-md5"):
        found.append(("md5", _decoded(text.strip())))
    if any(len(value) != hashlib.new(name, usedforsecurity=False).digest_size for name, value in found):
        raise BadDigest
    return found


def _members(text: str) -> list[tuple[str, bytes]]:
    matches = [_MEMBER.fullmatch(part) for part in text.split(",")]
    if not all(matches):
        raise BadDigest
    return [(match[1], _decoded(match[2])) for match in matches if match]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise BadDigest from None
