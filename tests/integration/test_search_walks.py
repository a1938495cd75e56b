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
from cuvee.tracking.values import Arrival, Run, Status, Tag

PROJECT = "0000-0000-0000-0000"
CALLER = Principal(user=User(id="u", username="u", created_at=0), roles={PROJECT: Role.ADMIN})
LOSSES = (3.0, nan, None, 1.0, inf, 1.0, -2.5, None, nan, 1.0, -inf, 0.0)
LONG = "x" * 70


def fill(connection: Writing) -> str:
    experiment_id = service.ensure_default(connection, PROJECT)
    drafts = [
        bulk.Draft(name=f"r{n}", user_id="u", status=Status.RUNNING, start_time=n // 2) for n in range(len(LOSSES))
    ]
    for n, run_id in enumerate(bulk.create_runs(connection, CALLER, experiment_id, drafts)):
        points = ingest.grouped(
            [("acc", 0, 1, float(n % 3)), *([("loss", 0, 1, LOSSES[n])] if LOSSES[n] is not None else [])]
        )
        params = [Tag("lr", f"{LONG}{n % 4}")] if n % 5 else []
        item = ingest.Item(run_id=run_id, points=points, params=params, tags=[Tag("stage", "ab"[n % 2])])
        assert ingest.log(connection, [item]) == [None]
        if n and n % 3 == 0:
            end = Status.FAILED if n == 6 else Status.FINISHED
            service.update_run(connection, CALLER, run_id, status=end, end_time=n // 2 + n)
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


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("aggregate", ["min", "max"])
def test_an_aggregate_is_walked_in_the_order_of_a_plain_sort(database, experiment_id, aggregate, sign):
    everything = pages(database, experiment_id, 100)
    order = f"metrics.loss.{aggregate} {'ASC' if sign == 1 else 'DESC'}"
    walked = pages(database, experiment_id, 2, order_by=[order])

    assert [run.info.name for run in walked] == [
        run.info.name for run in sorted(everything, key=partial(by_loss, sign=sign))
    ]


ATTRIBUTES = {
    "end_time": lambda info: info.end_time,
    "duration": lambda info: None if info.end_time is None else info.end_time - info.start_time,
    "status": lambda info: info.status,
    "run_name": lambda info: info.name,
}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("asked", ["", "metrics.acc >= 1 OR end_time > 3", "end_time > 2.5", "status != 'FAILED'"])
def test_attributes_are_walked_in_the_order_of_a_plain_sort(database, experiment_id, attribute, direction, asked):
    everything = [run.info for run in pages(database, experiment_id, 100, filter_text=asked)]
    walked = pages(database, experiment_id, 2, filter_text=asked, order_by=[f"{attribute} {direction}"])
    value = ATTRIBUTES[attribute]
    there = [info for info in everything if value(info) is not None]
    there.sort(key=value, reverse=direction == "DESC")

    assert [run.info.id for run in walked] == [
        info.id for info in [*there, *(info for info in everything if value(info) is None)]
    ]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("end_time = 4", {"r3"}),
        ("end_time = 4.5", set()),
        ("end_time > 1e30", set()),
        ("end_time < 1e30 AND duration >= 3", {"r3", "r6", "r9"}),
        ("end_time IN (4, 9.5)", {"r3"}),
        ("run_name = 'r3'", {"r3"}),
        ("run_name IN ('r3', 'r4') AND status = 'RUNNING'", {"r4"}),
        ("status IN ('FAILED', 'KILLED')", {"r6"}),
        ("user_id = 'u' AND end_time > 4", {"r6", "r9"}),
        ("user_id = 'other'", set()),
        ("start_time > 4.5", {"r10", "r11"}),
    ],
)
def test_runs_are_found_by_their_attributes(database, experiment_id, asked, names):
    assert {run.info.name for run in pages(database, experiment_id, 2, filter_text=asked)} == names


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


def statements(connection: Reading, experiment_id: str, **asked: object) -> list[tuple[str, object]]:
    """What a search asks the database to look for the page."""
    seen: list[tuple[str, object]] = []
    event.listen(connection, "before_cursor_execute", lambda _c, _u, sql, given, *_r: seen.append((sql, given)))
    search.runs(connection, CALLER, [experiment_id], limit=3, **asked)
    return [(sql, given) for sql, given in seen if "LIMIT" in sql]


