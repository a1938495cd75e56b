"""Experiments and runs as API v2 writes them."""

from typing import Any

from msgspec import Struct, field

from cuvee.identity.messages import ShortUser


class Tag(Struct):
    key: str = ""
    value: str = ""


class Metric(Struct):
    key: str = ""
    #: A number, or what JSON has no number for: `NaN`, `Infinity`, `-Infinity`.
    value: float | str = 0.0
    #: RFC 3339.
    timestamp: str = ""
    #: An int64, which API v2 writes as text.
    step: str | int = "0"


class FileInfo(Struct):
    path: str
    is_dir: bool
    file_size: str


class Dataset(Struct):
    name: str = ""
    digest: str = ""
    source_type: str = ""
    source: str = ""
    schema: str = ""
    profile: str = ""


class DatasetInput(Struct):
    tags: list[Tag]
    dataset: Dataset


class CreateExperimentRequest(Struct):
    name: str = ""
    tags: list[Tag] = field(default_factory=list)
    artifact_location: str = ""


class UpdateExperimentRequest(Struct):
    name: str | None = None
    tags: list[Tag] = field(default_factory=list)


class Experiment(Struct, kw_only=True):
    id: str
    project_id: str
    name: str
    artifact_location: str
    created_at: str
    updated_at: str
    tags: list[Tag]
    lifecycle_stage: str
    user: ShortUser


class ListExperimentsResponse(Struct):
    experiments: list[Experiment]
    next_page_token: str = ""


class CreateExperimentRunRequest(Struct):
    run_name: str = ""
    start_time: str = ""
    tags: list[Tag] = field(default_factory=list)


class UpdateExperimentRunRequest(Struct):
    name: str = ""
    status: str | int = ""
    end_time: str | None = None


class RegisteredModelMetadata(Struct):
    model_path: str
    model_name: str
    model_id: str
    model_version_id: str
    version_number: int
    run_id: str
    created_at: str


class ExperimentRunData(Struct):
    metrics: list[Metric]
    params: list[Tag]
    tags: list[Tag]
    #: Of a single run; a list of runs leaves them out.
    files: list[FileInfo]
    registered_model_metadata: list[RegisteredModelMetadata]


class ExperimentRunInputs(Struct):
    dataset_inputs: list[DatasetInput]


class ExperimentRun(Struct, kw_only=True):
    id: str
    name: str
    experiment_id: str
    user: ShortUser
    status: str
    start_time: str | None
    #: None while it has not ended.
    end_time: str | None
    artifact_uri: str
    data: ExperimentRunData
    inputs: ExperimentRunInputs


class ListExperimentRunsResponse(Struct):
    experiment_runs: list[ExperimentRun]
    next_page_token: str = ""


class LogExperimentRunBatchRequest(Struct):
    metrics: list[Metric] = field(default_factory=list)
    params: list[Tag] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    #: The MLmodel file as JSON: as text, or as the object itself.
    model_json: Any = ""


class DeleteExperimentRunBatchRequest(Struct):
    metrics: list[str] = field(default_factory=list)
    params: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


class GetExperimentRunMetricsResponse(Struct):
    metrics: list[Metric]


class Empty(Struct):
    """`{}`."""
