"""Artifacts over HTTP: what is uploaded comes back, in one piece and in parts, and to nobody else."""

import base64
import hashlib
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.conftest import Running

API = "/api/2.0/mlflow"
STORE = "/api/2.0/mlflow-artifacts/artifacts"
PARTS = "/api/2.0/mlflow-artifacts/mpu"


@pytest.fixture
def root(client: httpx.Client, unique: Callable[[str], str]) -> str:
    """A run's artifact root, as paths name it."""
    made = client.post(f"{API}/experiments/create", json={"name": unique("artifacts")}).json()
    run = client.post(f"{API}/runs/create", json=made).json()["run"]
    return run["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")


def run_of(root: str) -> str:
    return root.split("/")[1]


def test_what_is_uploaded_comes_back(client: httpx.Client, root: str):
    put = client.put(f"{STORE}/{root}/folder/data.bin", content=b"0123456789")
    got = client.get(f"{STORE}/{root}/folder/data.bin")

    assert (put.status_code, put.json()) == (200, {})
    assert (got.status_code, got.content) == (200, b"0123456789")
    assert got.headers["content-disposition"] == "attachment; filename=data.bin"


def test_what_does_not_add_up_to_its_digest_is_not_kept(client: httpx.Client, root: str):
    client.put(f"{STORE}/{root}/data.bin", content=b"old")
    digest = {"content-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(b'new').digest()).decode()}:"}
    refused = client.put(f"{STORE}/{root}/data.bin", content=b"damaged", headers=digest)
    unread = client.put(f"{STORE}/{root}/data.bin", content=b"new", headers={"content-md5": "no"})

    assert (refused.status_code, unread.status_code) == (400, 400)
    assert "digest" in refused.json()["message"]
    assert client.get(f"{STORE}/{root}/data.bin").content == b"old"
    assert client.put(f"{STORE}/{root}/data.bin", content=b"new", headers=digest).status_code == 200
    assert client.get(f"{STORE}/{root}/data.bin").content == b"new"


def test_a_part_that_was_damaged_is_sent_again(client: httpx.Client, root: str):
    body: dict = {"path": "parts.bin", "num_parts": 1}
    made = client.post(f"{PARTS}/create/{root}", json=body).json()
    url = made["credentials"][0]["url"]
    digest = {"content-md5": base64.b64encode(hashlib.md5(b"whole").digest()).decode()}
    assert client.put(url, content=b"damaged", headers=digest).status_code == 400
    sent = client.put(url, content=b"whole", headers=digest)
    parts = [{"part_number": 1, "etag": sent.headers["etag"]}]
    done = client.post(f"{PARTS}/complete/{root}", json=body | {"upload_id": made["upload_id"], "parts": parts})

    assert done.status_code == 200
    assert client.get(f"{STORE}/{root}/parts.bin").content == b"whole"


def test_a_download_says_what_the_whole_file_adds_up_to_when_asked(client: httpx.Client, root: str):
    path, content = f"{STORE}/{root}/data.bin", b"0123456789" * 300_000
    client.put(path, content=content)
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
    wanted = {"want-repr-digest": "md5=3, sha-256=10"}
    whole, part = client.get(path, headers=wanted), client.get(path, headers=wanted | {"range": "bytes=2-4"})

    assert (whole.content, whole.headers["repr-digest"]) == (content, digest)
    assert (part.content, part.headers["repr-digest"]) == (b"234", digest)
    assert client.head(path, headers=wanted).headers["repr-digest"] == digest
    for refused in ("", "sha-256=0", "sha-256", "sha-512=1", "=,=;"):
        assert "repr-digest" not in client.get(path, headers={"want-repr-digest": refused}).headers


def test_a_run_lists_its_artifacts(client: httpx.Client, root: str):
    for name in ("b.txt", "a.txt", "folder/c.txt"):
        client.put(f"{STORE}/{root}/{name}", content=b"12")
    whole = client.get(f"{API}/artifacts/list", params={"run_id": run_of(root)}).json()
    inner = client.get(f"{API}/artifacts/list", params={"run_id": run_of(root), "path": "folder"}).json()

    assert whole == {
        "root_uri": f"mlflow-artifacts:/{root}",
        "files": [
            {"path": "a.txt", "is_dir": False, "file_size": 2},
            {"path": "b.txt", "is_dir": False, "file_size": 2},
            {"path": "folder", "is_dir": True},
        ],
    }
    assert [file["path"] for file in inner["files"]] == ["folder/c.txt"]
    assert [file["path"] for file in client.get(STORE, params={"path": f"{root}/folder"}).json()["files"]] == ["c.txt"]


