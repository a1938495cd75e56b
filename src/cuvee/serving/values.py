"""Endpoints, builds, deployments and replicas.

API v2 calls an endpoint a *model*. Here a model is what was trained; the name and key that callers use is an endpoint.
"""

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cuvee.core import clock


class BuildStatus(StrEnum):
    """How far a build has come; the words are API v2's."""

    PENDING = "pending"  #: asked for
    QUEUED = "queued"  #: waits for other builds
    BUILDING = "building"  #: files are copied, the environment is made
    BUILT = "built"  #: can be deployed
    FAILED = "build failed"
    TIMED_OUT = "timedout"


class DeploymentStatus(StrEnum):
    """How far a deployment has come; the words are API v2's."""

    PENDING = "pending"  #: asked for
    DEPLOYING = "deploying"  #: replicas start
    DEPLOYED = "deployed"  #: answers calls
    STOPPING = "stopping"  #: replicas finish what they have
    STOPPED = "stopped"
    FAILED = "failed"


class ReplicaState(StrEnum):
    """What a replica does."""

    STARTING = "starting"  #: loads the model
    READY = "ready"  #: answers
    WAITING = "waiting"  #: died; is started again in a moment
    STOPPED = "stopped"  #: was told to end
    FAILED = "failed"  #: died too often


#: Builds that a worker has still to do with.
UNFINISHED: Final = (BuildStatus.PENDING, BuildStatus.QUEUED, BuildStatus.BUILDING)
#: Deployments that have, or are to have, replicas.
LIVE: Final = (
    DeploymentStatus.PENDING,
    DeploymentStatus.DEPLOYING,
    DeploymentStatus.DEPLOYED,
    DeploymentStatus.STOPPING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What one replica may use."""

    #: Thousandths of a virtual processor.
    cpu_millicores: int = 1000
    #: MiB.
    memory_mb: int = 2048
    gpus: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a deployment is to be like."""

    resources: Resources = field(default_factory=Resources)
    replicas: int = 1
    #: Variables that the replicas find in their environment.
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A name and a key under which a model is called."""

    id: str
    project_id: str
    #: Unique in the project; stands in addresses.
    name: str
    description: str = ""
    #: What callers of `/model` send; 32 characters.
    access_key: str
    #: Whether callers need an API key besides.
    auth_enabled: bool = True
    visibility: str = "private"
    creator_id: str
    #: The registered model this endpoint was made for; empty when for none.
    registered_model_id: str = ""
    run_as: int = 0
    #: What a deployment gets that says nothing else.
    resources: Resources = field(default_factory=Resources)
    replicas: int = 1
    #: JSON texts, shown to whoever wants to try.
    example_input: str = ""
    example_output: str = ""
    #: Milliseconds since the epoch.
    created_at: int
    updated_at: int

    @property
    def crn(self) -> str:
        return crn(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a build's files come from: a registered version, or code of the project."""

    registered_model_version_id: str = ""
    #: As the registry had them when the build was asked for.
    model_name: str = ""
    version_number: int = 0
    #: The project whose artifacts the version's files are, and where they are among them.
    artifacts_project_id: str = ""
    location: str = ""
    #: SHA-256 of the version's MLmodel file, in hex; empty when not known.
    mlmodel_digest: str = ""
    #: A Python file of the project and the function in it that takes one dict.
    file_path: str = ""
    function_name: str = ""
    #: The folder of the project that is built; the whole project when empty.
    model_root_dir: str = ""

    @property
    def is_code(self) -> bool:
        return not self.registered_model_version_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A snapshot of a model's files and an environment to run them in."""

    id: str
    endpoint_id: str
    #: Counts the builds of the endpoint, from 1.
    number: int
    creator_id: str
    comment: str = ""
    source: Source
    kernel: str = ""
    runtime_identifier: str = ""
    runtime_addon_identifiers: tuple[str, ...] = ()
    #: What to deploy as soon as it is built.
    then_deploy: Wish | None = None
    status: BuildStatus = BuildStatus.PENDING
    #: Why it has this status, in one sentence.
    status_reason: str = ""
    #: SHA-256 over the snapshot's names and contents; empty until there is one.
    digest: str = ""
    #: The environment's interpreter; empty until there is one.
    python: str = ""
    created_at: int
    updated_at: int
    built_at: int = 0

    @property
    def crn(self) -> str:
        return crn(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A build that runs, or is to run, with a number of replicas."""

    id: str
    endpoint_id: str
    build_id: str
    #: Counts the deployments of the build, from 1.
    number: int
    deployer_id: str
    wish: Wish
    status: DeploymentStatus = DeploymentStatus.PENDING
    #: Why it has this status, in one sentence.
    status_reason: str = ""
    #: Grows with every `:restart`: replicas of an older round are replaced.
    round: int = 1
    created_at: int
    updated_at: int
    stopped_at: int = 0

    @property
    def crn(self) -> str:
        return crn(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One process that answers for a deployment, and those that stood in its place before."""

    id: str
    deployment_id: str
    #: As it stands in answers: endpoint, build number, deployment number, and a few characters.
    name: str
    round: int
    state: ReplicaState = ReplicaState.STARTING
    #: The workload that runs it; empty while none does.
    workload_id: str = ""
    #: The one before: its log is kept.
    previous_workload_id: str = ""
    restarts: int = 0
    #: Why it has this state: how the last process ended.
    reason: str = ""
    created_at: int
    updated_at: int


def new_uuid() -> str:
    """A UUID of version 7, which sorts by the millisecond it was made in: the ids of API v2's models and builds."""
    number = clock.now_ms() << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=number))


def is_uuid(text: str) -> bool:
    """Whether the text has the shape of such an id."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def crn(of: str) -> str:
    """The long name that API v2 gives to things; its last part is the id."""
    return f"crn:cdp:ml:local:cuvee:workspace:cuvee/{of}"
