"""Hostile paths and uploads at every door to artifacts: a clear refusal, and nothing outside the root touched."""

import asyncio
import http.client
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from tests.conftest import Running, running, wait_for

from cuvee.core.settings import Settings

API = "/api/2.0/mlflow"
STORE = "/api/2.0/mlflow-artifacts/artifacts"
PARTS = "/api/2.0/mlflow-artifacts/mpu"
SECRET = "canary that nobody may read"

HOSTILE = [
    "../x", "../../canary", "..%2fx", "%2e%2e/x", "..%252fx", "..\\x", "..%5cx", "/etc/passwd", "//etc/passwd",
    "///etc/passwd", "C:/x", "C:\\x", "\\\\host\\share", "file:///etc/passwd", "file:/etc", "FILE://", " file://",
    "http:///?/../../etc", "http:///#/../..", "a?/../..", "a#/../..", "a;/../..", "dbfs:/../", "mlflow-artifacts:/../",
    "runs:/1/../../", "models:/x/../", "s3://bucket/../other", "a\0b", "a\nb", "a\r\nb", "..", "a/../b", "a//b",
    "x" * 5000, "\u2024\u2024/x", "\uff0e\uff0e/x", "/proc/self/root/etc/passwd", "a/./b", "a/ /b", "link/canary",
    "link", "fifo", "to-canary",
]  # fmt: skip
#: Odd, and yet the name of a file: what a shell would expand is text here.
PLAIN = ["....", "$HOME", "%SYSTEMROOT%", "a;b", "a'b\"c", "-rf", "%s{{7*7}}", "ümläut", "."*3]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Target:
    """A run with a folder that somebody prepared, and a canary outside of it."""

    platform: Running
    root: str
    folder: Path

    def ask(self, method: str, target: str, body: object = None) -> tuple[int, bytes]:
        """Send a request target as it is: an ordinary client would clean it first."""
        where = urlsplit(self.platform.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        headers = {"authorization": f"Bearer {self.platform.api_key}", "content-type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        try:
            connection.request(method, target, content, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def outside(self) -> dict[str, str]:
        """All files outside the run's folder, with the canaries' content."""
        home = self.platform.home
        paths = [*home.glob("*"), *(home / "projects").rglob("*")]
        inside = self.folder.parents[1]
        kept = [path for path in paths if not path.is_relative_to(inside) and ".cuvee-staging" not in path.parts]
        return {str(path): path.read_text() if path.name == "canary" else "" for path in kept}


@pytest.fixture(scope="module")
def target(platform: Running) -> Target:
    with platform.client() as client:
        name = f"threats-{os.urandom(4).hex()}"
        made = client.post(f"{API}/experiments/create", json={"name": name}).json()
        run = client.post(f"{API}/runs/create", json=made).json()["run"]["info"]
        root = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
        client.put(f"{STORE}/{root}/seed", content=b"x")
    (folder,) = platform.home.glob(f"projects/*/.experiments/{root}")
    project = folder.parents[3]
    for place in (platform.home, project, project / ".experiments"):
        (place / "canary").write_text(SECRET)
    return Target(platform=platform, root=root, folder=folder)


@pytest.fixture(autouse=True)
def bait(target: Target) -> None:
    """Links and a pipe among the run's artifacts, as a workload of the project may make them."""
    project = target.folder.parents[3]
    for name in ("link", "to-canary", "fifo"):
        (target.folder / name).unlink(missing_ok=True)
    (target.folder / "link").symlink_to(project)
    (target.folder / "to-canary").symlink_to(project / "canary")
    os.mkfifo(target.folder / "fifo")


def doors(root: str, text: str) -> Iterator[tuple[str, str, object]]:
    """Every way to name an artifact: in the path as it is and encoded, in the query, in a body."""
    run = root.split("/")[1]
    spelled = {quote(text, safe=""), quote(text, safe="/:?#;")}
    for name in spelled:
        for place in (name, f"{root}/{name}"):
            yield "GET", f"{STORE}/{place}", None
            yield "PUT", f"{STORE}/{place}", b"dead"
            yield "DELETE", f"{STORE}/{place}", None
            yield "POST", f"{PARTS}/create/{place}", {"path": "x", "num_parts": 1}
            yield "POST", f"{PARTS}/complete/{place}", {"path": "x", "upload_id": "u", "parts": [{"part_number": 1}]}
            yield "POST", f"{PARTS}/abort/{place}", {"path": "x", "upload_id": "u"}
    value = quote(text, safe="")
    yield "GET", f"{STORE}?path={quote(root + '/' + text, safe='')}", None
    yield "GET", f"{STORE}?path={value}", None
    yield "GET", f"/get-artifact?run_uuid={run}&path={value}", None
    yield "GET", f"/ajax-api/2.0/mlflow/get-artifact?run_uuid={value}&path=x", None
    yield "GET", f"{API}/artifacts/list?run_id={run}&path={value}", None
    yield "GET", f"{API}/artifacts/list?run_id={value}", None
    yield "POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={value}", b"dead"
    yield "POST", f"{API}/artifacts/presigned-download-url", {"run_id": run, "path": text}
    yield "POST", f"{API}/artifacts/presigned-upload-url", {"run_id": run, "path": text}


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_a_hostile_path_leads_nowhere(target: Target, text: str):
    before = target.outside()
    for method, address, body in doors(target.root, text):
        status, reply = target.ask(method, address, body)
        assert status < 500 or status == 501, (method, address, reply)
        assert SECRET.encode() not in reply, (method, address)
        assert b"root:" not in reply, (method, address)
    assert target.outside() == before
    assert list(target.folder.parent.iterdir()) == [target.folder]


# Below a root, `C:` and `file:` are names like others.
@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in {"C:/x", "file:/etc"}], ids=repr)
def test_a_hostile_path_as_one_name_is_refused(target: Target, text: str):
    address = f"{STORE}/{target.root}/{quote(text, safe='')}"

    assert {target.ask(method, address, b"dead" if method == "PUT" else None)[0] for method in ("GET", "PUT")} <= {
        400, 404, 405
    }  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_an_odd_name_is_a_name(target: Target, text: str):
    address = f"{STORE}/{target.root}/odd/{quote(text, safe='')}"

    assert target.ask("PUT", address, b"content")[0] == 200
    assert target.ask("GET", address) == (200, b"content")
    assert target.ask("DELETE", address)[0] == 200
    assert target.ask("GET", address)[0] == 404


@pytest.mark.parametrize("name", ["..", "../x", "a/..", "", "/", "C:\\", "a\0b", "x" * 300, "\n"])
def test_the_file_name_of_an_upload_in_parts_is_a_name(target: Target, name: str):
    before = target.outside()
    status, _ = target.ask("POST", f"{PARTS}/create/{target.root}", {"path": name, "num_parts": 1})

    assert status == (200 if name == "../x" else 400)  # of a whole path on the client's disk the last name counts
    assert target.outside() == before


def unfinished(target: Target, head: str, content: bytes) -> None:
    """Begin an upload and go away."""
    where = urlsplit(target.platform.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        request = f"PUT {STORE}/{target.root}/unfinished HTTP/1.1\r\nhost: {where.netloc}\r\n"
        request += f"authorization: Bearer {target.platform.api_key}\r\n{head}\r\n\r\n"
        connection.sendall(request.encode() + content)
        staging = target.folder.parents[2] / ".cuvee-staging"
        wait_for(lambda: any(path.name.startswith("new-") for path in staging.iterdir()))


@pytest.mark.parametrize(
    ("head", "content"),
    [
        ("content-length: 1000000", b"x" * 10),
        ("transfer-encoding: chunked", b"a\r\n0123456789\r\n"),
        ("transfer-encoding: chunked", b"ffffff\r\nx"),
    ],
)
def test_an_upload_that_does_not_end_is_not_kept(target: Target, head: str, content: bytes):
    unfinished(target, head, content)
    staging = target.folder.parents[2] / ".cuvee-staging"

    wait_for(lambda: not any(path.name.startswith("new-") for path in staging.iterdir()))
    assert not (target.folder / "unfinished").exists()


def test_a_body_longer_than_it_says_is_cut(target: Target):
    where = urlsplit(target.platform.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        head = f"PUT {STORE}/{target.root}/cut HTTP/1.1\r\nhost: {where.netloc}\r\ncontent-length: 3\r\n"
        head += f"authorization: Bearer {target.platform.api_key}\r\n\r\n"
        connection.sendall(head.encode() + b"onetwo")
        assert connection.recv(12) in {b"HTTP/1.1 200", b"HTTP/1.1 400"}

    assert target.ask("GET", f"{STORE}/{target.root}/cut")[1] != b"onetwo"


@pytest.mark.parametrize(
    "head", ["content-length: -1", "content-length: 5x", "transfer-encoding: chunked\r\ncontent-length: 5"]
)
def test_a_length_that_cannot_be_is_refused(target: Target, head: str):
    where = urlsplit(target.platform.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        request = f"PUT {STORE}/{target.root}/bad HTTP/1.1\r\nhost: {where.netloc}\r\n{head}\r\n"
        connection.sendall(f"{request}authorization: Bearer {target.platform.api_key}\r\n\r\nhello".encode())
        status = connection.recv(12)

    assert status[9:10] in {b"4", b""}  # some servers hang up without a word
    assert not (target.folder / "bad").exists()


async def test_of_complete_and_abort_at_once_one_wins(target: Target):
    key = {"authorization": f"Bearer {target.platform.api_key}"}
    async with httpx.AsyncClient(base_url=target.platform.url, headers=key, timeout=60) as client:
        for number in range(10):
            body: dict = {"path": f"raced-{number}", "num_parts": 1}
            made = (await client.post(f"{PARTS}/create/{target.root}", json=body)).json()
            sent = await client.put(made["credentials"][0]["url"], content=b"x" * 100_000)
            body |= {"upload_id": made["upload_id"], "parts": [{"part_number": 1, "etag": sent.headers["etag"]}]}
            calls = [client.post(f"{PARTS}/{verb}/{target.root}", json=body) for verb in ("complete", "abort") * 2]
            statuses = sorted(reply.status_code for reply in await asyncio.gather(*calls))
            assert statuses == [200, 404, 404, 404]


def test_the_largest_artifact_is_a_setting(tmp_path: Path):
    with running(Settings(home=tmp_path, port=0, max_artifact=1000)) as platform, platform.client() as client:
        made = client.post(f"{API}/experiments/create", json={"name": "limits"}).json()
        run = client.post(f"{API}/runs/create", json=made).json()["run"]["info"]
        root = run["artifact_uri"].removeprefix("mlflow-artifacts:/")

        assert client.put(f"{STORE}/{root}/small", content=b"x" * 1000).status_code == 200
        assert client.put(f"{STORE}/{root}/large", content=b"x" * 1001).status_code == 413
        assert client.get(f"{STORE}/{root}/large").status_code == 404
