"""API v2's deployments of builds, with their replicas."""

from collections.abc import Collection
from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.listing import Asked
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.serving import errors, messages, service
from cuvee.serving.processes import Processes
from cuvee.serving.routes import asked as read
from cuvee.serving.routes import builds, logs, shown
from cuvee.serving.routes.shown import People
from cuvee.serving.values import Deployment, Endpoint, Replica
from cuvee.serving.workshop import Workshop

_READ: Final = "endpoints:read"
_WRITE: Final = "endpoints:write"
_DEPLOYMENTS: Final = "/api/v2/projects/{project_id:str}/models/{model_id:str}/builds/{build_id:str}/deployments"
_DEPLOYMENT: Final = _DEPLOYMENTS + "/{deployment_id:str}"


@get(_DEPLOYMENTS, opt=scope(_READ))
async def list_model_deployments(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
    workshop: NamedDependency[Workshop],
) -> messages.ListModelDeploymentsResponse:
    """The deployments of a build."""
    endpoint, build = await builds.found(call, _READ, project_id, model_id, build_id)
    deployments = await call.read(service.list_deployments, build)
    people = await call.read(_people, deployments)
    name = f"deployments {build.id}"
    page, token = listing.page(deployments, asked, _COLUMNS, sealer=sealer, name=name, caller=call.caller)
    return messages.ListModelDeploymentsResponse(
        model_deployments=[shown.deployment(one, endpoint, people, ready=_ready(workshop, one)) for one in page],
        next_page_token=token,
    )


@post(_DEPLOYMENTS, opt=scope(_WRITE), status_code=200)
async def create_model_deployment(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    data: JSONBody[messages.CreateModelDeploymentRequest],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.ModelDeployment:
    """Deploy a build; answers at once. The deployment before goes on until this one answers."""
    endpoint, build = await builds.found(call, _WRITE, project_id, model_id, build_id)
    deployment = await workshop.deploy(build, call.caller.user_id, read.wish(data, endpoint))
    return await _shown(call, workshop, endpoint, deployment)


@get(_DEPLOYMENT, opt=scope(_READ))
async def get_model_deployment(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    deployment_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.ModelDeployment:
    """One deployment."""
    endpoint, build = await builds.found(call, _READ, project_id, model_id, build_id)
    deployment = await call.read(service.get_deployment, build, deployment_id)
    return await _shown(call, workshop, endpoint, deployment)


@post(_DEPLOYMENT + "/:stop", opt=scope(_WRITE), status_code=200)
async def stop_model_deployment(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    deployment_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.ModelDeployment:
    """Stop a deployment; answers at once, calls under way are finished."""
    endpoint, build = await builds.found(call, _WRITE, project_id, model_id, build_id)
    deployment = await call.read(service.get_deployment, build, deployment_id)
    return await _shown(call, workshop, endpoint, await workshop.stop(deployment))


@post(_DEPLOYMENT + "/:restart", opt=scope(_WRITE), status_code=200)
async def restart_model_deployment(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    deployment_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.ModelDeployment:
    """Replace the replicas one and all, the new ones first; a stopped deployment runs again."""
    endpoint, build = await builds.found(call, _WRITE, project_id, model_id, build_id)
    deployment = await call.read(service.get_deployment, build, deployment_id)
    return await _shown(call, workshop, endpoint, await workshop.restart(deployment))


@get(_DEPLOYMENT + "/metrics", opt=scope(_READ))
async def get_model_deployment_metrics(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    deployment_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.DeploymentMetrics:
    """How many calls the replicas answered, how, and how fast. An extension."""
    _endpoint, build = await builds.found(call, _READ, project_id, model_id, build_id)
    deployment = await call.read(service.get_deployment, build, deployment_id)
    return shown.metrics(workshop.supervisor.members(deployment.id))


@get(_DEPLOYMENT + "/replicas", opt=scope(_READ))
async def list_model_deployment_replicas(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    deployment_id: FromPath[str],
    call: NamedDependency[Call],
    workshop: NamedDependency[Workshop],
) -> messages.ListReplicasResponse:
    """The replicas that a deployment has and had. An extension."""
    _endpoint, build = await builds.found(call, _READ, project_id, model_id, build_id)
    deployment = await call.read(service.get_deployment, build, deployment_id)
    members = {member.replica.id: member for member in workshop.supervisor.members(deployment.id)}
    replicas = await call.read(service.replicas_of, deployment.id)
    return messages.ListReplicasResponse(replicas=[shown.replica(one, members.get(one.id)) for one in replicas])


@get(_DEPLOYMENT + "/replicas/{replica:str}/log", opt=scope(_READ))
async def get_model_replica_log(
    *,
    project_id: FromPath[str],
    model_id: FromPath[str],
    build_id: FromPath[str],
    deployment_id: FromPath[str],
    replica: FromPath[str],
    call: NamedDependency[Call],
    processes: NamedDependency[Processes],
    previous: FromQuery[bool] = False,
    offset: FromQuery[int] = 0,
    tail: FromQuery[int] = 0,
) -> Response[bytes]:
    """What a replica says; with `previous`, what its process before the last restart said. An extension."""
    _endpoint, build = await builds.found(call, _READ, project_id, model_id, build_id)
    deployment = await call.read(service.get_deployment, build, deployment_id)
    wanted = await call.read(_replica, deployment.id, replica)
    workload_id = wanted.previous_workload_id if previous or not wanted.workload_id else wanted.workload_id
    if not workload_id:
        raise errors.ReplicaNotFound("This replica has no such log.")
    return await logs.piece(processes.log(workload_id), offset=offset, tail=tail)


_COLUMNS: Final = listing.Columns[Deployment](
    filters={"status": lambda deployment: deployment.status},
    sorts={
        "created_at": lambda deployment: deployment.created_at,
        "updated_at": lambda deployment: deployment.updated_at,
        "status": lambda deployment: deployment.status,
    },
    id=lambda deployment: deployment.id,
)


def _replica(connection: Reading, deployment_id: str, name: str) -> Replica:
    for replica in service.replicas_of(connection, deployment_id):
        if name in {replica.id, replica.name}:
            return replica
    raise errors.ReplicaNotFound


async def _shown(
    call: Call, workshop: Workshop, endpoint: Endpoint, deployment: Deployment
) -> messages.ModelDeployment:
    people = await call.read(_people, [deployment])
    return shown.deployment(deployment, endpoint, people, ready=_ready(workshop, deployment))


def _ready(workshop: Workshop, deployment: Deployment) -> int:
    members = workshop.supervisor.members(deployment.id)
    return sum(member.backend is not None and not member.is_retiring for member in members)


def _people(connection: Reading, deployments: Collection[Deployment]) -> People:
    return People(users=identity.users(connection, {deployment.deployer_id for deployment in deployments}))
