"""Messages about registered models and their versions."""

from msgspec import UNSET, Struct, UnsetType, field

from cuvee.mlflow_api.decoding import Message
from cuvee.mlflow_api.messages.common import Int64, Pair, Shown


class CreateRegisteredModel(Message):
    name: str
    tags: list[Pair] = field(default_factory=list)
    description: str = ""
    deployment_job_id: str = ""


class NamedModel(Message):
    """A request about a model and nothing else."""

    name: str


class RenameRegisteredModel(Message):
    name: str
    new_name: str


class UpdateRegisteredModel(Message):
    name: str
    description: str = ""
    deployment_job_id: str = ""


class SearchRegisteredModels(Message):
    filter: str = ""
    max_results: Int64 = 100
    order_by: list[str] = field(default_factory=list)
    page_token: str = ""


class GetLatestVersions(Message):
    name: str
    stages: list[str] = field(default_factory=list)


class SetRegisteredModelTag(Message):
    name: str
    key: str
    value: str = ""


class DeleteRegisteredModelTag(Message):
    name: str
    key: str


class SetRegisteredModelAlias(Message):
    name: str
    alias: str
    version: str


class NamedAlias(Message):
    """A request about an alias and nothing else."""

    name: str
    alias: str


class CreateModelVersion(Message):
    name: str
    source: str
    run_id: str | UnsetType = UNSET
    tags: list[Pair] = field(default_factory=list)
    run_link: str = ""
    description: str = ""
    model_id: str | UnsetType = UNSET


class NumberedVersion(Message):
    """A request about a version and nothing else."""

    name: str
    version: str


class GetDownloadUri(Message):
    """MLflow names no field of this one as required: what is missing is not found."""

    name: str = ""
    version: str = ""


class UpdateModelVersion(Message):
    name: str
    version: str
    description: str | UnsetType = UNSET


class TransitionStage(Message):
    name: str
    version: str
    stage: str
    archive_existing_versions: bool = False


class SearchModelVersions(Message):
    filter: str = ""
    max_results: Int64 = 200_000
    order_by: list[str] = field(default_factory=list)
    page_token: str = ""


class SetModelVersionTag(Message):
    name: str
    version: str
    key: str
    value: str = ""


class DeleteModelVersionTag(Message):
    name: str
    version: str
    key: str


class Alias(Struct, frozen=True):
    alias: str
    version: str


class ModelVersion(Struct, omit_defaults=True, frozen=True, kw_only=True):
    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: str
    description: str | UnsetType = UNSET
    source: str
    run_id: str
    status: str
    tags: list[Shown] = field(default_factory=list)
    run_link: str
    aliases: list[str] = field(default_factory=list)
    user_id: str = ""


class RegisteredModel(Struct, omit_defaults=True, frozen=True, kw_only=True):
    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    latest_versions: list[ModelVersion] = field(default_factory=list)
    tags: list[Shown] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    user_id: str = ""


class OneRegisteredModel(Struct, frozen=True):
    registered_model: RegisteredModel


class RegisteredModelsPage(Struct, omit_defaults=True, frozen=True):
    registered_models: list[RegisteredModel] = field(default_factory=list)
    next_page_token: str = ""


class OneModelVersion(Struct, frozen=True):
    model_version: ModelVersion


class ModelVersionsPage(Struct, omit_defaults=True, frozen=True):
    model_versions: list[ModelVersion] = field(default_factory=list)
    next_page_token: str = ""


class DownloadUri(Struct, frozen=True):
    artifact_uri: str
