"""The event that says how a run stands: put together in one transaction, from what the rooms below know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from cuvee.core import clock
from cuvee.data import service as data
from cuvee.datasets import references
from cuvee.datasets import service as inputs
from cuvee.datasets.values import Input
from cuvee.db.session import Reading
from cuvee.lineage.openlineage import datasets, facets, naming
from cuvee.lineage.openlineage.naming import Name
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.registry import versions
from cuvee.registry.values import ModelVersion
from cuvee.tracking import family
from cuvee.tracking.values import Experiment, RunInfo, Status

#: Datasets of each side that one event tells of, the first ones; it says how many there are besides.
MOST_DATASETS: Final = 100

_COMMIT: Final = "mlflow.source.git.commit"
_REPOSITORY: Final = "mlflow.source.git.repoURL"
_BRANCH: Final = "mlflow.source.git.branch"
_SOURCE: Final = "mlflow.source.name"


class Kind(StrEnum):
    """What an event says happened to a run."""

    START = "START"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    ABORT = "ABORT"
    OTHER = "OTHER"


#: What it means that a run has a status which it did not have before.
OF_STATUS: Final[Mapping[Status, Kind]] = {
    Status.RUNNING: Kind.RUNNING,
    Status.FINISHED: Kind.COMPLETE,
    Status.FAILED: Kind.FAIL,
    Status.KILLED: Kind.ABORT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """All that one event is made from."""

    info: RunInfo
    experiment: Experiment
    project: Project
    #: The project's, for jobs, and for data that has no place of its own.
    namespace: str
    tags: Mapping[str, str]
    used: Sequence[Input]
    snapshots: datasets.Known
    versions: Sequence[ModelVersion]
    #: The run that this one is a part of, if it is in the same project.
    parent: tuple[RunInfo, Experiment] | None


def written(connection: Reading, run_id: str, kind: Kind, *, event_id: str, namespace: str) -> str | None:
    """The event as JSON; None when there is no such run."""
    known = _known(connection, run_id, namespace)
    return None if known is None else msgspec.json.encode(_event(known, kind, event_id)).decode()


def _known(connection: Reading, run_id: str, namespace: str) -> _Known | None:
    told = family.told(connection, run_id)
    if told is None:
        return None
    info, experiment = told
    project = projects.get(connection, info.project_id)
    used = inputs.inputs_of(connection, [run_id]).get(run_id, ())
    parent_id = family.parents(connection, [run_id]).get(run_id, "")
    parent = family.told(connection, parent_id)
    return _Known(
        info=info,
        experiment=experiment,
        project=project,
        namespace=f"{namespace}/{project.slug}",
        tags=family.tags_of(connection, run_id, (_COMMIT, _REPOSITORY, _BRANCH, _SOURCE)),
        used=used,
        snapshots=_snapshots(connection, used),
        versions=versions.made_by(connection, run_id),
        parent=parent if parent is not None and parent[0].project_id == info.project_id else None,
    )


def _snapshots(connection: Reading, used: Sequence[Input]) -> datasets.Known:
    """Those of the inputs that are snapshots of our tables, by reference."""
    named = (references.of(each.dataset.source_type, each.dataset.source) for each in used)
    pairs = {references.split(reference) for reference in named if reference is not None}
    return {references.written(*pair): found for pair, found in data.noted(connection, pairs).items()}


def _event(known: _Known, kind: Kind, event_id: str) -> dict[str, Any]:
    read = [each for each in known.used if not each.is_output]
    made = [each for each in known.used if each.is_output]
    outputs = [
        *(datasets.of_version(each, known.namespace) for each in known.versions[:MOST_DATASETS]),
        *(datasets.of_input(each, known.snapshots, known.namespace) for each in made[:MOST_DATASETS]),
    ]
    left_out = sum(max(0, len(several) - MOST_DATASETS) for several in (read, made, known.versions))
    job = _job(known.namespace, known.experiment)
    return {
        "eventType": kind,
        "eventTime": _time(known.info, kind),
        "producer": facets.producer(),
        "schemaURL": facets.RUN_EVENT,
        "run": {
            "runId": naming.run_uuid(known.info.id),
            "facets": _run_facets(known, kind, event_id=event_id, left_out=left_out),
        },
        "job": {"namespace": job.namespace, "name": job.name, "facets": _job_facets(known)},
        "inputs": [datasets.of_input(each, known.snapshots, known.namespace) for each in read[:MOST_DATASETS]],
        "outputs": outputs,
    }


def _job(namespace: str, experiment: Experiment) -> Name:
    return Name(namespace, experiment.name)


def _time(info: RunInfo, kind: Kind) -> str:
    """When it happened, as the run itself says, if it does."""
    said = {Kind.START: info.start_time, Kind.RUNNING: 0, Kind.OTHER: 0}.get(kind, info.end_time)
    return clock.rfc3339(said or clock.now_ms())


def _run_facets(known: _Known, kind: Kind, *, event_id: str, left_out: int) -> dict[str, Any]:
    info = known.info
    told = {
        "processing_engine": facets.standard(
            "ProcessingEngineRunFacet",
            name="Cuvee",
            version=facets.our_version(),
            openlineageAdapterVersion=facets.our_version(),
        ),
        "cuvee_run": facets.ours(
            "CuveeRunFacet",
            eventId=naming.event_uuid(event_id),
            runId=info.id,
            name=info.name,
            user=info.user_id or None,
            status=info.status.value,
            experimentId=info.experiment_id,
            projectId=info.project_id,
            gitCommit=known.tags.get(_COMMIT),
            datasetsLeftOut=left_out or None,
        ),
    }
    if known.parent is not None:
        parent, experiment = known.parent
        told["parent"] = facets.standard(
            "ParentRunFacet",
            run={"runId": naming.run_uuid(parent.id)},
            job=_job(known.namespace, experiment)._asdict(),
        )
    if kind is Kind.FAIL:
        told["errorMessage"] = facets.standard(
            "ErrorMessageRunFacet", message=f"The run {info.name} failed.", programmingLanguage="PYTHON"
        )
    return told


def _job_facets(known: _Known) -> dict[str, Any]:
    told = {
        "jobType": facets.standard("JobTypeJobFacet", processingType="BATCH", integration="CUVEE", jobType="EXPERIMENT")
    }
    repository = naming.without_secrets(known.tags.get(_REPOSITORY) or known.project.git_url)
    if repository:
        told["sourceCodeLocation"] = facets.standard(
            "SourceCodeLocationJobFacet",
            type="git",
            url=repository,
            repoUrl=repository,
            path=known.tags.get(_SOURCE),
            version=known.tags.get(_COMMIT),
            branch=known.tags.get(_BRANCH),
        )
    return told
