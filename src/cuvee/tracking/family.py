"""Runs and the runs inside them, many at once: for who follows what came of what."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from cuvee.api.callers import Caller
from cuvee.core.ids import is_id
from cuvee.db.session import Reading
from cuvee.tracking.service import READ
from cuvee.tracking.store import experiments, runs
from cuvee.tracking.values import PARENT_TAG, SESSION_TAG, Experiment, RunInfo

#: How far up runs are followed; people nest them once or twice.
_HIGHEST: Final = 8


def seen(connection: Reading, caller: Caller, run_ids: Collection[str]) -> Mapping[str, RunInfo]:
    """Those of the runs that are there, deleted or not, and that the caller may see, by id."""
    found = runs.infos(connection, [run_id for run_id in run_ids if is_id(run_id)])
    return {info.id: info for info in found.values() if caller.allows(READ, info.project_id)}


def infos(connection: Reading, run_ids: Collection[str]) -> Collection[RunInfo]:
    """Those of the runs that are there, whoever may see them."""
    return runs.infos(connection, list(run_ids)).values() if run_ids else ()


def parents(connection: Reading, run_ids: Collection[str]) -> Mapping[str, str]:
    """Run → the run that it says it is a part of. Nothing is checked: a tag may say anything."""
    named = runs.tagged(connection, run_ids, PARENT_TAG) if run_ids else {}
    return {run_id: parent for run_id, parent in named.items() if is_id(parent)}


def lines(connection: Reading, run_ids: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Run → itself and the runs of its project that it is a part of, the nearest first."""
    found = {run_id: [run_id] for run_id in run_ids}
    for _ in range(_HIGHEST):
        named = parents(connection, {line[-1] for line in found.values()})
        projects = {info.id: info.project_id for info in runs.infos(connection, {*named, *named.values()}).values()}
        higher = {run: up for run, up in named.items() if run in projects and projects.get(up) == projects[run]}
        growing = [line for line in found.values() if higher.get(line[-1], line[-1]) not in line]
        if not growing:
            break
        for line in growing:
            line.append(higher[line[-1]])
    return found


def children(connection: Reading, infos: Collection[RunInfo], most: int) -> Mapping[str, str]:
    """Run → which of these it is a part of, in the same experiment: the newest `most`."""
    return runs.children_of(connection, infos, most) if infos else {}


def sessions_of(connection: Reading, run_ids: Collection[str]) -> Mapping[str, str]:
    """Run → the session that it says it was made in. Nothing is checked: a tag may say anything."""
    named = runs.tagged(connection, run_ids, SESSION_TAG) if run_ids else {}
    return {run_id: session for run_id, session in named.items() if is_id(session)}


def made_in(
    connection: Reading, project_ids: Collection[str], session_ids: Collection[str], most: int
) -> Mapping[str, str]:
    """Run → the one of these sessions that it was made in, in one of these projects: the newest `most`."""
    return runs.made_in(connection, project_ids, session_ids, most) if session_ids else {}


def told(connection: Reading, run_id: str) -> tuple[RunInfo, Experiment] | None:
    """A run and its experiment, deleted or not, whoever may see them."""
    info = runs.get_info(connection, run_id) if is_id(run_id) else None
    experiment = experiments.get(connection, info.experiment_id) if info is not None else None
    return None if info is None or experiment is None else (info, experiment)


def tags_of(connection: Reading, run_id: str, keys: Collection[str]) -> Mapping[str, str]:
    """Those of a run's tags that have one of these keys. The caller has checked that the run may be seen."""
    return {key: value for key in keys if (value := runs.get_tag(connection, run_id, key)) is not None}
