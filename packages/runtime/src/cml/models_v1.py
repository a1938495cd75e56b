"""Models from code, as `cml.models_v1` has them: the decorator, and calling a deployed model."""

import functools
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, overload

from cml import metrics_v1

#: Where model calls go; set in every workload.
SERVICE_VARIABLE = "CUVEE_MODEL_SERVICE_URL"

Function = Callable[[dict[str, Any]], Any]


@overload
def cml_model(function: Function) -> Function: ...
@overload
def cml_model(function: None = None, *, metrics: bool = False) -> Callable[[Function], Function]: ...
def cml_model(function: Function | None = None, *, metrics: bool = False) -> Function | Callable[[Function], Function]:
    """Mark a function as a model's: `@cml_model` or `@cml_model(metrics=True)`.

    With metrics, its answer becomes {"model_deployment_crn", "prediction", "uuid"}, and `track_metric` may be called
    inside. In a deployed model that is refused where the file is loaded: see metrics_v1.
    """
    if function is not None:
        return function
    if not metrics:
        return lambda decorated: decorated
    if metrics_v1.REPLICA_VARIABLE in os.environ:
        raise metrics_v1.MetricsUnavailableError
    return _with_metrics


def _with_metrics(function: Function) -> Function:
    @functools.wraps(function)
    def tracked(request: dict[str, Any]) -> dict[str, Any]:
        with metrics_v1.prediction() as identifier:
            answer = function(request)
        return {"model_deployment_crn": metrics_v1.DEPLOYMENT_CRN, "prediction": answer, "uuid": identifier}

    return tracked


def call_model(
    model_access_key: str, ipt: Mapping[str, Any], api_key: str = "", model_service_url: str = "", timeout: float = 30
) -> dict[str, Any]:
    """Call a deployed model and give its whole reply, also when it is an error. `timeout` is in seconds.

    Raises RuntimeError when no address is known, OSError when nothing answers there.
    """
    address = model_service_url or os.environ.get(SERVICE_VARIABLE, "")
    if not address.startswith(("http://", "https://")):
        raise RuntimeError(f"No address for model calls: give model_service_url, or set {SERVICE_VARIABLE}.")
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {api_key}"} if api_key else {})
    body = json.dumps({"accessKey": model_access_key, "request": ipt}).encode()
    request = urllib.request.Request(f"{address.rstrip('/')}/model", data=body, headers=headers)  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:  # noqa: S310 - checked above
            answer: dict[str, Any] = json.load(reply)
    except urllib.error.HTTPError as error:
        answer = json.load(error)
    return answer
