"""An experiment of ten thousand runs, written straight into each tracker's own database while nothing is measured."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from benchmarks.trackers import Tracker
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.identity import service as identity
from cuvee.tracking import ingest, service
from cuvee.tracking.values import Status, Tag

RUNS: Final = 10_000
METRICS: Final = 20
PARAMS: Final = 10
NAME: Final = "ten-thousand"
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A run as both databases get it."""

    number: int
    start: int
    metrics: tuple[tuple[str, float], ...]
    params: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return f"run-{self.number:06d}"

    @property
    def end(self) -> int:
        return self.start + 1_000 * (1 + self.number % 600)


def runs() -> Iterator[Made]:
    """The same for everybody: the newest is the last."""
    chance = random.Random(4)
    now = int(time.time() * 1000)
    for number in range(RUNS):
        yield Made(
            number=number,
            start=now - (RUNS - number) * 60_000,
            metrics=tuple((f"metric_{each}", chance.random()) for each in range(METRICS)),
            params=tuple((f"param_{each}", str(chance.randrange(10))) for each in range(PARAMS)),
        )


def ours(home: Path, experiment_id: str) -> None:
    """Into a home whose server does nothing meanwhile."""
    database = Database(Settings(home=home).database)
    some: list[Made] = []
    for made in runs():
        some.append(made)
        if len(some) == _AT_ONCE:
            database.write_now(partial(_write, experiment_id=experiment_id, some=tuple(some)))
            some.clear()
    database.close()


def _write(connection: Writing, experiment_id: str, some: tuple[Made, ...]) -> None:
    caller = identity.principal_without_key(connection, identity.first_admin(connection))
    items = []
    for made in some:
        run = service.create_run(
            connection, caller, experiment_id, name=made.name, user_id="anna", start_time=made.start,
            tags=[Tag("mlflow.user", "anna"), Tag("mlflow.source.name", "train.py")],
        )  # fmt: skip
        service.update_run(connection, caller, run.info.id, status=Status.FINISHED, end_time=made.end)
        points = ingest.grouped((key, 0, made.start, value) for key, value in made.metrics)
        items.append(
            ingest.Item(run_id=run.info.id, points=points, params=[Tag(key, value) for key, value in made.params])
        )
    assert not any(ingest.log(connection, items))


def mlflows(database: Path, experiment_id: str) -> None:
    """Into the tables that its server made."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for made in runs():
            run_id = UUID(int=made.number + (4 << 76) + (8 << 60) + 1).hex
            uri = f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts"
            connection.execute(
                "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status,"
                " start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)"
                " VALUES (?, ?, 'UNKNOWN', '', '', 'anna', 'FINISHED', ?, ?, '', 'active', ?, ?)",
                (run_id, made.name, made.start, made.end, uri, int(experiment_id)),
            )
            metrics = [(key, value, made.start, 0, 0, run_id) for key, value in made.metrics]
            columns = "(key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"
            connection.executemany(f"INSERT INTO metrics {columns}", metrics)
            connection.executemany(f"INSERT INTO latest_metrics {columns}", metrics)
            params = [(key, value, run_id) for key, value in made.params]
            connection.executemany("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", params)
            tags = [("mlflow.runName", made.name), ("mlflow.user", "anna"), ("mlflow.source.name", "train.py")]
            connection.executemany(
                "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", [(*tag, run_id) for tag in tags]
            )


def filled(tracker: Tracker, folder: Path) -> str:
    """A tracker with the experiment in it: the address of its page."""
    tags = [{"key": "mlflow.experimentKind", "value": "custom_model_development"}]
    made = tracker.call("POST", "/experiments/create", {"name": NAME, "tags": tags})
    experiment_id = str(made["experiment_id"])
    if tracker.kind.kind == "ours":
        ours(folder / "home", experiment_id)
        return f"{tracker.server.url}/experiments/{experiment_id}"
    mlflows(folder / "mlflow.db", experiment_id)
    return f"{tracker.server.url}/#/experiments/{experiment_id}/runs"


def missing(tracker: Tracker) -> str:
    """What is wrong with what the tracker has, asked through its door."""
    found = tracker.call("GET", f"/experiments/get-by-name?experiment_name={NAME}")["experiment"]
    asked = {"experiment_ids": [found["experiment_id"]], "filter": "metrics.metric_0 >= 0", "max_results": RUNS}
    page = tracker.call("POST", "/runs/search", asked)
    logged = {len(run["data"].get("metrics", [])) for run in page.get("runs", [])}
    fits = len(page.get("runs", [])) == RUNS and logged == {METRICS}
    return "" if fits else f"{len(page.get('runs', []))} runs with {logged} metrics are there"
