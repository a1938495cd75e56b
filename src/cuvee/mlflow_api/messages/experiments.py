"""Messages about experiments."""

from msgspec import Struct, field

from cuvee.mlflow_api.decoding import Message
from cuvee.mlflow_api.messages.common import Int64, Pair, Shown


class CreateExperiment(Message):
    name: str
    artifact_location: str = ""
    tags: list[Pair] = field(default_factory=list)


class GetExperiment(Message):
    experiment_id: str


class GetExperimentByName(Message):
    experiment_name: str


class DeleteExperiment(Message):
    experiment_id: str


class RestoreExperiment(Message):
    experiment_id: str


class UpdateExperiment(Message):
    experiment_id: str
    new_name: str


class SetExperimentTag(Message):
    experiment_id: str
    key: str
    value: str = ""


class DeleteExperimentTag(Message):
    experiment_id: str
    key: str


class SearchExperiments(Message):
    view_type: str | int = ""
    max_results: Int64 = 0
    order_by: list[str] = field(default_factory=list)
    filter: str = ""
    page_token: str = ""


class Experiment(Struct, omit_defaults=True, frozen=True, kw_only=True):
    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    last_update_time: int
    creation_time: int
    tags: list[Shown] = field(default_factory=list)
    workspace: str = ""


class ExperimentId(Struct, frozen=True):
    experiment_id: str


class OneExperiment(Struct, frozen=True):
    experiment: Experiment


class ExperimentsPage(Struct, omit_defaults=True, frozen=True):
    experiments: list[Experiment] = field(default_factory=list)
    next_page_token: str = ""
