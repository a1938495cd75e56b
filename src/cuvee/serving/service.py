"""What one may do with endpoints, builds and deployments, and when."""

import re
import secrets
import string
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from cuvee.core import clock
from cuvee.core.paths import RelativePath
from cuvee.db.session import Reading, Writing
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
    Resources,
    Source,
    Wish,
    is_uuid,
    new_uuid,
)

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]| (?! )){0,99}(?<! )")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_FUNCTION: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_MOST_REPLICAS: Final = 64
_LONGEST_VALUE: Final = 32_768
_KEY_ALPHABET: Final = string.ascii_lowercase + string.digits


def create_endpoint(connection: Writing, endpoint: Endpoint) -> Endpoint:
    """Keep a new endpoint.

    Raises:
        BadName: when its name has the wrong shape.
        NameTaken: when the project has an endpoint of that name.
        BadResources, BadReplicas, BadExample: when these cannot be.

    """
    _check(endpoint)
    if store.find_endpoint(connection, endpoint.project_id, endpoint.name) is not None:
        raise errors.NameTaken
    store.add_endpoint(connection, endpoint)
    return endpoint


def new_access_key() -> str:
    """What callers of `/model` send: 32 characters beginning with `m`, 160 random bits."""
    return "m" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(31))


def get_endpoint(connection: Reading, project_id: str, endpoint_id: str) -> Endpoint:
    """An endpoint of a project.

    Raises:
        EndpointNotFound: when the project has none with this id.

    """
    found = store.get_endpoint(connection, endpoint_id) if is_uuid(endpoint_id) else None
    if found is None or found.project_id != project_id:
        raise errors.EndpointNotFound
    return found


def list_endpoints(connection: Reading, projects: Collection[str] | None) -> list[Endpoint]:
    """The endpoints of these projects, or of all, the oldest first."""
    return store.list_endpoints(connection, projects)


def update_endpoint(connection: Writing, endpoint: Endpoint, changes: Mapping[str, Any]) -> Endpoint:
    """Change an endpoint's fields. A new number of replicas or new resources count from the next deployment on.

    Raises:
        BadName, NameTaken, BadResources, BadReplicas, BadExample: when the change cannot be.

    """
    changed = replace(endpoint, **changes, updated_at=clock.now_ms())
    _check(changed)
    same_name = store.find_endpoint(connection, changed.project_id, changed.name)
    if same_name is not None and same_name.id != changed.id:
        raise errors.NameTaken
    columns = {name: value for name, value in changes.items() if name != "resources"}
    resources = changed.resources
    store.change_endpoint(
        connection,
        changed.id,
        columns
        | {
            "cpu_millicores": resources.cpu_millicores,
            "memory_mb": resources.memory_mb,
            "gpus": resources.gpus,
            "updated_at": changed.updated_at,
        },
    )
    return changed


def delete_endpoint(connection: Writing, endpoint_id: str) -> list[Build]:
    """Forget an endpoint with all it has. Its builds, whose snapshots are to be removed."""
    builds = store.list_builds(connection, endpoint_id)
    store.remove_endpoint(connection, endpoint_id)
    return builds


def request_build(connection: Writing, build: Build) -> Build:
    """Ask for a build; it gets the endpoint's next number.

    Raises:
        BadSource: when it names neither a registered version nor a file and a function.
        BadResources, BadReplicas, BadEnvironment: when what is to be deployed then cannot be.

    """
    check_source(build.source)
    if build.then_deploy is not None:
        check_wish(build.then_deploy)
    numbered = replace(build, number=store.last_build_number(connection, build.endpoint_id) + 1)
    store.add_build(connection, numbered)
    return numbered


def get_build(connection: Reading, endpoint: Endpoint, build_id: str) -> Build:
    """A build of an endpoint.

    Raises:
        BuildNotFound: when the endpoint has none with this id.

    """
    found = store.get_build(connection, build_id) if is_uuid(build_id) else None
    if found is None or found.endpoint_id != endpoint.id:
        raise errors.BuildNotFound
    return found


def find_build(connection: Reading, build_id: str) -> Build | None:
    """A build, whoever's it is."""
    return store.get_build(connection, build_id)


