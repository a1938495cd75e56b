"""The proxy: requests and WebSocket connections, passed on as they come, in both directions.

The library for it takes a tenth of a second to import, so it is imported by the first request that is passed on.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

from cuvee.core import errors as core_errors
from cuvee.proxy import errors, headers
from cuvee.proxy.channel import Channel
from cuvee.proxy.values import Answer, Target

if TYPE_CHECKING:
    import aiohttp
    from multidict import CIMultiDict
    from yarl import URL

_HOST: Final = "127.0.0.1"
_CONNECT: Final = 5.0  # seconds
_KEEP: Final = 60.0  # seconds a connection is kept: less than targets keep theirs
_WHOLE: Final = 64 * 1024  # replies up to this many bytes are passed on in one piece
_LARGEST_MESSAGE: Final = 64 * 1024 * 1024
_AUTOMATIC: Final = ("user-agent", "accept", "accept-encoding", "content-type")


class Proxy:
    """Passes requests on to ports of this machine, over connections that are kept. Opened in the event loop."""

    def __init__(self) -> None:
        self._is_open = False
        self._made: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Be ready; called once at the start."""
        self._is_open = True

    async def close(self) -> None:
        """Close every connection, and make no more."""
        self._is_open = False
        if self._made is not None:
            await self._made.close()

    async def ask(
        self, port: int, method: str, path: str, *, head: Mapping[str, str], body: bytes = b"", patience: float = 30
    ) -> Answer:
        """Send one small request and read the reply whole.

        Raises:
            UpstreamDown: when nobody listens.
            UpstreamBroke: when the connection ended without a reply.
            UpstreamSlow: when the reply took longer than `patience` seconds.

        """
        async with (
            _told(),
            self._session.request(
                method, _url("http", port, path), headers=head, data=body or None, allow_redirects=False,
                timeout=_timeout(patience),
            ) as reply,
        ):  # fmt: skip
            return Answer(
                status=reply.status, content_type=reply.content_type, body=await reply.read(), headers=reply.headers
            )

    async def channel(self, port: int, path: str, *, query: str, head: Mapping[str, str]) -> Channel:
        """A WebSocket connection of the platform's own.

        Raises:
            UpstreamDown: when it cannot be had.

        """
        import aiohttp  # noqa: PLC0415 - see above

        try:
            url = _url("ws", port, path, query)
            return Channel(await self._session.ws_connect(url, headers=head, max_msg_size=_LARGEST_MESSAGE))
        except (aiohttp.ClientError, TimeoutError):
            raise errors.UpstreamDown from None

    async def forward(self, scope: Scope, receive: Receive, send: Send, target: Target, path: str = "") -> None:
        """Pass an ASGI connection on. `path` is the target's, as it was sent (percent-encoded); else the request's own.

        Raises:
            UpstreamDown: when nobody listens; likewise the other errors, as long as no reply has begun.
            TooLarge: when the body is larger than the target takes.

        """
        if scope["type"] == ScopeType.WEBSOCKET:
            await self._websocket(scope, receive, send, target, path)
        else:
            await self._http(scope, receive, send, target, path)

    @property
    def _session(self) -> "aiohttp.ClientSession":
        if not self._is_open:
            raise errors.UpstreamDown
        if self._made is None:
            self._made = _session()
        return self._made

    async def _http(self, scope: Scope, receive: Receive, send: Send, target: Target, path: str) -> None:
        method = cast("Mapping[str, str]", scope)["method"]
        async with (
            _told(),
            self._session.request(
                method,
                _url("http", target.port, path or _raw_path(scope), _query(scope)),
                headers=_request_headers(scope, target),
                data=await _body(scope, receive, target.max_body),
                allow_redirects=False,
                timeout=_timeout(target.patience),
            ) as reply,
        ):
            await _pass_on(reply, _reply_headers(reply, target), receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send, target: Target, path: str) -> None:
        import aiohttp  # noqa: PLC0415 - see above

        await receive()  # the request to connect
        try:
            upstream = await self._session.ws_connect(
                _url("ws", target.port, path or _raw_path(scope), _query(scope)),
                headers=_request_headers(scope, target),
                protocols=cast("list[str]", scope.get("subprotocols", [])),
                max_msg_size=_LARGEST_MESSAGE,
                timeout=aiohttp.ClientWSTimeout(ws_close=_CONNECT),
            )
        except (aiohttp.ClientError, TimeoutError):
            await send({"type": "websocket.close", "code": 1014, "reason": "What should answer here does not."})
            return
        async with upstream:
            await send({"type": "websocket.accept", "subprotocol": upstream.protocol, "headers": []})
            await _first(_downwards(upstream, send), _upwards(upstream, receive))


