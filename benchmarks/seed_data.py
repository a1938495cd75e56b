"""Fills a home with runs, through the functions that serve clients: thousands of runs in one transaction.

`python -m benchmarks.seed_data HOME --runs 1000000 --steps 10` makes the home when it is not there. No server
may run on it meanwhile.
"""

import argparse
import gc
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from cuvee import app
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.db.metadata import metadata
from cuvee.db.session import Writing
from cuvee.identity import service as identity
from cuvee.projects import service as projects
from cuvee.tracking import bulk, service
from cuvee.tracking.values import Arrival, Tag

#: What is written in one transaction.
AT_ONCE: Final = 1_000
#: From so many runs on the indexes are made when all is written.
_MANY: Final = 100_000
_LARGEST: Final = ("run_params", "run_tags", "metric_series", "metric_blocks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How much there is of everything."""

    runs: int
    metrics: int = 10
    #: Points of each metric.
    steps: int = 1
    params: int = 10
    #: Beside the run's name.
    tags: int = 2

    @property
    def points(self) -> int:
        return self.runs * self.metrics * self.steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A run as every database gets it: the same for the same number, whoever asks."""

    number: int
    start: int
    #: Metric and its last value.
    metrics: tuple[tuple[str, float], ...]
    params: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return f"run-{self.number:07d}"

    @property
    def end(self) -> int:
        return self.start + 1_000 * (1 + self.number % 600)


def runs(shape: Shape) -> Iterator[Made]:
    """The newest is the last. A parameter and a tag has one of ten values."""
    chance = random.Random(4)
    now = int(time.time() * 1000)
    metrics = [f"metric_{each}" for each in range(shape.metrics)]
    params = [f"param_{each}" for each in range(shape.params)]
    tags = [f"tag_{each}" for each in range(shape.tags)]
    digits = "0123456789"
    for number in range(shape.runs):
        yield Made(
            number=number,
            start=now - (shape.runs - number) * 1_000,
            metrics=tuple((key, chance.random()) for key in metrics),
            params=tuple((key, digits[int(chance.random() * 10)]) for key in params),
            tags=tuple((key, digits[int(chance.random() * 10)]) for key in tags),
        )


def fill(database: Database, experiment_id: str, shape: Shape, at_once: int = AT_ONCE) -> Iterator[int]:
    """Write the runs into an experiment; after each transaction, how many there are."""
    made = runs(shape)
    written = 0
    with (
        _without_collector(),
        ThreadPoolExecutor(1) as writing,
    ):  # one transaction is written while the next one is thought of
        pending: Future[int] | None = None
        while some := [_draft(each, shape.steps) for each in islice(made, at_once)]:
            following = writing.submit(database.write_now, partial(_write, experiment_id=experiment_id, drafts=some))
            if pending is not None:
                written += pending.result()
                yield written
            pending = following
        if pending is not None:
            yield written + pending.result()


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of tuples without a cycle among them: looking for one takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _write(connection: Writing, experiment_id: str, drafts: Sequence[bulk.Draft]) -> int:
    caller = identity.principal_without_key(connection, identity.first_admin(connection))
    return len(bulk.create_runs(connection, caller, experiment_id, drafts))


def _draft(made: Made, steps: int) -> bulk.Draft:
    """Each metric goes towards its last value, a second a step."""
    times = [made.start + 1_000 * step for step in range(steps)]
    return bulk.Draft(
        name=made.name, user_id="anna", start_time=made.start, end_time=made.end,
        tags=[Tag(key, value) for key, value in made.tags],
        params=[Tag(key, value) for key, value in made.params],
        points={
            key: Arrival(range(steps), times, [last + (steps - 1 - step) / steps for step in range(steps)])
            for key, last in made.metrics
        },
    )  # fmt: skip


@contextmanager
def without_indexes(database: Database) -> Iterator[None]:
    """Make the larger indexes when all is written, sorted: entry by entry a million runs would need them in memory."""
    set_aside = [index for name in _LARGEST for index in metadata.tables[name].indexes]
    with database.owner() as engine:
        for index in set_aside:
            index.drop(engine)
        yield
        for index in set_aside:
            index.create(engine)


def open_experiment(connection: Writing, name: str) -> str:
    """The id of a new experiment in the project `default`."""
    caller = identity.principal_without_key(connection, identity.first_admin(connection))
    project = projects.ensure_default(connection)
    caller = identity.principal_without_key(connection, caller.user)
    return service.create_experiment(connection, caller, project.id, name).id


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    settings = Settings(home=options.home.absolute(), database_url=options.database, port=0)
    shape = Shape(
        runs=options.runs, metrics=options.metrics, steps=options.steps, params=options.params, tags=options.tags
    )
    with app.opened(settings):
        database = Database(settings.database)
        experiment_id = database.write_now(partial(open_experiment, name=options.experiment))
        began = time.monotonic()
        with without_indexes(database) if shape.runs >= _MANY else nullcontext():
            for written in fill(database, experiment_id, shape, options.at_once):
                if written % (20 * options.at_once) == 0:
                    print(f"  {written:,} runs, {written / (time.monotonic() - began):,.0f}/s", flush=True)
        took = time.monotonic() - began
        database.close()
    print(
        f"{shape.runs:,} runs and {shape.points:,} points in {took:.1f} s: {shape.runs / took:,.0f} runs/s, "
        f"{shape.points / took:,.0f} points/s. Experiment {experiment_id} of {options.home}"
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seed_data", description="Fill a home with runs.")
    parser.add_argument("home", type=Path, help="made when it is not there")
    parser.add_argument("--database", default="", help="a PostgreSQL URL; SQLite in the home when it is not given")
    parser.add_argument("--experiment", default="seeded", help="name of the new experiment")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--metrics", type=int, default=10, help="of each run")
    parser.add_argument("--steps", type=int, default=1, help="points of each metric")
    parser.add_argument("--params", type=int, default=10, help="of each run")
    parser.add_argument("--tags", type=int, default=2, help="of each run, beside its name")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="runs in one transaction")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
