"""Code that calls an endpoint, to take along: curl, Python, R."""

import shlex
from collections.abc import Sequence
from typing import Final

import msgspec

from cuvee.serving.values import Endpoint

#: Lines that only an endpoint with authentication needs are marked with this.
_WITH_KEY: Final = "\0"
_CURL: Final = (
    "curl -s {url}/model \\",
    "  -H 'Content-Type: application/json' \\",
    _WITH_KEY + '  -H "Authorization: Bearer $CUVEE_API_KEY" \\',
    "  -d {body}",
)
_PYTHON: Final = (
    _WITH_KEY + "import os",
    "import requests",
    "",
    "answer = requests.post(",
    '    "{url}/model",',
    _WITH_KEY + '    headers={{"Authorization": "Bearer " + os.environ["CUVEE_API_KEY"]}},',
    "    json={body},",
    ")",
    "print(answer.json())",
)
_R: Final = (
    "library(httr)",
    "",
    'answer <- POST("{url}/model",',
    _WITH_KEY + '  add_headers(Authorization = paste("Bearer", Sys.getenv("CUVEE_API_KEY"))),',
    "  content_type_json(),",
    "  body = {body})",
    "content(answer)",
)


def of(endpoint: Endpoint, url: str) -> list[tuple[str, str]]:
    """How an endpoint is called with its example input; `url` is where the platform answers."""
    try:
        request = msgspec.json.decode(endpoint.example_input or "{}")
    except (msgspec.DecodeError, RecursionError):
        request = {}
    body = {"accessKey": endpoint.access_key, "request": request}
    text = msgspec.json.encode(body).decode()
    forms = (
        ("curl", _CURL, shlex.quote(text)),
        ("Python", _PYTHON, repr(body)),
        ("R", _R, msgspec.json.encode(text).decode()),
    )
    return [(name, _filled(lines, endpoint, url, body_text)) for name, lines, body_text in forms]


def _filled(lines: Sequence[str], endpoint: Endpoint, url: str, body: str) -> str:
    kept = [line for line in lines if endpoint.auth_enabled or not line.startswith(_WITH_KEY)]
    return "\n".join(line.removeprefix(_WITH_KEY).format(url=url, body=body) for line in kept)
