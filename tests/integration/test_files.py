"""A project's files over API v2, and what must not be reached through them."""

import base64
import hashlib
import http.client
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import httpx
import pytest
from tests.conftest import Running
from tests.unit.test_paths import HOSTILE

from cuvee.core.paths import BadPath, RelativePath

PROJECTS = "/api/v2/projects"


@pytest.fixture
def project(client: httpx.Client, unique: Callable[[str], str]) -> str:
    return client.post(PROJECTS, json={"name": unique("files")}).json()["id"]


@pytest.fixture
def root(platform: Running, project: str) -> Path:
    return platform.home / "projects" / project


@pytest.fixture
def files(client: httpx.Client, project: str) -> str:
    return f"{PROJECTS}/{project}/files"


def snapshot(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Every file below a folder, its size and when it was changed; not what the platform itself writes meanwhile."""
    found = {}
    for place, _folders, names in os.walk(folder):
        for path in (Path(place) / name for name in names):
            if not path.name.startswith("cuvee.db"):
                state = path.lstat()
                found[str(path)] = (state.st_ino, state.st_size, state.st_mtime_ns)
    return found


@pytest.fixture
def canary(platform: Running, root: Path) -> Iterator[None]:
    """Fails when anything outside the project's folder is touched."""
    (platform.home / "projects" / "canary").write_text("canary")
    before = {path: digest for path, digest in snapshot(platform.home).items() if not path.startswith(str(root))}
    yield
    after = {path: digest for path, digest in snapshot(platform.home).items() if not path.startswith(str(root))}
    assert after == before


def raw(platform: Running, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """A request whose path goes out as it is written here."""
    address = urlsplit(platform.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    try:
        connection._validate_path = lambda _path: None  # hostile ones are what we want
        connection.request(method, target, body, {"authorization": f"Bearer {platform.api_key}"} | headers)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def test_a_body_that_does_not_add_up_to_its_digest_is_not_kept(client: httpx.Client, files: str):
    digest = {"content-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(b'new').digest()).decode()}:"}

    assert client.put(f"{files}/data.bin", content=b"damaged", headers=digest).status_code == 400
    assert client.post(files, files={"data.bin": b"new"}, headers=digest).status_code == 400
    assert client.post(f"{files}/data.bin:download").status_code == 404
    assert client.put(f"{files}/data.bin", content=b"new", headers=digest).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_form_uploads_files_whose_names_are_its_fields(client: httpx.Client, files: str, root: Path, method: str):
    form = {"code/train.py": ("ignored.txt", b"print(1)"), "data.csv": ("x", b"a,b\n")}
    reply = client.request(method, files, files=form)

    assert reply.status_code == 200, reply.text
    assert (root / "code" / "train.py").read_bytes() == b"print(1)"
    assert (root / "data.csv").read_bytes() == b"a,b\n"


def test_a_folder_is_listed_with_sizes(client: httpx.Client, files: str):
    client.put(f"{files}/b/c.txt", content=b"123")
    client.put(f"{files}/a.txt", content=b"")
    found = [(one["path"], one["is_dir"], one["file_size"]) for one in client.get(files).json()["files"]]

    assert found == [("a.txt", False, "0"), ("b", True, "0")]
    for path in ("b", "b/", "b%2F", "b/c.txt", "b%2Fc.txt"):
        assert [one["path"] for one in client.get(f"{files}/{path}").json()["files"]] == ["b/c.txt"]
    assert client.get(f"{files}/").json() == client.get(files).json()


@pytest.mark.parametrize(
    "path", ["b/c.txt", "b%2Fc.txt", "with%20space.txt", "1%3Ab%3Adownload", "100%25.txt", "ü%23%3F"]
)
def test_a_file_comes_back_as_it_went(client: httpx.Client, files: str, path: str):
    content = os.urandom(3_000_000)
    assert client.put(f"{files}/{path}", content=content).status_code == 200
    reply = client.post(f"{files}/{path}:download")

    assert reply.content == content
    assert reply.headers["content-disposition"].startswith("attachment")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-length"] == "3000000"


def test_a_file_is_replaced_whole(client: httpx.Client, files: str, root: Path):
    client.put(f"{files}/a", content=b"long before")
    client.put(f"{files}/a", content=b"after")

    assert (root / "a").read_bytes() == b"after"


def test_a_large_upload_is_streamed(client: httpx.Client, files: str, root: Path):
    chunk = os.urandom(1_000_000)
    reply = client.put(f"{files}/big", content=(chunk for _ in range(40)))

    assert reply.status_code == 200
    assert (root / "big").stat().st_size == 40_000_000


def test_files_are_moved_and_renamed(client: httpx.Client, files: str, root: Path):
    client.put(f"{files}/a.txt", content=b"1")

    assert client.patch(f"{files}/a.txt", json={"path": "new/b.txt"}).json()["path"] == "new/b.txt"
    assert client.patch(f"{files}/new", json={"path": "old"}).json()["is_dir"]
    assert (root / "old" / "b.txt").read_text() == "1"


def test_a_move_never_replaces(client: httpx.Client, files: str, root: Path):
    client.put(f"{files}/a", content=b"a")
    client.put(f"{files}/b", content=b"b")

    assert client.patch(f"{files}/a", json={"path": "b"}).status_code == 409
    assert (root / "b").read_text() == "b"


def test_files_and_folders_are_deleted(client: httpx.Client, files: str, root: Path):
    client.put(f"{files}/a/b/c", content=b"1")
    client.put(f"{files}/d", content=b"1")

    assert client.delete(f"{files}/a").json() == {}
    assert client.delete(f"{files}/d").status_code == 200
    assert os.listdir(root) == []
    assert client.delete(f"{files}/d").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("DELETE", "/%2E", None, 400),
        ("DELETE", "/", None, 405),
        ("PUT", "/", None, 400),
        ("PATCH", "/a", {"path": ""}, 400),
        ("PATCH", "/a", {"path": "a/b"}, 400),
        ("PATCH", "/a", {"path": "../b"}, 400),
        ("PATCH", "/a", {"path": "a.txt/b"}, 400),
        ("PATCH", "/nothing", {"path": "b"}, 404),
        ("GET", "/nothing", None, 404),
        ("POST", "/nothing:download", None, 404),
        ("POST", "/a:download", None, 400),
        ("POST", "/a.txt", None, 405),
        ("POST", "/a.txt:delete", None, 405),
        ("PUT", "/a", None, 400),
        ("PUT", "/a.txt/b", None, 400),
        ("GET", "/a.txt/b", None, 400),
        ("POST", "", {"not": "a form"}, 400),
    ],
)
@pytest.mark.usefixtures("canary")
def test_what_cannot_be_done_is_refused(client: httpx.Client, files: str, *, method, path, body, status):
    client.put(f"{files}/a/in", content=b"1")
    client.put(f"{files}/a.txt", content=b"1")
    reply = client.request(method, files + path, json=body)

    assert reply.status_code == status, reply.text
    assert reply.json().keys() == {"error", "code", "message", "details"}
    assert len(client.get(files).json()["files"]) == 2


PATHS = [text for text in HOSTILE if len(text) < 4000]


def encoded(text: str) -> list[str]:
    """The ways a hostile text goes into a request line."""
    plain = text.encode("utf-8", "surrogateescape")
    once = quote(plain, safe="")
    return [once, quote(plain, safe="/"), quote(once, safe="/")]


def is_plain(text: str) -> bool:
    """Whether a text is harmless, because what was hostile in it was encoded twice: a name with `%0A` in it, say."""
    try:
        return bool(RelativePath.parse(text).names)
    except BadPath:
        return False


@pytest.mark.parametrize("text", PATHS, ids=repr)
def test_hostile_paths_reach_nothing(platform: Running, files: str, text: str, canary: None):
    for path in encoded(text):
        for method, suffix in [("GET", ""), ("PUT", ""), ("POST", ":download"), ("DELETE", ""), ("PATCH", "")]:
            body = b'{"path": "x"}' if method == "PATCH" else b"hostile"
            kind = "application/json" if method == "PATCH" else "text/plain"
            status, reply = raw(platform, method, f"{files}/{path}{suffix}", body, **{"content-type": kind})
            assert 400 <= status < 500 or is_plain(unquote(path)), (method, path, reply)


@pytest.mark.parametrize("text", PATHS, ids=repr)
def test_hostile_names_of_form_fields_reach_nothing(platform: Running, files: str, text: str, canary: None):
    name = text.encode("utf-8", "surrogateescape").replace(b"\n", b"%0A").replace(b'"', b"%22").replace(b"\0", b"%00")
    part = b'--b\r\nContent-Disposition: form-data; name="' + name + b'"; filename="x"\r\n\r\nhostile\r\n--b--\r\n'
    status, reply = raw(platform, "POST", files, part, **{"content-type": "multipart/form-data; boundary=b"})

    assert status == 400, reply


@pytest.mark.parametrize("text", [text for text in PATHS if text.isprintable() or text.isascii()], ids=repr)
def test_hostile_destinations_reach_nothing(client: httpx.Client, files: str, text: str, canary: None):
    client.put(f"{files}/a", content=b"1")

    assert client.patch(f"{files}/a", json={"path": text}).status_code == 400


@pytest.mark.parametrize("path", ["link", "link/passwd", "folder/link/passwd", "to-file", "loop"])
def test_links_are_never_followed(client: httpx.Client, files: str, root: Path, path: str, canary: None):
    (root / "folder").mkdir()
    (root / "link").symlink_to("/etc")
    (root / "folder" / "link").symlink_to("/etc")
    (root / "to-file").symlink_to("/etc/passwd")
    (root / "loop").symlink_to("loop")
    client.put(f"{files}/plain", content=b"1")

    assert client.get(f"{files}/{path}").status_code == 400
    assert client.post(f"{files}/{path}:download").status_code == 400
    assert client.put(f"{files}/{path}/new", content=b"x").status_code == 400
    assert client.patch(f"{files}/plain", json={"path": f"{path}/new"}).status_code == 400
    assert client.delete(f"{files}/{path}/passwd").status_code == 400


def test_a_link_itself_is_replaced_and_deleted_not_what_it_leads_to(
    client: httpx.Client, files: str, root: Path, tmp_path
):
    outside = tmp_path / "outside"
    outside.write_text("canary")
    for name in ("one", "two"):
        (root / name).symlink_to(outside)
    client.put(f"{files}/one", content=b"new")
    client.delete(f"{files}/two")

    assert outside.read_text() == "canary"
    assert (root / "one").read_text() == "new"
    assert not (root / "two").is_symlink()


def test_a_folder_with_links_is_deleted_without_following_them(client: httpx.Client, files: str, root: Path, tmp_path):
    (tmp_path / "canary").write_text("canary")
    (root / "folder").mkdir()
    (root / "folder" / "link").symlink_to(tmp_path)

    assert client.delete(f"{files}/folder").status_code == 200
    assert (tmp_path / "canary").read_text() == "canary"


def test_pipes_and_devices_are_not_read(client: httpx.Client, files: str, root: Path):
    os.mkfifo(root / "pipe")
    os.mknod(root / "socket", stat.S_IFSOCK | 0o600)

    for name in ("pipe", "socket"):
        assert client.post(f"{files}/{name}:download").status_code == 400


BOUNDARY = {"content-type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b--\r\n",
        b"no form at all",
        PART % b"a",
        PART % b"a" + b"content without an end",
        PART % b"" + b"x\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; name=a\r\n" + b"X-Long: " + b"x" * 100_000,
        b"--b\r\n" + b"X: y\r\n" * 1000 + b"\r\n\r\n--b--\r\n",
        PART % b"a" + b"1\r\n" + PART % b"a/b" + b"2\r\n--b--\r\n",
    ],
)
def test_forms_that_are_none_leave_nothing_half_done(client: httpx.Client, files: str, platform: Running, body: bytes):
    reply = client.post(files, content=body, headers=BOUNDARY)

    assert reply.status_code == 400, reply.text
    assert os.listdir(platform.home / "projects" / ".incoming") == []


