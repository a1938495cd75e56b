"""Environments, made by uv and addressed by what is in them."""

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from cuvee.core import clock, shipped
from cuvee.core import errors as core_errors
from cuvee.runtimes import requirements as lines
from cuvee.runtimes import uv
from cuvee.runtimes.addons import Addon
from cuvee.runtimes.bytecode import Bytecode
from cuvee.runtimes.values import Environment, Interpreter, Progress, Recipe

#: What every base environment holds. Lower bounds; the date below holds the rest.
BASE: Final = (
    "mlflow>=3.1",
    "numpy>=1.26",
    "pandas>=2.2",
    "pyiceberg[hive,pyarrow]>=0.12",
    "scikit-learn>=1.5",
    "matplotlib>=3.9",
    "ipykernel>=6.29",
    "jupyter-server>=2.14",
    "jupyterlab>=4.2",
    "pip>=24.0",
)
#: Base environments take no package that was uploaded after this. UV_EXCLUDE_NEWER in the platform's environment wins.
EXCLUDE_NEWER: Final = "2026-11-20T00:00:00Z"

#: Raised when the way environments are made changes, so that none of the old way is used.
_FORMAT: Final = 1
_WHOLE: Final = ".complete"
_PAUSE: Final = 0.05


@dataclass(slots=True, eq=False)
class _Build:
    """A build that goes on, and how many wait for it."""

    task: asyncio.Task[Environment]
    waiting: int = 0


