"""The registry as API v2 writes it; what its specification lacks (aliases, stages, history) is written in its style."""

from msgspec import Struct, field

from cuvee.identity.messages import ShortUser


class Tag(Struct):
    key: str = ""
    value: str = ""


class Metric(Struct):
    key: str = ""
    value: float = 0.0
    timestamp: str = ""
    #: An int64, which API v2 writes as text.
    step: str = "0"


class CreateRegisteredModelRequest(Struct):
    project_id: str = ""
    experiment_id: str = ""
    run_id: str = ""
    #: The model's folder among the run's artifacts.
    model_path: str = ""
    model_name: str = ""
    tags: list[Tag] = field(default_factory=list)
    description: str = ""
    notes: str = ""
    visibility: str = ""


class UpdateRegisteredModelRequest(Struct):
    model_id: str = ""
    description: str | None = None
    visibility: str | None = None
    #: The new owner: a user's id or name.
    user_id: str | None = None


class UpdateRegisteredModelVersionRequest(Struct):
    model_version_id: str = ""
    notes: str | None = None
    tags: list[Tag] = field(default_factory=list)


class SetAliasRequest(Struct):
    #: The number of the version to point at.
    version: int
    #: Where the alias must point now for the change to happen: a version's number, 0 for nowhere.
    expected_version: int | None = None


class MLflowMetadata(Struct):
    experiment_id: str = ""
    run_id: str = ""
    metrics: list[Metric] = field(default_factory=list)
    params: list[Tag] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)


class ModelVersionMetadata(Struct):
    mlops_type: str = "MLFLOW"
    tags: list[Tag] = field(default_factory=list)
    workspace_url: str = ""
    project_id: str = ""
    owner: ShortUser = field(default_factory=ShortUser)
    mlflow_metadata: MLflowMetadata = field(default_factory=MLflowMetadata)


class RegisteredModelVersion(Struct, kw_only=True):
    model_id: str
    model_version_id: str
    version_name: str
    number: int
    notes: str
    user: ShortUser
    created_at: str
    updated_at: str
    status: str
    model_version_metadata: ModelVersionMetadata
    tags: list[Tag]
    aliases: list[str]
    stage: str
    #: SHA-256 of the MLmodel file when the version was made; empty when there was none.
    mlmodel_digest: str


class RegisteredModelDetails(Struct, kw_only=True):
    model_id: str
    name: str
    description: str
    owner: ShortUser
    #: What the caller may do with it: `read` or `write`.
    permission: str
    visibility: str
    created_at: str
    updated_at: str
    #: How many versions there are.
    count: int


class ListRegisteredModelsResponse(Struct):
    models: list[RegisteredModelDetails]
    next_page_token: str = ""


class RegisteredModel(RegisteredModelDetails, kw_only=True):
    model_versions: list[RegisteredModelVersion]
    next_page_token: str = ""


class Move(Struct, kw_only=True):
    kind: str
    what: str
    version_number: int
    before: str
    after: str
    user: ShortUser
    at: str


class ListMovesResponse(Struct):
    moves: list[Move]
    next_page_token: str = ""


class Empty(Struct):
    """`{}`."""
