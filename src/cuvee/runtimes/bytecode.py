"""Compiled modules, kept for the next environment with the same packages.

uv links packages out of its cache in a moment, but Python compiles a module when it is first imported: with a fresh
environment, a model's libraries take several times as long to load. So when an environment has been made, its packages
are compiled in the background and the results are kept under a digest of each package's sources; the next environment
with the same package gets links to them. What is compiled carries a hash of its source, which Python compares when it
loads it (PEP 552): a source that was changed is compiled anew.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from cuvee.compute import environment as surroundings
from cuvee.core import programs
from cuvee.runtimes.values import Environment, Interpreter

log: Final = logging.getLogger(__name__)

#: Raised when what is kept changes.
_FORMAT: Final = 1
#: Seconds after which a compiler that is not done was killed.
_ABANDONED: Final = 86_400.0
_PROGRAM: Final = Path(__file__).with_name("compiling.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An installed distribution: what its compiled modules are kept under, and its modules."""

    key: str
    #: Relative to the folder of packages.
    modules: tuple[str, ...]


class Bytecode:
    """What was compiled, below `root`; several platforms may share it."""

    def __init__(self, root: Path) -> None:
        self.root: Final = root
        self._tasks: set[asyncio.Task[None]] = set()
        #: One after the other: nobody waits for it.
        self._compiling = asyncio.Lock()

    def lend(self, environment: Environment, interpreter: Interpreter) -> None:
        """Link what is kept into a new environment. Takes a fraction of a second."""
        site = environment.packages
        for package in packages(site, interpreter):
            kept = self.root / package.key
            for folder, _names, files in os.walk(kept):
                target = site / Path(folder).relative_to(kept)
                target.mkdir(exist_ok=True)
                for name in files:
                    with contextlib.suppress(FileExistsError):
                        os.link(Path(folder, name), target / name)

    def learn(self, environment: Environment, interpreter: Interpreter) -> None:
        """Compile in the background what is not kept yet."""
        task = asyncio.get_running_loop().create_task(self._learn(environment, interpreter))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def learned(self) -> None:
        """Return when nothing is being compiled any more."""
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Stop compiling; what is half done is done again some other time."""
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _learn(self, environment: Environment, interpreter: Interpreter) -> None:
        async with self._compiling:
            try:
                missing = await asyncio.to_thread(self._missing, environment, interpreter)
                if missing:
                    await _compile(environment, missing)
            except OSError:
                log.warning("What %s holds could not be compiled", environment.path, exc_info=True)

    def _missing(self, environment: Environment, interpreter: Interpreter) -> dict[str, tuple[str, ...]]:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for draft in self.root.glob("*.draft"):
            if time.time() - draft.stat().st_mtime > _ABANDONED:
                shutil.rmtree(draft, ignore_errors=True)
        found = {self.root / package.key: package for package in packages(environment.packages, interpreter)}
        return {str(folder): package.modules for folder, package in found.items() if not folder.exists()}


def packages(site: Path, interpreter: Interpreter) -> Iterator[Package]:
    """The distributions of an environment that say which modules they have, and what is in these."""
    for record in site.glob("*.dist-info/RECORD"):
        # The name, a hash and a size on each line. Scripts are left out: they name their environment's Python.
        lines = sorted(line for line in record.read_text(errors="replace").splitlines() if _is_module(line))
        if lines:
            content = "\n".join([str(_FORMAT), interpreter.version, *lines])
            key = hashlib.sha256(content.encode()).hexdigest()[:32]
            yield Package(key=key, modules=tuple(line.partition(",sha256=")[0].strip('"') for line in lines))


def _is_module(line: str) -> bool:
    """Whether a line names a module that may be imported. Packages' own tests hardly ever are."""
    return ".py,sha256=" in line and "../" not in line and "/tests/" not in line and not line.startswith(("/", '"/'))


async def _compile(environment: Environment, wanted: dict[str, tuple[str, ...]]) -> None:
    """Run the compiler with the environment's own Python, behind everything else that the machine does."""
    compiler = programs.running(
        str(environment.python),
        "-I",
        str(_PROGRAM),
        str(environment.packages),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=surroundings.base(),
    )
    async with compiler as process:
        await process.communicate(msgspec.json.encode(wanted))
