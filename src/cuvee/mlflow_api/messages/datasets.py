"""Messages about datasets: those that runs used, and those to evaluate on."""

from msgspec import Struct, field

from cuvee.mlflow_api.decoding import Message
from cuvee.mlflow_api.messages.common import Int64, Pair


class Dataset(Message):
    name: str = ""
    digest: str = ""
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Message):
    dataset: Dataset
    tags: list[Pair] = field(default_factory=list)


class ModelInput(Message):
    model_id: str = ""


class LogInputs(Message):
    run_id: str
    datasets: list[DatasetInput] = field(default_factory=list)
    models: list[ModelInput] = field(default_factory=list)


class SearchDatasets(Message):
    experiment_ids: list[str] = field(default_factory=list)


class Summary(Struct, omit_defaults=True, frozen=True, kw_only=True):
    experiment_id: str
    name: str
    digest: str
    context: str | None = None


class Summaries(Struct, omit_defaults=True, frozen=True):
    dataset_summaries: list[Summary] = field(default_factory=list)


class CreateEvaluation(Message):
    name: str
    experiment_ids: list[str] = field(default_factory=list)
    #: A JSON object.
    tags: str = ""


class OneId(Message):
    dataset_id: str


class SearchEvaluations(Message):
    experiment_ids: list[str] = field(default_factory=list)
    filter_string: str = ""
    max_results: Int64 = 0
    order_by: list[str] = field(default_factory=list)
    page_token: str = ""


class SetTags(Message):
    dataset_id: str
    #: A JSON object.
    tags: str


class DeleteTag(Message):
    dataset_id: str
    key: str


class UpsertRecords(Message):
    dataset_id: str
    #: A JSON list of objects.
    records: str


class GetRecords(Message):
    dataset_id: str
    max_results: Int64 = 0
    page_token: str = ""


class DeleteRecords(Message):
    dataset_id: str
    dataset_record_ids: list[str] = field(default_factory=list)


class Experiments(Message):
    dataset_id: str
    experiment_ids: list[str] = field(default_factory=list)


class Evaluation(Struct, omit_defaults=True, frozen=True, kw_only=True):
    dataset_id: str
    name: str
    tags: str
    schema: str | None = None
    profile: str | None = None
    digest: str
    created_time: int
    last_update_time: int
    created_by: str | None = None
    last_updated_by: str | None = None
    experiment_ids: list[str] = field(default_factory=list)


class OneEvaluation(Struct, frozen=True):
    dataset: Evaluation


class EvaluationsPage(Struct, omit_defaults=True, frozen=True):
    datasets: list[Evaluation] = field(default_factory=list)
    next_page_token: str = ""


class Upserted(Struct, frozen=True):
    inserted_count: int
    updated_count: int


class RecordsPage(Struct, omit_defaults=True, frozen=True):
    #: A JSON list of records.
    records: str
    next_page_token: str = ""


class Deleted(Struct, frozen=True):
    deleted_count: int


class ExperimentIds(Struct, omit_defaults=True, frozen=True):
    experiment_ids: list[str] = field(default_factory=list)


class Record(Struct, omit_defaults=True, frozen=True, kw_only=True):
    """One record of a RecordsPage; what is JSON stands there as it is."""

    dataset_record_id: str
    dataset_id: str
    inputs: object
    outputs: object = None
    expectations: object = None
    tags: object
    source: object = None
    source_id: str | None = None
    source_type: str | None = None
    created_time: int
    last_update_time: int
    created_by: str | None = None
    last_updated_by: str | None = None
