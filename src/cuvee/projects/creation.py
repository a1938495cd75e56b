"""Making the folders of new projects, outside any transaction: load, process, apply.

A folder is made beside its place and moved into it when it is whole; so a project's folder is either complete or not
there. What fails is kept on the project, in words.
"""

import asyncio
import contextlib
import logging
import shutil
import time
from functools import partial
from pathlib import Path
from typing import Final

from cuvee.core import errors as core_errors
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.projects import errors, folders, git, service
from cuvee.projects.sources import Folder, Nothing, Repository, Source
from cuvee.projects.values import CreationStatus, Project

log: Final = logging.getLogger(__name__)

#: Seconds between two notes of the progress.
_NOTED: Final = 0.5


class Creations:
    """The creations under way in this process."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._removals: set[asyncio.Task[None]] = set()

    async def begin(self, project: Project, source: Source, *, wait: bool) -> None:
        """Fill a project's folder; `wait` for what is quick, so that the reply says how it ended."""
        task = asyncio.create_task(self._create(project, source), name=f"create {project.id}")
        self._tasks[project.id] = task
        task.add_done_callback(lambda _task: self._tasks.pop(project.id, None))
        if wait:
            await asyncio.shield(task)

    async def cancel(self, project_id: str) -> None:
        """Stop a creation, because the project goes."""
        task = self._tasks.get(project_id)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def discard(self, project_id: str) -> None:
        """Take a deleted project's folder away at once, and remove it in a while."""
        home = self._settings.home
        folders.throw_away(home, service.directory(home, project_id))
        task = asyncio.create_task(asyncio.to_thread(folders.empty_trash, home), name="empty the trash")
        self._removals.add(task)
        task.add_done_callback(self._removals.discard)

    async def close(self) -> None:
        """Stop every creation; the next start marks them as failed."""
        for project_id in list(self._tasks):
            await self.cancel(project_id)
        await asyncio.gather(*self._removals, return_exceptions=True)

    async def _create(self, project: Project, source: Source) -> None:
        status, why = CreationStatus.SUCCESS, ""
        try:
            await self._fill(project, source)
        except core_errors.CuveeError as error:
            status, why = CreationStatus.FAILURE, error.message
        except OSError as error:
            status, why = CreationStatus.FAILURE, f"The files could not be written: {error.strerror}."
        except shutil.Error:
            status, why = CreationStatus.FAILURE, "Some files could not be read or written."
        except Exception:
            log.exception("creating project %s failed", project.id)
            status, why = CreationStatus.FAILURE, "Something went wrong inside the platform; its log says what."
        await self._database.write(partial(service.end_creation, project_id=project.id, status=status, message=why))

    async def _fill(self, project: Project, source: Source) -> None:
        making = folders.incoming(self._settings.home)
        quota = self._settings.project_quota
        report = _Progress(self._database, project.id)
        try:
            match source:
                case Nothing():
                    making.mkdir(mode=0o700)
                case Folder(path=path, without=without):
                    await asyncio.to_thread(folders.copy, path, making, without=without, quota=quota, report=report)
                case Repository():
                    await git.clone(source, making, self._settings, report)
                    if quota and await asyncio.to_thread(folders.size_of, making) > quota:
                        raise errors.QuotaExceeded
            making.rename(service.directory(self._settings.home, project.id))
        finally:
            await asyncio.to_thread(shutil.rmtree, making, ignore_errors=True)


class _Progress:
    """Notes the progress on the project, now and then, from whatever thread it is told in."""

    def __init__(self, database: Database, project_id: str) -> None:
        self._database = database
        self._project_id = project_id
        self._loop = asyncio.get_running_loop()
        self._next = 0.0

    def __call__(self, phase: str, percent: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _NOTED
        self._loop.call_soon_threadsafe(self._note, phase, percent)

    def _note(self, phase: str, percent: int) -> None:
        work = partial(service.note_progress, project_id=self._project_id, phase=phase, percent=percent)
        task = self._loop.create_task(self._database.write(work))
        task.add_done_callback(_forgive)


def _forgive(task: "asyncio.Task[None]") -> None:
    """A lost note of progress is no failure."""
    if not task.cancelled() and (error := task.exception()):
        log.debug("a note of progress was lost: %s", error)


def template_path(home: Path, name: str) -> Path:
    """A template by name: one of the platform's own home before a shipped one.

    Raises:
        UnknownTemplate: naming those there are.

    """
    found = service.templates(home)
    if name not in found:
        raise errors.UnknownTemplate(f"There is no project template {name[:64]!r}; there are: {', '.join(found)}.")
    return found[name]
