"""Tables of runs and lists of experiments as the pages read them, on both databases."""

from collections.abc import Callable
from functools import partial
from math import isnan, nan

import pytest
from sqlalchemy import event

from cuvee.core.errors import NotFound
from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing
from cuvee.identity.scopes import Role
from cuvee.identity.values import Principal, User
from cuvee.tracking import errors, ingest, overview, selection, service, windows
from cuvee.tracking.conditions import Column
from cuvee.tracking.values import PARENT_TAG, Group, Tag, View

PROJECT = "0000-0000-0000-0000"
CALLER = Principal(user=User(id="u", username="u", created_at=0), roles={PROJECT: Role.ADMIN})
STRANGER = Principal(user=User(id="s", username="s", created_at=0), roles={})


def columns(*names: str) -> list[Column]:
    return [found for name in names if (found := windows.column(name))]


def run(connection: Writing, experiment_id: str, number: int, parent: str = "", **params: str) -> str:
    tags = [Tag("stage", f"s{number}"), *([Tag(PARENT_TAG, parent)] if parent else [])]
    made = service.create_run(connection, CALLER, experiment_id, name=f"run {number}", start_time=number, tags=tags)
    item = ingest.Item(
        run_id=made.info.id,
        points=ingest.grouped([("loss", 0, 1, float(number)), ("odd", 0, 1, nan)]),
        params=[Tag(key, value) for key, value in {"lr": f"0.{number}", **params}.items()],
    )
    assert ingest.log(connection, [item]) == [None]
    return made.info.id


@pytest.fixture
def experiment_id(database: Database) -> str:
    """An experiment with five runs."""

    def fill(connection: Writing) -> str:
        made = service.create_experiment(connection, CALLER, PROJECT, "wines")
        for number in range(5):
            run(connection, made.id, number, kind="even" if number % 2 == 0 else "odd")
        return made.id

    return database.write_now(fill)


@pytest.fixture
def window(database: Database, experiment_id: str) -> Callable[..., windows.Window]:
    return lambda **asked: database.read_now(
        lambda connection: windows.window(connection, CALLER, experiment_id, **asked)
    )


def names(found: windows.Window) -> list[str]:
    return [line.info.name for line in found.lines]


def test_a_window_is_a_stretch_of_the_table_and_says_how_long_that_is(window):
    found = window(offset=1, limit=2)

    assert (names(found), found.total) == (["run 3", "run 2"], 5)


def test_cells_come_in_the_order_of_the_columns_and_nothing_else_does(window):
    found = window(columns=columns("metrics.loss", "params.lr", "tags.stage", "metrics.none", "params.loss"), limit=1)

    assert found.lines[0].cells == [4.0, "0.4", "s4", None, None]


def test_a_value_that_is_no_number_is_none_in_no_other_way(window):
    (cell,) = window(columns=columns("metrics.odd"), limit=1).lines[0].cells

    assert isnan(cell)


def test_a_window_is_filtered_and_sorted(window):
    found = window(filter_text="metrics.loss >= 1 AND params.kind = 'odd'", order_by=["metrics.loss ASC"])

    assert (names(found), found.total) == (["run 1", "run 3"], 2)


@pytest.mark.parametrize("asked", [{"offset": -1}, {"limit": 0}, {"limit": 1001}, {"offset": 2**63}])
def test_a_window_that_lies_nowhere_is_refused(window, asked: dict):
    with pytest.raises(errors.BadPageSize):
        window(**asked)


def test_strangers_see_no_window(database: Database, experiment_id: str):
    with pytest.raises(NotFound):
        database.read_now(lambda connection: windows.window(connection, STRANGER, experiment_id))


def test_children_are_folded_under_their_parents(database: Database, experiment_id: str, window):
    parent = window(limit=1).lines[0].info.id
    database.write_now(lambda connection: [run(connection, experiment_id, n, parent=parent) for n in (7, 8)])

    top = window(parent="")

    assert (names(top)[0], top.lines[0].children, top.total, top.folded) == ("run 4", 2, 5, 2)
    assert names(window(parent=parent)) == ["run 8", "run 7"]


def test_a_child_of_a_deleted_parent_stands_by_itself(database: Database, experiment_id: str, window):
    parent = window(limit=1).lines[0].info.id
    database.write_now(partial(run, experiment_id=experiment_id, number=7, parent=parent))
    database.write_now(lambda connection: selection.delete_runs(connection, CALLER, [parent]))

    assert names(window(parent="")) == ["run 7", "run 3", "run 2", "run 1", "run 0"]


