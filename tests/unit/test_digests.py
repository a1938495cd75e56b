"""Bodies are held against the digests that came with them."""

import base64
import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.api import digests
from cuvee.testing.artifacts import chunks

BODY = b"0123456789" * 10_000


def coded(algorithm: str, body: bytes = BODY) -> str:
    return base64.b64encode(hashlib.new(algorithm, body).digest()).decode()


async def came(headers: dict[str, str]) -> bytes:
    return b"".join([chunk async for chunk in digests.checked(chunks(BODY[:7], BODY[7:]), headers)])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-digest": f"sha-256=:{coded('sha256')}:"},
        {"content-digest": f"sha-512=:{coded('sha512')}:, sha-256=:{coded('sha256')}:"},
        {"repr-digest": f"unixsum=:AAAA:,sha-256=:{coded('sha256')}:;a=1"},
        {"content-md5": coded("md5")},
    ],
)
async def test_what_adds_up_comes_through(headers: dict[str, str]):
    assert await came(headers) == BODY


@pytest.mark.parametrize(
    "headers",
    [
        {"content-digest": f"sha-256=:{coded('sha256', b'other')}:"},
        {"content-digest": f"sha-256=:{coded('sha256')}:, sha-512=:{coded('sha512', b'other')}:"},
        {"repr-digest": f"sha-256=:{coded('sha256', b'')}:"},
        {"content-md5": coded("md5", b"other")},
    ],
)
async def test_what_does_not_add_up_is_refused_at_its_end(headers: dict[str, str]):
    with pytest.raises(digests.DigestDiffers):
        await came(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-digest": "sha-256=abc"},
        {"content-digest": "sha-256=:AAAA:"},
        {"content-digest": "sha-256=:A:"},
        {"content-digest": coded("sha256")},
        {"content-md5": "zz"},
    ],
)
def test_a_digest_that_cannot_be_read_is_refused_at_once(headers: dict[str, str]):
    with pytest.raises(digests.BadDigest):
        digests.checked(chunks(BODY), headers)


@given(st.text(max_size=60))
def test_no_header_is_a_fault_of_ours(text: str):
    for name in ("content-digest", "repr-digest", "content-md5"):
        with suppress(digests.BadDigest):
            digests.checked(chunks(b""), {name: text})