async def _first(*works: Any) -> None:
    """Run until one of them ends, then end the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _downwards(upstream: "aiohttp.ClientWebSocketResponse", send: Send) -> None:
    async for message in upstream:
        if isinstance(message.data, str):
            await send({"type": "websocket.send", "text": message.data, "bytes": None})
        elif isinstance(message.data, bytes):
            await send({"type": "websocket.send", "bytes": message.data, "text": None})
    with suppress(RuntimeError):  # the caller closed first
        await send({"type": "websocket.close", "code": _sendable(upstream.close_code), "reason": ""})


async def _upwards(upstream: "aiohttp.ClientWebSocketResponse", receive: Receive) -> None:
    while True:
        message = cast("dict[str, Any]", await receive())
        if message["type"] == "websocket.disconnect":
            await upstream.close(code=_sendable(message.get("code")))
            return
        if (text := message.get("text")) is not None:
            await upstream.send_str(text)
        else:
            await upstream.send_bytes(message["bytes"])


def _sendable(code: int | None) -> int:
    """Some codes are for reading only (RFC 6455, 7.4.1)."""
    return code if code is not None and code not in {1005, 1006, 1015} else 1000


async def _pass_on(reply: "aiohttp.ClientResponse", head: list[headers.Raw], receive: Receive, send: Send) -> None:
    start = {"type": "http.response.start", "status": reply.status, "headers": head}
    length = reply.content_length
    if length is not None and length <= _WHOLE:
        body = await reply.read()
        await send(cast("Any", start))
        await send({"type": "http.response.body", "body": body, "more_body": False})
        return
    await send(cast("Any", start))
    await _first(_chunks(reply, send), _disconnected(receive))


async def _chunks(reply: "aiohttp.ClientResponse", send: Send) -> None:
    async for chunk in reply.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(scope: Scope, receive: Receive, largest: int) -> bytes | AsyncIterator[bytes] | None:
    """A body that is there at once is sent at once; a longer one is passed on as it comes."""
    names = {name: value for name, value in scope["headers"] if name in {b"content-length", b"transfer-encoding"}}
    if not names:
        return None
    if int(names.get(b"content-length", b"0")) > largest:
        raise core_errors.TooLarge
    message = cast("dict[str, Any]", await receive())
    if not message.get("more_body"):
        return cast("bytes", message.get("body", b""))
    return _rest(message.get("body", b""), receive, largest)


async def _rest(first: bytes, receive: Receive, largest: int) -> AsyncIterator[bytes]:
    seen, chunk, more = 0, first, True
    while True:
        seen += len(chunk)
        if seen > largest:
            raise core_errors.TooLarge
        if chunk:
            yield chunk
        if not more:
            return
        message = cast("dict[str, Any]", await receive())
        if message["type"] == "http.disconnect":
            raise errors.UpstreamBroke("The caller went away.")
        chunk, more = message.get("body", b""), message.get("more_body", False)


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What goes wrong with the target, in our words."""
    import aiohttp  # noqa: PLC0415 - see above

    try:
        yield
    except aiohttp.ClientConnectorError:
        raise errors.UpstreamDown from None
    except (aiohttp.ServerTimeoutError, TimeoutError):
        raise errors.UpstreamSlow from None
    except aiohttp.ClientError as error:
        raise _cause(error) or errors.UpstreamBroke from None


def _cause(error: BaseException) -> core_errors.CuveeError | None:
    """An error of ours that the client wrapped into one of its own."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, core_errors.CuveeError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _request_headers(scope: Scope, target: Target) -> "CIMultiDict[str]":
    from multidict import CIMultiDict  # noqa: PLC0415 - see above

    given = dict(scope["headers"])
    client = scope.get("client")
    told = headers.forwarded(
        cast("Mapping[str, object]", scope), client[0] if client else "", given.get(b"host", b"").decode("latin-1")
    )
    if target.is_ours:
        return CIMultiDict(headers.to_ourselves(scope["headers"], forwarded=told))
    return CIMultiDict(headers.to_upstream(scope["headers"], added=target.headers, forwarded=told))


def _reply_headers(reply: "aiohttp.ClientResponse", target: Target) -> list[headers.Raw]:
    if target.is_ours:
        return headers.from_ourselves(reply.raw_headers)
    return headers.to_caller(reply.raw_headers, target, origin=f"http://{_HOST}:{target.port}")


def _url(scheme: str, port: int, path: str, query: str = "") -> "URL":
    """The host is always this machine; whatever the path says stays a path."""
    from yarl import URL  # noqa: PLC0415 - see above

    return URL.build(scheme=scheme, host=_HOST, port=port, path=path, query_string=query, encoded=True)


def _raw_path(scope: Scope) -> str:
    raw = scope.get("raw_path")
    return raw.decode("latin-1") if raw else scope["path"]


def _query(scope: Scope) -> str:
    return scope.get("query_string", b"").decode("latin-1")


def _session() -> "aiohttp.ClientSession":
    import aiohttp  # noqa: PLC0415 - see above

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        skip_auto_headers=_AUTOMATIC,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT),
    )


def _timeout(patience: float | None) -> "aiohttp.ClientTimeout":
    import aiohttp  # noqa: PLC0415 - see above

    return aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=patience)
