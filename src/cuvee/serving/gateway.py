"""The doors of endpoints: find the replica, check who calls, pass the call on over one kept connection.

These are plain ASGI applications, mounted in the API: a call costs the replica's time and a few hundred microseconds.
Their scope is `public`, because whether a key is needed is the endpoint's own setting; the check is `_admit`, and
nothing is passed on before it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qs, quote

import msgspec
from litestar import asgi
from litestar.enums import ScopeType
from litestar.types import ControllerRouterHandler, HTTPScope, Receive, Scope, Send

from cuvee.api.builder import PUBLIC
from cuvee.api.builder import scope as named_scope
from cuvee.api.direct import direct
from cuvee.core import errors as core_errors
from cuvee.identity import authentication
from cuvee.identity.values import Principal
from cuvee.serving import errors, wire
from cuvee.serving.limits import Limits
from cuvee.serving.routing import Backend, Routing, Target

#: What a call needs of the caller, in the endpoint's project.
SCOPE: Final = "endpoints:call"
_JSON: Final = b"application/json"
_FAILED: Final = 502
_TOO_LATE: Final = 504
_NAMES: Final = 2  # path segments that name an endpoint
_LONGEST_LENGTH: Final = 15  # digits of a Content-Length that can be meant

#: Finds out whom a secret stands for.
Principals = Callable[[str], Awaitable[Principal]]
Headers = dict[bytes, bytes]
#: How a door says that something is wrong.
Render = Callable[[core_errors.CuveeError], dict[str, Any]]


class ModelCall(msgspec.Struct):
    """CML's body. The request itself is left as it is: the replica reads it."""

    accessKey: str = ""  # noqa: N815 - CML's name
    request: msgspec.Raw = msgspec.Raw()


class _NoSuchEndpoint(core_errors.NotFound):
    """There is no such endpoint, or you may not call it."""

    code = "ENDPOINT_NOT_FOUND"


class _Method(core_errors.CuveeError):
    """This address does not take that method."""

    status, code = 405, "BAD_REQUEST"


class _Forbidden(core_errors.Denied, errors.NotAuthorized):
    __doc__ = errors.NotAuthorized.__doc__


