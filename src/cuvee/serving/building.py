"""Builds, done: a few at a time, outside of transactions, each with its log, none lost when the platform is killed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Final

from cuvee.artifacts.blobs import Blobs
from cuvee.core import errors as core_errors
from cuvee.core.ids import new_id
from cuvee.core.paths import RelativePath
from cuvee.db.database import Database
from cuvee.db.session import Reading
from cuvee.serving import requirements, service, snapshot
from cuvee.serving.environments import Made
from cuvee.serving.requirements import Needs
from cuvee.serving.values import Build, BuildStatus, Deployment, Endpoint

log: Final = logging.getLogger(__name__)


#: A project's folder.
Folder = Callable[[str], Path]
#: Makes an environment, with the add-ons that are asked for; what it does is told. Raises a CuveeError with the reason.
MakeEnvironment = Callable[[Needs, Sequence[str], Callable[[bytes], None]], Awaitable[Made]]
#: Installs wheels for an interpreter into a folder, with what it does in a log; raises a CuveeError with the reason.
InstallWheels = Callable[[Path, tuple[Path, ...], Path, Path], Awaitable[None]]
#: Says where a project's artifacts are.
Store = Callable[[str], Blobs]


class Builder:
    """Does builds. One of these lives as long as the platform."""

    def __init__(
        self,
        database: Database,
        home: Path,
        *,
        store: Store,
        folder: Folder,
        make_environment: MakeEnvironment,
        install_wheels: InstallWheels,
        built: Callable[[str], None],
        at_once: int,
        timeout: float,
    ) -> None:
        self._database = database
        self._home = home
        self._store = store
        self._folder = folder
        self._make_environment = make_environment
        self._install_wheels = install_wheels
        #: Called with the id of the deployment that a build was made for.
        self._built = built
        self._slots = asyncio.Semaphore(at_once)
        self._timeout = timeout
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def open(self) -> None:
        """Take up what an earlier platform left undone: a build can be done again from its beginning."""
        for build in await self._database.read(service.unfinished_builds):
            self.submit(build.id)

    async def close(self) -> None:
        """Stop building. What is undone is taken up at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def submit(self, build_id: str) -> None:
        """Do a build as soon as there is room."""
        task = asyncio.get_running_loop().create_task(self._run(build_id))
        self._tasks[build_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(build_id, None))

    async def cancel(self, build_id: str) -> None:
        """Stop a build; nothing when it is not under way."""
        task = self._tasks.get(build_id)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._move(build_id, BuildStatus.FAILED, "Cancelled on request.")

    async def discard(self, build_id: str) -> None:
        """Delete a build's files."""
        await self.cancel(build_id)
        await asyncio.to_thread(snapshot.remove, self.place(build_id))

    def place(self, build_id: str) -> Path:
        """Where a build's files are: `model` and `build.log`."""
        return self._home / "builds" / build_id

    def log(self, build_id: str) -> Path:
        return self.place(build_id) / "build.log"

    async def _run(self, build_id: str) -> None:
        if self._slots.locked():
            await self._move(build_id, BuildStatus.QUEUED, "Other builds are under way.")
        async with self._slots:
            if not await self._move(build_id, BuildStatus.BUILDING, ""):
                return
            try:
                async with asyncio.timeout(self._timeout):
                    await self._build(build_id)
            except TimeoutError:
                await self._end(build_id, BuildStatus.TIMED_OUT, f"It took longer than {self._timeout:g} seconds.")
            except core_errors.CuveeError as error:
                await self._end(build_id, BuildStatus.FAILED, error.message)
            except Exception:
                incident = new_id()
                log.exception("Build %s failed (incident %s)", build_id, incident)
                reason = f"Something went wrong inside the platform. Its log names incident {incident}."
                await self._end(build_id, BuildStatus.FAILED, reason)

    async def _build(self, build_id: str) -> None:
        found = await self._database.read(partial(_surroundings, build_id=build_id))
        if found is None:
            return
        endpoint, build = found
        self.place(build_id).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._say(build_id, "Copying the model's files.", afresh=True)
        digest = await self._snapshot(endpoint, build)
        self._say(build_id, f"Copied: sha256 {digest}.\nMaking the environment.")
        model = self.place(build_id) / "model"
        needs = await asyncio.to_thread(requirements.read, model)
        with self.log(build_id).open("ab", buffering=0) as stream:
            asked = build.runtime_addon_identifiers
            made = await self._make_environment(needs, asked, lambda said: _write(stream, said))
        if needs.wheels:
            await self._install_wheels(made.python, needs.wheels, self.place(build_id) / "wheels", self.log(build_id))
        self._say(build_id, "Built.")
        finish = partial(
            service.finish_build, build_id=build_id, digest=digest, python=str(made.python), addons=made.addons
        )
        deployment: Deployment | None = await self._database.write(finish)
        if deployment is not None:
            self._built(deployment.id)

    async def _snapshot(self, endpoint: Endpoint, build: Build) -> str:
        target = self.place(build.id) / "model"
        source = build.source
        if source.is_code:
            root = RelativePath.parse(source.model_root_dir).under(self._folder(endpoint.project_id))
            return await asyncio.to_thread(snapshot.of_code, root, target, source.file_path)
        return await snapshot.of_model(
            self._store(source.artifacts_project_id), RelativePath.parse(source.location), target, source.mlmodel_digest
        )

    async def _end(self, build_id: str, status: BuildStatus, reason: str) -> None:
        if self.place(build_id).is_dir():
            self._say(build_id, reason)
        await self._move(build_id, status, reason)

    async def _move(self, build_id: str, status: BuildStatus, reason: str) -> bool:
        move = partial(service.move_build, build_id=build_id, status=status, reason=reason)
        return await self._database.write(move)

    def _say(self, build_id: str, text: str, *, afresh: bool = False) -> None:
        with self.log(build_id).open("w" if afresh else "a") as stream:
            stream.write(text + "\n")


def _surroundings(connection: Reading, build_id: str) -> tuple[Endpoint, Build] | None:
    build = service.find_build(connection, build_id)
    endpoint = None if build is None else service.find_endpoint(connection, build.endpoint_id)
    return None if build is None or endpoint is None else (endpoint, build)


def _write(stream: FileIO, said: bytes) -> None:
    stream.write(said)
