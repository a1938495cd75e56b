"""Messages about metrics and batches."""

from msgspec import UNSET, Struct, UnsetType, field

from cuvee.mlflow_api.decoding import Message
from cuvee.mlflow_api.messages.common import Int64
from cuvee.mlflow_api.messages.runs import MetricShown


class LogMetric(Message):
    run_id: str
    key: str
    value: float
    timestamp: Int64
    run_uuid: str = ""
    step: Int64 = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class Metric(Message):
    key: str
    value: float
    timestamp: Int64
    step: Int64 = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""
    run_id: str = ""


class KeyedPair(Message):
    key: str
    value: str = ""


class LogBatch(Message):
    run_id: str
    metrics: list[Metric] = field(default_factory=list)
    params: list[KeyedPair] = field(default_factory=list)
    tags: list[KeyedPair] = field(default_factory=list)


class LogParam(Message):
    run_id: str
    key: str
    run_uuid: str = ""
    value: str = ""


class GetMetricHistory(Message):
    run_id: str
    metric_key: str
    run_uuid: str = ""
    max_results: Int64 | UnsetType = UNSET
    page_token: str = ""


class GetMetricHistoryBulkInterval(Message):
    run_ids: list[str]
    metric_key: str
    start_step: Int64 | UnsetType = UNSET
    end_step: Int64 | UnsetType = UNSET
    max_results: Int64 | UnsetType = UNSET


class GetMetricHistoryBulk(Message):
    run_id: list[str] = field(default_factory=list)
    metric_key: str = ""
    max_results: Int64 = 25_000


class MetricsPage(Struct, omit_defaults=True, frozen=True):
    metrics: list[MetricShown] = field(default_factory=list)
    next_page_token: str = ""


class Metrics(Struct, frozen=True):
    metrics: list[MetricShown]
