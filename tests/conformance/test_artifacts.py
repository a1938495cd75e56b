"""Artifacts: the same calls to MLflow, which serves them from a local folder, and to us."""

from typing import Any

import httpx
import pytest
from tests.conformance.pair import Pair, Side

STORE = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture(scope="module")
def pair(open_pair: Pair) -> Pair:
    open_pair.experiment()
    open_pair.run()
    for side in open_pair.sides():
        for name in ("a.txt", "b.json", "page.html", "model/MLmodel", "folder/deep/c.bin", "naïve name"):
            assert sent(side, "PUT", f"/{name}", content=b"0123456789").status_code == 200
    return open_pair


def sent(side: Side, method: str, below: str, **more: Any) -> httpx.Response:
    return side.client.request(method, f"{STORE}/{side.names['exp']}/{side.names['run']}/artifacts{below}", **more)


CALLS: list[tuple[str, str, Any]] = [
    ("GET", "artifacts/list", {"run_id": "$run"}),
    ("GET", "artifacts/list", {"run_uuid": "$run", "path": "folder"}),
    ("GET", "artifacts/list", {"run_id": "$run", "path": "folder/deep"}),
    ("GET", "artifacts/list", {"run_id": "$run", "path": "a.txt"}),
    ("GET", "artifacts/list", {"run_id": "$run", "path": "nothing"}),
    ("GET", "artifacts/list", {"run_id": "$run", "path": ".."}),
    ("GET", "artifacts/list", {"run_id": "$run", "path": "/etc"}),
    ("GET", "artifacts/list", {"run_id": "$run", "path": "../../.."}),
    ("GET", "artifacts/list", {"run_id": "nothing"}),
    ("GET", "artifacts/list", {}),
    ("GET", STORE, {"path": "$exp/$run/artifacts"}),
    ("GET", STORE, {"path": "$exp/$run/artifacts/folder"}),
    ("GET", STORE, {"path": "$exp/$run/artifacts/nothing"}),
    ("GET", STORE, {"path": "../.."}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=str)
def test_a_list_is_mlflows(pair: Pair, method: str, path: str, body: Any):
    pair.same(method, path, body)


HEADERS = ("content-type", "content-length", "content-range", "content-disposition", "x-content-type-options")


@pytest.mark.parametrize("name", ["a.txt", "b.json", "page.html", "model/MLmodel", "folder/deep/c.bin", "naïve name"])
@pytest.mark.parametrize("extent", ["", "bytes=2-4", "bytes=7-", "bytes=-3"])
def test_a_download_is_mlflows(pair: Pair, name: str, extent: str):
    replies = [sent(side, "GET", f"/{name}", headers={"range": extent} if extent else {}) for side in pair.sides()]
    theirs, *ours = [
        (reply.status_code, reply.content, [reply.headers.get(header) for header in HEADERS]) for reply in replies
    ]

    assert ours == [theirs] * 2


@pytest.mark.parametrize(
    ("method", "below"),
    [(method, f"/{name}") for method in ("GET", "DELETE", "PUT") for name in ("..%2f..", "%2e%2e/x")]
    + [(method, f"/{name}") for method in ("GET", "DELETE") for name in ("nothing", "folder/nothing")],
)
def test_what_mlflow_refuses_is_refused(pair: Pair, method: str, below: str):
    theirs, *ours = [sent(side, method, below, content=b"x" if method == "PUT" else None) for side in pair.sides()]

    assert [reply.status_code for reply in ours] == [theirs.status_code] * 2
