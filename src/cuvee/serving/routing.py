"""From an access key or an address to the replicas that answer: kept in memory, so that a call asks no database."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cuvee.core.errors import CuveeError
from cuvee.db.database import Database
from cuvee.db.session import Reading
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.serving import service
from cuvee.serving.counters import Counters
from cuvee.serving.values import Endpoint
from cuvee.serving.wire import Line

#: Seconds between looks at what other processes, or other rooms, changed: names of projects above all.
_INTERVAL: Final = 2.0


@dataclass(slots=True, eq=False)
class Backend:
    """A replica that answers."""

    replica_id: str
    #: Its name, as it stands in answers.
    name: str
    line: Line
    counters: Counters
    #: Calls under way.
    outstanding: int = 0


@dataclass(slots=True, eq=False)
class Target:
    """An endpoint, as the gateway needs it."""

    endpoint_id: str
    project_id: str
    auth_enabled: bool
    backends: list[Backend] = field(default_factory=list)
    #: Why there are no backends.
    why: str = "It is not deployed."
    #: Counts calls, so that idle replicas are asked in turn.
    turn: int = 0


class Routing:
    """The table. What is called is found here; who starts and stops replicas changes it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._targets: dict[str, Target] = {}
        self._by_key: dict[str, Target] = {}
        self._by_address: dict[tuple[str, str], Target] = {}
        self._task: asyncio.Task[None] | None = None
        #: One after the other, so that an older look never undoes a newer one.
        self._reading = asyncio.Lock()

    async def open(self) -> None:
        """Read the table; called once, before the first call."""
        await self.refresh()
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """Stop watching and close the connections."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for target in self._targets.values():
            for backend in target.backends:
                backend.line.close()

    def with_key(self, access_key: str) -> Target | None:
        return self._by_key.get(access_key)

    def at(self, project: str, endpoint: str) -> Target | None:
        """The endpoint at an address; the project by name, slug or id."""
        return self._by_address.get((project, endpoint))

    async def refresh(self) -> None:
        """Read the endpoints and the names of their projects: called when one changed."""
        async with self._reading:
            self._put(*await self._database.read(_everything))

    def serve(self, endpoint_id: str, backends: Iterable[Backend], why: str = "") -> None:
        """From now on, these replicas answer for the endpoint; when there are none, this is why."""
        target = self._targets.get(endpoint_id)
        if target is None:
            target = self._targets[endpoint_id] = Target(endpoint_id=endpoint_id, project_id="", auth_enabled=True)
        target.backends = list(backends)
        target.why = why or target.why

    def _put(self, endpoints: list[Endpoint], names: dict[str, Project]) -> None:
        targets, by_key, by_address = {}, {}, {}
        for endpoint in endpoints:
            target = self._targets.get(endpoint.id) or Target(
                endpoint_id=endpoint.id, project_id=endpoint.project_id, auth_enabled=endpoint.auth_enabled
            )
            target.project_id, target.auth_enabled = endpoint.project_id, endpoint.auth_enabled
            targets[endpoint.id] = by_key[endpoint.access_key] = target
            if (project := names.get(endpoint.project_id)) is not None:
                for name in (project.id, project.slug, project.name):
                    by_address[name, endpoint.name] = target
        self._targets, self._by_key, self._by_address = targets, by_key, by_address

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                await self.refresh()
            except CuveeError:
                continue  # the database is away for a moment; what is known goes on


def _everything(connection: Reading) -> tuple[list[Endpoint], dict[str, Project]]:
    endpoints = service.list_endpoints(connection, None)
    return endpoints, projects.by_ids(connection, {endpoint.project_id for endpoint in endpoints})
