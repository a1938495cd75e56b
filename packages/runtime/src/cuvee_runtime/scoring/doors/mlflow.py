"""MLflow's scoring protocol: POST /invocations, and the addresses its clients look at."""

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cuvee_runtime.scoring import answers, forms, http
from cuvee_runtime.scoring.errors import InputRefused, ScoringError
from cuvee_runtime.scoring.values import Form, Kind, Settings


async def invocations(request: http.Request) -> http.Reply:
    """Any of MLflow's input forms in, {"predictions": ...} out."""
    media = http.content_type(request, http.JSON, http.CSV)

    def read() -> Form:
        if media == http.JSON:
            return forms.from_mlflow(forms.read_object(request.body))
        try:
            return Form(kind=Kind.CSV, value=request.body.decode())
        except UnicodeDecodeError as error:
            raise InputRefused(f"The body is not valid UTF-8: {error}.") from None

    return http.Reply(body=await request.plane.score(len(request.body), read, write))


def write(answer: Any) -> bytes:
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(answer, pandas.Series):
        answer = answer.to_frame()  # MLflow answers a series as records
    return b'{"predictions": ' + answers.encode(answer) + b"}"


async def ping(_request: http.Request) -> http.Reply:
    """The model is loaded, or nothing would answer."""
    return http.Reply(body=b"\n")


async def mlflow_version(_request: http.Request) -> http.Reply:
    for package in ("mlflow", "mlflow-skinny"):
        try:
            return http.Reply(body=version(package).encode(), content_type="text/plain; charset=utf-8")
        except PackageNotFoundError:
            continue
    return http.Reply(body=b"", content_type="text/plain; charset=utf-8")


def render(error: ScoringError, _settings: Settings) -> dict[str, Any]:
    return {"error_code": error.code, "message": error.message}


ROUTES = [
    http.Route(method="POST", path="/invocations", handler=invocations, render=render),
    http.Route(method="GET", path="/ping", handler=ping, render=render),
    http.Route(method="GET", path="/health", handler=ping, render=render),
    http.Route(method="GET", path="/version", handler=mlflow_version, render=render),
]
