"""MLflow's filter grammar for models and versions."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.core.errors import Invalid
from cuvee.registry import errors, filters
from cuvee.registry.filters import MODELS, VERSIONS, Comparison

READ = {
    "name = 'wine'": Comparison(is_tag=False, key="name", operator="=", value="wine"),
    'name="wine"': Comparison(is_tag=False, key="name", operator="=", value="wine"),
    "attribute.name LIKE '%i%'": Comparison(is_tag=False, key="name", operator="LIKE", value="%i%"),
    "name ilike 'W_ne'": Comparison(is_tag=False, key="name", operator="ILIKE", value="W_ne"),
    "name IN ('a','b')": Comparison(is_tag=False, key="name", operator="IN", value=("a", "b")),
    "name not in ('a')": Comparison(is_tag=False, key="name", operator="NOT IN", value=("a",)),
    "run_id = 'r'": Comparison(is_tag=False, key="run_id", operator="=", value="r"),
    "source_path != 's'": Comparison(is_tag=False, key="source_path", operator="!=", value="s"),
    "version_number >= 3": Comparison(is_tag=False, key="version_number", operator=">=", value=3),
    "version_number = '3'": Comparison(is_tag=False, key="version_number", operator="=", value=3),
    "tags.team = 'x'": Comparison(is_tag=True, key="team", operator="=", value="x"),
    "tag.`a b.c` <> 'x'": Comparison(is_tag=True, key="a b.c", operator="!=", value="x"),
    'tags."a b" = "it\'s"': Comparison(is_tag=True, key="a b", operator="=", value="it's"),
}


@pytest.mark.parametrize("text", READ)
def test_a_condition_is_read(text: str):
    assert filters.parse(text, VERSIONS) == [READ[text]]


def test_conditions_are_joined_by_and():
    assert len(filters.parse("name = 'AND' and tags.a = 'x' AND tag.`b` != 'y'", MODELS)) == 3


@pytest.mark.parametrize("spelling", ["tag.`mlflow.prompt.is_prompt`", "tags.mlflow.prompt.is_prompt",
                                      'tags."mlflow.prompt.is_prompt"', "tags.`mlflow.prompt.is_prompt`"])  # fmt: skip
@pytest.mark.parametrize(("rest", "asked"), [("= 'true'", True), ("!= 'true'", False), ("= 'false'", False),
                                             ("!= 'false'", True), ("= 'TRUE'", True)])  # fmt: skip
def test_prompts_are_asked_for_in_several_spellings(spelling: str, rest: str, asked: bool):
    assert filters.asks_for_prompts(filters.parse(f"name = 'x' AND {spelling} {rest}", MODELS)) is asked


@pytest.mark.parametrize(
    "text",
    ["name", "name =", "= 'x'", "name = x", "name = 3", "name > 'x'", "name = 'x' OR name = 'y'", "name = 'x",
     "name = 'x' AND", "AND name = 'x'", "name = 'x' name = 'y'", "nome = 'x'", "metrics.a > 1", "name IN 'x'",
     "name IN ()", "name IN ('a',)", "name IN ('a'", "name IN (1)", "tags.a IN ('x')", "tags.a > 'x'", "tags.a = 1",
     "version_number = 1", "name = 'x'; drop table", "name = 'x' --", "(name = 'x')", "name == 'x'"],
)  # fmt: skip
def test_what_is_not_in_the_grammar_is_refused(text: str):
    with pytest.raises(errors.BadFilter):
        filters.parse(text, MODELS)


@pytest.mark.parametrize("text", ["version_number LIKE '1'", "version_number = 1.5", "version_number IN ('1')",
                                  "version_number = 'x'", "source_path IN ('x')"])  # fmt: skip
def test_versions_have_numbers(text: str):
    with pytest.raises(errors.BadFilter):
        filters.parse(text, VERSIONS)


def test_a_filter_has_its_limits():
    for text in (" AND ".join(["name = 'x'"] * 101), "name = '" + "x" * 200_000 + "'"):
        with pytest.raises(errors.BadFilter):
            filters.parse(text, MODELS)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str):
    with contextlib.suppress(Invalid):
        filters.parse(text, VERSIONS)
