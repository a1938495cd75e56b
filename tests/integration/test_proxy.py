"""The proxy, between a real server and a real caller."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import uvicorn
from aiohttp import web
from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send

from cuvee.api import errors as api_errors
from cuvee.proxy.forward import Proxy
from cuvee.proxy.values import Target

PREFIX = "/sessions/7/proxy"
GONE, PORT = web.AppKey("gone", asyncio.Event), web.AppKey("port", list)


async def echo(request: web.Request) -> web.Response:
    body = await request.read()
    seen = {
        "method": request.method, "path": request.raw_path, "headers": [list(each) for each in request.headers.items()],
        "size": len(body), "body": body[:100].decode("latin-1"),
    }  # fmt: skip
    return web.json_response(seen, headers={"x-theirs": "1", "connection": "x-hop", "x-hop": "1"})


async def cookies(request: web.Request) -> web.Response:
    reply = web.Response()
    reply.headers.add("set-cookie", "cuvee_session=stolen; Path=/")
    reply.headers.add("set-cookie", "theirs=1; Path=/; Domain=example.com; HttpOnly")
    return reply


async def greedy(request: web.Request) -> web.Response:
    """Says what would hold for the whole host, and for origins that are none of its business."""
    reply = web.Response(text="<script>alert(1)</script>", content_type="text/html")
    for name in ("clear-site-data", "strict-transport-security", "alt-svc", "service-worker-allowed",
                 "access-control-allow-origin", "access-control-allow-credentials"):  # fmt: skip
        reply.headers[name] = "x"
    reply.headers["content-security-policy"] = "script-src *"
    reply.headers["set-cookie"] = "theirs=1"
    return reply


async def redirect(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"location": f"http://127.0.0.1:{request.url.port}{PREFIX}/next"})


async def endless(request: web.Request) -> web.StreamResponse:
    reply = web.StreamResponse()
    await reply.prepare(request)
    try:
        while True:
            await reply.write(b"tick\n")
            await asyncio.sleep(0.01)
    finally:
        request.app[GONE].set()


async def breaks(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def sleeps(request: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def large(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * (3 << 20))


async def chat(request: web.Request) -> web.WebSocketResponse:
    channel = web.WebSocketResponse(protocols=["v1"])
    await channel.prepare(request)
    await channel.send_str(request.headers.get("authorization", "none"))
    async for message in channel:
        if message.data == "bye":
            await channel.close(code=4001)
        elif message.type is aiohttp.WSMsgType.TEXT:
            await channel.send_str(message.data.upper())
        else:
            await channel.send_bytes(message.data[::-1])
    request.app[GONE].set()
    return channel


@pytest.fixture
async def upstream() -> AsyncIterator[web.Application]:
    app = web.Application(client_max_size=1 << 30)
    app[GONE], app[PORT] = asyncio.Event(), []
    for name, handler in [
        ("cookies", cookies), ("greedy", greedy), ("redirect", redirect), ("endless", endless),
        ("breaks", breaks), ("sleeps", sleeps), ("large", large), ("chat", chat),
    ]:  # fmt: skip
        app.router.add_get(f"{PREFIX}/{name}", handler)
    app.router.add_route("*", "/{rest:.*}", echo)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    app[PORT].append(runner.addresses[0][1])
    yield app
    await runner.cleanup()


@pytest.fixture
async def serve(upstream: web.Application) -> AsyncIterator[Callable[..., object]]:
    """Serves the proxy; gives a client of it."""
    proxy, stack = Proxy(), []
    await proxy.open()

    async def start(port: int = 0, **changes: object) -> aiohttp.ClientSession:
        target = Target(port=port or upstream[PORT][0], prefix=PREFIX, headers={"Authorization": "token t"}, **changes)

        @asgi(PREFIX, is_mount=True, copy_scope=True)
        async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
            await proxy.forward(scope, receive, send, target)

        app = Litestar([mounted], exception_handlers=api_errors.handlers([]))
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_config=None, ws="websockets-sansio", proxy_headers=False)
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        client = aiohttp.ClientSession(f"http://127.0.0.1:{listener.getsockname()[1]}", auto_decompress=False)
        stack.append((server, serving, client))
        while not server.started:
            await asyncio.sleep(0.005)
        return client

    yield start
    for server, serving, client in stack:
        await client.close()
        server.should_exit = True
        await serving
    await proxy.close()


@pytest.fixture
async def client(serve) -> aiohttp.ClientSession:
    return await serve()


async def test_a_request_arrives_as_it_was_sent(client):
    reply = await client.post(f"{PREFIX}/a%2Fb?q=%20x", data=b"hello", headers={"x-mine": "1"})
    seen = await reply.json()

    assert (seen["method"], seen["path"], seen["body"]) == ("POST", f"{PREFIX}/a%2Fb?q=%20x", "hello")
    assert ["x-mine", "1"] in seen["headers"]
    assert reply.headers["x-theirs"] == "1"


async def test_our_credentials_stay_here(client):
    headers = {
        "Authorization": "Bearer ours", "Cookie": "cuvee_session=ours; theirs=1; CUVEE_x=2", "Connection": "x-gone",
        "x-gone": "1", "x-forwarded-for": "1.2.3.4", "Proxy-Authorization": "x",
    }  # fmt: skip
    reply = await (await client.get(f"{PREFIX}/x", headers=headers)).json()
    seen = {name.lower(): value for name, value in reply["headers"]}

    assert seen["authorization"] == "token t"
    assert seen["cookie"] == "theirs=1"
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert not {"x-gone", "proxy-authorization"} & seen.keys()


async def test_user_code_sets_no_cookie_of_ours_and_none_elsewhere(client):
    reply = await client.get(f"{PREFIX}/cookies")

    assert reply.headers.getall("set-cookie") == [f"theirs=1; HttpOnly; Path={PREFIX}"]


async def test_what_would_hold_for_the_whole_host_ends_here(client):
    kept = {name.lower() for name in (await client.get(f"{PREFIX}/greedy")).headers}

    assert kept <= {"content-type", "content-length", "content-security-policy", "set-cookie", "date", "server"}


async def test_a_door_can_say_what_browsers_may_do_with_replies(serve):
    client = await serve(replies={"content-security-policy": "sandbox"}, keeps_cookies=False)
    reply = await client.get(f"{PREFIX}/greedy")

    assert reply.headers.getall("content-security-policy") == ["sandbox"]
    assert "set-cookie" not in reply.headers


async def test_where_the_callers_page_is_stays_here(client):
    head = {"origin": "http://127.0.0.1:1", "referer": "http://127.0.0.1:1/projects/secret"}
    seen = (await (await client.get(f"{PREFIX}/x", headers=head)).json())["headers"]

    assert not {"origin", "referer"} & {name.lower() for name, _value in seen}


async def test_hop_by_hop_headers_end_here(client):
    assert "x-hop" not in (await client.get(f"{PREFIX}/x")).headers


async def test_a_redirect_is_the_callers_business(client):
    reply = await client.get(f"{PREFIX}/redirect", allow_redirects=False)

    assert (reply.status, reply.headers["location"]) == (302, f"{PREFIX}/next")


@pytest.mark.parametrize("path", ["//evil.example/x", "/@evil.example", "/http://evil.example", "/..%2f..%2fx", "/%00"])
async def test_no_path_leads_to_another_host(client, path: str):
    reply = await client.get(aiohttp.client.URL(f"{str(client._base_url).rstrip('/')}{PREFIX}{path}", encoded=True))

    assert reply.status == 200
    assert (await reply.json())["path"] == f"{PREFIX}{path}"


async def test_a_large_body_goes_up_in_pieces(client):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * (1 << 16)

    assert (await (await client.post(f"{PREFIX}/x", data=pieces())).json())["size"] == 4 << 20


async def test_a_large_reply_comes_whole(client):
    assert len(await (await client.get(f"{PREFIX}/large")).read()) == 3 << 20


async def test_a_stream_comes_as_it_is_made_and_ends_with_its_reader(client, upstream):
    reply = await client.get(f"{PREFIX}/endless")
    assert await reply.content.readline() == b"tick\n"
    reply.close()

    async with asyncio.timeout(20):
        await upstream[GONE].wait()


@pytest.mark.parametrize("body", [b"x" * 2000, None])
async def test_too_large_a_body_is_refused(serve, body: bytes | None):
    client = await serve(max_body=1000)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * (1 << 16)

    reply = await client.post(f"{PREFIX}/x", data=body or pieces())

    assert reply.status == 413


async def test_nobody_there_is_a_503_in_the_doors_shape(serve):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = await serve(port=port)
    reply = await client.get(f"{PREFIX}/x")

    assert reply.status == 503
    assert (await reply.json()).keys() == {"error", "code"}


async def test_a_broken_connection_is_a_502(client):
    assert (await client.get(f"{PREFIX}/breaks")).status == 502


async def test_a_reply_that_does_not_come_is_a_504(serve):
    client = await serve(patience=0.05)

    assert (await client.get(f"{PREFIX}/sleeps")).status == 504


async def test_websocket_messages_go_both_ways(client):
    async with client.ws_connect(f"{PREFIX}/chat", protocols=["v1"], headers={"authorization": "ours"}) as channel:
        assert channel.protocol == "v1"
        assert await channel.receive_str() == "token t"
        await channel.send_str("hi")
        assert await channel.receive_str() == "HI"
        await channel.send_bytes(b"ab")
        assert await channel.receive_bytes() == b"ba"


async def test_the_targets_close_code_reaches_the_caller(client):
    async with client.ws_connect(f"{PREFIX}/chat") as channel:
        await channel.receive_str()
        await channel.send_str("bye")
        await channel.receive()

        assert channel.close_code == 4001


async def test_the_target_hears_that_its_caller_left(client, upstream):
    async with client.ws_connect(f"{PREFIX}/chat") as channel:
        await channel.receive_str()

    async with asyncio.timeout(20):
        await upstream[GONE].wait()


async def test_a_websocket_to_nobody_is_refused(client):
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.ws_connect(f"{PREFIX}/nothing")


async def test_a_small_question_is_answered_whole(upstream):
    proxy = Proxy()
    await proxy.open()
    answer = await proxy.ask(upstream[PORT][0], "POST", "/model", head={"content-type": "text/plain"}, body=b"hello")
    await proxy.close()

    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert b'"size": 5' in answer.body
