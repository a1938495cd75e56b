"""A stored file as an answer: its type, its name, its ranges."""

from typing import Any

import pytest

from cuvee.artifacts import errors
from cuvee.artifacts.downloads import Download, attachment, media_type
from cuvee.core.paths import RelativePath
from cuvee.testing.artifacts import chunks
from cuvee.testing.blobs import MemoryStore

PATH = RelativePath.parse("folder/data.bin")


async def answered(method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    store, sent = MemoryStore(), []
    await store.put(PATH, chunks(b"0123456789"))

    async def receive() -> Any:
        return {"type": "http.disconnect"} if len(sent) > 1 else {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await Download(store, PATH)({"method": method, "headers": given}, receive, send)
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], head, b"".join(message["body"] for message in sent[1:])


@pytest.mark.parametrize(
    ("asked", "status", "body", "extent"),
    [
        ("", 200, b"0123456789", None),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=0-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
async def test_a_range_is_answered(asked: str, status: int, body: bytes, extent: str | None):
    answer = await answered(range=asked)

    assert (answer[0], answer[2], answer[1].get("content-range")) == (status, body, extent)
    assert answer[1]["content-length"] == str(len(body))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
async def test_a_range_outside_the_file_is_refused(asked: str):
    with pytest.raises(errors.RangeNotSatisfiable):
        await answered(range=asked)


async def test_what_the_client_has_is_not_sent_again():
    store = MemoryStore()
    info = await store.put(PATH, chunks(b"x"))
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"method": "GET", "headers": [(b"if-none-match", f'"{info.etag}"'.encode())]}
    await Download(store, PATH)(scope, None, send)

    assert [message.get("status") for message in sent] == [304, None]


async def test_a_range_of_another_version_is_not_served():
    assert (await answered(range="bytes=2-4", if_range='"other"'))[0] == 200


async def test_head_tells_the_length_and_sends_nothing():
    status, head, body = await answered("HEAD")

    assert (status, head["content-length"], body) == (200, "10", b"")


async def test_no_stored_file_becomes_a_page():
    _, head, _ = await answered()

    assert head["content-disposition"] == "attachment; filename=data.bin"
    assert head["x-content-type-options"] == "nosniff"
    assert head["content-security-policy"].startswith("sandbox")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MLmodel", "text/plain"),
        ("a.json", "text/plain"),
        ("a.html", "text/html"),
        ("a.png", "image/png"),
        ("model.pkl", "application/octet-stream"),
        ("noextension", "application/octet-stream"),
    ],
)
def test_types_are_guessed_as_mlflow_guesses_them(name: str, expected: str):
    assert media_type(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain.txt", "attachment; filename=plain.txt"),
        ("with space", 'attachment; filename="with space"'),
        ('quo"te\\', 'attachment; filename="quo\\"te\\\\"'),
        ("naïve.txt", "attachment; filename=naive.txt; filename*=UTF-8''na%C3%AFve.txt"),
        ("日本", "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
    ],
)
def test_any_name_fits_into_a_header(name: str, expected: str):
    assert attachment(name) == expected
