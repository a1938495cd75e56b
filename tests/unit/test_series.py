"""Series of points against a naive model: whatever comes in whatever order, each point is there once."""

import math
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuvee import migrations
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.identity.scopes import Role
from cuvee.identity.values import Principal, User
from cuvee.tracking import blocks, errors, ingest, packed, series, service, summaries
from cuvee.tracking.store import series as store
from cuvee.tracking.values import Point

PROJECT = "0000-0000-0000-0000"
CALLER = Principal(user=User(id="u", username="u", created_at=0), roles={PROJECT: Role.ADMIN})

small = st.integers(min_value=-2, max_value=3)
values = st.sampled_from([0.0, 1.0, -1.5, math.nan, math.inf, -math.inf, 1e300])
points = st.builds(Point, small, small.map(abs), values)
#: What several requests log, each with several metrics.
requests = st.lists(st.dictionaries(st.sampled_from(["a", "b"]), st.lists(points, min_size=1, max_size=6)), max_size=6)


def shown(point: Point) -> tuple[int, int, str]:
    """A point that equals itself."""
    return point.step, point.timestamp, str(point.value + 0.0)


def new_run(connection: Writing) -> str:
    experiment_id = service.ensure_default(connection, PROJECT)
    return service.create_run(connection, CALLER, experiment_id).info.id


@pytest.fixture(scope="module")
def tracked(database_kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Database:
    url = request.getfixturevalue("postgres")() if database_kind == "postgresql" else ""
    opened = Database(Settings(home=Path(tmp_path_factory.mktemp("series")), database_url=url).database)
    with opened.owner() as engine:
        migrations.upgrade(engine)
    yield opened
    opened.close()


def log_all(tracked: Database, run_id: str, logged: list[dict[str, list[Point]]], *, together: bool) -> None:
    items = [
        ingest.Item(run_id=run_id, points=ingest.grouped((k, *p) for k, some in one.items() for p in some))
        for one in logged
    ]
    for group in [items] if together else [[item] for item in items]:
        assert not any(tracked.write_now(partial(ingest.log, items=group)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logged=requests, together=st.booleans())
def test_every_point_is_kept_once_and_the_summary_tells_the_truth(
    tracked: Database, logged: list[dict[str, list[Point]]], together: bool
):
    run_id = tracked.write_now(new_run)
    log_all(tracked, run_id, logged, together=together)
    for key in ("a", "b"):
        model = {shown(point): point for one in logged for point in one.get(key, [])}
        kept = tracked.read_now(partial(series.history, caller=CALLER, run_id=run_id, key=key))
        assert sorted(map(shown, kept)) == sorted(model)
        if model:
            _, summary = tracked.read_now(partial(store.summaries, keys=[(run_id, key)]))[run_id, key]
            tells_the_truth(summary, list(model.values()))


def tells_the_truth(summary: summaries.Summary, kept: list[Point]) -> None:
    numbers = [point for point in kept if not math.isnan(point.value)]
    assert summary.count == len(kept)
    assert summary.nan_count == len(kept) - len(numbers)
    assert summaries.order(summary.last) == max(map(summaries.order, kept))
    if numbers:
        low, high = min(p.value for p in numbers), max(p.value for p in numbers)
        assert summary.least == summaries.Extreme(value=low, step=min(p.step for p in numbers if p.value == low))
        assert summary.greatest == summaries.Extreme(value=high, step=min(p.step for p in numbers if p.value == high))
        total = sum(p.value for p in numbers)
        assert math.isnan(summary.total) if math.isnan(total) else math.isclose(summary.total, total)
    else:
        assert summary.least is summary.greatest is summary.mean is None


@given(st.lists(points, min_size=1))
def test_a_block_gives_back_what_was_packed(packed: list[Point]):
    assert list(map(shown, blocks.unpack(blocks.pack(packed)))) == list(map(shown, packed))


def test_a_block_of_a_kind_to_come_is_not_guessed_at():
    with pytest.raises(packed.UnreadableBlock):
        blocks.unpack(b"\x09" + bytes(24))


def test_a_point_takes_25_bytes():
    assert len(blocks.pack([Point(1, 2, 3.0)])) == 25


@given(count=st.integers(0, 60), limit=st.integers(1, 20))
def test_a_thinned_series_keeps_its_ends(count: int, limit: int):
    thin = list(series.thinned(count, limit))

    assert len(thin) == min(count, limit)
    assert thin[-1:] == list(range(count))[-1:]
    if limit > 1:
        assert thin[:1] == list(range(count))[:1]


def test_items_of_one_group_fail_alone(tracked: Database):
    run_id, deleted = tracked.write_now(new_run), tracked.write_now(new_run)
    tracked.write_now(partial(service.delete_run, caller=CALLER, run_id=deleted))
    points = ingest.single("loss", 0, 1, 0.5)
    items = [ingest.Item(run_id=each, points=points) for each in (run_id, deleted, "0000-0000-0000-0000", run_id)]

    answers = tracked.write_now(partial(ingest.log, items=items))

    assert [getattr(answer, "status", 200) for answer in answers] == [200, 400, 404, 200]
    assert len(tracked.read_now(partial(series.history, caller=CALLER, run_id=run_id, key="loss"))) == 1


def test_a_metric_that_was_deleted_begins_again(tracked: Database):
    run_id = tracked.write_now(new_run)
    for step in range(2):
        log_all(tracked, run_id, [{"loss": [Point(step, 1, 0.5)]}], together=False)
    tracked.write_now(partial(service.delete_logged, caller=CALLER, run_id=run_id, metrics=["loss"]))
    log_all(tracked, run_id, [{"loss": [Point(0, 1, 0.25)]}], together=False)

    kept = tracked.read_now(partial(series.history, caller=CALLER, run_id=run_id, key="loss"))
    assert kept == [Point(0, 1, 0.25)]


def test_a_run_that_was_deleted_between_takes_no_more(tracked: Database):
    run_id = tracked.write_now(new_run)
    log_all(tracked, run_id, [{"loss": [Point(0, 1, 0.5)]}], together=False)
    tracked.write_now(partial(service.delete_run, caller=CALLER, run_id=run_id))

    item = ingest.Item(run_id=run_id, points=ingest.single("loss", 1, 1, 0.5))
    [answer] = tracked.write_now(partial(ingest.log, items=[item]))
    assert isinstance(answer, errors.RunNotActive)
