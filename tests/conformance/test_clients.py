"""Stock clients, old and new, do against us what they do against MLflow's server."""

from collections.abc import Callable


def test_a_stock_client_tracks(run_client: Callable[..., str], unique: Callable[[str], str]):
    printed = run_client("tracking.py registry.py system_metrics.py grid_search.py", unique("client"))

    assert printed.count("done") == 4


def test_a_tracking_uri_may_name_the_project(run_client: Callable[..., str], unique: Callable[[str], str]):
    assert "done" in run_client("project_path.py", unique("path"), workspace_path="/projects/default")
