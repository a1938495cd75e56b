"""Stock clients log and read artifacts, models and datasets."""

from collections.abc import Callable

import pytest
from tests.conftest import Running


@pytest.mark.parametrize("script", ["artifacts.py", "models.py"])
def test_a_stock_client_does_all_it_can_do(run_client: Callable[..., str], platform: Running, script: str):
    assert run_client(script, str(platform.home / "projects")).endswith(": ok\n")
