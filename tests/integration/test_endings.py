"""What a browser or a script keeps open ends with the right to it."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from tests.conftest import Running
from tests.integration import people
from tests.integration.browsers import signed_in
from tests.integration.people import Unique
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from cuvee.db.database import Database
from cuvee.identity import service, sign_ins
from cuvee.identity.authentication import Keys
from cuvee.identity.endings import Endings

STREAM = {"accept": "text/event-stream"}
#: Seconds: less than after which rights are looked at without a reason.
AT_ONCE = 10


def listen(client: httpx.Client, while_open: Callable[[], object]) -> float:
    """How many seconds a stream of events lasts after something was done."""
    with client.stream("GET", "/events", params={"topics": "models"}, headers=STREAM, timeout=60) as reply:
        assert reply.status_code == 200
        lines = reply.iter_lines()
        assert next(lines) == "event: hello"
        while_open()
        began = time.monotonic()
        for _line in lines:
            if time.monotonic() - began > AT_ONCE:
                break
        return time.monotonic() - began


def test_a_stream_ends_when_its_browser_is_signed_out(platform: Running):
    with signed_in(platform) as tab, signed_in(platform) as other:
        assert listen(tab, lambda: other.delete("/api/v2/sign_ins")) < AT_ONCE


def test_a_stream_ends_when_its_key_is_deleted(platform: Running, client: httpx.Client, unique: Unique):
    name = unique("listener")
    with people.user(platform, name) as listener:
        assert listen(listener, lambda: client.delete(f"/api/v2/users/{name}/v2_keys")) < AT_ONCE


def test_a_stream_ends_when_a_role_is_taken(platform: Running, client: httpx.Client, unique: Unique):
    name, project = unique("guest"), unique("shared")
    project_id = client.post("/api/v2/projects", json={"name": project, "template": "blank"}).json()["id"]
    with people.user(platform, name) as guest:
        role = f"/api/v2/projects/{project_id}/collaborators/{name}"
        assert client.put(role, json={"permission": "read"}).status_code == 200
        assert listen(guest, lambda: client.delete(role)) < AT_ONCE


def test_a_stream_goes_on_when_others_change(platform: Running, client: httpx.Client, unique: Unique):
    with client.stream("GET", "/events", params={"topics": "users"}, headers=STREAM, timeout=60) as reply:
        lines = reply.iter_lines()
        assert next(lines) == "event: hello"
        for _ in range(2):
            client.post("/api/v2/users", json={"username": unique("new")})
            assert any("users" in line for line in lines)


async def test_a_websocket_ends_when_its_browser_is_signed_out(database: Database):
    user = await database.write(partial(service.add_user, username="somebody"))
    sign_in, token = await database.write(partial(sign_ins.start, user=user, user_agent=""))
    keys = Keys(database)
    async with served(Endings(echo, keys)) as url, connect(url, additional_headers=cookie(token)) as channel:
        await channel.send("still there?")
        assert await channel.recv() == "still there?"
        await database.write(partial(sign_ins.end, user_id=user.id, sign_in_id=sign_in.id))
        keys.forget()
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(channel.recv(), AT_ONCE)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def cookie(token: str) -> dict[str, str]:
    return {"cookie": f"cuvee_sign_in={token}"}


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """Says what it hears, for ever."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


@asynccontextmanager
async def served(application: Any) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(application, lifespan="off", log_config=None, ws="websockets-sansio")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task
