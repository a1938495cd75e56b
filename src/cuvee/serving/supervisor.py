"""Deployments, kept as they are wanted: what the database says and what runs are made to agree.

Each live deployment has a task that looks whenever something changed: a replica became ready or died, somebody wants
more of them, or none. The endpoint's calls go to its *active* deployment, the last that had all its replicas ready;
it is told to stop only when the next one has.
"""

import asyncio
import logging
from collections.abc import Iterable
from functools import partial
from typing import Final

from cuvee.compute.values import Workload
from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing
from cuvee.serving import service
from cuvee.serving.fleet import Fleet, Member
from cuvee.serving.processes import Processes
from cuvee.serving.routing import Routing
from cuvee.serving.values import LIVE, Build, Deployment, DeploymentStatus, Endpoint, Replica, ReplicaState

log: Final = logging.getLogger(__name__)

_GONE: Final = frozenset({ReplicaState.STOPPED})


class Supervisor:
    """Looks after all live deployments. One of these lives as long as the platform."""

    def __init__(self, database: Database, processes: Processes, routing: Routing) -> None:
        self._database = database
        self._processes = processes
        self._routing = routing
        self._fleets: dict[str, Fleet] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        #: Deployments that changed since they were last looked at.
        self._noticed: set[str] = set()
        #: Endpoint → the deployment that answers for it.
        self._active: dict[str, str] = {}
        processes.workloads.listen(self._heard)

    async def open(self) -> None:
        """Find the replicas of an earlier platform and go on; called once, before the first call."""
        live = await self._database.read(service.live_deployments)
        await asyncio.gather(*(self._find_again(deployment) for deployment in live))

    async def _find_again(self, deployment: Deployment) -> None:
        if deployment.status is DeploymentStatus.DEPLOYED:
            self._active[deployment.endpoint_id] = deployment.id
        fleet = await self._fleet(deployment.id)
        if fleet is not None:
            await self._adopt(fleet, deployment)
            self._publish(fleet, deployment)
            self.notice(deployment.id)

    async def close(self) -> None:
        """Look after nothing any more. What runs goes on running."""
        tasks = list(self._keepers.values())
        for task in tasks:
            task.cancel()
        for fleet in self._fleets.values():
            fleet.abandon()
        await asyncio.gather(*tasks, return_exceptions=True)

    def notice(self, deployment_id: str) -> None:
        """Something about this deployment changed in the database: look at it."""
        fleet = self._fleets.get(deployment_id)
        if fleet is not None:
            fleet.wake.set()
        self._noticed.add(deployment_id)
        if deployment_id not in self._keepers:
            self._keepers[deployment_id] = asyncio.get_running_loop().create_task(self._keep(deployment_id))

    async def finished(self, deployment_ids: Iterable[str]) -> None:
        """Return when nothing of these deployments runs any more: they were told to stop, or were deleted."""
        for deployment_id in deployment_ids:
            self.notice(deployment_id)
        tasks = [task for name in deployment_ids if (task := self._keepers.get(name)) is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def members(self, deployment_id: str) -> list[Member]:
        """The replicas that a live deployment has now."""
        fleet = self._fleets.get(deployment_id)
        return [] if fleet is None else list(fleet.members)

    async def _keep(self, deployment_id: str) -> None:
        """Look after a deployment until it is finished with, and again when it was asked for meanwhile."""
        while deployment_id in self._noticed:
            self._noticed.discard(deployment_id)
            fleet = await self._fleet(deployment_id)
            if fleet is not None:
                await self._keep_fleet(fleet, deployment_id)
            self._fleets.pop(deployment_id, None)
        self._keepers.pop(deployment_id, None)

    async def _keep_fleet(self, fleet: Fleet, deployment_id: str) -> None:
        try:
            while True:
                fleet.wake.clear()
                self._noticed.discard(deployment_id)
                if await self._look_at(fleet, deployment_id):
                    return
                await fleet.wake.wait()
        except Exception:
            log.exception("Deployment %s cannot be looked after", deployment_id)
            await self._move(deployment_id, DeploymentStatus.FAILED, "The platform failed: its log has the reason.")
            await fleet.end()

    async def _look_at(self, fleet: Fleet, deployment_id: str) -> bool:
        """Take the next steps; whether the deployment is finished with."""
        deployment = await self._database.read(partial(service.find_deployment, deployment_id=deployment_id))
        if deployment is None or deployment.status not in LIVE or deployment.status is DeploymentStatus.STOPPING:
            await self._end(fleet, deployment_id)
            return True
        if deployment.status is DeploymentStatus.PENDING:
            await self._move(deployment_id, DeploymentStatus.DEPLOYING, "Replicas are starting.")
        self._size(fleet, deployment)
        current = fleet.current(deployment)
        ready = [member for member in current if member.backend is not None]
        failed = [member for member in current if member.replica.state is ReplicaState.FAILED]
        if failed and (deployment.status is not DeploymentStatus.DEPLOYED or not fleet.answering()):
            await self._fail(fleet, deployment, failed[0].replica)
            return True
        if len(ready) == deployment.wish.replicas:
            await self._took_over(fleet, deployment)
            for member in fleet.members:
                if member.replica.round != deployment.round:
                    fleet.retire(member)
        self._publish(fleet, deployment)
        return False

    def _size(self, fleet: Fleet, deployment: Deployment) -> None:
        """As many members as are wanted; those that do not answer go first."""
        current = fleet.current(deployment)
        for _ in range(deployment.wish.replicas - len(current)):
            fleet.add(deployment)
        surplus = sorted(current, key=lambda member: member.backend is not None)
        for member in surplus[: max(0, len(current) - deployment.wish.replicas)]:
            fleet.retire(member)

    async def _took_over(self, fleet: Fleet, deployment: Deployment) -> None:
        """All replicas are ready: from now on this deployment answers, and the one before stops."""
        if deployment.status is not DeploymentStatus.DEPLOYED:
            others = await self._database.write(partial(_take_over, deployment=deployment))
            self._active[deployment.endpoint_id] = deployment.id
            self._publish(fleet, deployment)
            for other in others:
                self.notice(other)

    async def _fail(self, fleet: Fleet, deployment: Deployment, replica: Replica) -> None:
        reason = f"Replica {replica.name} does not stay up: {replica.reason}"
        await self._move(deployment.id, DeploymentStatus.FAILED, reason)
        await self._end(fleet, deployment.id, reason)

    async def _end(self, fleet: Fleet, deployment_id: str, reason: str = "Its deployment was stopped.") -> None:
        endpoint_id = fleet.endpoint.id
        if self._active.get(endpoint_id) == deployment_id:
            del self._active[endpoint_id]
            self._routing.serve(endpoint_id, [], reason)
        await fleet.end()
        await self._move(deployment_id, DeploymentStatus.STOPPED, None)

    async def _move(self, deployment_id: str, status: DeploymentStatus, reason: str | None) -> None:
        await self._database.write(partial(_moved, deployment_id=deployment_id, status=status, reason=reason))

    def _publish(self, fleet: Fleet, deployment: Deployment) -> None:
        active = self._active.get(deployment.endpoint_id)
        if active == deployment.id:
            why = "Its replicas are being started again." if fleet.members else "Its replicas are being started."
            self._routing.serve(deployment.endpoint_id, fleet.answering(), why)
        elif active is None:
            self._routing.serve(deployment.endpoint_id, [], "Its replicas are being started.")

    async def _fleet(self, deployment_id: str) -> Fleet | None:
        if deployment_id not in self._fleets:
            found = await self._database.read(partial(_surroundings, deployment_id=deployment_id))
            if found is None:
                return None
            self._fleets[deployment_id] = Fleet(self._processes, self._remember, *found)
        return self._fleets[deployment_id]

    async def _adopt(self, fleet: Fleet, deployment: Deployment) -> None:
        replicas = await self._database.read(partial(service.replicas_of, deployment_id=deployment.id))
        await asyncio.gather(*(fleet.adopt(replica, deployment) for replica in replicas if replica.state not in _GONE))

    async def _remember(self, replica: Replica) -> None:
        await self._database.write(partial(service.keep_replica, replica=replica))

    async def _heard(self, workload: Workload) -> None:
        for fleet in self._fleets.values():
            fleet.tell(workload)


def _surroundings(connection: Reading, deployment_id: str) -> tuple[Endpoint, Build] | None:
    deployment = service.find_deployment(connection, deployment_id)
    if deployment is None:
        return None
    endpoint = service.find_endpoint(connection, deployment.endpoint_id)
    build = service.find_build(connection, deployment.build_id)
    return None if endpoint is None or build is None else (endpoint, build)


def _take_over(connection: Writing, deployment: Deployment) -> list[str]:
    """Mark a deployment as deployed, and those that it replaces as stopping."""
    if not service.move_deployment(connection, deployment.id, DeploymentStatus.DEPLOYED):
        return []
    older = [
        other.id
        for other in service.deployments_of(connection, deployment.endpoint_id)
        if other.id != deployment.id
        and (other.status is DeploymentStatus.DEPLOYED or (other.status in LIVE and other.id < deployment.id))
    ]
    for other in older:
        service.move_deployment(connection, other, DeploymentStatus.STOPPING, "A newer deployment took over.")
    return older


def _moved(connection: Writing, deployment_id: str, status: DeploymentStatus, reason: str | None) -> None:
    """Change a status; without a reason, the one that is there stays."""
    if reason is None:
        present = service.find_deployment(connection, deployment_id)
        reason = present.status_reason if present is not None else ""
    service.move_deployment(connection, deployment_id, status, reason)
