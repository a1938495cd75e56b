"""Messages about runs and what is logged to them."""

from msgspec import UNSET, Struct, UnsetType, field

from cuvee.mlflow_api.decoding import Message
from cuvee.mlflow_api.messages.common import Int64, Pair, Shown
from cuvee.tracking.values import Tag


class CreateRun(Message):
    experiment_id: str = ""
    user_id: str = ""
    run_name: str = ""
    start_time: Int64 = 0
    tags: list[Pair] = field(default_factory=list)


class GetRun(Message):
    run_id: str
    run_uuid: str = ""


class DeleteRun(Message):
    run_id: str


class RestoreRun(Message):
    run_id: str


class UpdateRun(Message):
    run_id: str
    run_uuid: str = ""
    status: str | int = ""
    end_time: Int64 | UnsetType = UNSET
    run_name: str = ""


class SetTag(Message):
    run_id: str
    key: str
    run_uuid: str = ""
    value: str = ""


class DeleteTag(Message):
    run_id: str
    key: str


class LogModel(Message):
    run_id: str
    model_json: str


class SearchRuns(Message):
    experiment_ids: list[str] = field(default_factory=list)
    filter: str = ""
    run_view_type: str | int = ""
    max_results: Int64 = 1_000
    order_by: list[str] = field(default_factory=list)
    page_token: str = ""
    #: What of the runs is wanted: not MLflow's. Everything when it is not said.
    columns: list[str] | UnsetType = UNSET


class RunInfo(Struct, omit_defaults=True, frozen=True, kw_only=True):
    run_uuid: str
    experiment_id: str
    run_name: str
    user_id: str
    status: str
    start_time: int
    end_time: int = 0
    artifact_uri: str
    lifecycle_stage: str
    run_id: str


class MetricShown(Struct, omit_defaults=True, frozen=True, gc=False):
    key: str
    value: float | str
    timestamp: int
    step: int
    run_id: str = ""


class RunData(Struct, omit_defaults=True, frozen=True):
    metrics: list[MetricShown] = field(default_factory=list)
    params: list[Tag] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)


class Dataset(Struct, omit_defaults=True, frozen=True, kw_only=True):
    name: str
    digest: str
    source_type: str
    source: str
    schema: str = ""
    profile: str = ""


class DatasetInput(Struct, omit_defaults=True, frozen=True, kw_only=True):
    tags: list[Shown] = field(default_factory=list)
    dataset: Dataset


class ModelInput(Struct, frozen=True):
    model_id: str


class ModelOutput(Struct, frozen=True):
    model_id: str
    step: int


class Inputs(Struct, omit_defaults=True, frozen=True):
    dataset_inputs: list[DatasetInput] = field(default_factory=list)
    model_inputs: list[ModelInput] = field(default_factory=list)


class Outputs(Struct, omit_defaults=True, frozen=True):
    model_outputs: list[ModelOutput] = field(default_factory=list)


class Run(Struct, omit_defaults=True, frozen=True, kw_only=True):
    info: RunInfo
    data: RunData
    inputs: Inputs
    outputs: Outputs | None = None


class OneRun(Struct, frozen=True):
    run: Run


class OneRunInfo(Struct, frozen=True):
    run_info: RunInfo


class RunsPage(Struct, omit_defaults=True, frozen=True):
    runs: list[Run] = field(default_factory=list)
    next_page_token: str = ""
