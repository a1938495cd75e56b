"""What one may do with the datasets that runs used."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.datasets import errors
from cuvee.datasets.store import inputs as store
from cuvee.datasets.values import Dataset, Input, Summary, Use
from cuvee.db.session import Reading, Writing

READ: Final = "experiments:read"
WRITE: Final = "experiments:write"

#: Field of a dataset → characters, as MLflow has them.
LIMITS: Final = {
    "name": 500,
    "digest": 36,
    "source_type": 500,
    "source": 65_535,
    "schema": 1_048_575,
    "profile": 16_777_215,
}
MAX_TAG_KEY: Final = 255
MAX_TAG_VALUE: Final = 500
MAX_EXPERIMENTS: Final = 20
MAX_SUMMARIES: Final = 1_000

_UNKEPT: Final = re.compile("[\ud800-\udfff\0]")


def log_inputs(
    connection: Writing, *, project_id: str, experiment_id: str, run_id: str, inputs: Sequence[Input]
) -> None:
    """Note the datasets that a run used; of those with the same name and digest the first counts.

    What it made (the context `write`) and then used is noted as both. Of one that the platform noted by itself, the
    first that somebody logs counts. The caller has checked that the run may be written.

    Raises:
        TooLong, BadText: when a text cannot be kept.

    """
    for each in inputs:
        _require_kept(each.dataset)
        for key, value in each.tags.items():
            kept("key", key, MAX_TAG_KEY)
            kept("value", value, MAX_TAG_VALUE)
    once = {(each.dataset.name, each.dataset.digest, each.is_output): each for each in reversed(inputs)}
    if once:
        store.add(connection, project_id, experiment_id, run_id, list(reversed(once.values())))


def inputs_of(connection: Reading, run_ids: Collection[str]) -> Mapping[str, Sequence[Input]]:
    """Run → the datasets it used. One query, however many runs; the caller has checked that they may be seen."""
    return store.inputs_of(connection, run_ids)


def search(connection: Reading, caller: Caller, experiment_ids: Sequence[str]) -> list[Summary]:
    """The datasets that runs of the experiments used, at most MAX_SUMMARIES.

    Raises:
        NoExperiments, TooManyExperiments: when none or more than MAX_EXPERIMENTS are named.

    """
    if not experiment_ids:
        raise errors.NoExperiments
    if len(experiment_ids) > MAX_EXPERIMENTS:
        raise errors.TooManyExperiments(MAX_EXPERIMENTS, len(experiment_ids))
    return store.summaries(connection, experiment_ids, caller.projects(READ), MAX_SUMMARIES)


def runs_using(field: str) -> tuple[Any, Any]:
    """A query for the runs that used datasets, and the column to compare; `field` is `name`, `digest` or `context`.

    For the search of runs, a room above: it narrows the query and puts it into its own. The tables stay this room's.
    """
    return store.runs_using(field)


def uses_by(connection: Reading, run_ids: Collection[str]) -> list[Use]:
    """The snapshots of tables that these runs used and made. The caller has checked that they may be seen."""
    return store.uses_by(connection, run_ids) if run_ids else []


def uses_of(connection: Reading, references: Collection[str], most: int) -> list[Use]:
    """Which runs used and made these snapshots, the newest `most`. The caller checks whether they may be seen."""
    return store.uses_of(connection, references, most) if references else []


def told_of(connection: Reading, caller: Caller, references: Collection[str]) -> Mapping[str, tuple[Dataset, str]]:
    """Reference → what runs that the caller may see say of the snapshot, and the project of one of them."""
    return store.told_of(connection, references, caller.projects(READ)) if references else {}


def forget_project(connection: Writing, project_id: str) -> None:
    """Remove what is kept of a deleted project."""
    store.forget_project(connection, project_id)


def kept(what: str, text: str, limit: int) -> str:
    """The text, if it can be kept.

    Raises:
        TooLong, BadText: when it cannot.

    """
    if len(text) > limit:
        raise errors.TooLong(what, limit)
    if _UNKEPT.search(text):
        raise errors.BadText
    return text


def _require_kept(dataset: Dataset) -> None:
    for what, limit in LIMITS.items():
        text: str | None = getattr(dataset, what)
        if text is not None:
            kept(what, text, limit)