def list_builds(connection: Reading, endpoint: Endpoint) -> list[Build]:
    """The builds of an endpoint, the oldest first."""
    return store.list_builds(connection, endpoint.id)


def unfinished_builds(connection: Reading) -> list[Build]:
    """Builds that a worker has still to do with, the oldest first."""
    return store.builds_with(connection, UNFINISHED)


def move_build(connection: Writing, build_id: str, status: BuildStatus, reason: str = "", **columns: Any) -> bool:
    """Change an unfinished build's status; whether it was still there and unfinished."""
    build = store.get_build(connection, build_id)
    if build is None or build.status not in UNFINISHED:
        return False
    changes = {"status": status, "status_reason": reason, "updated_at": clock.now_ms(), **columns}
    store.change_build(connection, build_id, changes)
    return True


def finish_build(
    connection: Writing, build_id: str, *, digest: str, python: str, addons: tuple[str, ...]
) -> Deployment | None:
    """Mark a build as built, and ask for the deployment it was made for, if it was for one."""
    made: dict[str, Any] = {"digest": digest, "python": python, "runtime_addon_identifiers": addons}
    if not move_build(connection, build_id, BuildStatus.BUILT, built_at=clock.now_ms(), **made):
        return None
    build = store.get_build(connection, build_id)
    if build is None or build.then_deploy is None:
        return None
    return request_deployment(connection, build, build.creator_id, build.then_deploy)


def delete_build(connection: Writing, build: Build) -> None:
    """Forget a build.

    Raises:
        BuildInUse: when a deployment of it is live.

    """
    if any(deployment.status in LIVE for deployment in store.deployments_of_build(connection, build.id)):
        raise errors.BuildInUse
    store.remove_build(connection, build.id)


def request_deployment(connection: Writing, build: Build, deployer_id: str, wish: Wish) -> Deployment:
    """Ask for a deployment of a build.

    Raises:
        NotBuilt: when the build is not built.
        BadResources, BadReplicas, BadEnvironment: when the wish cannot be.

    """
    check_wish(wish)
    if build.status is not BuildStatus.BUILT:
        raise errors.NotBuilt
    now = clock.now_ms()
    deployment = Deployment(
        id=new_uuid(),
        endpoint_id=build.endpoint_id,
        build_id=build.id,
        number=store.last_deployment_number(connection, build.id) + 1,
        deployer_id=deployer_id,
        wish=wish,
        created_at=now,
        updated_at=now,
    )
    store.add_deployment(connection, deployment)
    return deployment


def get_deployment(connection: Reading, build: Build, deployment_id: str) -> Deployment:
    """A deployment of a build.

    Raises:
        DeploymentNotFound: when the build has none with this id.

    """
    found = store.get_deployment(connection, deployment_id) if is_uuid(deployment_id) else None
    if found is None or found.build_id != build.id:
        raise errors.DeploymentNotFound
    return found


def list_deployments(connection: Reading, build: Build) -> list[Deployment]:
    """The deployments of a build, the oldest first."""
    return store.deployments_of_build(connection, build.id)


def live_deployments(connection: Reading) -> list[Deployment]:
    """Deployments that have, or are to have, replicas, the oldest first."""
    return store.deployments_with(connection, LIVE)


def deployments_of(connection: Reading, endpoint_id: str) -> list[Deployment]:
    """The deployments of an endpoint, the oldest first."""
    return store.deployments_of(connection, endpoint_id)


def move_deployment(connection: Writing, deployment_id: str, status: DeploymentStatus, reason: str = "") -> bool:
    """Change a live deployment's status; whether it was still there and live. One that stops only ever stops."""
    deployment = store.get_deployment(connection, deployment_id)
    if deployment is None or deployment.status not in LIVE:
        return False
    ends = {DeploymentStatus.STOPPED, DeploymentStatus.FAILED}
    if deployment.status is DeploymentStatus.STOPPING and status not in ends:
        return False
    now = clock.now_ms()
    changes: dict[str, Any] = {"status": status, "status_reason": reason, "updated_at": now}
    if status in ends:
        changes["stopped_at"] = now
    store.change_deployment(connection, deployment_id, changes)
    return True


