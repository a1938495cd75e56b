"""Stock clients, old and new, do against us what they do against MLflow's server."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize("script", ["tracking.py", "grid_search.py", "system_metrics.py", "registry.py"])
def test_a_stock_client_works(run_client: Callable[..., str], unique: Callable[[str], str], script: str):
    assert "done" in run_client(script, unique("client"))


def test_a_tracking_uri_may_name_the_project(run_client: Callable[..., str], unique: Callable[[str], str]):
    assert "done" in run_client("tracking.py", unique("path"), workspace_path="/projects/default")
