"""Registered models, versions, aliases and stages: the same calls to MLflow and to us."""

from typing import Any
from uuid import uuid4

import pytest
from tests.conformance.pair import Pair

MODELS, VERSIONS = "registered-models", "model-versions"
IS_PROMPT = "mlflow.prompt.is_prompt"
PROMPT_TAGS = [{"key": IS_PROMPT, "value": "true"}]
BAD_TAGS = [{"key": "", "value": "x"}]


@pytest.fixture(scope="module")
def registry(open_pair: Pair) -> Pair:
    """`$model` with three versions of `$run`, tags, aliases and stages, a `$prompt`, and an `$empty` model."""
    open_pair.experiment()
    open_pair.run()
    open_pair.bind("uri", "GET", "runs/get", {"run_id": "$run"}, lambda reply: reply["run"]["info"]["artifact_uri"])
    for side in open_pair.sides():
        del side.names["exp"]  # MLflow counts its experiments: the first one's id would be seen in every version
    for name, tags in (("model", []), ("empty", []), ("prompt", [{"key": IS_PROMPT, "value": "true"}])):
        unique = f"conformance-{uuid4().hex}"
        for side in open_pair.sides():
            side.names[name] = unique
        open_pair.same("POST", f"{MODELS}/create", {"name": f"${name}", "tags": tags})
    for number in ("1", "2", "3"):
        body = {"name": "$model", "source": f"$uri/m{number}", "run_id": "$run", "description": f"of {number}"}
        open_pair.same("POST", f"{VERSIONS}/create", body)
    body = {"name": "$prompt", "source": "dummy-source", "tags": [{"key": IS_PROMPT, "value": "true"}]}
    open_pair.same("POST", f"{VERSIONS}/create", body)
    open_pair.same("POST", f"{MODELS}/set-tag", {"name": "$model", "key": "team", "value": "a"})
    open_pair.same("POST", f"{VERSIONS}/set-tag", {"name": "$model", "version": "2", "key": "k", "value": "v"})
    open_pair.same("POST", f"{MODELS}/alias", {"name": "$model", "alias": "champion", "version": "2"})
    stage = {"name": "$model", "version": "1", "stage": "Production"}
    open_pair.same("POST", f"{VERSIONS}/transition-stage", stage)
    return open_pair