def test_runs_are_grouped_by_a_parameter_with_what_a_metric_is(database: Database, experiment_id: str, window):
    database.write_now(lambda connection: service.create_run(connection, CALLER, experiment_id))
    found = database.read_now(lambda c: windows.groups(c, CALLER, experiment_id, "kind", metric="loss"))

    assert found == [
        Group(value="even", count=3, mean=2.0, least=0.0, greatest=4.0),
        Group(value="odd", count=2, mean=2.0, least=1.0, greatest=3.0),
        Group(value=None, count=1),
    ]
    assert names(window(group=("kind", "odd"))) == ["run 3", "run 1"]
    assert window(group=("kind", None)).total == 1


def test_names_are_offered_with_the_most_frequent_first(database: Database, experiment_id: str):
    database.write_now(partial(run, experiment_id=experiment_id, number=9, rare="x"))

    found = database.read_now(lambda connection: windows.keys(connection, CALLER, experiment_id))

    assert found.metrics == ["loss", "odd"]
    assert found.params == ["lr", "kind", "rare"]
    assert found.tags == ["mlflow.runName", "stage"]


def test_a_download_goes_on_behind_an_id_whatever_is_added(database: Database, experiment_id: str):
    read = partial(windows.following, caller=CALLER, experiment_id=experiment_id, columns=[], limit=3)
    first = database.read_now(read)
    database.write_now(partial(run, experiment_id=experiment_id, number=9))
    rest = database.read_now(partial(read, before=first[-1].info.id))

    assert [line.info.name for line in (*first, *rest)] == ["run 4", "run 3", "run 2", "run 1", "run 0"]


def test_runs_are_deleted_and_restored_together_or_not_at_all(database: Database, experiment_id: str, window):
    some = [line.info.id for line in window(limit=3).lines]
    with pytest.raises(errors.RunNotFound):
        database.write_now(lambda c: selection.delete_runs(c, CALLER, [*some, "0000-0000-0000-0000"]))
    assert window().total == 5

    assert database.write_now(lambda c: selection.delete_runs(c, CALLER, some)) == 3
    assert (window().total, window(view=View.DELETED_ONLY).total) == (2, 3)
    database.write_now(lambda c: selection.restore_runs(c, CALLER, some))
    assert window().total == 5


def test_a_window_takes_as_many_queries_for_many_runs_as_for_few(database: Database, experiment_id: str):
    asked = {"columns": columns("metrics.loss", "params.lr", "tags.stage"), "parent": ""}
    few = queries(database, experiment_id, **asked)
    database.write_now(lambda connection: [run(connection, experiment_id, number) for number in range(10, 30)])

    assert queries(database, experiment_id, **asked) == few == 9


def queries(database: Database, experiment_id: str, **asked: object) -> int:
    seen: list[str] = []

    def work(connection: Reading) -> None:
        event.listen(connection, "before_cursor_execute", lambda _c, _u, statement, *_r: seen.append(statement))
        windows.window(connection, CALLER, experiment_id, **asked)

    database.read_now(work)
    return len(seen)


def test_experiments_are_listed_with_their_runs(database: Database, experiment_id: str):
    database.write_now(lambda c: service.create_experiment(c, CALLER, PROJECT, "100%_pure"))

    listed, total = database.read_now(lambda c: overview.experiments(c, CALLER, PROJECT, sort="name"))

    assert total == 2
    assert [(each.experiment.name, each.run_count, each.last_run) for each in listed] == [
        ("wines", 5, 4),
        ("100%_pure", 0, None),
    ]
    assert listed[0].experiment.creator_id == "u"


@pytest.mark.parametrize(("text", "found"), [("WINE", 1), ("%", 1), ("_", 1), ("x", 0), ("\0", 2)])
def test_experiments_are_looked_for_by_a_part_of_their_name(database: Database, experiment_id: str, text, found):
    database.write_now(lambda c: service.create_experiment(c, CALLER, PROJECT, "100%_pure"))

    assert database.read_now(lambda c: overview.experiments(c, CALLER, None, text=text))[1] == found
    assert database.read_now(lambda c: overview.experiments(c, STRANGER, None, text=text))[1] == 0
