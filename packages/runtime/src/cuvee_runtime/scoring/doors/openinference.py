"""The Open Inference Protocol, version 2: metadata, readiness and /infer, as JSON."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuvee_runtime.scoring import answers, forms, http
from cuvee_runtime.scoring.errors import ContentTypeRefused, InputRefused, NotHere, ScoringError
from cuvee_runtime.scoring.values import Field, Form, Kind, Settings

#: The protocol's types for MLflow's and numpy's.
_TYPES = {
    "boolean": "BOOL",
    "bool": "BOOL",
    "integer": "INT32",
    "long": "INT64",
    "float": "FP32",
    "double": "FP64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
} | {f"{sign}int{bits}": f"{sign.upper()}INT{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_KNOWN = frozenset({*_TYPES.values(), "BYTES"})
_MATRIX = 2  # dimensions


class Tensor(msgspec.Struct):
    """One input of an inference request."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]
    parameters: dict[str, Any] = {}


class Inference(msgspec.Struct):
    """An inference request. `outputs` is read and ignored: a model gives all it has."""

    inputs: list[Tensor]
    id: str | None = None
    parameters: dict[str, Any] = {}
    outputs: list[dict[str, Any]] = []


async def infer(request: http.Request) -> http.Reply:
    http.content_type(request, http.JSON)
    if b"inference-header-content-length" in request.headers:
        raise ContentTypeRefused("Binary tensors are not read here; send them as JSON.")
    # The id is needed for the reply, and the body may be large: it is decoded where the plane says.
    asked: list[Inference] = []

    def read() -> Form:
        asked.append(_decode(request.body))
        return _form(asked[0], request.plane.servable.inputs)

    def write(answer: Any) -> bytes:
        reply: dict[str, Any] = {"model_name": request.settings.name}
        if asked[0].id is not None:
            reply["id"] = asked[0].id
        return msgspec.json.encode(reply | {"outputs": _outputs(answer, request.plane.servable.outputs)})

    return http.Reply(body=await request.plane.score(len(request.body), read, write))


async def server(_request: http.Request) -> http.Reply:
    return _json({"name": "cuvee", "version": "2", "extensions": []})


async def live(_request: http.Request) -> http.Reply:
    return _json({"live": True})


async def ready(_request: http.Request) -> http.Reply:
    return _json({"ready": True})


async def model(request: http.Request) -> http.Reply:
    servable = request.plane.servable
    return _json(
        {
            "name": request.settings.name,
            "versions": [],
            "platform": servable.platform,
            "inputs": [_declared(field) for field in servable.inputs],
            "outputs": [_declared(field) for field in servable.outputs],
        }
    )


async def model_ready(request: http.Request) -> http.Reply:
    return _json({"name": request.settings.name, "ready": True})


def render(error: ScoringError, _settings: Settings) -> dict[str, Any]:
    return {"error": error.message}


def _decode(body: bytes) -> Inference:
    try:
        return msgspec.convert(forms.read_object(body), Inference)
    except msgspec.ValidationError as error:
        raise InputRefused(f"The body is no inference request: {error}.") from None


def _form(asked: Inference, fields: Sequence[Field]) -> Form:
    """Tensors by name, or the one tensor as it is: rows by position, or a model's unnamed input."""
    if not asked.inputs:
        raise InputRefused("'inputs' must have at least one tensor.")
    values = {tensor.name: _nested(tensor) for tensor in asked.inputs}
    if len(values) != len(asked.inputs):
        raise InputRefused("Two tensors have the same name.")
    if len(values) == 1:
        only = asked.inputs[0]
        names = {field.name for field in fields}
        if only.name not in names and (len(only.shape) >= _MATRIX or "" in names or not names):
            return Form(kind=Kind.INPUTS, value=values[only.name], params=asked.parameters or None, body=values)
    columns = {name: _column(value) for name, value in values.items()} if _are_columns(fields) else values
    return Form(kind=Kind.INPUTS, value=columns, params=asked.parameters or None, body=columns)


