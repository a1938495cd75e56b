"""Every entrance refuses nonsense, in its own shape, and says what is wrong."""

import pytest

from conftest import WINE

ROW = dict(zip(WINE["columns"], WINE["data"][0], strict=True))
MIRROR = {
    "a double": 1,
    "a float": 1,
    "a long": 1,
    "a integer": 1,
    "a boolean": True,
    "a string": "s",
    "a datetime": "2024-05-01",
    "a binary": "",
}


def without(name):
    return {key: value for key, value in ROW.items() if key != name}


def refusal(client, request):
    """The message of a refused model call."""
    reply = client.post("/model", json={"request": request})
    answer = reply.json()
    assert reply.status_code == 400, answer
    assert (answer["success"], answer["StatusCode"]) == (False, 400)
    return answer["error"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (without("pH"), "'pH'"),
        ({"dataframe_records": [without("pH")]}, "'pH'"),
        ({**ROW, "pH": "sour"}, "Column 'pH', row 0: 'sour' cannot be converted to double"),
        ({**ROW, "pH": [1, 2]}, "all lists or all single values"),
        ({**ROW, "pH": {"value": 3}}, "Column 'pH', row 0: it is of type double, not an object"),
        ({"columns": WINE["columns"], "data": []}, "no rows"),
        ({"dataframe_records": []}, "no rows"),
        ({"inputs": []}, "no rows"),
        ({"columns": WINE["columns"], "data": [[1.0]]}, "Row 0 has 1 values for 11 columns"),
        ({"columns": WINE["columns"], "data": [WINE["data"][0], [1.0]]}, "Row 1 has 1 values"),
        ({"columns": WINE["columns"], "data": 5}, "'data' must be a list of rows, not a number"),
        ({"columns": [*WINE["columns"][1:], "pH"], "data": WINE["data"]}, "given twice: 'pH'"),
        ({"columns": [1], "data": [[1]]}, "'columns' must be a list of names"),
        ({"inputs": 7}, "must be a list or an object"),
        ({"inputs": {name: [1] * (1 + (name == "pH")) for name in ROW}}, "same number of values"),
        ({"instances": [1], "inputs": [1]}, "exactly one"),
        ({}, "lacks columns"),
    ],
)
def test_a_wrong_input_is_told_what_is_wrong(serve, request_, words):
    assert words in refusal(serve("wine"), request_)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("a long", 2.5, "fraction"),
        ("a long", None, "cannot be null"),
        ("a integer", 2**31, "out of range"),
        ("a float", 1e300, "out of range"),
        ("a boolean", "perhaps", "cannot be converted to boolean"),
        ("a string", 5, "cannot be converted to string"),
        ("a datetime", "last week", "cannot be converted to datetime"),
        ("a binary", "%%%", "not base64"),
    ],
)
def test_a_value_that_a_type_cannot_hold_is_refused(serve, column, value, words):
    message = refusal(serve("mirror"), MIRROR | {column: value})

    assert column in message
    assert words in message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "not valid JSON"),
        ("[]", "must be a JSON object, not a list"),
        ("{}", "exactly one of the input fields"),
        ('{"dataframe_split": {"columns": []}}', "must have 'data'"),
        ('{"dataframe_records": {}}', "must be a list of records"),
        ("[" * 100_000, "nested too deeply"),
        ('{"inputs": ' + "[" * 900 + "]" * 900 + "}", "Row 0"),
    ],
)
def test_invocations_refuses_in_mlflows_shape(serve, body, words):
    reply = serve("wine").post("/invocations", content=body, headers={"content-type": "application/json"})

    assert reply.status_code == 400
    assert reply.json().keys() == {"error_code", "message"}
    assert words in reply.json()["message"]


@pytest.mark.parametrize("text", ["", "a,b\n1", 'x\n"', "\0", ",".join(WINE["columns"]) + "\n1,2"])
def test_a_wrong_csv_is_refused(serve, text):
    reply = serve("wine").post("/invocations", content=text, headers={"content-type": "text/csv"})

    assert (reply.status_code, reply.json()["error_code"][:3]) in {(400, "BAD"), (400, "INV")}


@pytest.mark.parametrize(
    "inputs",
    [
        [],
        [{"name": "pH", "shape": [1], "datatype": "FP64", "data": [1]}],
        [{"name": "x", "shape": [1, 11], "datatype": "FP65", "data": [1] * 11}],
        [{"name": "x", "shape": [2, 11], "datatype": "FP64", "data": [1] * 11}],
        [{"name": "x", "shape": [-1, 11], "datatype": "FP64", "data": [1] * 11}],
        [{"name": "x", "shape": [0, 11], "datatype": "FP64", "data": []}],
        [{"name": "x", "datatype": "FP64", "data": []}],
        "x",
    ],
)
def test_open_inference_refuses_in_its_own_shape(serve, inputs):
    reply = serve("wine").post("/v2/models/wine/infer", json={"inputs": inputs})

    assert reply.status_code == 400
    assert reply.json().keys() == {"error"}


@pytest.mark.parametrize(
    "content_type",
    ["application/x-pickle", "application/octet-stream", "text/plain", "application/json; charset=latin-1"],
)
@pytest.mark.parametrize("path", ["/model", "/invocations", "/v2/models/wine/infer"])
def test_no_other_content_type_is_read(serve, path, content_type):
    assert serve("wine").post(path, content=b"{}", headers={"content-type": content_type}).status_code == 415


@pytest.mark.parametrize("path", ["/model", "/invocations", "/v2/models/wine/infer"])
def test_a_body_above_the_limit_is_refused_whether_it_says_its_length_or_not(serve, path):
    client = serve("wine", max_body=1000)

    said = client.post(path, content=b"x" * 1001)
    unsaid = client.post(path, content=iter([b"x" * 600, b"x" * 600]))

    assert [said.status_code, unsaid.status_code] == [413, 413]


def test_unknown_addresses_and_methods_are_refused(serve):
    client = serve("wine")

    assert client.get("/nowhere").status_code == 404
    assert client.get("/model").status_code == 405
    assert client.get("/model").headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/ping", "/v2", "/nowhere"])
def test_every_address_asks_for_the_replicas_token(serve, path):
    client = serve("wine", token="secret")

    assert client.get(path).status_code == 401
    assert client.get(path, headers={"X-Cuvee-Replica-Token": "secre"}).status_code == 401
    assert client.get(path, headers={"X-Cuvee-Replica-Token": "secret"}).status_code in (200, 404)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/model", {"request": {"x": -1}}),
        ("/invocations", {"inputs": {"x": [-1]}}),
        ("/v2/models/failing/infer", {"inputs": [{"name": "x", "shape": [1], "datatype": "FP64", "data": [-1]}]}),
    ],
)
def test_a_model_that_raises_is_told_to_the_log_and_not_to_the_caller(serve, caplog, path, body):
    reply = serve("failing").post(path, json=body)

    assert reply.status_code == 500
    assert "The model failed" in reply.text
    assert "secret" not in reply.text
    assert "a secret of the model" in caplog.text
    assert caplog.records[-1].message.split()[-1].rstrip(".") in reply.text
