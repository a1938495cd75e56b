"""Messages about logged models, and about the models that runs use and make."""

from msgspec import Struct, field

from cuvee.mlflow_api.decoding import Message
from cuvee.mlflow_api.messages.common import Int64, Pair, Shown


class CreateModel(Message):
    experiment_id: str
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: list[Pair] = field(default_factory=list)
    tags: list[Pair] = field(default_factory=list)


class GetModel(Message):
    model_id: str
    allow_deleted: str = ""


class FinalizeModel(Message):
    model_id: str
    #: protobuf's name of it, or its number.
    status: str | int


class DeleteModel(Message):
    model_id: str


class LogParams(Message):
    model_id: str
    params: list[Pair] = field(default_factory=list)


class SetTags(Message):
    model_id: str
    tags: list[Pair] = field(default_factory=list)


class DeleteTag(Message):
    model_id: str
    tag_key: str


class Dataset(Message):
    dataset_name: str = ""
    dataset_digest: str = ""


class OrderBy(Message):
    field_name: str = ""
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


class SearchModels(Message):
    experiment_ids: list[str]
    filter: str = ""
    datasets: list[Dataset] = field(default_factory=list)
    max_results: Int64 = 0
    order_by: list[OrderBy] = field(default_factory=list)
    page_token: str = ""


class ModelOutput(Message):
    model_id: str = ""
    step: Int64 = 0


class LogOutputs(Message):
    run_id: str
    models: list[ModelOutput]


class Info(Struct, frozen=True, kw_only=True):
    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: str
    model_type: str
    source_run_id: str


class TaggedInfo(Info, frozen=True, kw_only=True):
    tags: list[Shown]


class Metric(Struct, omit_defaults=True, frozen=True, kw_only=True):
    key: str
    value: float | str
    timestamp: int
    step: int
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str
    run_id: str


class Data(Struct, omit_defaults=True, frozen=True, kw_only=True):
    params: list[Shown] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)


class Model(Struct, frozen=True, kw_only=True):
    info: Info
    data: Data


class OneModel(Struct, frozen=True):
    model: Model


class ModelsPage(Struct, omit_defaults=True, frozen=True):
    models: list[Model] = field(default_factory=list)
    next_page_token: str = ""