def stop_deployment(connection: Writing, deployment: Deployment, reason: str = "Stopped on request.") -> Deployment:
    """Ask a deployment to stop.

    Raises:
        NotLive: when it is stopped or failed already.

    """
    if not move_deployment(connection, deployment.id, DeploymentStatus.STOPPING, reason):
        if deployment.status is DeploymentStatus.STOPPING:
            return deployment
        raise errors.NotLive
    return replace(deployment, status=DeploymentStatus.STOPPING, status_reason=reason)


def restart_deployment(connection: Writing, deployment: Deployment, wish: Wish | None = None) -> Deployment:
    """Ask for new replicas in place of those there are, or for replicas again after a stop.

    New ones are ready before old ones stop. A deployment that runs stays `deployed` meanwhile.
    """
    if wish is not None:
        check_wish(wish)
    runs = deployment.status is DeploymentStatus.DEPLOYED
    changed = replace(
        deployment,
        wish=wish or deployment.wish,
        round=deployment.round + 1,
        status=DeploymentStatus.DEPLOYED if runs else DeploymentStatus.PENDING,
        status_reason="",
        updated_at=clock.now_ms(),
        stopped_at=0,
    )
    store.change_deployment(
        connection,
        deployment.id,
        {
            "wish": changed.wish,
            "round": changed.round,
            "status": changed.status,
            "status_reason": "",
            "updated_at": changed.updated_at,
            "stopped_at": 0,
        },
    )
    return changed


def scale_deployment(connection: Writing, deployment: Deployment, replicas: int) -> Deployment:
    """Ask for another number of replicas; those that are there stay.

    Raises:
        BadReplicas: when it cannot be.

    """
    wish = replace(deployment.wish, replicas=replicas)
    check_wish(wish)
    store.change_deployment(connection, deployment.id, {"wish": wish, "updated_at": clock.now_ms()})
    return replace(deployment, wish=wish)


def find_deployment(connection: Reading, deployment_id: str) -> Deployment | None:
    """A deployment, whoever's it is."""
    return store.get_deployment(connection, deployment_id)


def find_endpoint(connection: Reading, endpoint_id: str) -> Endpoint | None:
    """An endpoint, whoever's it is."""
    return store.get_endpoint(connection, endpoint_id)


def replicas_of(connection: Reading, deployment_id: str) -> list[Replica]:
    """The replicas that a deployment has and had, the oldest first."""
    return store.replicas_of(connection, deployment_id)


def keep_replica(connection: Writing, replica: Replica) -> None:
    """Remember a replica as it is now."""
    store.put_replica(connection, replace(replica, updated_at=clock.now_ms()))


def check_source(source: Source) -> None:
    """Go on only with a source that names files.

    Raises:
        BadSource: when it names neither a registered version nor a file and a function, or a function that cannot be.
        BadPath: when a path leads out of the project.

    """
    RelativePath.parse(source.model_root_dir)
    if not source.is_code:
        return
    if not source.file_path or not _FUNCTION.fullmatch(source.function_name):
        raise errors.BadSource
    RelativePath.parse(source.file_path)


def check_wish(wish: Wish) -> None:
    """Go on only with a wish that can be.

    Raises:
        BadResources, BadReplicas, BadEnvironment: when it cannot.

    """
    _check_resources(wish.resources)
    if not 1 <= wish.replicas <= _MOST_REPLICAS:
        raise errors.BadReplicas
    for name, value in wish.environment.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value or len(value) > _LONGEST_VALUE:
            raise errors.BadEnvironment


def _check(endpoint: Endpoint) -> None:
    if not _NAME.fullmatch(endpoint.name):
        raise errors.BadName
    check_wish(Wish(resources=endpoint.resources, replicas=endpoint.replicas))
    for example in (endpoint.example_input, endpoint.example_output):
        try:
            if example:
                msgspec.json.decode(example)
        except (msgspec.DecodeError, RecursionError):
            raise errors.BadExample from None


def _check_resources(resources: Resources) -> None:
    if not (
        100 <= resources.cpu_millicores <= 256_000  # noqa: PLR2004 - the docstring of BadResources says them
        and 100 <= resources.memory_mb <= 4_194_304  # noqa: PLR2004
        and 0 <= resources.gpus <= 64  # noqa: PLR2004
    ):
        raise errors.BadResources
