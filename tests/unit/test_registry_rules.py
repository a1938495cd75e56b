"""What names, tags, aliases and numbers may be."""

import pytest

from cuvee.core.errors import Invalid
from cuvee.registry import rules
from cuvee.registry.values import Stage


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", ".", "..", "../x", "x\x00", "x\n", "x" * 257, "\ud800"])
def test_names_that_cannot_be(name: str):
    with pytest.raises(Invalid):
        rules.require_name(name)


@pytest.mark.parametrize("name", ["wine", "Auto-Deployed Model", "ワイン", "'; drop", "%", "x" * 256, "a.b", "<b>"])
def test_names_that_can_be(name: str):
    rules.require_name(name)


@pytest.mark.parametrize("alias", ["", "a b", "a/b", "latest", "LATEST", "v1", "V12", "a" * 256, "a@b", "é\n"])
def test_aliases_that_cannot_be_given(alias: str):
    with pytest.raises(Invalid):
        rules.require_free_alias(alias)


@pytest.mark.parametrize("alias", ["champion", "v1a", "1", "a-b_c", "latest1"])
def test_aliases_that_can_be_given(alias: str):
    rules.require_free_alias(alias)


@pytest.mark.parametrize("tags", [{"": "x"}, {"a": "x" * 100_001}, {"a" * 251: "x"}, {"a$": "x"}, {"a//b": "x"},
                                  {"a": "\x00"}])  # fmt: skip
def test_tags_that_cannot_be(tags: dict[str, str]):
    with pytest.raises(Invalid):
        rules.require_tags(tags)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), ("-1", 0), ("9" * 30, 0), ("2147483648", 0)])
def test_numbers_out_of_reach_are_no_version(text: str, number: int):
    assert rules.number(text) == number


@pytest.mark.parametrize("text", ["", "one", "1.0"])
def test_numbers_are_whole(text: str):
    with pytest.raises(Invalid, match="must be an integer"):
        rules.number(text)


def test_stages_in_any_case():
    assert rules.stage("pRoDuction") is Stage.PRODUCTION
    with pytest.raises(Invalid, match="Value must be one of None, Staging, Production, Archived"):
        rules.stage("Deleted_Internal")