class Environments:
    """Makes environments below `root`; several platforms may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._source = shipped.runtime_source()
        self._source_digest = _digest_of_files(self._source)
        self._builds: dict[str, _Build] = {}
        self._failures: dict[str, str] = {}
        self.bytecode: Final = Bytecode(root / "bytecode")

    def base_recipe(self, interpreter: Interpreter, addon: Addon | None = None) -> Recipe:
        """What a base environment on this Python is made of, with an add-on's packages besides."""
        newest = os.environ.get("UV_EXCLUDE_NEWER", EXCLUDE_NEWER)
        return self._recipe("base", interpreter, (*BASE, *(addon.requirements if addon else ())), newest)

    def pinned_recipe(self, pins: Sequence[str], interpreter: Interpreter, addon: Addon | None = None) -> Recipe:
        """A base environment in which some packages are those of long ago. By no date: they may be newer than it."""
        return self._recipe("base", interpreter, (*BASE, *(addon.requirements if addon else ()), *pins))

    def model_recipe(self, requirements: str, interpreter: Interpreter) -> Recipe:
        """What a model's environment is made of: its own requirements, the text of a `requirements.txt`.

        Raises:
            BadRequirement: when a line is not a plain requirement.

        """
        return self._recipe("models", interpreter, lines.clean(requirements))

    def path(self, recipe: Recipe) -> Path:
        """Where it is or will be."""
        return self._root / recipe.kind / digest(recipe)

    def log(self, recipe: Recipe) -> Path:
        """What uv says while it is made, kept afterwards."""
        return self.path(recipe).with_suffix(".log")

    def find(self, recipe: Recipe) -> Environment | None:
        """The environment, when it is there and whole."""
        path = self.path(recipe)
        return Environment(path=path) if (path / _WHOLE).is_file() else None

    def progress(self, recipe: Recipe) -> tuple[Progress, str]:
        """How far it has come, and a sentence or the last line of its log."""
        if self.find(recipe) is not None:
            return Progress.READY, ""
        if digest(recipe) in self._builds:
            return Progress.BUILDING, _last_line(self.log(recipe))
        if (why := self._failures.get(digest(recipe))) is not None:
            return Progress.FAILED, why
        return Progress.ABSENT, ""

    async def ensure_model_environment(self, requirements: str, interpreter: Interpreter) -> Environment:
        """A model's environment: its pinned requirements and cuvee-runtime. See `ensure`.

        Raises:
            BadRequirement: when a line is not a plain requirement.
            EnvironmentFailed: when it cannot be made.

        """
        return await self.ensure(self.model_recipe(requirements, interpreter))

    async def ensure(self, recipe: Recipe) -> Environment:
        """The environment, made when it is not there. Calls for the same share one build; it ends when none waits.

        Raises:
            EnvironmentFailed: when it cannot be made; the log has everything. The next call tries again.

        """
        if (found := self.find(recipe)) is not None:
            return found
        key = digest(recipe)
        build = self._builds.get(key)
        if build is None:
            build = self._builds[key] = _Build(asyncio.create_task(self._make(recipe)))
            build.task.add_done_callback(lambda task: self._forget(key, task))
        build.waiting += 1
        try:
            return await asyncio.shield(build.task)
        finally:
            build.waiting -= 1
            if not build.waiting and not build.task.done():
                build.task.cancel()

    async def close(self) -> None:
        """End all builds: nothing half made is ever taken for whole."""
        tasks = [build.task for build in self._builds.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.bytecode.close()

    async def _make(self, recipe: Recipe) -> Environment:
        path = self.path(recipe)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with locked(path.with_suffix(".lock")) as lock:
            if (found := self.find(recipe)) is not None:
                return found
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
            self.log(recipe).write_text("")
            await self._fill(recipe, lock)
            made = Environment(path=path)
            await asyncio.to_thread(self.bytecode.lend, made, recipe.interpreter)
            _mark_whole(path, recipe)
        self.bytecode.learn(made, recipe.interpreter)
        return made

    async def _fill(self, recipe: Recipe, lock: int) -> None:
        path, log = self.path(recipe), self.log(recipe)
        wanted = path.with_suffix(".txt")
        wanted.write_text("\n".join([*recipe.requirements, ""]))
        limit = ["--exclude-newer", recipe.exclude_newer] if recipe.exclude_newer else []
        venv = ["venv", "--no-project", "--python", str(recipe.interpreter.path), str(path)]
        await uv.run(venv, log=log, directory=path.parent, inherit=lock)
        install = ["pip", "install", "--python", str(path / "bin" / "python"), *limit, "-r", str(wanted)]
        await uv.run([*install, str(recipe.runtime_source)], log=log, directory=path.parent, inherit=lock)

    def _recipe(
        self, kind: str, interpreter: Interpreter, requirements: Sequence[str], exclude_newer: str = ""
    ) -> Recipe:
        return Recipe(
            kind=kind,
            interpreter=interpreter,
            requirements=tuple(requirements),
            runtime_source=self._source,
            runtime_digest=self._source_digest,
            exclude_newer=exclude_newer,
        )

    def _forget(self, key: str, task: "asyncio.Task[Environment]") -> None:
        self._builds.pop(key, None)
        self._failures.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failures[key] = error.message if isinstance(error, core_errors.CuveeError) else str(error)


def digest(recipe: Recipe) -> str:
    """The address of what the recipe makes. Where the runtime's source lies makes no difference, what is in it does."""
    content = [
        _FORMAT,
        str(recipe.interpreter.path),
        recipe.interpreter.version,
        sorted(recipe.requirements),
        recipe.runtime_digest,
        recipe.exclude_newer,
    ]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:32]


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[int]:
    """Hold a lock that other processes see, too; gives its descriptor, for programs that must outlast us with it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _try_lock(descriptor):
            await asyncio.sleep(_PAUSE)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _digest_of_files(source: Path) -> str:
    seen = hashlib.sha256()
    for file in sorted([source / "pyproject.toml", *(source / "src").rglob("*.py")]):
        seen.update(str(file.relative_to(source)).encode() + b"\0" + file.read_bytes() + b"\0")
    return seen.hexdigest()


def _mark_whole(path: Path, recipe: Recipe) -> None:
    """The last thing that is written: without it, the folder is not an environment."""
    note = {"requirements": recipe.requirements, "python": recipe.interpreter.version, "made_at": clock.now_ms()}
    draft = path / f"{_WHOLE}.draft"
    with draft.open("wb") as stream:
        stream.write(msgspec.json.encode(note))
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path / _WHOLE)


def _last_line(log: Path) -> str:
    try:
        lines_ = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return lines_[-1] if lines_ else ""
