"""What can be set, asked for or typed is named in the reference."""

from pathlib import Path

import pytest
from tests.tools import reference

from cuvee.cli.main import COMMANDS
from cuvee.core.settings import SETTINGS
from cuvee.identity.scopes import ROLE_SCOPES, SCOPES

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_in_the_reference(name: str):
    assert f"`{name}`" in (REFERENCE / "settings.md").read_text()


@pytest.mark.parametrize("name", SCOPES)
def test_every_scope_is_in_the_reference(name: str):
    assert f"`{name}`" in (REFERENCE / "permissions.md").read_text()


@pytest.mark.parametrize("role", ROLE_SCOPES)
def test_every_role_is_in_the_reference(role: str):
    assert f"`{role}`" in (REFERENCE / "permissions.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_reference(name: str):
    assert f"cuvee {name}" in (REFERENCE / "command-line.md").read_text()


@pytest.mark.parametrize("name", reference.PAGES)
def test_generated_pages_are_up_to_date(name: str):
    assert (REFERENCE / name).read_text() == reference.PAGES[name](), "run `just reference`"