class Gateway:
    """Both kinds of address: CML's one for all endpoints, and one for each endpoint."""

    def __init__(self, routing: Routing, principals: Principals, *, is_open: bool, limits: Limits) -> None:
        self._routing = routing
        self._principals = principals
        #: Without authentication, on a loopback address, every call is the owner's.
        self._is_open = is_open
        self._limits = limits
        self._call_decoder = msgspec.json.Decoder(ModelCall)

    def routes(self) -> list[ControllerRouterHandler]:
        """The two applications, mounted."""
        opt = {**named_scope(PUBLIC), **direct()}
        return [
            asgi("/model", opt=opt, copy_scope=False)(_over_http(self.model)),
            asgi("/endpoints", opt=opt, is_mount=True, copy_scope=False)(_over_http(self.endpoint)),
        ]

    async def model(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """`POST /model`: the access key is in the query or in the body."""
        try:
            if scope["method"] != "POST":
                raise _Method
            headers = dict(scope["headers"])
            body = await self._read(headers, receive)
            target = self._routing.with_key(self._access_key(scope["query_string"], body))
            if target is None:
                raise errors.NoSuchAccessKey
            await self._admit(target, headers)
            backend, reply = await self._pass(target, b"POST", b"/model", _content_type(headers), body)
        except core_errors.CuveeError as error:
            await _refuse(send, error, _cml)
        else:
            await _answer(send, backend, reply)

    async def endpoint(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """`/endpoints/PROJECT/ENDPOINT/…`: what the replica's own doors answer."""
        project, name, path = _split(scope["path"])
        render = _mlflow if path == "/invocations" else _inference
        try:
            headers = dict(scope["headers"])
            target = self._routing.at(project, name)
            if target is None or target.auth_enabled:
                await self._admit_to(target, headers)
            if target is None or not _is_door(path):
                raise _NoSuchEndpoint
            if scope["method"] != ("POST" if path.endswith(("/infer", "/invocations")) else "GET"):
                raise _Method
            body = await self._read(headers, receive)
            method = scope["method"].encode()
            backend, reply = await self._pass(target, method, quote(path).encode(), _content_type(headers), body)
        except core_errors.CuveeError as error:
            await _refuse(send, error, render)
        else:
            await _answer(send, backend, reply)

    def _access_key(self, query: bytes, body: bytes) -> str:
        if b"accessKey=" in query:
            return parse_qs(query.decode("latin-1"), max_num_fields=20).get("accessKey", [""])[0]
        try:
            return self._call_decoder.decode(body).accessKey
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise errors.BadCall from None

    async def _admit(self, target: Target, headers: Headers) -> None:
        """Go on only when the caller may call this endpoint, whose access key they know."""
        if not target.auth_enabled:
            return
        caller = await self._caller(headers)
        if caller is not None and not caller.allows(SCOPE, target.project_id):
            raise _Forbidden

    async def _admit_to(self, target: Target | None, headers: Headers) -> None:
        """Go on only when the caller may call this endpoint; whether it exists is not told to others."""
        caller = await self._caller(headers)
        if target is None or (caller is not None and not caller.allows(SCOPE, target.project_id)):
            raise _NoSuchEndpoint

    async def _caller(self, headers: Headers) -> Principal | None:
        """Who calls; None for the owner of a platform without authentication."""
        header = headers.get(b"authorization", b"").decode("latin-1")
        if not header and self._is_open:
            return None
        try:
            return await self._principals(authentication.secret_in(header))
        except core_errors.Unauthenticated:
            raise errors.NotAuthorized from None

    async def _read(self, headers: Headers, receive: Receive) -> bytes:
        limit = self._limits.max_body
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and (len(declared) > _LONGEST_LENGTH or int(declared) > limit):
            raise core_errors.TooLarge(f"The request is larger than the {limit} bytes that an endpoint takes.")
        chunks, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise core_errors.BadRequest("The caller has gone.")
            chunks.append(message["body"])
            size += len(message["body"])
            if size > limit:
                raise core_errors.TooLarge(f"The request is larger than the {limit} bytes that an endpoint takes.")
            more = message["more_body"]
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _pass(
        self, target: Target, method: bytes, path: bytes, content_type: bytes, body: bytes
    ) -> tuple[Backend, wire.Reply]:
        """Ask the replica with the least to do; another one only when nothing was sent."""
        tried: set[str] = set()
        while True:
            backend = _least_busy(target, tried)
            tried.add(backend.replica_id)
            begun = time.perf_counter()
            status = _FAILED
            backend.outstanding += 1
            try:
                async with asyncio.timeout(self._limits.deadline):
                    reply = await backend.line.ask(method, path, content_type=content_type, body=body)
                status = reply.status
            except wire.NothingSent:
                status = 0
                continue
            except wire.Broken:
                raise errors.ReplicaLost from None
            except TimeoutError:
                status = _TOO_LATE
                raise errors.TookTooLong(
                    f"The model took longer than the {self._limits.deadline:g} seconds that a call may take."
                ) from None
            finally:
                backend.outstanding -= 1
                if status:
                    backend.counters.count(status, time.perf_counter() - begun)
            return backend, reply


def _over_http(
    app: Callable[[HTTPScope, Receive, Send], Awaitable[None]],
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Without WebSockets: no replica speaks them."""

    async def http_only(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})

    return http_only


def _least_busy(target: Target, tried: set[str]) -> Backend:
    """The ready replica with the fewest calls under way; of several, each in turn."""
    best: Backend | None = None
    backends = target.backends
    target.turn += 1
    for place in range(len(backends)):
        backend = backends[(target.turn + place) % len(backends)]
        if (best is None or backend.outstanding < best.outstanding) and backend.replica_id not in tried:
            best = backend
    if best is None:
        raise errors.NoReplica(f"No replica of this model is ready. {target.why}")
    return best


def _split(path: str) -> tuple[str, str, str]:
    """Project, endpoint, and the path at the replica, of a path below the mount."""
    project, name, rest, *_ = [*path.strip("/").split("/", _NAMES), "", ""]
    return project, name, f"/{rest}"


def _is_door(path: str) -> bool:
    return path in {"/invocations", "/ping", "/health", "/version"} or path == "/v2" or path.startswith("/v2/")


def _content_type(headers: Headers) -> bytes:
    return headers.get(b"content-type", _JSON)


def _cml(error: core_errors.CuveeError) -> dict[str, Any]:
    return {"success": False, "error": error.message, "ReplicaID": "", "Size": 0, "StatusCode": error.status}


def _mlflow(error: core_errors.CuveeError) -> dict[str, Any]:
    return {"error_code": error.code, "message": error.message}


def _inference(error: core_errors.CuveeError) -> dict[str, Any]:
    return {"error": error.message}


async def _answer(send: Send, backend: Backend, reply: wire.Reply) -> None:
    headers = [
        (b"content-type", reply.content_type),
        (b"content-length", b"%d" % len(reply.body)),
        (b"x-cuvee-replica", backend.name.encode()),
    ]
    if reply.retry_after:
        headers.append((b"retry-after", reply.retry_after))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})


async def _refuse(send: Send, error: core_errors.CuveeError, render: Render) -> None:
    body = msgspec.json.encode(render(error))
    headers = [(b"content-type", _JSON), (b"content-length", b"%d" % len(body))]
    if isinstance(error, core_errors.Unavailable):
        headers.append((b"retry-after", b"1"))
    if isinstance(error, core_errors.Unauthenticated):
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
