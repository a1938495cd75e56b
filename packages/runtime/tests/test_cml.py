"""Code written for CML imports these and works, or is told what is missing."""

import pytest

from cml import metrics_v1, models_v1
from conftest import serving
from cuvee_runtime.scoring.function import FunctionServable


@models_v1.cml_model
def plain(request):
    return request["x"] * 2


@models_v1.cml_model(metrics=True)
def tracked(request):
    metrics_v1.track_metric("x", request["x"])
    return request["x"] * 2


def record_of(uuid):
    return next(one for one in metrics_v1.read_metrics()["metrics"] if one["predictionUuid"] == uuid)


def test_a_decorated_function_stays_a_function():
    assert plain({"x": 2}) == 4
    assert models_v1.cml_model()(plain)({"x": 3}) == 6


def test_a_tracked_prediction_is_kept_with_its_metrics():
    answer = tracked({"x": 2})

    assert answer == {
        "model_deployment_crn": "crn:cdp:ml:::workspace:dev/model-deployment",
        "prediction": 4,
        "uuid": answer["uuid"],
    }
    record = record_of(answer["uuid"])
    assert record["metrics"] == {"x": 2}
    assert record["startTimeStampMs"] <= record["endTimeStampMs"]
    assert record["modelCrn"] == "crn:cdp:ml:::workspace:dev/model"


def test_the_truth_may_come_later():
    uuid = tracked({"x": 2})["uuid"]

    metrics_v1.track_delayed_metrics({"truth": 5}, uuid)

    assert record_of(uuid)["metrics"] == {"x": 2, "truth": 5}
    with pytest.raises(ValueError, match="No prediction"):
        metrics_v1.track_delayed_metrics({"truth": 5}, "nothing")


def test_metrics_of_a_span_are_read_by_time():
    metrics_v1.track_aggregate_metrics({"accuracy": 0.9}, 1000, 2000, metrics_v1.DEPLOYMENT_CRN)

    inside = metrics_v1.read_metrics(metrics_v1.DEPLOYMENT_CRN, start_timestamp_ms=500, end_timestamp_ms=2500)
    outside = metrics_v1.read_metrics(start_timestamp_ms=500, end_timestamp_ms=1500)

    assert [one["metrics"] for one in inside["metrics"]] == [{"accuracy": 0.9}]
    assert outside == {"metrics": []}


def test_a_metric_outside_of_a_prediction_is_refused():
    with pytest.raises(RuntimeError, match="cml_model"):
        metrics_v1.track_metric("x", 1)


def test_another_models_metrics_are_not_here():
    with pytest.raises(ValueError, match="another"):
        metrics_v1.read_metrics(model_crn="crn:cdp:ml:::workspace:1/2")


def test_in_a_deployed_model_metrics_are_refused_where_the_file_is_loaded(monkeypatch):
    monkeypatch.setenv("CUVEE_REPLICA_ID", "r-1")

    with pytest.raises(metrics_v1.MetricsUnavailableError):
        models_v1.cml_model(metrics=True)
    assert models_v1.cml_model(plain)({"x": 1}) == 2


def test_a_deployed_model_is_called():
    with serving(FunctionServable(plain)) as client:
        address = str(client.base_url)

        assert models_v1.call_model("m123", {"x": 4}, model_service_url=address)["response"] == 8
        assert models_v1.call_model("m123", {}, model_service_url=address)["success"] is False


def test_without_an_address_a_call_says_so(monkeypatch):
    monkeypatch.delenv("CUVEE_MODEL_SERVICE_URL", raising=False)

    with pytest.raises(RuntimeError, match="CUVEE_MODEL_SERVICE_URL"):
        models_v1.call_model("m123", {})


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(ImportError, match=r"Cuvée has no cml\.workers_v1"):
        from cml import workers_v1  # noqa: F401, PLC0415