def test_a_project_lists_the_experiments_that_have_files(client: httpx.Client, root: str):
    client.put(f"{STORE}/{root}/a", content=b"x")

    assert root.split("/", maxsplit=1)[0] in [file["path"] for file in client.get(STORE).json()["files"]]


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_ranges_and_heads_are_answered(client: httpx.Client, root: str, prefix: str):
    path = f"{STORE}/{root}/data".replace("/api", prefix, 1)
    client.put(path, content=b"0123456789")
    part = client.get(path, headers={"range": "bytes=2-4"})
    head = client.head(path)

    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")
    assert client.get(path, headers={"range": "bytes=10-"}).status_code == 416
    assert client.get(path, headers={"if-none-match": head.headers["etag"]}).status_code == 304


def test_a_browser_gets_artifacts_by_run_and_path(client: httpx.Client, root: str):
    client.put(f"{STORE}/{root}/a/page.html", content=b"<script>")
    for path in ("/get-artifact", "/ajax-api/2.0/mlflow/get-artifact"):
        for key in ("run_uuid", "run_id"):
            got = client.get(path, params={key: run_of(root), "path": "a/page.html"})
            assert got.content == b"<script>"
            assert got.headers["content-security-policy"].startswith("sandbox")
            assert got.headers["content-disposition"].startswith("attachment")
            assert got.headers["x-content-type-options"] == "nosniff"


def test_a_small_file_is_uploaded_by_run_and_path(client: httpx.Client, root: str):
    door = "/ajax-api/2.0/mlflow/upload-artifact"
    query = {"run_uuid": run_of(root), "path": "notes/a.json"}

    assert client.post(door, params=query, content=b"{}").status_code == 200
    assert client.get(f"{STORE}/{root}/notes/a.json").content == b"{}"
    assert client.post(door, params=query, content=b"x" * (10 * 1024 * 1024 + 1)).status_code == 400
    assert client.post(door, params=query).status_code == 400
    assert client.post(door, params={"path": "a"}, content=b"x").status_code == 400


def test_deleted_artifacts_are_gone(client: httpx.Client, root: str):
    for name in ("folder/a", "folder/b", "c"):
        client.put(f"{STORE}/{root}/{name}", content=b"x")

    assert client.delete(f"{STORE}/{root}/folder").json() == {}
    assert client.delete(f"{STORE}/{root}/nothing").status_code == 200
    assert [file["path"] for file in client.get(STORE, params={"path": root}).json()["files"]] == ["c"]


def test_a_missing_file_is_said_so_in_mlflows_shape(client: httpx.Client, root: str):
    reply = client.get(f"{STORE}/{root}/nothing")

    assert reply.status_code == 404
    assert reply.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert client.get(f"{STORE}/{root}").status_code in {400, 404}


def test_artifacts_lie_in_the_projects_folder(client: httpx.Client, platform: Running, root: str):
    client.put(f"{STORE}/{root}/model/MLmodel", content=b"flavors: {}")

    (place,) = platform.home.glob(f"projects/*/.experiments/{root}/model/MLmodel")
    assert place.read_bytes() == b"flavors: {}"


def create(client: httpx.Client, root: str, parts: int, name: str = "big.bin") -> dict:
    reply = client.post(f"{PARTS}/create/{root}", json={"path": f"/home/me/{name}", "num_parts": parts})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_parts_make_a_file(client: httpx.Client, root: str):
    made = create(client, root, 2)
    parts = []
    for credential, content in zip(made["credentials"], (b"hello ", b"world"), strict=True):
        sent = httpx.put(credential["url"], content=content)  # without a key: the address is enough
        parts.append({"part_number": credential["part_number"], "etag": sent.headers["etag"], "url": ""})
    body = {"path": "/home/me/big.bin", "upload_id": made["upload_id"], "parts": parts}

    assert client.post(f"{PARTS}/complete/{root}", json=body).json() == {}
    assert client.get(f"{STORE}/{root}/big.bin").content == b"hello world"
    assert client.post(f"{PARTS}/complete/{root}", json=body).status_code == 404


def test_an_aborted_upload_takes_nothing_more(client: httpx.Client, root: str):
    made = create(client, root, 1)
    body = {"path": "big.bin", "upload_id": made["upload_id"]}

    assert client.post(f"{PARTS}/abort/{root}", json=body).json() == {}
    assert httpx.put(made["credentials"][0]["url"], content=b"x").status_code == 404
    assert client.post(f"{PARTS}/abort/{root}", json=body).status_code == 404


@pytest.mark.parametrize("number", [-1, 0, 10_001, 2**40, "many"])
def test_the_number_of_parts_has_bounds(client: httpx.Client, root: str, number: object):
    assert client.post(f"{PARTS}/create/{root}", json={"path": "a", "num_parts": number}).status_code == 400


