"""How endpoints stand right now, and where a registered version runs: the same few queries for any number."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.serving import errors, store
from cuvee.serving.values import (
    LIVE,
    UNFINISHED,
    Build,
    BuildStatus,
    Deployment,
    DeploymentStatus,
    Endpoint,
    Replica,
    is_uuid,
)

_ANSWERS: Final = (DeploymentStatus.DEPLOYED, DeploymentStatus.STOPPING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An endpoint with what matters of its builds and deployments."""

    endpoint: Endpoint
    #: The newest build; None before the first.
    build: Build | None = None
    #: The newest deployment; None before the first.
    newest: Deployment | None = None
    #: The deployment that answers calls; None when none does.
    active: Deployment | None = None
    #: The build that `deployment` runs.
    runs: Build | None = None

    @property
    def deployment(self) -> Deployment | None:
        """The deployment to speak of: the one that answers, else the newest."""
        return self.active or self.newest

    @property
    def status(self) -> str:
        """The one word that says how the endpoint stands."""
        if self.active is not None:
            return self.active.status
        if self.is_building or self.newest is None or self._failed_since:
            return self.build.status if self.build is not None else "not built"
        return self.newest.status

    @property
    def reason(self) -> str:
        """Why it stands so, in a sentence, when there is one."""
        if self.active is not None:
            return self.active.status_reason
        if self.is_building or self.newest is None or self._failed_since:
            return self.build.status_reason if self.build is not None else ""
        return self.newest.status_reason

    @property
    def is_building(self) -> bool:
        return self.build is not None and self.build.status in UNFINISHED

    @property
    def is_moving(self) -> bool:
        """Whether it will soon stand otherwise without anybody's doing."""
        moving = {DeploymentStatus.PENDING, DeploymentStatus.DEPLOYING, DeploymentStatus.STOPPING}
        deployments = [each for each in (self.active, self.newest) if each is not None]
        return self.is_building or any(each.status in moving for each in deployments)

    @property
    def coming(self) -> str:
        """What goes on beside the deployment that answers; empty when nothing does."""
        if self.active is None or self.build is None:
            return ""
        if self.is_building or self._failed_since:
            return f"Build {self.build.number}: {self.build.status}"
        if self.newest is not None and self.newest.id != self.active.id:
            return f"Build {self.build.number}: {self.newest.status}"
        return ""

    @property
    def _failed_since(self) -> bool:
        """Whether the newest build failed, and came after the newest deployment."""
        if self.build is None or self.build.status not in {BuildStatus.FAILED, BuildStatus.TIMED_OUT}:
            return False
        return self.newest is None or self.newest.id < self.build.id


def of(connection: Reading, endpoints: Sequence[Endpoint]) -> list[Standing]:
    """How these endpoints stand, in their order."""
    ids = [endpoint.id for endpoint in endpoints]
    deployments = store.standing_deployments(connection, ids, LIVE)
    builds = store.standing_builds(connection, ids, {each.build_id for each in deployments})
    by_id = {build.id: build for build in builds}
    newest_build = {build.endpoint_id: build for build in builds}
    newest = {each.endpoint_id: each for each in deployments}
    active = {each.endpoint_id: each for each in deployments if each.status in _ANSWERS}
    active |= {each.endpoint_id: each for each in deployments if each.status is DeploymentStatus.DEPLOYED}
    shown = newest | active
    return [
        Standing(
            endpoint=endpoint,
            build=newest_build.get(endpoint.id),
            newest=newest.get(endpoint.id),
            active=active.get(endpoint.id),
            runs=by_id.get(shown[endpoint.id].build_id) if endpoint.id in shown else None,
        )
        for endpoint in endpoints
    ]


def several(connection: Reading, caller: Caller, endpoint_ids: Collection[str]) -> list[Standing]:
    """How those of the endpoints stand that are there and that the caller may see."""
    wanted = [endpoint_id for endpoint_id in endpoint_ids if is_uuid(endpoint_id)]
    found = store.several_endpoints(connection, wanted) if wanted else []
    return of(connection, [each for each in found if caller.allows("endpoints:read", each.project_id)])


def of_versions(connection: Reading, version_ids: Collection[str]) -> dict[str, list[tuple[Endpoint, Deployment]]]:
    """Registered version → the endpoints where it runs, or is to run."""
    found: dict[str, list[tuple[Endpoint, Deployment]]] = {}
    for version_id, endpoint, deployment in store.deployments_of_versions(connection, version_ids, LIVE):
        found.setdefault(version_id, []).append((endpoint, deployment))
    return found


def newest_replicas(connection: Reading, endpoint: Endpoint, most: int) -> list[Replica]:
    """The replicas of an endpoint's newest deployments, the newest first."""
    deployments = store.deployments_of(connection, endpoint.id)[-most:]
    return list(reversed(store.replicas_of(connection, *(each.id for each in deployments))))


def replica(connection: Reading, endpoint: Endpoint, replica_id: str) -> Replica:
    """A replica of an endpoint.

    Raises:
        ReplicaNotFound: when the endpoint has none with this id.

    """
    found = store.get_replica(connection, endpoint.id, replica_id) if is_uuid(replica_id) else None
    if found is None:
        raise errors.ReplicaNotFound
    return found
