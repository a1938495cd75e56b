"""Filters, orders and pages of runs find what a model without a database finds."""

from functools import partial

import pytest
from hypothesis import HealthCheck, assume, given, settings
from tests.integration import search_models
from tests.integration.search_models import Asked, Model, Name

from cuvee.core.ids import new_id
from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.identity.scopes import Role
from cuvee.identity.values import Principal, User
from cuvee.tracking import bulk, filters, ingest, search, service, vocabulary
from cuvee.tracking.errors import BadOrder
from cuvee.tracking.values import Status, Tag

PROJECT = "0000-0000-0000-0000"
CALLER = Principal(user=User(id="u", username="u", created_at=0), roles={PROJECT: Role.ADMIN})
checked = settings(max_examples=30, deadline=None, suppress_health_check=[*HealthCheck])


def write(connection: Writing, models: list[Model]) -> tuple[str, dict[str, Model]]:
    """The id of an experiment with these runs, and the runs by their ids."""
    experiment_id = service.create_experiment(connection, CALLER, PROJECT, new_id()).id
    drafts = [
        bulk.Draft(name=each.name, start_time=each.start, end_time=each.end, status=Status(each.status))
        for each in models
    ]
    made = dict(zip(bulk.create_runs(connection, CALLER, experiment_id, drafts), models, strict=True))
    items = [
        ingest.Item(
            run_id=run_id,
            points=ingest.grouped((key, at, 1, v) for key, many in each.metrics.items() for at, v in enumerate(many)),
            params=[Tag(*pair) for pair in each.params.items()],
            tags=[Tag(*pair) for pair in each.tags.items()],
        )
        for run_id, each in made.items()
    ]
    assert not any(ingest.log(connection, items))
    return experiment_id, made


def walked(database: Database, experiment_id: str, size: int, filter_text: str, order_by: list[str]) -> list[str]:
    """The ids on all pages, one after the other."""
    found: list[str] = []
    after = None
    while True:
        page, after = database.read_now(
            partial(
                search.runs, caller=CALLER, experiment_ids=[experiment_id], filter_text=filter_text,
                order_by=order_by, after=after, limit=size,
            )
        )  # fmt: skip
        found += [run.info.id for run in page]
        if after is None:
            return found
        assert len(page) == size


@checked
@given(models=search_models.runs(), asked=search_models.filters)
def test_a_filter_finds_what_the_model_finds(database: Database, models: list[Model], asked: Asked):
    text, fits = asked
    experiment_id, made = database.write_now(partial(write, models=models))

    found = walked(database, experiment_id, 100, text, [])

    assert set(found) == {run_id for run_id, run in made.items() if fits(models, run)}, text


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("start_time IN (5, 1e300)", {5}),
        ("start_time IN (4.6, 6)", {6}),
        ("start_time NOT IN (5.2, 6, -1e300)", {5}),
    ],
)
def test_times_are_found_among_numbers_that_are_no_times(database: Database, text: str, starts: set[int]):
    models = [Model(start=start, end=None, name="", status="RUNNING") for start in (5, 6)]
    experiment_id, made = database.write_now(partial(write, models=models))

    assert {made[run_id].start for run_id in walked(database, experiment_id, 100, text, [])} == starts


@checked
@given(models=search_models.runs(), asked=search_models.filters, order=search_models.orders)
def test_pages_one_after_the_other_are_the_sorted_list(
    database: Database, models: list[Model], asked: Asked, order: list[tuple[Name, bool]]
):
    text, fits = asked
    order_by = [f"{name} {'DESC' if falls else 'ASC'}" for (name, _look), falls in order]
    try:
        filters.orders(order_by, vocabulary.RUNS)
    except BadOrder:  # the same thing twice, written in two ways
        assume(False)
    experiment_id, made = database.write_now(partial(write, models=models))
    expected = search_models.in_order(made, models, order)

    assert walked(database, experiment_id, 3, "", order_by) == expected
    assert walked(database, experiment_id, 3, text, order_by) == [each for each in expected if fits(models, made[each])]