SAME: list[tuple[str, str, Any]] = [
    ("GET", f"{MODELS}/get", {"name": "$model"}),
    ("GET", f"{MODELS}/get", {"name": "$empty"}),
    ("GET", f"{MODELS}/get", {"name": "no such"}),
    ("GET", f"{MODELS}/get", {"name": "a/b"}),
    ("GET", f"{MODELS}/get", {"name": ".."}),
    ("GET", f"{MODELS}/get", {"name": ""}),
    ("GET", f"{MODELS}/get", {}),
    ("POST", f"{MODELS}/create", {"name": "$model"}),
    ("POST", f"{MODELS}/create", {"name": "$prompt"}),
    ("POST", f"{MODELS}/create", {"name": "$model", "tags": [{"key": IS_PROMPT, "value": "true"}]}),
    ("POST", f"{MODELS}/create", {"name": " "}),
    ("POST", f"{MODELS}/create", {"name": "a:b"}),
    ("POST", f"{MODELS}/create", {"name": "../a"}),
    ("POST", f"{MODELS}/create", {"name": 7}),
    ("POST", f"{MODELS}/create", {}),
    ("POST", f"{MODELS}/create", {"name": "a", "tags": [{"key": "a|b", "value": "c"}]}),
    ("POST", f"{MODELS}/create", {"name": "a", "tags": [{"key": "a", "value": "c" * 100_001}]}),
    ("PATCH", f"{MODELS}/update", {"name": "$empty", "description": "new"}),
    ("PATCH", f"{MODELS}/update", {"name": "$empty"}),
    ("PATCH", f"{MODELS}/update", {"name": "no such", "description": "new"}),
    ("POST", f"{MODELS}/rename", {"name": "$empty", "new_name": "$model"}),
    ("POST", f"{MODELS}/rename", {"name": "$empty", "new_name": "a/b"}),
    ("POST", f"{MODELS}/rename", {"name": "$empty"}),
    ("POST", f"{MODELS}/rename", {"name": "no such", "new_name": "other"}),
    ("DELETE", f"{MODELS}/delete", {"name": "no such"}),
    ("DELETE", f"{MODELS}/delete", {}),
    ("GET", f"{MODELS}/get-latest-versions", {"name": "$model"}),
    ("POST", f"{MODELS}/get-latest-versions", {"name": "$model", "stages": ["production"]}),
    ("GET", f"{MODELS}/get-latest-versions", {"name": "$model", "stages": ["None", "Archived"]}),
    ("POST", f"{MODELS}/get-latest-versions", {"name": "$model", "stages": ["x"]}),
    ("POST", f"{MODELS}/get-latest-versions", {"name": "no such"}),
    ("POST", f"{MODELS}/set-tag", {"name": "$model", "key": "../a", "value": "b"}),
    ("POST", f"{MODELS}/set-tag", {"name": "$model", "key": "a"}),
    ("POST", f"{MODELS}/set-tag", {"name": "$model", "value": "a"}),
    ("POST", f"{MODELS}/set-tag", {"name": "no such", "key": "a", "value": "b"}),
    ("DELETE", f"{MODELS}/delete-tag", {"name": "$model", "key": "a"}),
    ("DELETE", f"{MODELS}/delete-tag", {"name": "$model", "key": "never"}),
    ("DELETE", f"{MODELS}/delete-tag", {"name": "no such", "key": "never"}),
    ("GET", f"{MODELS}/alias", {"name": "$model", "alias": "champion"}),
    ("GET", f"{MODELS}/alias", {"name": "$model", "alias": "latest"}),
    ("GET", f"{MODELS}/alias", {"name": "$model", "alias": "never"}),
    ("GET", f"{MODELS}/alias", {"name": "$empty", "alias": "latest"}),
    ("GET", f"{MODELS}/alias", {"name": "no such", "alias": "champion"}),
    ("GET", f"{MODELS}/alias", {"name": "$model", "alias": "a b"}),
    ("POST", f"{MODELS}/alias", {"name": "$model", "alias": "v1", "version": "1"}),
    ("POST", f"{MODELS}/alias", {"name": "$model", "alias": "Latest", "version": "1"}),
    ("POST", f"{MODELS}/alias", {"name": "$model", "alias": "a b", "version": "1"}),
    ("POST", f"{MODELS}/alias", {"name": "$model", "alias": "a" * 256, "version": "1"}),
    ("POST", f"{MODELS}/alias", {"name": "$model", "alias": "a", "version": "99"}),
    ("POST", f"{MODELS}/alias", {"name": "$model", "alias": "a", "version": "x"}),
    ("POST", f"{MODELS}/alias", {"name": "$model", "alias": "a"}),
    ("DELETE", f"{MODELS}/alias", {"name": "$model", "alias": "never"}),
    ("DELETE", f"{MODELS}/alias", {"name": "no such", "alias": "never"}),
    ("GET", f"{VERSIONS}/get", {"name": "$model", "version": "2"}),
    ("GET", f"{VERSIONS}/get", {"name": "$model", "version": "99"}),
    ("GET", f"{VERSIONS}/get", {"name": "$model", "version": "x"}),
    ("GET", f"{VERSIONS}/get", {"name": "$model"}),
    ("GET", f"{VERSIONS}/get", {"name": "no such", "version": "1"}),
    ("GET", f"{VERSIONS}/get-download-uri", {"name": "$model", "version": "1"}),
    ("GET", f"{VERSIONS}/get-download-uri", {"name": "$model", "version": "99"}),
    ("POST", f"{VERSIONS}/create", {"name": "no such", "source": "$uri/m", "run_id": "$run"}),
    ("POST", f"{VERSIONS}/create", {"name": "$model", "source": "$uri/m"}),
    ("POST", f"{VERSIONS}/create", {"name": "$model", "source": "$uri/m", "run_id": "0" * 32}),
    ("POST", f"{VERSIONS}/create", {"name": "$model", "source": "models:/m-" + "0" * 32, "model_id": "m-1"}),
    ("POST", f"{VERSIONS}/create", {"name": "$model", "source": "models:/no such/1"}),
    ("POST", f"{VERSIONS}/create", {"name": "$model", "source": "models:/$prompt/1"}),
    ("POST", f"{VERSIONS}/create", {"name": "$model", "source": "models:/$model/1", "run_id": "other"}),
    ("POST", f"{VERSIONS}/create", {"name": "$model"}),
    ("POST", f"{VERSIONS}/create", {"name": "$prompt", "source": "$uri/m", "tags": PROMPT_TAGS}),
    ("POST", f"{VERSIONS}/create", {"name": "$model", "source": "$uri/m", "run_id": "$run", "tags": BAD_TAGS}),
    ("PATCH", f"{VERSIONS}/update", {"name": "$model", "version": "3", "description": "changed"}),
    ("PATCH", f"{VERSIONS}/update", {"name": "$model", "version": "3"}),
    ("PATCH", f"{VERSIONS}/update", {"name": "$model", "version": "99"}),
    ("POST", f"{VERSIONS}/transition-stage", {"name": "$model", "version": "3", "stage": "x"}),
    ("POST", f"{VERSIONS}/transition-stage", {"name": "$model", "version": "99", "stage": "Staging"}),
    ("POST", f"{VERSIONS}/transition-stage", {"name": "$model", "version": "3"}),
    ("POST", f"{VERSIONS}/set-tag", {"name": "$model", "version": "99", "key": "a", "value": "b"}),
    ("POST", f"{VERSIONS}/set-tag", {"name": "$model", "version": "1", "key": "a|b", "value": "b"}),
    ("DELETE", f"{VERSIONS}/delete-tag", {"name": "$model", "version": "1", "key": "never"}),
    ("DELETE", f"{VERSIONS}/delete", {"name": "$model", "version": "99"}),
    ("DELETE", f"{VERSIONS}/delete", {"name": "$model"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), SAME)
def test_a_call_is_answered_as_mlflow_answers_it(registry: Pair, method: str, path: str, body: Any):
    registry.same(method, path, body)


def alike(pair: Pair, method: str, path: str, body: Any) -> None:
    """The same but for two things: in lists MLflow's versions lack their aliases, and its newest versions any order."""

    def tidy(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: tidy(inner) for key, inner in value.items() if key != "aliases" or "run_link" not in value}
            if "latest_versions" in kept:
                kept["latest_versions"] = sorted(kept["latest_versions"], key=lambda version: version["version"])
            return kept
        return [tidy(inner) for inner in value] if isinstance(value, list) else value

    theirs, ours = pair.call(method, path, body)
    assert [tidy(reply) for reply in ours] == [tidy(theirs)] * 2


FILTERS = [
    "name = '$model'", "name LIKE 'conformance-%' AND name = '$model'",
    "name ILIKE 'CONFORMANCE-%' AND tags.team = 'a'",
    "name IN ('$model', '$empty')", "name = '$prompt'", "name = '$model' AND tags.team != 'a'", "tags.`team` = 'b'",
    f"name = '$prompt' AND tags.`{IS_PROMPT}` = 'true'", f"name = '$model' AND tag.`{IS_PROMPT}` != 'true'",
    f"name = '$model' AND tags.`{IS_PROMPT}` = 'false'", f"name = '$prompt' AND tags.`{IS_PROMPT}` != 'false'",
]  # fmt: skip


@pytest.mark.parametrize("text", FILTERS)
def test_models_are_found_as_mlflow_finds_them(registry: Pair, text: str):
    alike(registry, "GET", f"{MODELS}/search", {"filter": text})


@pytest.mark.parametrize(
    "text",
    ["name = '$model'", "name = '$model' AND run_id = '$run'", "run_id IN ('$run')",
     "name='$model' AND version_number > 1",
     "source_path = '$uri/m2'", "name = '$model' AND tags.k = 'v'", "name = '$prompt'", "run_id = 'x'",
     f"name = '$prompt' AND tags.`{IS_PROMPT}` = 'true'", "name = '$model' AND source_path LIKE '%m3'"],
)  # fmt: skip
def test_versions_are_found_as_mlflow_finds_them(registry: Pair, text: str):
    alike(registry, "GET", f"{VERSIONS}/search", {"filter": text, "order_by": ["version_number ASC"]})


@pytest.mark.parametrize("order", ["name DESC", "version_number ASC", "creation_timestamp DESC", "name", "`name` asc"])
def test_versions_are_ordered_as_mlflow_orders_them(registry: Pair, order: str):
    order_by = [order] if "version" in order else [order, "version_number DESC"]
    alike(registry, "GET", f"{VERSIONS}/search", {"filter": "name = '$model'", "order_by": order_by})


@pytest.mark.parametrize("listed", [MODELS, VERSIONS])
@pytest.mark.parametrize(
    "query",
    [{"filter": "x = 'y'"}, {"filter": "name > 'a'"}, {"filter": "name = 'a' OR name = 'b'"}, {"filter": "name"},
     {"filter": "tags.a > 'b'"}, {"filter": "name = 3"}, {"order_by": ["x"]}, {"order_by": ["name up"]},
     {"max_results": "x"}, {"max_results": 10**7}, {"page_token": "!"}, {"filter": "name IN ()"}],
)  # fmt: skip
def test_what_mlflow_refuses_is_refused_with_its_code(registry: Pair, listed: str, query: dict[str, Any]):
    theirs, ours = registry.call("GET", f"{listed}/search", query)

    assert [(reply["status"], reply["error_code"]) for reply in ours] == [(400, "INVALID_PARAMETER_VALUE")] * 2
    assert theirs["status"] in {400, 500}


def test_a_model_lives_and_dies_as_mlflows(registry: Pair):
    name = f"conformance-{uuid4().hex}"
    for side in registry.sides():
        side.names |= {"life": name, "other": f"{name}-2"}
    registry.same(
        "POST", f"{MODELS}/create", {"name": "$life", "description": "d", "tags": [{"key": "a", "value": "b"}]}
    )
    for number in ("1", "2"):
        registry.same("POST", f"{VERSIONS}/create", {"name": "$life", "source": f"$uri/{number}", "run_id": "$run"})
        stage = {"name": "$life", "version": number, "stage": "staging", "archive_existing_versions": True}
        registry.same("POST", f"{VERSIONS}/transition-stage", stage)
    registry.same("POST", f"{VERSIONS}/create", {"name": "$life", "source": "models:/$life/1"})
    registry.same("POST", f"{MODELS}/alias", {"name": "$life", "alias": "champion", "version": "1"})
    alike(registry, "POST", f"{MODELS}/rename", {"name": "$life", "new_name": "$other"})
    registry.same("DELETE", f"{VERSIONS}/delete", {"name": "$other", "version": "1"})
    registry.same("GET", f"{MODELS}/alias", {"name": "$other", "alias": "champion"})
    alike(registry, "GET", f"{MODELS}/get", {"name": "$other"})
    registry.same("POST", f"{VERSIONS}/create", {"name": "$other", "source": "$uri/4", "run_id": "$run"})
    alike(registry, "GET", f"{VERSIONS}/search", {"filter": "name = '$other'"})
    registry.same("DELETE", f"{MODELS}/delete", {"name": "$other"})
    registry.same("GET", f"{MODELS}/get", {"name": "$other"})
