"""An experiment of ten thousand runs, written straight into each tracker's own database while nothing is measured."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.schema import CreateIndex, CreateTable

from benchmarks import seed_data
from benchmarks.environments import default_cache
from benchmarks.trackers import Tracker
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.db.metadata import metadata

RUNS: Final = 10_000
METRICS: Final = 20
SHAPE: Final = seed_data.Shape(runs=RUNS, metrics=METRICS, params=10, tags=2)
NAME: Final = "ten-thousand"


def kept(what: object) -> Path:
    """The folder of a home that is filled once, as long as the database has these tables and `what` is asked for."""
    made = [str(CreateTable(table)) for table in metadata.sorted_tables]
    made += sorted(str(CreateIndex(index)) for table in metadata.sorted_tables for index in table.indexes)
    told = "\n".join([*made, Path(seed_data.__file__).read_text(), repr(what)])
    return default_cache() / f"filled-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def ours(home: Path, experiment_id: str, shape: seed_data.Shape = SHAPE) -> None:
    """Into a home whose server does nothing meanwhile."""
    database = Database(Settings(home=home).database)
    for _written in seed_data.fill(database, experiment_id, shape):
        pass
    database.close()


def mlflows(database: Path, experiment_id: str, shape: seed_data.Shape = SHAPE) -> None:
    """Into the tables that its server made."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for made in seed_data.runs(shape):
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
            tags = [("mlflow.runName", made.name), *made.tags]
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