def _nested(tensor: Tensor) -> list[Any]:
    """The data in the tensor's shape, whether it came flat or nested."""
    if tensor.datatype not in _KNOWN:
        raise InputRefused(f"Tensor {tensor.name!r}: there is no datatype {tensor.datatype!r}.")
    if not tensor.shape or any(size < 0 for size in tensor.shape):
        raise InputRefused(f"Tensor {tensor.name!r}: {tensor.shape} is no shape.")
    flat = _flat(tensor.data)
    if len(flat) != math.prod(tensor.shape):
        raise InputRefused(f"Tensor {tensor.name!r} has {len(flat)} values, which is not the shape {tensor.shape}.")
    if 0 in tensor.shape:
        raise InputRefused("The input has no rows.")
    for size in reversed(tensor.shape[1:]):
        flat = [flat[start : start + size] for start in range(0, len(flat), size)]
    return flat


def _flat(data: list[Any]) -> list[Any]:
    while any(isinstance(item, list) for item in data):
        data = [value for item in data for value in (item if isinstance(item, list) else [item])]
    return data


def _are_columns(fields: Sequence[Field]) -> bool:
    return bool(fields) and all(field.shape == (-1,) for field in fields)


def _column(value: list[Any]) -> list[Any]:
    """A column of shape [n, 1] is one of shape [n]."""
    if value and all(isinstance(item, list) and len(item) == 1 for item in value):
        return [item[0] for item in value]
    return value


def _declared(field: Field) -> dict[str, Any]:
    return {"name": field.name, "datatype": _TYPES.get(field.type, "BYTES"), "shape": list(field.shape)}


def _outputs(answer: Any, fields: Sequence[Field]) -> list[dict[str, Any]]:
    """A tensor for each column of a frame and each entry of a dict, and one for everything else."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(answer, pandas.DataFrame):
        return [_tensor(str(name), answer[name]) for name in answer.columns]
    if isinstance(answer, Mapping):
        return [_tensor(str(name), value) for name, value in answer.items()]
    name = fields[0].name if len(fields) == 1 and fields[0].name else "predict"
    return [_tensor(name, answer)]


def _tensor(name: str, value: Any) -> dict[str, Any]:
    data = answers.plain(value)
    data = data if isinstance(data, list) else [data]
    shape, flat = [len(data)], data
    while flat and all(isinstance(item, list) and len(item) == len(flat[0]) for item in flat):
        shape.append(len(flat[0]))
        flat = [value for item in flat for value in item]
    flat = [item if _is_scalar(item) else answers.encode(item).decode() for item in flat]
    return {"name": name, "shape": shape, "datatype": _datatype(value, flat), "data": flat}


def _is_scalar(item: Any) -> bool:
    return item is None or isinstance(item, str | int | float)


def _datatype(value: Any, flat: Sequence[Any]) -> str:
    declared = _TYPES.get(str(getattr(value, "dtype", "")))
    if declared is not None:
        return declared
    kinds = {type(item) for item in flat if item is not None}
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int}:
        return "INT64"
    return "FP64" if kinds and kinds <= {int, float} else "BYTES"


def _json(value: Any) -> http.Reply:
    return http.Reply(body=msgspec.json.encode(value))


def _of_this_model(handler: http.Handler) -> http.Handler:
    """Answer for the name that this replica serves, and for no other."""

    async def named(request: http.Request) -> http.Reply:
        if request.name != request.settings.name:
            raise NotHere(f"There is no model {request.name!r} here.")
        return await handler(request)

    return named


ROUTES = [
    http.Route(method="GET", path="/v2", handler=server, render=render),
    http.Route(method="GET", path="/v2/health/live", handler=live, render=render),
    http.Route(method="GET", path="/v2/health/ready", handler=ready, render=render),
    http.Route(method="GET", path="/v2/models/{name}", handler=_of_this_model(model), render=render),
    http.Route(method="GET", path="/v2/models/{name}/ready", handler=_of_this_model(model_ready), render=render),
    http.Route(method="POST", path="/v2/models/{name}/infer", handler=_of_this_model(infer), render=render),
]
