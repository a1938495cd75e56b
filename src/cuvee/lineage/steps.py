"""One step of the graph, up or down, from any number of nodes at once: each room below is asked once."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from cuvee.datasets import service as datasets
from cuvee.datasets.values import Use
from cuvee.jobs import made as jobs
from cuvee.lineage.rooms import Rooms
from cuvee.lineage.values import Edge, Kind, Ref
from cuvee.logged_models import service as logged_models
from cuvee.registry import versions
from cuvee.registry.values import ModelVersion
from cuvee.serving import standings
from cuvee.tracking import family

#: Runs that one step finds behind snapshots or parents, at the most: the newest.
MOST_RUNS: Final = 500

_Step = Callable[[Rooms, Collection[str]], Iterator[Edge]]


def up(rooms: Rooms, refs: Collection[Ref]) -> Iterator[Edge]:
    """What these were made from."""
    return _each(_UP, rooms, refs)


def down(rooms: Rooms, refs: Collection[Ref]) -> Iterator[Edge]:
    """What was made of these."""
    return _each(_DOWN, rooms, refs)


def _each(steps: Mapping[Kind, _Step], rooms: Rooms, refs: Collection[Ref]) -> Iterator[Edge]:
    for kind, step in steps.items():
        ids = [ref.id for ref in refs if ref.kind is kind]
        if ids:
            yield from step(rooms, ids)


def _above_snapshots(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    found = datasets.uses_of(rooms.connection, ids, MOST_RUNS)
    return (_used(use) for use in found if use.is_output)


def _below_snapshots(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    found = datasets.uses_of(rooms.connection, ids, MOST_RUNS)
    return (_used(use) for use in found if not use.is_output)


def _below_jobs(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    for run_id, job_id in jobs.runs_of(rooms.connection, ids, MOST_RUNS).items():
        yield Edge(Ref(Kind.JOB, job_id), Ref(Kind.RUN, run_id), "made")


def _above_runs(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    yield from (_used(use) for use in datasets.uses_by(rooms.connection, ids) if not use.is_output)
    for run_id, links in logged_models.links_of(rooms.connection, ids).used.items():
        yield from (Edge(Ref(Kind.LOGGED_MODEL, each.model_id), Ref(Kind.RUN, run_id), "used") for each in links)
    for child, parent in family.parents(rooms.connection, ids).items():
        yield Edge(Ref(Kind.RUN, parent), Ref(Kind.RUN, child), "nested")
    for run_id, job_id in jobs.jobs_of(rooms.connection, ids).items():
        yield Edge(Ref(Kind.JOB, job_id), Ref(Kind.RUN, run_id), "made")


def _below_runs(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    yield from (_used(use) for use in datasets.uses_by(rooms.connection, ids) if use.is_output)
    seen = family.seen(rooms.connection, rooms.caller, ids).values()
    for child, parent in family.children(rooms.connection, seen, MOST_RUNS).items():
        yield Edge(Ref(Kind.RUN, parent), Ref(Kind.RUN, child), "nested")
    for model_id, run_id in logged_models.of_runs(rooms.connection, rooms.caller, ids).items():
        yield Edge(Ref(Kind.RUN, run_id), Ref(Kind.LOGGED_MODEL, model_id), "logged")
    made = versions.of_runs(rooms.connection, rooms.caller, list(ids)).values()
    yield from _registered(rooms, [version for several in made for version in several])


def _above_models(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    for model in logged_models.several(rooms.connection, rooms.caller, ids).values():
        if model.source_run_id:
            yield Edge(Ref(Kind.RUN, model.source_run_id), Ref(Kind.LOGGED_MODEL, model.id), "logged")


def _below_models(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    yield from _registered(rooms, versions.of_logged_models(rooms.connection, rooms.caller, ids))
    for model_id, run_id in logged_models.users_of(rooms.connection, ids):
        yield Edge(Ref(Kind.LOGGED_MODEL, model_id), Ref(Kind.RUN, run_id), "used")


def _above_versions(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    return _registered(rooms, versions.several(rooms.connection, rooms.caller, ids))


def _below_versions(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    for version_id, deployed in standings.of_versions(rooms.connection, ids).items():
        for endpoint_id in dict.fromkeys(endpoint.id for endpoint, _ in deployed):
            yield Edge(Ref(Kind.VERSION, version_id), Ref(Kind.ENDPOINT, endpoint_id), "deployed")


def _above_endpoints(rooms: Rooms, ids: Collection[str]) -> Iterator[Edge]:
    for standing in standings.several(rooms.connection, rooms.caller, ids):
        version_id = standing.runs.source.registered_model_version_id if standing.runs else ""
        if version_id:
            yield Edge(Ref(Kind.VERSION, version_id), Ref(Kind.ENDPOINT, standing.endpoint.id), "deployed")


_UP: Final[Mapping[Kind, _Step]] = {
    Kind.SNAPSHOT: _above_snapshots,
    Kind.RUN: _above_runs,
    Kind.LOGGED_MODEL: _above_models,
    Kind.VERSION: _above_versions,
    Kind.ENDPOINT: _above_endpoints,
}
_DOWN: Final[Mapping[Kind, _Step]] = {
    Kind.JOB: _below_jobs,
    Kind.SNAPSHOT: _below_snapshots,
    Kind.RUN: _below_runs,
    Kind.LOGGED_MODEL: _below_models,
    Kind.VERSION: _below_versions,
}


def _used(use: Use) -> Edge:
    run, snapshot = Ref(Kind.RUN, use.run_id), Ref(Kind.SNAPSHOT, use.reference)
    return Edge(run, snapshot, use.context) if use.is_output else Edge(snapshot, run, use.context or "read")


def _registered(rooms: Rooms, found: Collection[ModelVersion]) -> Iterator[Edge]:
    """A version comes from a logged model; from its run where the client named none, or the model was deleted."""
    sources = [(version, Ref(Kind.LOGGED_MODEL, version.logged_model_id)) for version in found]
    there = set(rooms.look([source for _, source in sources if source.id]))
    for version, source in sources:
        if source in there:
            yield Edge(source, Ref(Kind.VERSION, version.id), "registered")
        elif version.run_id:
            yield Edge(Ref(Kind.RUN, version.run_id), Ref(Kind.VERSION, version.id), "registered")
