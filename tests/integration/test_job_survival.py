"""What a kill of the platform leaves of jobs: each run is started once, and the next follows. Real processes."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.conftest import wait_for
from tests.integration.scheduled import Work
from tests.integration.test_survival import Platform

from cuvee.core import clock
from cuvee.runtimes.values import Environment

#: Says that it ran, each time that it is started.
SCRIPT = """
import time
with open("ran", "a") as log:
    log.write(".")
time.sleep({seconds})
"""


@pytest.fixture
def platform(tmp_path: Path, base: Environment) -> Iterator[Platform]:
    platform = Platform(tmp_path)
    yield platform
    platform.end(signal.SIGKILL)
    platform.start("--stop-workloads")
    platform.end(signal.SIGTERM)


def ran(platform: Platform, work: Work) -> str:
    log = platform.home / "projects" / work.project / "ran"
    return log.read_text() if log.exists() else ""


def write(home: Path, statement: str, **values: object) -> None:
    """What the database says when a platform was killed at a certain moment."""
    with create_engine(f"sqlite:///{home / 'cuvee.db'}").begin() as connection:
        connection.execute(text(statement), values)


def test_a_run_goes_on_through_a_kill_and_the_next_job_follows(platform: Platform):
    work = Work(platform.start())
    parent = work.job(name="fit", script=work.script("fit.py", SCRIPT.format(seconds=3)))
    child = work.job(name="report", parent_id=parent["id"])
    run = work.start(parent)
    wait_for(lambda: ran(platform, work), 120)
    platform.end(signal.SIGKILL)
    work.client = platform.start()

    assert work.ended(run)["status"] == "ENGINE_SUCCEEDED"
    wait_for(lambda: work.runs(child))
    assert work.ended(work.runs(child)[0])["status"] == "ENGINE_SUCCEEDED"
    assert (ran(platform, work), len(work.runs(child))) == (".", 1)


def test_what_was_due_or_decided_before_a_kill_is_started_once_after_it(platform: Platform):
    work = Work(platform.start())
    script = work.script("fit.py", SCRIPT.format(seconds=0))
    due, decided = work.job(name="due", script=script, schedule="0 0 1 1 *"), work.job(name="decided", script=script)
    run = work.start(decided)  # killed between the decision and the start, or a moment later
    platform.end(signal.SIGKILL)
    moment = clock.now_ms() - 1000
    write(platform.home, "UPDATE jobs SET next_at = :at WHERE id = :id", at=moment, id=due["id"])
    work.client = platform.start()
    wait_for(lambda: work.runs(due))
    platform.end(signal.SIGKILL)  # once more: it is decided, and not yet started or just about to be
    work.client = platform.start()

    assert len(work.runs(due)) == len(work.runs(decided)) == 1
    # What the kill met in the moment of its start has failed, and says so; nothing ran twice.
    ends = [work.ended(each) for each in (run, work.runs(due)[0])]
    failed = [each["status_reason"] for each in ends if each["status"] == "ENGINE_FAILED"]
    assert {each["status"] for each in ends} <= {"ENGINE_SUCCEEDED", "ENGINE_FAILED"}
    assert len(ran(platform, work)) + len(failed) == len(ends)
    assert all("platform" in reason for reason in failed)
