"""The composition root: from settings to a platform that answers."""

import gc
import getpass
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from cuvee import migrations, rooms
from cuvee.api import builder
from cuvee.api.incoming import LargeBodies
from cuvee.api.pages import Sealer
from cuvee.api.zerocopy import ZeroCopy
from cuvee.content.origin import Origin
from cuvee.core import errors
from cuvee.core.events import Events
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.db.locks import HomeLock
from cuvee.identity import authentication, sign_ins
from cuvee.identity import service as identity
from cuvee.identity.authentication import Keys
from cuvee.identity.scopes import SCOPES
from cuvee.identity.values import Audience, User
from cuvee.server import Hooks, PortTaken, Server, listen
from cuvee.workers.supervisor import Workers

_OWNER_KEY: Final = "owner.key"
#: New objects after which the collector looks for cycles among them; the interpreter's own number is 700.
_YOUNG: Final = 10_000


class HomeNotWritable(errors.Misconfigured):
    """The home cannot be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How scripts of the same user find the running platform: the content of `connection.json`."""

    url: str
    api_key: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform, ready to be served."""

    asgi: Any
    connection: Connection
    #: For the pages and APIs, and for users' content.
    listeners: tuple[socket.socket, socket.socket]
    #: Where the owner's browser signs in, once; empty where nobody needs to.
    sign_in: str
    #: Closed before the server is: streams of open pages never end by themselves.
    events: Events

    async def end_streams(self) -> None:
        self.events.close()


@contextmanager
def opened(settings: Settings) -> Iterator[Platform]:
    """A platform on its home: locked, migrated, listening. Everything is closed again in the end.

    Raises:
        HomeNotWritable: when the home cannot be made or written.
        HomeInUse: when another platform runs on it.
        PortTaken: when the address is not free.

    """
    make_home(settings.home)
    home = settings.home
    with (
        HomeLock(home),
        _database(settings) as database,
        _listener(settings.host, settings.port, home / "port", is_shared=settings.workers > 1) as listener,
        _listener(settings.host, settings.content_port, home / "content-port") as content_listener,
    ):
        url = _url(settings, listener)
        content_port = content_listener.getsockname()[1]
        content = Origin(port=content_port, url=settings.content_url)
        owner, api_key = _owner(settings, database)
        keys = Keys(database)
        seal = database.write_now(partial(identity.ensure_secret, name="pages"))
        furnished = rooms.furnish(
            rooms.House(settings=settings, database=database, keys=keys, sealer=Sealer(seal), url=url, content=content)
        )
        authenticate = authentication.chosen(settings.auth, keys, lambda: owner)
        app = builder.build(
            furnished, settings=settings, database=database, authenticate=authenticate, scopes=frozenset(SCOPES)
        )
        connection = Connection(url=url, api_key=api_key, pid=os.getpid())
        yield Platform(
            asgi=LargeBodies(
                ZeroCopy(
                    builder.Split(
                        builder.served(app, furnished, settings), builder.content_of(furnished), port=content_port
                    )
                )
            ),
            connection=connection,
            listeners=(listener, content_listener),
            sign_in=_sign_in(database, owner, url) if settings.auth == "token" else "",
            events=database.events,
        )


def serve(settings: Settings, announce: Callable[[Platform], None]) -> None:
    """Run a platform until it is told to end; `announce` is called when it answers."""
    gc.disable()  # until then, what is made stays
    with opened(settings) as platform:
        note = settings.home / "connection.json"

        def ready() -> None:
            _spare_the_collector()
            _write_private(note, msgspec.json.encode(platform.connection))
            announce(platform)

        try:
            with _private_listener(settings) as private:
                _serve(settings, platform, ready, private)
        finally:
            note.unlink(missing_ok=True)


def _serve(settings: Settings, platform: Platform, ready: Callable[[], None], private: list[socket.socket]) -> None:
    workers = Workers(settings, platform.events, listener=platform.listeners[0], private=private)
    hooks = Hooks(ready=ready, started=[workers.start], ending=[platform.end_streams, workers.close])
    Server(platform.asgi, hooks).run(sockets=[*platform.listeners, *private])


@contextmanager
def _private_listener(settings: Settings) -> Iterator[list[socket.socket]]:
    """Where workers reach this process; none when there are none."""
    if settings.workers == 1:
        yield []
        return
    with listen("127.0.0.1", 0) as listener:
        yield [listener]


def _spare_the_collector() -> None:
    """What the start made stays, and requests leave few cycles: the collector need not walk through all that often."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    gc.enable()


def make_home(home: Path) -> None:
    """Make the home, readable by its owner alone.

    Raises:
        HomeNotWritable: with the reason.

    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise HomeNotWritable(f"{home} cannot be written: {error.strerror}. Choose another --home.") from error


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database, readers=settings.readers, waiting=settings.write_queue)
    try:
        with database.owner() as engine:
            migrations.upgrade(engine)
        yield database
    finally:
        database.close()


@contextmanager
def _listener(host: str, port: int, remembered: Path, *, is_shared: bool = False) -> Iterator[socket.socket]:
    """A listening socket. Port 0 takes the port of last time when it is free, so that workloads find us again."""
    listener: socket.socket | None = None
    if port == 0 and remembered.is_file():
        listener = _try_listen(host, int(remembered.read_text() or 0), is_shared=is_shared)
    listener = listener or listen(host, port, is_shared=is_shared)
    remembered.write_text(str(listener.getsockname()[1]))
    with listener:
        yield listener


def _try_listen(host: str, port: int, *, is_shared: bool) -> socket.socket | None:
    try:
        return listen(host, port, is_shared=is_shared)
    except PortTaken:
        return None


def _url(settings: Settings, listener: socket.socket) -> str:
    """The address under which this machine reaches the platform."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared with, not listened on
    host = everywhere.get(settings.host, f"[{settings.host}]" if ":" in settings.host else settings.host)
    return f"http://{host}:{listener.getsockname()[1]}"


def _owner(settings: Settings, database: Database) -> tuple[User, str]:
    """The owner and a key of theirs: the one of last time when it still opens, else a new one."""
    owner = database.write_now(partial(identity.ensure_owner, username=_system_user()))
    note = settings.home / _OWNER_KEY
    known = note.read_text().strip() if note.is_file() else ""
    if known and _opens(database, known):
        return owner, known
    audiences = (Audience.API, Audience.APPLICATION)
    _key, secret = database.write_now(
        partial(identity.create_key, user=owner, comment="made at start", audiences=audiences)
    )
    _write_private(note, secret.encode())
    return owner, secret


def _sign_in(database: Database, owner: User, url: str) -> str:
    """A link that signs the owner's browser in, once."""
    return url + sign_ins.link(database.write_now(partial(sign_ins.create_code, user=owner)))


def _opens(database: Database, secret: str) -> bool:
    try:
        database.read_now(partial(identity.principal_of, key_digest=identity.digest(secret)))
    except errors.Unauthenticated:
        return False
    return True


def _system_user() -> str:
    try:
        return getpass.getuser()
    except OSError:
        return "owner"


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    partial_path = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial_path.replace(path)
