"""The pages of the documentation that need MLflow's client do what they show, with the newest one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs import pages

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


@pytest.mark.parametrize("client_python", ["3.17.2"], indirect=True)
@pytest.mark.parametrize("name", ["log-artifacts", "log-a-model"])
def test_a_page_does_what_it_shows(run_client: Callable[..., str], tmp_path: Path, name: str):
    blocks = [block.text for block in pages.blocks(HOW_TO / f"{name}.md") if block.kind == "python"]
    assert blocks
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks))

    run_client(str(script))
