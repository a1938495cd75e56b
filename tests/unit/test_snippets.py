"""Code to take along says the same as the page, whatever the example holds."""

import ast
import json
import shlex

import pytest

from cuvee.serving.values import Endpoint
from cuvee.web import snippets

URL = "http://127.0.0.1:8787"
HOSTILE = {"name": 'it\'s "$(reboot)" `x` \\ {url} </script>', "x": [1.5, None, True]}


def endpoint(*, auth_enabled: bool) -> Endpoint:
    return Endpoint(
        id="e", project_id="p", name="wine", access_key="mkey", creator_id="u", created_at=0, updated_at=0,
        example_input=json.dumps(HOSTILE), auth_enabled=auth_enabled,
    )  # fmt: skip


def of(*, auth_enabled: bool) -> dict[str, str]:
    return dict(snippets.of(endpoint(auth_enabled=auth_enabled), URL))


@pytest.mark.parametrize("auth_enabled", [True, False])
def test_a_shell_reads_the_body_as_it_is(auth_enabled: bool):
    words = shlex.split(of(auth_enabled=auth_enabled)["curl"].replace("\\\n", " "))

    assert words[2] == f"{URL}/model"
    assert json.loads(words[words.index("-d") + 1]) == {"accessKey": "mkey", "request": HOSTILE}
    assert ("Authorization: Bearer $CUVEE_API_KEY" in words) is auth_enabled


@pytest.mark.parametrize("auth_enabled", [True, False])
def test_python_reads_the_body_as_it_is(auth_enabled: bool):
    tree = ast.parse(of(auth_enabled=auth_enabled)["Python"])
    post = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.keywords)

    given = {keyword.arg: keyword.value for keyword in post.keywords}
    assert ast.literal_eval(given["json"]) == {"accessKey": "mkey", "request": HOSTILE}
    assert ("headers" in given) is auth_enabled


def test_in_r_the_body_is_one_quoted_text():
    line = next(line for line in of(auth_enabled=False)["R"].splitlines() if "body =" in line)

    assert json.loads(json.loads(line.strip().removeprefix("body = ").removesuffix(")")))["request"] == HOSTILE


def test_an_example_that_is_none_does_no_harm():
    assert dict(snippets.of(Endpoint(
        id="e", project_id="p", name="w", access_key="m", creator_id="u", created_at=0, updated_at=0
    ), URL))["curl"]  # fmt: skip