def test_a_form_that_breaks_off_writes_none_of_its_files(client: httpx.Client, files: str, root: Path):
    body = PART % b"whole" + b"1\r\n" + PART % b"half" + b"2"

    assert client.post(files, content=body, headers=BOUNDARY).status_code == 400
    assert os.listdir(root) == []


@pytest.mark.parametrize(
    "kind", ["", "multipart/form-data", "multipart/mixed; boundary=b", "text/plain", "multipart/form-data; boundary="]
)
def test_a_form_must_say_that_it_is_one(client: httpx.Client, files: str, kind: str):
    assert (
        client.post(files, content=PART % b"a" + b"1\r\n--b--\r\n", headers={"content-type": kind}).status_code == 400
    )


def test_a_length_that_lies_writes_nothing(platform: Running, files: str, root: Path):
    address = urlsplit(platform.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = f"PUT {files}/a HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {platform.api_key}\r\n"
        connection.sendall(f"{head}content-length: 1000\r\n\r\nshort".encode())
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)

    assert os.listdir(root) == []


def test_ten_thousand_files_in_a_form_are_the_most(client: httpx.Client, files: str, root: Path):
    body = b"".join(PART % f"f{number}".encode() + b"\r\n" for number in range(10_001)) + b"--b--\r\n"

    assert client.post(files, content=body, headers=BOUNDARY).status_code == 400
    assert os.listdir(root) == []


def test_names_that_no_caller_could_have_given_are_listed_all_the_same(client: httpx.Client, files: str, root: Path):
    for name in (b"\xff\xfe", b"new\nline", b"back\\slash"):
        (root / os.fsdecode(name)).touch()

    assert {one["path"] for one in client.get(files).json()["files"]} == {"\ufffd\ufffd", "new\nline", "back\\slash"}
