"""Every query this room makes. No rules here: those are in service.py."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, insert, or_, select, update

from cuvee.core import topics
from cuvee.db.notes import note
from cuvee.db.session import Reading, Writing
from cuvee.serving import tables
from cuvee.serving.values import (
    Build,
    BuildStatus,
    Deployment,
    DeploymentStatus,
    Endpoint,
    Replica,
    ReplicaState,
    Resources,
    Source,
    Wish,
)

_endpoints, _builds, _deployments, _replicas = tables.endpoints, tables.builds, tables.deployments, tables.replicas


def add_endpoint(connection: Writing, endpoint: Endpoint) -> None:
    note(connection, topics.DEPLOYMENTS, topics.deployment(endpoint.id), topics.project(endpoint.project_id))
    connection.execute(
        insert(_endpoints).values(
            id=endpoint.id,
            project_id=endpoint.project_id,
            name=endpoint.name,
            description=endpoint.description,
            access_key=endpoint.access_key,
            auth_enabled=endpoint.auth_enabled,
            visibility=endpoint.visibility,
            creator_id=endpoint.creator_id,
            registered_model_id=endpoint.registered_model_id,
            run_as=endpoint.run_as,
            cpu_millicores=endpoint.resources.cpu_millicores,
            memory_mb=endpoint.resources.memory_mb,
            gpus=endpoint.resources.gpus,
            replicas=endpoint.replicas,
            example_input=endpoint.example_input,
            example_output=endpoint.example_output,
            created_at=endpoint.created_at,
            updated_at=endpoint.updated_at,
        )
    )


def get_endpoint(connection: Reading, endpoint_id: str) -> Endpoint | None:
    row = connection.execute(select(_endpoints).where(_endpoints.c.id == endpoint_id)).one_or_none()
    return None if row is None else _endpoint(row)


def find_endpoint(connection: Reading, project_id: str, name: str) -> Endpoint | None:
    query = select(_endpoints).where(_endpoints.c.project_id == project_id, _endpoints.c.name == name)
    row = connection.execute(query).one_or_none()
    return None if row is None else _endpoint(row)


def list_endpoints(connection: Reading, projects: Collection[str] | None) -> list[Endpoint]:
    """The endpoints of these projects, or of all, the oldest first."""
    query = select(_endpoints).order_by(_endpoints.c.id)
    if projects is not None:
        query = query.where(_endpoints.c.project_id.in_(projects))
    return [_endpoint(row) for row in connection.execute(query)]


def several_endpoints(connection: Reading, ids: Collection[str]) -> list[Endpoint]:
    """Endpoints by id, the oldest first; those that are not there are left out."""
    query = select(_endpoints).where(_endpoints.c.id.in_(ids)).order_by(_endpoints.c.id)
    return [_endpoint(row) for row in connection.execute(query)]


def change_endpoint(connection: Writing, endpoint_id: str, changes: Mapping[str, Any]) -> None:
    connection.execute(update(_endpoints).where(_endpoints.c.id == endpoint_id).values(**changes))
    _note(connection, endpoint_id)


def remove_endpoint(connection: Writing, endpoint_id: str) -> None:
    """Delete an endpoint and, by their foreign keys, its builds, deployments and replicas."""
    _note(connection, endpoint_id)
    connection.execute(delete(_endpoints).where(_endpoints.c.id == endpoint_id))


def add_build(connection: Writing, build: Build) -> None:
    _note(connection, build.endpoint_id, topics.build(build.id))
    connection.execute(
        insert(_builds).values(
            id=build.id,
            endpoint_id=build.endpoint_id,
            number=build.number,
            creator_id=build.creator_id,
            comment=build.comment,
            registered_model_version_id=build.source.registered_model_version_id,
            source=_text(build.source),
            kernel=build.kernel,
            runtime_identifier=build.runtime_identifier,
            runtime_addon_identifiers=_text(build.runtime_addon_identifiers),
            then_deploy="" if build.then_deploy is None else _text(build.then_deploy),
            status=build.status,
            status_reason=build.status_reason,
            digest=build.digest,
            python=build.python,
            created_at=build.created_at,
            updated_at=build.updated_at,
            built_at=build.built_at,
        )
    )


def get_build(connection: Reading, build_id: str) -> Build | None:
    row = connection.execute(select(_builds).where(_builds.c.id == build_id)).one_or_none()
    return None if row is None else _build(row)


def list_builds(connection: Reading, endpoint_id: str) -> list[Build]:
    """The builds of an endpoint, the oldest first."""
    query = select(_builds).where(_builds.c.endpoint_id == endpoint_id).order_by(_builds.c.number)
    return [_build(row) for row in connection.execute(query)]


def builds_with(connection: Reading, statuses: Sequence[BuildStatus]) -> list[Build]:
    """Every build with one of these statuses, the oldest first."""
    query = select(_builds).where(_builds.c.status.in_(statuses)).order_by(_builds.c.id)
    return [_build(row) for row in connection.execute(query)]


def last_build_number(connection: Reading, endpoint_id: str) -> int:
    query = select(func.max(_builds.c.number)).where(_builds.c.endpoint_id == endpoint_id)
    return connection.execute(query).scalar_one() or 0


def change_build(connection: Writing, build_id: str, changes: Mapping[str, Any]) -> None:
    stored = {name: _text(value) if isinstance(value, tuple) else value for name, value in changes.items()}
    query = update(_builds).where(_builds.c.id == build_id).values(**stored).returning(_builds.c.endpoint_id)
    for endpoint_id in connection.execute(query).scalars():
        _note(connection, endpoint_id, topics.build(build_id))


def remove_build(connection: Writing, build_id: str) -> None:
    """Delete a build and, by their foreign keys, its deployments and replicas."""
    query = delete(_builds).where(_builds.c.id == build_id).returning(_builds.c.endpoint_id)
    for endpoint_id in connection.execute(query).scalars():
        _note(connection, endpoint_id, topics.build(build_id))


def add_deployment(connection: Writing, deployment: Deployment) -> None:
    _note(connection, deployment.endpoint_id, topics.deployment(deployment.id))
    connection.execute(
        insert(_deployments).values(
            id=deployment.id,
            endpoint_id=deployment.endpoint_id,
            build_id=deployment.build_id,
            number=deployment.number,
            deployer_id=deployment.deployer_id,
            wish=_text(deployment.wish),
            status=deployment.status,
            status_reason=deployment.status_reason,
            round=deployment.round,
            created_at=deployment.created_at,
            updated_at=deployment.updated_at,
            stopped_at=deployment.stopped_at,
        )
    )


def get_deployment(connection: Reading, deployment_id: str) -> Deployment | None:
    row = connection.execute(select(_deployments).where(_deployments.c.id == deployment_id)).one_or_none()
    return None if row is None else _deployment(row)


def deployments_of_build(connection: Reading, build_id: str) -> list[Deployment]:
    """The deployments of a build, the oldest first."""
    query = select(_deployments).where(_deployments.c.build_id == build_id).order_by(_deployments.c.number)
    return [_deployment(row) for row in connection.execute(query)]


def deployments_of(connection: Reading, endpoint_id: str) -> list[Deployment]:
    """The deployments of an endpoint, the oldest first."""
    query = select(_deployments).where(_deployments.c.endpoint_id == endpoint_id).order_by(_deployments.c.id)
    return [_deployment(row) for row in connection.execute(query)]


def deployments_with(connection: Reading, statuses: Sequence[DeploymentStatus]) -> list[Deployment]:
    """Every deployment with one of these statuses, the oldest first."""
    query = select(_deployments).where(_deployments.c.status.in_(statuses)).order_by(_deployments.c.id)
    return [_deployment(row) for row in connection.execute(query)]


def standing_deployments(
    connection: Reading, endpoint_ids: Collection[str], statuses: Sequence[DeploymentStatus]
) -> list[Deployment]:
    """The deployments of endpoints with one of these statuses, and the newest of each endpoint; the oldest first."""
    of_them = _deployments.c.endpoint_id.in_(endpoint_ids)
    newest = select(func.max(_deployments.c.id)).where(of_them).group_by(_deployments.c.endpoint_id)
    is_wanted = or_(_deployments.c.status.in_(statuses), _deployments.c.id.in_(newest))
    query = select(_deployments).where(of_them, is_wanted).order_by(_deployments.c.id)
    return [_deployment(row) for row in connection.execute(query)]


def standing_builds(connection: Reading, endpoint_ids: Collection[str], build_ids: Collection[str]) -> list[Build]:
    """The newest build of each endpoint, and these builds; the oldest first."""
    newest = (
        select(func.max(_builds.c.id)).where(_builds.c.endpoint_id.in_(endpoint_ids)).group_by(_builds.c.endpoint_id)
    )
    query = select(_builds).where(or_(_builds.c.id.in_(newest), _builds.c.id.in_(build_ids))).order_by(_builds.c.id)
    return [_build(row) for row in connection.execute(query)]


def deployments_of_versions(
    connection: Reading, version_ids: Collection[str], statuses: Sequence[DeploymentStatus]
) -> list[tuple[str, Endpoint, Deployment]]:
    """Registered versions with the deployments of their builds that have one of these statuses, the oldest first."""
    is_wanted = (_builds.c.registered_model_version_id.in_(version_ids), _deployments.c.status.in_(statuses))
    query = (
        select(_deployments, _builds.c.registered_model_version_id)
        .join(_builds, _builds.c.id == _deployments.c.build_id)
        .where(*is_wanted)
        .order_by(_deployments.c.id)
    )
    rows = connection.execute(query).all()
    wanted = {row.endpoint_id for row in rows}
    endpoints = {
        row.id: _endpoint(row) for row in connection.execute(select(_endpoints).where(_endpoints.c.id.in_(wanted)))
    }
    return [
        (row.registered_model_version_id, endpoints[row.endpoint_id], _deployment(row))
        for row in rows
        if row.endpoint_id in endpoints
    ]


def last_deployment_number(connection: Reading, build_id: str) -> int:
    query = select(func.max(_deployments.c.number)).where(_deployments.c.build_id == build_id)
    return connection.execute(query).scalar_one() or 0


def change_deployment(connection: Writing, deployment_id: str, changes: Mapping[str, Any]) -> None:
    """Set columns; `wish` is given as a value."""
    values = dict(changes)
    if "wish" in values:
        values["wish"] = _text(values["wish"])
    query = update(_deployments).where(_deployments.c.id == deployment_id).values(**values)
    for endpoint_id in connection.execute(query.returning(_deployments.c.endpoint_id)).scalars():
        _note(connection, endpoint_id, topics.deployment(deployment_id))


def put_replica(connection: Writing, replica: Replica) -> None:
    """Keep a replica as it is now, if its deployment is still there."""
    deployment = get_deployment(connection, replica.deployment_id)
    if deployment is None:
        return
    _note(connection, deployment.endpoint_id, topics.deployment(deployment.id))
    connection.execute(delete(_replicas).where(_replicas.c.id == replica.id))
    connection.execute(
        insert(_replicas).values(
            id=replica.id,
            deployment_id=replica.deployment_id,
            name=replica.name,
            round=replica.round,
            state=replica.state,
            workload_id=replica.workload_id,
            previous_workload_id=replica.previous_workload_id,
            restarts=replica.restarts,
            reason=replica.reason,
            created_at=replica.created_at,
            updated_at=replica.updated_at,
        )
    )


def replicas_of(connection: Reading, *deployment_ids: str) -> list[Replica]:
    """The replicas that deployments have and had, the oldest first."""
    query = select(_replicas).where(_replicas.c.deployment_id.in_(deployment_ids)).order_by(_replicas.c.id)
    return [_replica(row) for row in connection.execute(query)]


def get_replica(connection: Reading, endpoint_id: str, replica_id: str) -> Replica | None:
    """A replica of any deployment of an endpoint."""
    of_it = select(_deployments.c.id).where(_deployments.c.endpoint_id == endpoint_id)
    query = select(_replicas).where(_replicas.c.id == replica_id, _replicas.c.deployment_id.in_(of_it))
    row = connection.execute(query).one_or_none()
    return None if row is None else _replica(row)


def _note(connection: Writing, endpoint_id: str, *more: str) -> None:
    """An endpoint's pages show its builds and deployments, so each of these changes it."""
    note(connection, topics.DEPLOYMENTS, topics.deployment(endpoint_id), *more)
    query = select(_endpoints.c.project_id).where(_endpoints.c.id == endpoint_id)
    for project_id in connection.execute(query).scalars():
        note(connection, topics.project(project_id))


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        description=row.description,
        access_key=row.access_key,
        auth_enabled=row.auth_enabled,
        visibility=row.visibility,
        creator_id=row.creator_id,
        registered_model_id=row.registered_model_id,
        run_as=row.run_as,
        resources=Resources(cpu_millicores=row.cpu_millicores, memory_mb=row.memory_mb, gpus=row.gpus),
        replicas=row.replicas,
        example_input=row.example_input,
        example_output=row.example_output,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _build(row: Row[Any]) -> Build:
    return Build(
        id=row.id,
        endpoint_id=row.endpoint_id,
        number=row.number,
        creator_id=row.creator_id,
        comment=row.comment,
        source=msgspec.json.decode(row.source, type=Source),
        kernel=row.kernel,
        runtime_identifier=row.runtime_identifier,
        runtime_addon_identifiers=msgspec.json.decode(row.runtime_addon_identifiers, type=tuple[str, ...]),
        then_deploy=msgspec.json.decode(row.then_deploy, type=Wish) if row.then_deploy else None,
        status=BuildStatus(row.status),
        status_reason=row.status_reason,
        digest=row.digest,
        python=row.python,
        created_at=row.created_at,
        updated_at=row.updated_at,
        built_at=row.built_at,
    )


def _deployment(row: Row[Any]) -> Deployment:
    return Deployment(
        id=row.id,
        endpoint_id=row.endpoint_id,
        build_id=row.build_id,
        number=row.number,
        deployer_id=row.deployer_id,
        wish=msgspec.json.decode(row.wish, type=Wish),
        status=DeploymentStatus(row.status),
        status_reason=row.status_reason,
        round=row.round,
        created_at=row.created_at,
        updated_at=row.updated_at,
        stopped_at=row.stopped_at,
    )


def _replica(row: Row[Any]) -> Replica:
    return Replica(
        id=row.id,
        deployment_id=row.deployment_id,
        name=row.name,
        round=row.round,
        state=ReplicaState(row.state),
        workload_id=row.workload_id,
        previous_workload_id=row.previous_workload_id,
        restarts=row.restarts,
        reason=row.reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
