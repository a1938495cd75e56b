"""Pages of runs are read along an index, in the order that a plain sort would give."""

from functools import partial
from math import inf, isnan, nan

import pytest
from sqlalchemy import event, text

from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing
from cuvee.identity.scopes import Role
from cuvee.identity.values import Principal, User
from cuvee.tracking import bulk, ingest, search, service, windows
from cuvee.tracking.values import Run, Tag

PROJECT = "0000-0000-0000-0000"
CALLER = Principal(user=User(id="u", username="u", created_at=0), roles={PROJECT: Role.ADMIN})
LOSSES = (3.0, nan, None, 1.0, inf, 1.0, -2.5, None, nan, 1.0, -inf, 0.0)
LONG = "x" * 70


def fill(connection: Writing) -> str:
    experiment_id = service.ensure_default(connection, PROJECT)
    drafts = [bulk.Draft(name=f"r{n}", start_time=n // 2) for n in range(len(LOSSES))]
    for n, run_id in enumerate(bulk.create_runs(connection, CALLER, experiment_id, drafts)):
        points = ingest.grouped(
            [("acc", 0, 1, float(n % 3)), *([("loss", 0, 1, LOSSES[n])] if LOSSES[n] is not None else [])]
        )
        params = [Tag("lr", f"{LONG}{n % 4}")] if n % 5 else []
        item = ingest.Item(run_id=run_id, points=points, params=params, tags=[Tag("stage", "ab"[n % 2])])
        assert ingest.log(connection, [item]) == [None]
    return experiment_id


@pytest.fixture
def experiment_id(database: Database) -> str:
    return database.write_now(fill)


def pages(database: Database, experiment_id: str, size: int, **asked: object) -> list[Run]:
    """All pages of a search, one after the other."""
    found: list[Run] = []
    after = None
    while True:
        ask = partial(search.runs, caller=CALLER, experiment_ids=[experiment_id], after=after, limit=size, **asked)
        page, after = database.read_now(ask)
        found += page
        if after is None:
            return found


def loss(run: Run) -> float | None:
    return next((metric.point.value for metric in run.metrics if metric.key == "loss"), None)


def by_loss(run: Run, sign: int) -> tuple[object, ...]:
    value = loss(run)
    rank = 2 if value is None else 1 if isnan(value) else 0
    return (rank, sign * (value or 0) if rank == 0 else 0, -run.info.start_time, run.info.id)


@pytest.mark.parametrize("size", [2, 5, 100])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    "asked",
    [
        "",
        "tags.stage = 'a'",
        "tags.stage LIKE 'a'",
        "metrics.loss >= 0 OR tags.stage = 'b'",
        "NOT tags.stage IN ('b', 'c')",
    ],
)
def test_runs_are_walked_in_the_order_of_a_plain_sort(database, experiment_id, size, sign, asked):
    everything = pages(database, experiment_id, 100, filter_text=asked)
    walked = pages(
        database, experiment_id, size, filter_text=asked, order_by=["metrics.loss " + {1: "ASC", -1: "DESC"}[sign]]
    )

    assert [run.info.name for run in walked] == [
        run.info.name for run in sorted(everything, key=partial(by_loss, sign=sign))
    ]


@pytest.mark.parametrize("order", ["params.lr", "params.lr DESC"])
def test_texts_that_begin_alike_are_told_apart(database, experiment_id, order):
    walked = pages(database, experiment_id, 3, order_by=[order, "metrics.acc"])
    texts = [run.params[0].value if run.params else None for run in walked]
    there = [each for each in texts if each is not None]

    assert there == sorted(there, reverse="DESC" in order)
    assert texts[len(there) :] == [None] * 3


def test_a_filter_on_what_is_sorted_by_keeps_its_meaning(database, experiment_id):
    asked = {"filter_text": "metrics.loss > -3 AND metrics.acc < 2 AND params.lr != 'x'", "order_by": ["metrics.loss"]}
    values = [loss(run) for run in pages(database, experiment_id, 2, **asked)]

    assert values == sorted(values)
    assert len(values) == len(
        [n for n, value in enumerate(LOSSES) if value is not None and value > -3 and n % 3 < 2 and n % 5]
    )


def test_a_window_goes_on_where_the_runs_with_a_value_end(database, experiment_id):
    window = partial(windows.window, caller=CALLER, experiment_id=experiment_id, order_by=["metrics.loss"], limit=3)
    names = [
        line.info.name for start in (0, 3, 6, 9) for line in database.read_now(partial(window, offset=start)).lines
    ]

    assert names == [run.info.name for run in pages(database, experiment_id, 50, order_by=["metrics.loss"])]


def plans(connection: Reading, experiment_id: str, **asked: object) -> str:
    """How the database would answer the statements of a search that look for the page."""
    seen: list[tuple[str, object]] = []
    event.listen(connection, "before_cursor_execute", lambda _c, _u, sql, given, *_r: seen.append((sql, given)))
    search.runs(connection, CALLER, [experiment_id], limit=3, **asked)
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    if connection.dialect.name != "sqlite":  # so few rows are quicker scanned
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
    asked_for = [(sql, given) for sql, given in seen if "LIMIT" in sql]
    return "\n".join(str(row) for sql, given in asked_for for row in connection.exec_driver_sql(explain + sql, given))


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "ix_runs_experiment_id_stage_start_time"),
        ({"order_by": ["metrics.acc"]}, "ix_metric_series_last"),
        ({"order_by": ["metrics.acc DESC"], "filter_text": "tags.stage LIKE 'a%'"}, "ix_metric_series_last"),
        (
            {"order_by": ["metrics.acc"], "filter_text": "metrics.loss > 0 OR params.lr = '0.1'"},
            "ix_metric_series_last",
        ),
        ({"order_by": ["metrics.acc"], "filter_text": "NOT tags.stage IN ('a', 'c')"}, "ix_metric_series_last"),
        ({"order_by": ["params.lr"]}, "ix_run_params_head"),
        ({"order_by": ["tags.stage DESC"]}, "ix_run_tags_head"),
        ({"filter_text": "tags.stage = 'a'"}, "ix_run_tags_head"),
        ({"filter_text": "metrics.acc < 1", "order_by": ["params.lr"]}, "ix_metric_series_last"),
    ],
)
def test_a_page_uses_the_index_and_scans_nothing(database: Database, experiment_id, asked, index):
    plan = database.read_now(partial(plans, experiment_id=experiment_id, **asked))

    assert index in plan
    assert "SCAN runs" not in plan
    assert "Seq Scan" not in plan


def test_a_walk_with_a_filter_looks_into_indexes_before_it_looks_a_run_up(database: Database, experiment_id):
    asked = {"order_by": ["metrics.acc"], "filter_text": "tags.stage = 'a' OR metrics.loss > 0"}
    plan = database.read_now(partial(plans, experiment_id=experiment_id, **asked))

    if database.is_sqlite:
        assert plan.index("ix_metric_series_last") < plan.index("ix_run_tags_head") < plan.index("SEARCH runs")
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("asked", ["metrics.loss.mean = 0", "metrics.loss.mean < 1e-300 AND metrics.loss.mean > -1"])
def test_the_mean_of_what_never_was_a_number_is_not_nought(database: Database, experiment_id, asked):
    found = pages(database, experiment_id, 100, filter_text=asked)

    assert {loss(run) for run in found} == {0.0}
