"""What a page loads stays light: a budget is only one when a test holds it."""

from typing import Final

import pytest

from cuvee.web.assets import Assets

#: Bytes of script and style, as they cross the wire.
MOST: Final = 400_000
ASSETS: Final = Assets.built()
#: The session's page brings an editor, a terminal and a notebook's renderers.
HEAVY: Final = {"workbench"}


def wire(name: str) -> int:
    return min(len(form) for form in ASSETS.files[name].forms.values())


def loads(entry: str) -> set[str]:
    """Everything that a page with this entry may load, with what every page loads."""
    entries = [ASSETS.manifest.entries[name] for name in ("theme", "page", entry)]
    return {name for each in entries for name in (each.script, *each.imports, *each.styles, *each.later) if name}


@pytest.mark.parametrize("entry", sorted(ASSETS.manifest.entries.keys() - HEAVY))
def test_a_page_is_light(entry: str):
    assert sum(wire(name) for name in loads(entry)) <= MOST


@pytest.mark.parametrize("name", sorted(ASSETS.files))
def test_nothing_that_pages_load_names_a_host_to_ask(name: str):
    text = ASSETS.files[name].forms[""].decode(errors="replace")
    for asking in ("@import url(", "url(http", "url(//", 'src="http', "importScripts("):
        assert asking not in text
