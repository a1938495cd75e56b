"""The protocol's metrics and batches: logging, and reading them back."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import UNSET

from cuvee.logged_models.values import Metric as ModelMetric
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.messages import metrics as messages
from cuvee.mlflow_api.messages.common import number
from cuvee.mlflow_api.messages.runs import MetricShown
from cuvee.tracking import arrivals, ingest, limits, series
from cuvee.tracking import errors as tracking_errors
from cuvee.tracking import service as tracking
from cuvee.tracking.values import Point, Tag

_HISTORY: Final = "mlflow/metrics/get-history"


async def log_metric(asked: Asked, message: messages.LogMetric) -> None:
    points = ingest.single(message.key, message.step, message.timestamp, message.value)
    await _log(
        asked, ingest.Item(run_id=message.run_id, points=points, on_models=_on_models(message.run_id, [message]))
    )


async def log_param(asked: Asked, message: messages.LogParam) -> None:
    param = limits.param(Tag(message.key, message.value))
    await _log(asked, ingest.Item(run_id=message.run_id, params=(param,), is_batch=False))


async def log_batch(asked: Asked, message: messages.LogBatch) -> None:
    keys = [metric.key for metric in message.metrics]
    _require_keys("metrics", keys)
    _require_keys("params", [param.key for param in message.params])
    _require_keys("tags", [tag.key for tag in message.tags])
    points = arrivals.grouped(
        keys,
        [metric.step for metric in message.metrics],
        [metric.timestamp for metric in message.metrics],
        [metric.value for metric in message.metrics],
    )
    params = [limits.param(Tag(given.key, given.value), f"params[{at}]") for at, given in enumerate(message.params)]
    tags = [limits.run_tag(Tag(given.key, given.value), f"tags[{at}]") for at, given in enumerate(message.tags)]
    limits.batch(len(message.metrics), len(params), len(tags))
    limits.unique_params(params)
    await _log(
        asked,
        ingest.Item(
            run_id=message.run_id,
            points=points,
            params=params,
            tags=tags,
            on_models=_on_models(message.run_id, message.metrics),
        ),
    )


async def get_metric_history(asked: Asked, message: messages.GetMetricHistory) -> messages.MetricsPage:
    limit = None if message.max_results is UNSET else message.max_results
    if limit is not None and limit <= 0:
        raise tracking_errors.BadPageSize(
            f"Invalid value {limit} for parameter 'max_results' supplied. It must be a positive integer."
        )
    offset = asked.opened(message.page_token, _HISTORY)
    points = await asked.call.read(series.history, asked.caller, message.run_id, message.metric_key)
    shown = points[offset:] if limit is None else points[offset : offset + limit]
    rest = len(points) - offset - len(shown)
    return messages.MetricsPage(
        [_shown(message.metric_key, point) for point in shown],
        asked.sealed(offset + len(shown), _HISTORY) if rest > 0 else "",
    )


async def get_metric_history_bulk_interval(
    asked: Asked, message: messages.GetMetricHistoryBulkInterval
) -> messages.MetricsPage:
    limit = series.MOST_SAMPLES if message.max_results is UNSET else message.max_results
    if len(message.run_ids) > series.MOST_RUNS:
        raise errors.WrongValue(
            f"GetMetricHistoryBulkInterval request must specify at most {series.MOST_RUNS} run_ids. "
            f"Received {len(message.run_ids)} run_ids"
        )
    if not 1 <= limit <= series.MOST_SAMPLES:
        raise errors.WrongValue(f"max_results must be between 1 and {series.MOST_SAMPLES}")
    found = await asked.call.read(
        series.samples, asked.caller, message.run_ids, message.metric_key, limit=limit, steps=_steps(message)
    )
    return messages.MetricsPage([_shown(message.metric_key, point, run_id) for run_id, point in found])


async def get_metric_history_bulk(asked: Asked, message: messages.GetMetricHistoryBulk) -> messages.Metrics:
    if not message.run_id:
        raise tracking_errors.BadInterval("GetMetricHistoryBulk request must specify at least one run_id.")
    if len(message.run_id) > series.MOST_RUNS:
        raise tracking_errors.BadInterval(
            f"GetMetricHistoryBulk request cannot specify more than {series.MOST_RUNS} run_ids. "
            f"Received {len(message.run_id)} run_ids."
        )
    if not message.metric_key:
        raise tracking_errors.BadInterval("GetMetricHistoryBulk request must specify a metric_key.")
    limit, found = max(0, min(message.max_results, 25_000)), list[MetricShown]()
    for run_id in sorted(set(message.run_id)):
        if len(found) < limit:
            points = await asked.call.read(series.history, asked.caller, run_id, message.metric_key)
            found += [_shown(message.metric_key, point, run_id) for point in points[: limit - len(found)]]
    return messages.Metrics(found)


async def _log(asked: Asked, item: ingest.Item) -> None:
    await asked.tools.gate.admit(asked.call.database, asked.caller, item.run_id)
    await asked.call.write_item(ingest.log, item)


def _on_models(run_id: str, metrics: Sequence[messages.LogMetric | messages.Metric]) -> list[ModelMetric]:
    return [
        ModelMetric(
            model_id=metric.model_id,
            run_id=run_id,
            key=metric.key,
            value=metric.value,
            timestamp=metric.timestamp,
            step=metric.step,
            dataset_name=metric.dataset_name or None,
            dataset_digest=metric.dataset_digest or None,
        )
        for metric in metrics
        if metric.model_id
    ]


def _require_keys(name: str, keys: list[str]) -> None:
    if "" in keys:
        raise errors.MissingParameter(f"{name}[{keys.index('')}].key")


def _steps(message: messages.GetMetricHistoryBulkInterval) -> tuple[int, int] | None:
    if message.start_step is UNSET and message.end_step is UNSET:
        return None
    if message.start_step is UNSET or message.end_step is UNSET:
        raise tracking_errors.BadInterval("If either start step or end step are specified, both must be specified.")
    return message.start_step, message.end_step


def _shown(key: str, point: Point, run_id: str = "") -> MetricShown:
    return MetricShown(key=key, value=number(point.value), timestamp=point.timestamp, step=point.step, run_id=run_id)


ENDPOINTS: Final[list[Endpoint[Any]]] = [
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/log-metric",
        scope=tracking.WRITE,
        request=messages.LogMetric,
        handle=log_metric,
        is_hot=True,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/log-parameter",
        scope=tracking.WRITE,
        request=messages.LogParam,
        handle=log_param,
        is_hot=True,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/log-batch",
        scope=tracking.WRITE,
        request=messages.LogBatch,
        handle=log_batch,
        is_hot=True,
        max_body=limits.MAX_BATCH_BYTES,
    ),
    Endpoint(
        method="GET",
        path="/2.0/mlflow/metrics/get-history",
        scope=tracking.READ,
        request=messages.GetMetricHistory,
        handle=get_metric_history,
    ),
    Endpoint(
        method="GET",
        path="/2.0/mlflow/metrics/get-history-bulk-interval",
        scope=tracking.READ,
        request=messages.GetMetricHistoryBulkInterval,
        handle=get_metric_history_bulk_interval,
    ),
    Endpoint(
        method="GET",
        path="/2.0/mlflow/metrics/get-history-bulk",
        scope=tracking.READ,
        request=messages.GetMetricHistoryBulk,
        handle=get_metric_history_bulk,
        prefixes=["/ajax-api"],
    ),
]