@pytest.mark.parametrize("upload", ["", "..", "../../x", "0000-0000-0000-0000", "x" * 5000])
@pytest.mark.parametrize("verb", ["complete", "abort"])
def test_a_foreign_upload_is_not_found(client: httpx.Client, root: str, verb: str, upload: str):
    body = {"path": "a", "upload_id": upload, "parts": [{"part_number": 1, "etag": "x"}]}

    assert client.post(f"{PARTS}/{verb}/{root}", json=body).status_code == 404


def test_an_upload_is_not_completed_elsewhere(client: httpx.Client, root: str):
    made = create(client, root, 1)
    sent = httpx.put(made["credentials"][0]["url"], content=b"x")
    parts = [{"part_number": 1, "etag": sent.headers["etag"]}]
    body = {"path": "big.bin", "upload_id": made["upload_id"], "parts": parts}

    assert client.post(f"{PARTS}/complete/{root}/elsewhere", json=body).status_code == 404
    assert client.post(f"{PARTS}/complete/{root}", json=body | {"path": "other.bin"}).status_code == 404
    assert client.post(f"{PARTS}/complete/{root}", json=body | {"parts": []}).status_code == 400
    assert client.post(f"{PARTS}/complete/{root}", json=body | {"parts": parts * 2}).status_code == 400
    assert client.post(f"{PARTS}/complete/{root}", json=body).status_code == 200


def test_an_address_of_a_part_cannot_be_made_up(client: httpx.Client, root: str, platform: Running):
    url = create(client, root, 2)["credentials"][0]["url"]
    for forged in (url[:-4] + "AAAA", url + "x", f"{platform.url}{PARTS}/part/x", f"{platform.url}{PARTS}/part/%2e%2e"):
        assert httpx.put(forged, content=b"x").status_code in {403, 404, 405}
    assert httpx.get(url).status_code == 405


@pytest.fixture
def stranger(client: httpx.Client, platform: Running) -> Iterator[httpx.Client]:
    """A key that is bound to another project."""
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    key = client.post(f"/api/v2/users/{owner}/v2_keys", json={"project_id": "0000-0000-0000-0000"}).json()["api_key"]
    with platform.client(key) as bound:
        yield bound


@pytest.mark.parametrize(
    "door",
    [
        ("GET", STORE + "/{root}/a", None),
        ("HEAD", STORE + "/{root}/a", None),
        ("PUT", STORE + "/{root}/a", None),
        ("DELETE", STORE + "/{root}/a", None),
        ("GET", STORE + "?path={root}", None),
        ("POST", PARTS + "/create/{root}", {"path": "a", "num_parts": 1}),
        ("POST", PARTS + "/complete/{root}", {"path": "a", "upload_id": "x", "parts": [{"part_number": 1}]}),
        ("POST", PARTS + "/abort/{root}", {"path": "a", "upload_id": "x"}),
        ("GET", "/api/2.0/mlflow-artifacts/presigned/{root}/a", None),
        ("GET", "/get-artifact?run_uuid={run}&path=a", None),
        ("GET", API + "/artifacts/list?run_id={run}", None),
        ("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=a", None),
        ("POST", API + "/artifacts/presigned-download-url", {"run_id": "{run}", "path": "a"}),
    ],
)
def test_to_strangers_nothing_is_there(
    client: httpx.Client, stranger: httpx.Client, root: str, door: tuple[str, str, dict | None]
):
    method, path, body = door
    client.put(f"{STORE}/{root}/a", content=b"secret")
    path = path.format(root=root, run=run_of(root))
    body = body and {key: run_of(root) if value == "{run}" else value for key, value in body.items()}

    assert stranger.request(method, path, json=body).status_code == 404
    assert httpx.request(method, str(client.base_url.join(path)), json=body).status_code == 401
    assert client.get(f"{STORE}/{root}/a").content == b"secret"


def test_nothing_is_presigned_because_all_goes_through_the_server(client: httpx.Client, root: str):
    presigned = client.get(f"/api/2.0/mlflow-artifacts/presigned/{root}/a")
    download = client.post(f"{API}/artifacts/presigned-download-url", json={"run_id": run_of(root), "path": "a"})
    upload = client.post(f"{API}/artifacts/presigned-upload-url", json={"run_id": run_of(root), "path": "a"})

    assert (presigned.status_code, presigned.json()["error_code"]) == (501, "NOT_IMPLEMENTED")
    assert download.json()["message"].startswith("Presigned download is not supported for runs with proxied")
    assert upload.json()["message"].startswith("Presigned upload is not supported for proxied artifact storage")
