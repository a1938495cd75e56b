"""Endpoints, builds and deployments as API v2 writes them. Numbers may come as texts: clients send both."""

from typing import Any

from msgspec import Struct, field

from cuvee.api.numbers import Number, Whole
from cuvee.identity.messages import ShortUser
from cuvee.projects.messages import ShortProject


class DefaultResources(Struct):
    cpu_millicores: Whole = ""
    memory_mb: Whole = ""
    nvidia_gpus: Whole = ""


class DefaultReplicationPolicy(Struct):
    type: str = "fixed"
    num_replicas: Whole = ""


class ShortCreateModelDeployment(Struct):
    cpu: Number = 0
    memory: Number = 0
    nvidia_gpus: Whole = 0
    #: An object; a text that holds one is taken too.
    environment: dict[str, Any] | str = ""
    replicas: Whole = 0


class CreateModelDeploymentRequest(ShortCreateModelDeployment):
    pass


class ShortCreateModelBuild(Struct):
    comment: str = ""
    file_path: str = ""
    function_name: str = ""
    kernel: str = ""
    runtime_identifier: str = ""
    runtime_addon_identifiers: list[str] = field(default_factory=list)
    registered_model_version_id: str = ""
    model_root_dir: str = ""
    build_script_path: str = ""


class CreateModelBuildRequest(ShortCreateModelBuild):
    auto_deploy_model: bool = False
    auto_deployment_config: ShortCreateModelDeployment | None = None


class CreateModelRequest(Struct):
    name: str = ""
    description: str = ""
    disable_authentication: bool = False
    registered_model_id: str = ""
    run_as: Whole = 0
    visibility: str = "private"
    auto_build_model: bool = False
    auto_build_config: ShortCreateModelBuild | None = None
    auto_deploy_model: bool = False
    auto_deployment_config: ShortCreateModelDeployment | None = None
    #: Extensions.
    default_resources: DefaultResources | None = None
    default_replication_policy: DefaultReplicationPolicy | None = None
    example_input: str = ""
    example_output: str = ""


class UpdateSingleModel(Struct):
    name: str | None = None
    description: str | None = None
    visibility: str | None = None
    default_resources: DefaultResources | None = None
    default_replication_policy: DefaultReplicationPolicy | None = None
    run_as: Whole | None = None
    #: Extensions.
    auth_enabled: bool | None = None
    example_input: str | None = None
    example_output: str | None = None


class Model(Struct):
    id: str
    name: str
    description: str
    creator: ShortUser
    access_key: str
    deletion_status: str
    created_at: str
    updated_at: str
    crn: str
    auth_enabled: bool
    project: ShortProject
    registered_model_id: str
    visibility: str
    default_resources: DefaultResources
    default_replication_policy: DefaultReplicationPolicy
    run_as: int
    accelerator_label_id: str
    #: Extensions.
    project_id: str
    example_input: str
    example_output: str


class ListModelsResponse(Struct):
    models: list[Model]
    next_page_token: str


class ModelBuild(Struct):
    id: str
    model_id: str
    creator: ShortUser
    comment: str
    file_path: str
    function_name: str
    engine_image: str
    kernel: str
    created_at: str
    updated_at: str
    status: str
    deletion_status: str
    crn: str
    built_at: str | None
    runtime_identifier: str
    runtime_addon_identifiers: list[str]
    registered_model_version_id: str
    model_root_dir: str
    build_script_path: str
    #: Extensions.
    number: int
    status_reason: str
    digest: str


class ListModelBuildsResponse(Struct):
    model_builds: list[ModelBuild]
    next_page_token: str


class ModelDeployment(Struct):
    id: str
    project_id: str
    model_id: str
    build_id: str
    cpu: float
    memory: float
    nvidia_gpu: int
    environment: str
    created_at: str
    updated_at: str
    stopped_at: str | None
    crn: str
    deployer: ShortUser
    status: str
    replicas: int
    #: Extensions.
    number: int
    status_reason: str
    ready_replicas: int


class ListModelDeploymentsResponse(Struct):
    model_deployments: list[ModelDeployment]
    next_page_token: str


class Replica(Struct):
    id: str
    name: str
    state: str
    reason: str
    restarts: int
    #: Calls under way.
    outstanding: int
    created_at: str
    updated_at: str


class ListReplicasResponse(Struct):
    replicas: list[Replica]


class ReplicaMetrics(Struct):
    name: str
    received: int
    refused: int
    failed: int
    #: Seconds, of all calls together.
    seconds: float
    #: How many calls took at most as long as the bound of the same place; the last entry has no bound.
    buckets: list[int]


class DeploymentMetrics(Struct):
    """Counted since the platform started, or the replica was found again."""

    bounds: list[float]
    total: ReplicaMetrics
    replicas: list[ReplicaMetrics]


class Empty(Struct):
    """`{}`."""
