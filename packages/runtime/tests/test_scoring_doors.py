"""What each protocol answers, over HTTP, with real models."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import WINE

ROW = dict(zip(WINE["columns"], WINE["data"][0], strict=True))


def call(client, request):
    return client.post("/model", json={"accessKey": "m123", "request": request})


@pytest.fixture
def quality(serve):
    return call(serve("wine"), WINE).json()["response"][0]


def test_the_tutorials_example_input_is_scored_as_it_stands(serve):
    reply = call(serve("wine"), WINE)

    answer = reply.json()
    assert reply.status_code == 200
    assert answer.keys() == {"success", "response", "ReplicaID", "Size", "StatusCode"}
    assert answer["success"] is True
    assert isinstance(answer["response"][0], float)
    assert (answer["ReplicaID"], answer["StatusCode"]) == ("replica-1", 200)
    assert answer["Size"] == len(json.dumps(answer["response"]))


@pytest.mark.parametrize(
    "request_",
    [
        {"dataframe_split": WINE},
        {"dataframe_records": [ROW]},
        {"instances": [ROW]},
        {"inputs": WINE["data"]},
        {"inputs": {name: [value] for name, value in ROW.items()}},
        {"inputs": ROW},
        ROW,
        {**ROW, "colour": "white"},
        {"columns": WINE["columns"][::-1], "data": [WINE["data"][0][::-1]]},
        {"columns": WINE["columns"], "data": [[str(value) for value in WINE["data"][0]]]},
    ],
    ids=["split", "records", "instances", "rows", "columns", "scalars", "record", "extra", "reordered", "strings"],
)
def test_a_model_call_takes_every_form(serve, quality, request_):
    assert call(serve("wine"), request_).json()["response"] == pytest.approx([quality])


@pytest.mark.parametrize("name", ["wine", "boosted"])
def test_invocations_answers_predictions(serve, name):
    client = serve(name)

    answers = [
        client.post("/invocations", json=body).json()["predictions"]
        for body in ({"dataframe_split": WINE}, {"dataframe_records": [ROW, ROW]}, {"inputs": WINE["data"]})
    ]

    assert answers[1] == pytest.approx(answers[0] * 2)
    assert answers[2] == pytest.approx(answers[0])


def test_invocations_reads_csv(serve, quality):
    text = ",".join(f'"{name}"' for name in WINE["columns"]) + "\n" + ",".join(map(str, WINE["data"][0])) + "\n"

    reply = serve("wine").post("/invocations", content=text, headers={"content-type": "text/csv; charset=utf-8"})

    assert reply.json() == {"predictions": pytest.approx([quality])}


@pytest.mark.parametrize(("params", "expected"), [(None, 9.0), ({"power": 3}, 27.0)])
def test_params_reach_the_model(serve, params, expected):
    body = {"inputs": {"x": [3.0]}} | ({"params": params} if params else {})

    assert serve("powers").post("/invocations", json=body).json() == {"predictions": [expected]}
    assert call(serve("powers"), body).json()["response"] == [expected]


def test_a_wrong_parameter_is_named(serve):
    reply = serve("powers").post("/invocations", json={"inputs": {"x": [3.0]}, "params": {"power": "lots"}})

    assert reply.status_code == 400
    assert "power" in reply.json()["message"]


def test_every_plain_type_arrives_as_the_signature_says(serve):
    record = {
        "a double": 1,
        "a float": "2.5",
        "a long": 3.0,
        "a integer": 4,
        "a boolean": "true",
        "a string": "Riesling",
        "a datetime": "2024-05-01T12:00:00+02:00",
        "a binary": "d2luZQ==",
    }

    answer = call(serve("mirror"), record).json()["response"]

    assert answer["rows"] == [
        record | {"a float": 2.5, "a boolean": True, "a datetime": "2024-05-01T10:00:00", "a long": 3}
    ]
    assert answer["types"]["a datetime"] == "datetime64[ns]"
    assert answer["types"]["a integer"] == "int32"
    assert answer["types"]["a float"] == "float32"


def test_models_without_plain_columns_go_mlflows_way(serve, quality):
    assert call(serve("unsigned"), {"inputs": WINE["data"]}).json()["response"] == pytest.approx([quality])
    assert call(serve("tensor"), {"inputs": WINE["data"]}).json()["response"] == pytest.approx([quality])
    assert call(serve("totals"), {"values": [1, 2, 3.5]}).json()["response"] == [6.5]


def test_a_model_with_type_hints_is_given_what_they_say(serve):
    client = serve("hinted")

    assert call(client, {"inputs": [{"x": 2.0}, {"x": 3.0}]}).json()["response"] == [4.0, 6.0]
    assert call(client, {"x": 2.0}).json()["response"] == [4.0]
    assert client.post("/invocations", json={"inputs": [{"x": "much"}]}).status_code == 400
    assert client.post("/invocations", json={"dataframe_records": [{"x": 1.0}]}).status_code == 400


def test_a_large_input_is_answered_row_by_row(serve, quality):
    body = {"dataframe_split": {"columns": WINE["columns"], "data": WINE["data"] * 5000}}

    assert serve("wine").post("/invocations", json=body).json()["predictions"] == pytest.approx([quality] * 5000)


@pytest.mark.parametrize("name", ["wine", "boosted", "powers"])
def test_callers_at_the_same_time_get_their_own_answers(serve, name):
    client = serve(name)

    def ask(number):
        row = [[number / 60 if column == "alcohol" else 0.5 for column in WINE["columns"]]]
        inputs = {"x": [number]} if name == "powers" else row
        return client.post("/invocations", json={"inputs": inputs}).json()["predictions"]

    alone = [ask(number) for number in range(60)]
    with ThreadPoolExecutor(16) as threads:
        together = list(threads.map(ask, range(60)))

    assert together == [pytest.approx(answer) for answer in alone]


def test_open_inference_takes_a_tensor_for_each_column(serve, quality):
    inputs = [{"name": name, "shape": [1], "datatype": "FP64", "data": [value]} for name, value in ROW.items()]

    answer = serve("wine").post("/v2/models/wine/infer", json={"id": "42", "inputs": inputs}).json()

    output = {"name": "predict", "shape": [1], "datatype": "FP64", "data": pytest.approx([quality])}
    assert answer == {"model_name": "wine", "id": "42", "outputs": [output]}


@pytest.mark.parametrize("name", ["wine", "tensor", "unsigned"])
@pytest.mark.parametrize("data", [WINE["data"] * 2, WINE["data"][0] * 2], ids=["nested", "flat"])
def test_open_inference_takes_one_matrix(serve, quality, name, data):
    inputs = [{"name": "input-0", "shape": [2, 11], "datatype": "FP64", "data": data}]

    answer = serve(name).post(f"/v2/models/{name}/infer", json={"inputs": inputs}).json()

    assert answer["outputs"][0]["data"] == pytest.approx([quality, quality])


def test_open_inference_tells_what_the_model_takes(serve):
    answer = serve("wine").get("/v2/models/wine").json()

    assert answer["platform"] == "mlflow_sklearn"
    assert answer["inputs"][0] == {"name": "alcohol", "datatype": "FP64", "shape": [-1]}
    assert len(answer["inputs"]) == 11


@pytest.mark.parametrize(
    "path", ["/ping", "/health", "/version", "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/wine/ready"]
)
def test_health_is_answered(serve, path):
    assert serve("wine").get(path).status_code == 200


def test_another_models_name_is_not_here(serve):
    assert serve("wine").get("/v2/models/other").json() == {"error": "There is no model 'other' here."}
