"""Runs that are made again, in real sessions with real kernels: on what is there now, and on what was there then."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from tests.conftest import Running
from tests.integration.retrainings import Known, Studio, rows, studio, trained

from cuvee.runtimes.values import Environment


@pytest.fixture(scope="module")
def wines(platform: Running, base: Environment) -> Iterator[Studio]:
    with platform.client() as client:
        yield studio(platform, client, f"again-{uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def run(wines: Studio) -> Known:
    """A run on three wines; since then a fourth was written, and the code changed."""
    run = trained(wines)
    wines.table().append(rows((4.0, 2)))
    wines.write("helper.py", "FACTOR = 100\n")
    return run


def test_a_rebuild_has_the_code_the_rows_and_the_packages_of_then(wines: Studio, run: Known):
    assert wines.report(run) == {
        "is_same": True, "code": "same", "data": "same", "packages": "same", "python": "same",
        "script": "code/fit.py", "arguments": ["0.3", "a b"],
    }  # fmt: skip
    made = wines.again(run, "rebuild")

    assert made.metrics == run.metrics
    assert (made.params, made.digests, made.snapshots) == (run.params, run.digests, run.snapshots)
    assert wines.requirements(made) == wines.requirements(run)
    for tag in ("cuvee.source.digest", "cuvee.source.arguments", "mlflow.source.name"):
        assert made.tags[tag] == run.tags[tag]
    assert made.tags["cuvee.rebuilt_from"] == run.id
    assert made.info["experiment_id"] == run.info["experiment_id"]


def test_training_again_has_the_code_and_the_rows_of_now(wines: Studio, run: Known):
    made = wines.again(run, "retrain")

    assert (run.metrics["rows"], made.metrics["rows"]) == (3, 4)
    assert made.metrics["guess"] > 50
    assert made.params == run.params
    assert made.snapshots == [wines.table().current_snapshot().snapshot_id]
    assert made.tags["cuvee.retrained_from"] == run.id
    assert made.tags["cuvee.source.digest"] != run.tags["cuvee.source.digest"]