def plans(connection: Reading, experiment_id: str, **asked: object) -> str:
    """How the database would answer the statements of a search that look for the page."""
    asked_for = statements(connection, experiment_id, **asked)
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    if connection.dialect.name != "sqlite":  # so few rows are quicker scanned
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
    return "\n".join(str(row) for sql, given in asked_for for row in connection.exec_driver_sql(explain + sql, given))


@pytest.mark.parametrize(("asked", "is_walk"), [("tags.stage = 'a'", True), ("status = 'FAILED'", False)])
def test_runs_with_what_many_have_are_met_on_a_walk_and_those_with_what_few_have_are_sorted(
    database: Database, experiment_id, asked, is_walk
):
    page = partial(statements, experiment_id=experiment_id, filter_text=asked, order_by=["metrics.acc"])
    [(sql, _given)] = [each for each in database.read_now(page) if "ORDER BY" in each[0]]

    assert ("LEFT OUTER JOIN" not in sql) == is_walk


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
        ({"order_by": ["metrics.acc.max DESC"]}, "ix_metric_series_max"),
        ({"order_by": ["metrics.acc.min"], "filter_text": "tags.stage = 'a'"}, "ix_metric_series_min"),
        ({"order_by": ["params.lr"]}, "ix_run_params_head"),
        ({"order_by": ["tags.stage DESC"]}, "ix_run_tags_head"),
        ({"filter_text": "tags.stage = 'a'"}, "ix_run_tags_head"),
    ],
)
def test_a_page_uses_the_index_and_scans_nothing(database: Database, experiment_id, asked, index):
    plan = database.read_now(partial(plans, experiment_id=experiment_id, **asked))

    assert index in plan
    assert "SCAN runs" not in plan
    assert "Seq Scan" not in plan


def fill_plainly(connection: Writing) -> str:
    """Two thousand runs: of fewer PostgreSQL reads any index as soon as another."""
    experiment_id = service.ensure_default(connection, PROJECT)
    drafts = [
        bulk.Draft(
            name=f"r{n}",
            user_id=f"u{n % 40}",
            status=Status.FAILED if n % 40 == 0 else Status.FINISHED,
            start_time=n,
            end_time=n * 2,
            points={"loss": Arrival((0, 1), (1, 1), (float(n), float(2 * n)))},
        )
        for n in range(2_000)
    ]
    bulk.create_runs(connection, CALLER, experiment_id, drafts)
    if connection.dialect.name != "sqlite":
        connection.execute(text("ANALYZE runs, metric_series"))
    return experiment_id


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"order_by": ["start_time ASC"]}, "ix_runs_experiment_id_stage_start_time"),
        ({"order_by": ["end_time DESC"]}, "ix_runs_end_time"),
        ({"order_by": ["duration"], "filter_text": "duration > 1990 AND status != 'FAILED'"}, "ix_runs_duration"),
        ({"order_by": ["run_name DESC"]}, "ix_runs_name"),
        ({"order_by": ["status"]}, "ix_runs_status"),
        ({"filter_text": "status = 'FAILED' AND user_id != 'x'"}, "ix_runs_status"),
        ({"filter_text": "user_id = 'u7'", "order_by": ["metrics.acc"]}, "ix_runs_user"),
        ({"filter_text": "run_name IN ('r1', 'r2')"}, "ix_runs_name"),
        ({"filter_text": "end_time >= 3 AND end_time < 4.5"}, "ix_runs_end_time"),
        ({"filter_text": "duration = 3"}, "ix_runs_duration"),
        ({"filter_text": "start_time < 3"}, "ix_runs_experiment_id_stage_start_time"),
        ({"filter_text": "metrics.loss < 6", "order_by": ["params.lr"]}, "ix_metric_series_last"),
        ({"filter_text": "metrics.loss.min < 3"}, "ix_metric_series_min"),
        ({"filter_text": "metrics.loss.max >= 3990", "order_by": ["params.lr"]}, "ix_metric_series_max"),
    ],
)
def test_what_is_asked_for_is_looked_up_in_its_index(database: Database, asked, index):
    experiment_id = database.write_now(fill_plainly)
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
