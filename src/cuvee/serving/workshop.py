"""What the doors ask for: rows and processes changed together, the rows first."""

import asyncio
from dataclasses import dataclass
from functools import partial

from cuvee.db.database import Database
from cuvee.db.session import Writing
from cuvee.serving import service
from cuvee.serving.building import Builder
from cuvee.serving.routing import Routing
from cuvee.serving.supervisor import Supervisor
from cuvee.serving.values import LIVE, Build, BuildStatus, Deployment, DeploymentStatus, Endpoint, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Builds, runs and forgets."""

    database: Database
    builder: Builder
    supervisor: Supervisor
    routing: Routing

    async def build(self, build: Build) -> Build:
        """Ask for a build and begin it."""
        kept = await self.database.write(partial(service.request_build, build=build))
        self.builder.submit(kept.id)
        return kept

    async def create(self, endpoint: Endpoint, build: Build | None) -> Endpoint:
        """A new endpoint, and its first build if there is to be one."""
        kept = await self.database.write(partial(_create, endpoint=endpoint, build=build))
        await self.routing.refresh()
        if build is not None:
            self.builder.submit(build.id)
        return kept

    async def deploy(self, build: Build, deployer_id: str, wish: Wish) -> Deployment:
        """Ask for a deployment and begin it."""
        asked = partial(service.request_deployment, build=build, deployer_id=deployer_id, wish=wish)
        deployment = await self.database.write(asked)
        self.supervisor.notice(deployment.id)
        return deployment

    async def stop(self, deployment: Deployment) -> Deployment:
        """Ask a deployment to stop."""
        stopping = await self.database.write(partial(service.stop_deployment, deployment=deployment))
        self.supervisor.notice(deployment.id)
        return stopping

    async def restart(self, deployment: Deployment) -> Deployment:
        """New replicas in place of those there are, or replicas again after a stop."""
        if deployment.status is DeploymentStatus.STOPPING:
            await self.supervisor.finished([deployment.id])
            stopped = await self.database.read(partial(service.find_deployment, deployment_id=deployment.id))
            deployment = stopped or deployment
        restarted = await self.database.write(partial(service.restart_deployment, deployment=deployment))
        self.supervisor.notice(deployment.id)
        return restarted

    async def change(self, endpoint: Endpoint, changes: dict[str, object]) -> Endpoint:
        """Change an endpoint. A new number of replicas counts for the deployment that answers now, too."""
        changed, scaled = await self.database.write(partial(_change, endpoint=endpoint, changes=changes))
        await self.routing.refresh()
        for deployment_id in scaled:
            self.supervisor.notice(deployment_id)
        return changed

    async def remove(self, endpoint_id: str) -> None:
        """Forget an endpoint: nothing answers from now on, what runs is ended, snapshots are deleted."""
        deployments, builds = await self.database.write(partial(_remove, endpoint_id=endpoint_id))
        await self.routing.refresh()
        await self._clear(deployments, builds)

    async def remove_build(self, build: Build) -> None:
        """Forget a build that is not deployed, and delete its snapshot."""
        if build.status is not BuildStatus.BUILT:
            await self.builder.cancel(build.id)
        await self.database.write(partial(service.delete_build, build=build))
        await self.builder.discard(build.id)

    async def leave_project(self, project_id: str) -> None:
        """End and forget all endpoints of a project that is about to be deleted."""
        endpoints = await self.database.read(partial(service.list_endpoints, projects=[project_id]))
        for endpoint in endpoints:
            await self.remove(endpoint.id)

    async def _clear(self, deployments: list[Deployment], builds: list[Build]) -> None:
        await self.supervisor.finished([deployment.id for deployment in deployments if deployment.status in LIVE])
        await asyncio.gather(*(self.builder.discard(build.id) for build in builds))


def _create(connection: Writing, endpoint: Endpoint, build: Build | None) -> Endpoint:
    kept = service.create_endpoint(connection, endpoint)
    if build is not None:
        service.request_build(connection, build)
    return kept


def _change(connection: Writing, endpoint: Endpoint, changes: dict[str, object]) -> tuple[Endpoint, list[str]]:
    changed = service.update_endpoint(connection, endpoint, changes)
    if changed.replicas == endpoint.replicas:
        return changed, []
    scaled = []
    for deployment in service.deployments_of(connection, endpoint.id):
        if deployment.status in LIVE and deployment.status is not DeploymentStatus.STOPPING:
            service.scale_deployment(connection, deployment, changed.replicas)
            scaled.append(deployment.id)
    return changed, scaled


def _remove(connection: Writing, endpoint_id: str) -> tuple[list[Deployment], list[Build]]:
    deployments = service.deployments_of(connection, endpoint_id)
    return deployments, service.delete_endpoint(connection, endpoint_id)
