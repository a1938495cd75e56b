"""The scoring server as an ASGI application: token, address, body, handler, reply."""

import hmac
import logging
import uuid
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import msgspec

from cuvee_runtime.scoring import http
from cuvee_runtime.scoring.errors import BodyTooLarge, InputRefused, MethodRefused, NotHere, ScoringError, TokenRefused
from cuvee_runtime.scoring.line import Line
from cuvee_runtime.scoring.plane import Plane
from cuvee_runtime.scoring.values import Settings

TOKEN_HEADER = b"x-cuvee-replica-token"

_MODELS = "/v2/models/"
_LONGEST_LENGTH = 15  # digits of a Content-Length that can be meant

_logger = logging.getLogger("cuvee_runtime.scoring")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class App:
    """The doors of one model."""

    def __init__(self, plane: Plane, line: Line, settings: Settings, routes: Sequence[http.Route]) -> None:
        self._plane = plane
        self._line = line
        self._settings = settings
        self._routes = {(route.method, route.path): route for route in routes}
        self._paths = {route.path: route for route in routes}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start the line when the server starts, and end it after the last reply."""
        await receive()
        self._line.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._line.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        # A known address answers in its own door's shape, whatever is wrong with the request.
        path, name = _pattern(scope["path"])
        route = self._paths.get(path)
        extra: list[tuple[bytes, bytes]] = []
        try:
            headers = dict(scope["headers"])
            self._check_token(headers)
            handler = self._find(scope["method"], path, extra)
            body = await self._read(headers, receive)
            request = http.Request(headers=headers, body=body, plane=self._plane, settings=self._settings, name=name)
            reply = await handler(request)
        except ScoringError as error:
            reply = self._render(error, route)
        except Exception:  # a fault of this server's own: told to the log, never to the caller
            failure = ScoringError(f"The scoring server failed. The replica's log has the reason: {uuid.uuid4().hex}.")
            _logger.exception(failure.message)
            reply = self._render(failure, route)
        await _send(send, reply, extra)

    def _check_token(self, headers: MutableMapping[bytes, bytes]) -> None:
        token = self._settings.token
        if token is not None and not hmac.compare_digest(headers.get(TOKEN_HEADER, b""), token.encode()):
            raise TokenRefused

    def _find(self, method: str, path: str, extra: list[tuple[bytes, bytes]]) -> http.Handler:
        route = self._routes.get((method, path))
        if route is not None:
            return route.handler
        if path not in self._paths:
            raise NotHere
        allowed = [allowed for allowed, known in self._routes if known == path]
        extra.append((b"allow", ", ".join(allowed).encode()))
        raise MethodRefused

    async def _read(self, headers: MutableMapping[bytes, bytes], receive: Receive) -> bytes:
        limit = self._settings.max_body
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and (len(declared) > _LONGEST_LENGTH or int(declared) > limit):
            raise BodyTooLarge(f"The request is larger than the {limit} bytes that this replica accepts.")
        chunks, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise InputRefused("The caller has gone.")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge(f"The request is larger than the {limit} bytes that this replica accepts.")
            chunks.append(chunk)
            more = message.get("more_body", False)
        return b"".join(chunks)

    def _render(self, error: ScoringError, route: http.Route | None) -> http.Reply:
        content = route.render(error, self._settings) if route else {"error": error.message}
        return http.Reply(body=msgspec.json.encode(content), status=error.status)


def _pattern(path: str) -> tuple[str, str]:
    """The address with {name} for the model's name, and that name. A name may hold slashes."""
    if not path.startswith(_MODELS):
        return path, ""
    name = path.removeprefix(_MODELS)
    for action in ("/infer", "/ready"):
        if name.endswith(action):
            return _MODELS + "{name}" + action, name.removesuffix(action)
    return _MODELS + "{name}", name


async def _send(send: Send, reply: http.Reply, extra: Sequence[tuple[bytes, bytes]]) -> None:
    headers = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        *extra,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
