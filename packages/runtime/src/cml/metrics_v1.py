"""Metrics of predictions, as `cml.metrics_v1` has them, in development mode: kept in this process's memory.

Inside a deployed model nothing is tracked yet, and every function here says so.
"""

import os
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

MODEL_CRN = "crn:cdp:ml:::workspace:dev/model"
BUILD_CRN = "crn:cdp:ml:::workspace:dev/model-build"
DEPLOYMENT_CRN = "crn:cdp:ml:::workspace:dev/model-deployment"

#: Set by the scoring server.
REPLICA_VARIABLE = "CUVEE_REPLICA_ID"


class MetricsUnavailableError(RuntimeError):
    """Metrics of a deployed model are not tracked by this version of Cuvée."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class _Memory:
    """The records of development mode."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[dict[str, Any]] = []
        self._told = False

    def add(self, start: int, end: int, metrics: Mapping[str, Any], prediction: str | None) -> None:
        record = {
            "modelDeploymentCrn": DEPLOYMENT_CRN,
            "modelBuildCrn": BUILD_CRN,
            "modelCrn": MODEL_CRN,
            "startTimeStampMs": start,
            "endTimeStampMs": end,
            "predictionUuid": prediction,
            "metrics": dict(metrics),
        }
        with self._lock:
            self._records.append(record)
            told, self._told = self._told, True
        if not told:
            print("Development mode: metrics are kept in memory and end with this session.", file=sys.stderr)  # noqa: T201 - as CML does

    def merge(self, prediction: str, metrics: Mapping[str, Any]) -> None:
        with self._lock:
            for record in self._records:
                if record["predictionUuid"] == prediction:
                    record["metrics"].update(metrics)
                    return
        raise ValueError(f"No prediction has the UUID {prediction!r}.")

    def between(self, start: float, end: float) -> list[dict[str, Any]]:
        with self._lock:
            chosen = [one for one in self._records if start <= one["startTimeStampMs"] and one["endTimeStampMs"] <= end]
            return [{**record, "metrics": dict(record["metrics"])} for record in chosen]


# CML's functions take no store, so the process has one.
_memory = _Memory()
_request: ContextVar[dict[str, Any] | None] = ContextVar("the metrics of the request that runs", default=None)


def track_metric(key: str, value: Any) -> None:
    """Note a metric of the prediction that runs. Only inside a function with `@cml_model(metrics=True)`."""
    _refuse_in_replica()
    metrics = _request.get()
    if metrics is None:
        raise RuntimeError("track_metric is called inside a function decorated with @cml_model(metrics=True).")
    metrics[key] = value


def track_delayed_metrics(metrics: Mapping[str, Any], prediction_uuid: str) -> None:
    """Add what became known later, such as the truth, to the record of a prediction. ValueError if there is none."""
    _refuse_in_replica()
    _memory.merge(prediction_uuid, metrics)


def track_aggregate_metrics(  # noqa: PLR0917 - the signature is CML's
    metrics: Mapping[str, Any],
    start_timestamp_ms: int,
    end_timestamp_ms: int,
    model_deployment_crn: str | None = None,
    model_crn: str | None = None,
    model_build_crn: str | None = None,
) -> None:
    """Note metrics of a span of time (milliseconds since the epoch), such as an accuracy of a day."""
    _refuse_in_replica()
    _refuse_others(model_deployment_crn, model_crn, model_build_crn)
    if start_timestamp_ms > end_timestamp_ms:
        raise ValueError("The span begins after its end.")
    _memory.add(start_timestamp_ms, end_timestamp_ms, metrics, None)


def read_metrics(  # noqa: PLR0917 - as above
    model_deployment_crn: str | None = None,
    start_timestamp_ms: int | None = None,
    end_timestamp_ms: int | None = None,
    model_crn: str | None = None,
    model_build_crn: str | None = None,
    dev: bool = True,
) -> dict[str, list[dict[str, Any]]]:
    """The records inside a span of time (milliseconds since the epoch), oldest first."""
    _refuse_in_replica()
    if not dev:
        raise MetricsUnavailableError
    _refuse_others(model_deployment_crn, model_crn, model_build_crn)
    start = float("-inf") if start_timestamp_ms is None else start_timestamp_ms
    end = float("inf") if end_timestamp_ms is None else end_timestamp_ms
    return {"metrics": _memory.between(start, end)}


@contextmanager
def prediction() -> Iterator[str]:
    """A request to a model: what is tracked inside becomes one record, under the UUID that this gives."""
    _refuse_in_replica()
    identifier, start, metrics = str(uuid.uuid4()), _now(), dict[str, Any]()
    token = _request.set(metrics)
    try:
        yield identifier
    finally:
        _request.reset(token)
    _memory.add(start, _now(), metrics, identifier)


def _refuse_in_replica() -> None:
    if REPLICA_VARIABLE in os.environ:
        raise MetricsUnavailableError


def _refuse_others(*names: str | None) -> None:
    for name in names:
        if name not in (None, MODEL_CRN, BUILD_CRN, DEPLOYMENT_CRN):
            raise ValueError(f"Development mode knows only its own model; {name!r} is another.")


def _now() -> int:
    return time.time_ns() // 1_000_000
