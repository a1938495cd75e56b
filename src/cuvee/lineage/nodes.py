"""Things of other rooms as nodes of the graph."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from cuvee.data.values import Snapshot, Table
from cuvee.datasets import references
from cuvee.datasets.values import Dataset
from cuvee.jobs.values import Job
from cuvee.lineage.values import Kind, Node, Ref
from cuvee.logged_models.values import LoggedModel
from cuvee.registry.values import ModelVersion
from cuvee.serving.standings import Standing
from cuvee.tracking.values import RunInfo, Stage

#: What a run that used a snapshot of another catalog may tell of it.
_TOLD: Final = ("catalog", "table", "table_uuid", "snapshot_id", "parent_id", "row_count", "operation")


def of_job(job: Job) -> Node:
    return Node(
        ref=Ref(Kind.JOB, job.id),
        name=job.plan.name,
        project_id=job.project_id,
        status="paused" if job.plan.paused else job.plan.type,
        at=job.created_at,
        facts=_texts(script=job.plan.script, schedule=job.plan.schedule, timezone=job.plan.timezone),
    )


def of_snapshot(table: Table, snapshot: Snapshot) -> Node:
    """A snapshot of a table of ours."""
    gone = "expired" if snapshot.expired_at is not None else "dropped" if table.dropped_at is not None else ""
    return Node(
        ref=Ref(Kind.SNAPSHOT, references.written(table.uuid, snapshot.id)),
        name=table.full_name,
        project_id=table.project_id,
        status=gone or snapshot.operation,
        at=snapshot.committed_at,
        is_gone=bool(gone),
        facts=_texts(
            table=table.full_name,
            table_uuid=table.uuid,
            snapshot_id=snapshot.id,
            parent_id=snapshot.parent_id,
            row_count=snapshot.records,
            is_current=table.snapshot_id == snapshot.id and not gone,
        ),
    )


def of_foreign_snapshot(reference: str, told: tuple[Dataset, str]) -> Node:
    """A snapshot of another catalog: nothing is known but what a run said of it."""
    dataset, project_id = told
    source = msgspec.json.decode(dataset.source, type=dict[str, Any])
    at = source.get("committed_at")
    return Node(
        ref=Ref(Kind.SNAPSHOT, reference),
        name=dataset.name,
        project_id=project_id,
        status="elsewhere",
        at=at if isinstance(at, int) else 0,
        facts=_texts(**{key: str(source[key])[:300] for key in _TOLD if source.get(key) is not None}),
    )


def of_run(info: RunInfo) -> Node:
    return Node(
        ref=Ref(Kind.RUN, info.id),
        name=info.name,
        project_id=info.project_id,
        status=info.status,
        at=info.start_time,
        is_gone=info.stage is Stage.DELETED,
        facts=_texts(experiment_id=info.experiment_id, user=info.user_id),
    )


def of_model(model: LoggedModel) -> Node:
    return Node(
        ref=Ref(Kind.LOGGED_MODEL, model.id),
        name=model.name,
        project_id=model.project_id,
        status=model.status.name,
        at=model.created_at,
        facts=_texts(experiment_id=model.experiment_id, run_id=model.source_run_id, model_type=model.model_type),
    )


def of_version(version: ModelVersion) -> Node:
    return Node(
        ref=Ref(Kind.VERSION, version.id),
        name=f"{version.name} v{version.number}",
        project_id=version.project_id,
        status="" if version.stage == "None" else version.stage,
        at=version.created_at,
        facts=_texts(model=version.name, version=version.number, aliases=", ".join(version.aliases)),
    )


def of_endpoint(standing: Standing) -> Node:
    endpoint, deployment = standing.endpoint, standing.deployment
    return Node(
        ref=Ref(Kind.ENDPOINT, endpoint.id),
        name=endpoint.name,
        project_id=endpoint.project_id,
        status=standing.status,
        at=deployment.created_at if deployment is not None else endpoint.created_at,
        facts=_texts(deployment_id=deployment.id if deployment is not None else None),
    )


def _texts(**facts: object) -> Mapping[str, str]:
    """What is known, as texts: a snapshot's id has more digits than JavaScript's numbers keep."""
    known = {key: value for key, value in facts.items() if value is not None and value != ""}
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in known.items()}
