"""CML's model call: POST /model."""

from typing import Any

import msgspec

from cuvee_runtime.scoring import answers, forms, http
from cuvee_runtime.scoring.errors import InputRefused, ScoringError
from cuvee_runtime.scoring.values import Form, Settings


async def call(request: http.Request) -> http.Reply:
    """{"request": {...}} in, {"success": true, "response": ...} out. `accessKey` was the gateway's to check."""
    http.content_type(request, http.JSON)

    def read() -> Form:
        body = forms.read_object(request.body)
        if not isinstance(body.get("request"), dict):
            found = forms.word(body["request"]) if "request" in body else "nothing"
            raise InputRefused(f'The body must have a JSON object as "request", not {found}.')
        return forms.from_request(body["request"], request.plane.required)

    def write(answer: Any) -> bytes:
        response = answers.encode(answer)
        return msgspec.json.encode(
            {
                "success": True,
                "response": msgspec.Raw(response),
                "ReplicaID": request.settings.replica,
                "Size": len(response),
                "StatusCode": 200,
            }
        )

    return http.Reply(body=await request.plane.score(len(request.body), read, write))


def render(error: ScoringError, settings: Settings) -> dict[str, Any]:
    return {
        "success": False,
        "error": error.message,
        "ReplicaID": settings.replica,
        "Size": 0,
        "StatusCode": error.status,
    }


ROUTES = [http.Route(method="POST", path="/model", handler=call, render=render)]
