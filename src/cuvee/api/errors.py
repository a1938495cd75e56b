"""Every failure, rendered in the shape of the door it came through. One place, one test."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from cuvee.core import errors
from cuvee.core.ids import new_id

log: Final = logging.getLogger(__name__)

#: An error as a door's clients expect it: status, and a body that becomes JSON.
Render = Callable[[errors.CuveeError], tuple[int, dict[str, Any]]]
#: An error as a person sees it, for requests of a browser outside of those doors.
Page = Callable[[Request[Any, Any, Any], errors.CuveeError], Response[Any]]
#: Paths that begin like this are answered in that shape; the first that fits counts.
Shapes = Sequence[tuple[str, Render]]


class Internal(errors.CuveeError):
    """Something went wrong inside the platform."""


class NoSuchPath(errors.NotFound):
    """There is nothing at this address."""

    code = "ENDPOINT_NOT_FOUND"


class MethodNotAllowed(errors.CuveeError):
    """This address does not take that method."""

    status, code = 405, "BAD_REQUEST"


def plain(error: errors.CuveeError) -> tuple[int, dict[str, Any]]:
    """The shape of doors that have none of their own."""
    return error.status, {"error": error.message, "code": error.code}


#: HTTP status → gRPC code, as API v2's `RuntimeError` carries it.
_GRPC: Final = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 409: 6, 413: 3, 415: 3, 429: 8, 503: 14, 507: 8}


def api_v2(error: errors.CuveeError) -> tuple[int, dict[str, Any]]:
    """API v2's `RuntimeError`."""
    return error.status, {
        "error": error.message,
        "code": _GRPC.get(error.status, 13),
        "message": error.message,
        "details": [],
    }


def handlers(
    shapes: Shapes, page: Page | None = None
) -> dict[Any, Callable[[Request[Any, Any, Any], Any], Response[Any]]]:
    """What Litestar calls for each kind of exception."""

    def respond(request: Request[Any, Any, Any], error: errors.CuveeError) -> Response[Any]:
        render = next((render for prefix, render in shapes if request.url.path.startswith(prefix)), None)
        if render is None and page is not None and _is_for_a_person(request):
            return page(request, error)
        render = render or plain
        status, body = render(error)
        headers = {"retry-after": str(error.retry_after)} if isinstance(error, errors.Busy) else {}
        if isinstance(error, errors.Unauthenticated):
            headers["www-authenticate"] = "Bearer"
        return Response(msgspec.json.encode(body), status_code=status, media_type="application/json", headers=headers)

    def known(request: Request[Any, Any, Any], error: errors.CuveeError) -> Response[Any]:
        if error.status >= 500:  # noqa: PLR2004 - the class of server errors
            log.error("%s %s: %s", request.method, request.url.path, error.message)
        return respond(request, error)

    def framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        return respond(request, from_framework(error))

    def unknown(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        incident = new_id()
        log.error("%s %s failed (incident %s)", request.method, request.url.path, incident, exc_info=error)
        return respond(
            request, Internal(f"Something went wrong inside the platform. Its log names incident {incident}.")
        )

    return {errors.CuveeError: known, HTTPException: framework, RecursionError: _too_deep(respond), Exception: unknown}


def _is_for_a_person(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser navigates, or a script in a page of ours asks for a part of it."""
    return "text/html" in request.headers.get("accept", "") or request.headers.get("hx-request") == "true"


def _too_deep(respond: Callable[..., Response[Any]]) -> Callable[..., Response[Any]]:
    def handler(request: Request[Any, Any, Any], _error: RecursionError) -> Response[Any]:
        return respond(request, errors.BadRequest("The JSON is nested too deeply."))

    return handler


def from_framework(error: HTTPException) -> errors.CuveeError:
    """Litestar's own refusals as ours."""
    match error.status_code:
        case 404:
            return NoSuchPath()
        case 405:
            return MethodNotAllowed()
        case 413:
            return errors.TooLarge()
        case 415:
            return errors.WrongMediaType()
        case 400 | 422:
            return errors.Invalid(_explained(error))
        case _:
            return Internal(error.detail)


def _explained(error: HTTPException) -> str:
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return error.detail or "The request cannot be read."
    parts = [f"{entry.get('key', 'body')}: {entry.get('message', '')}" for entry in error.extra]
    return "; ".join(parts) or error.detail
