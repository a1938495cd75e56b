"""uvicorn, as the platform's processes run it."""

import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn

from cuvee.api.gathering import Protocol
from cuvee.core import errors

#: Connections that wait to be accepted.
_BACKLOG: Final = 2_048


class PortTaken(errors.Misconfigured):
    """Another program listens on this address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What is done besides serving."""

    #: Called when requests are answered.
    ready: Callable[[], None] = lambda: None
    #: Awaited then, and before the listeners are closed.
    started: Sequence[Callable[[], Awaitable[None]]] = field(default_factory=tuple)
    ending: Sequence[Callable[[], Awaitable[None]]] = field(default_factory=tuple)


class Server(uvicorn.Server):
    """Serves one application until it is told to end."""

    def __init__(self, asgi: Any, hooks: Hooks) -> None:
        super().__init__(
            uvicorn.Config(
                asgi,
                http=Protocol,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=10,
                timeout_keep_alive=75,
            )
        )
        self._hooks = hooks

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take Ctrl-C and SIGTERM as the wish to end. uvicorn would then die of the signal, and we could not close."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            for start in self._hooks.started:
                await start()
            self._hooks.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close, waiting only for requests that come to an end by themselves."""
        for end in self._hooks.ending:
            await end()
        await super().shutdown(sockets)


def listen(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """A listening socket; 0 lets the system choose the port.

    Raises:
        PortTaken: when the address is not free, or not of this machine.

    """
    if is_shared:  # sharing would be with anybody of this user's: first see that nobody is there
        with listen(host, port) as free:
            port = free.getsockname()[1]
    return share(host, port) if is_shared else _bound(host, port, socket.SO_REUSEADDR)


def share(host: str, port: int) -> socket.socket:
    """One of several sockets of this platform on one port: the system deals connections out among them.

    With one socket for all processes, the one that wakes first would take every connection that waits.
    """
    return _bound(host, port, socket.SO_REUSEPORT)


def _bound(host: str, port: int, option: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(f"{host}:{port} cannot be listened on: {error.strerror}. Choose another --port.") from error
    return listener
