"""An environment for a build, out of the runtimes room, with its log told while it grows."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cuvee.runtimes import uv
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Environment, Recipe
from cuvee.serving.requirements import Needs

_LOOK: Final = 0.1

Tell = Callable[[bytes], None]


class Environments:
    """Makes environments of models."""

    def __init__(self, runtimes: Runtimes) -> None:
        self._runtimes = runtimes

    async def make(self, needs: Needs, tell: Tell) -> Path:
        """The interpreter of an environment that holds what is needed; shared by all builds that need the same.

        A model that lists no packages runs in the base environment.

        Raises:
            NoSuchPython: when this machine lacks the Python that the model was made with.
            BadRequirement: when a line is not a plain requirement.
            EnvironmentFailed: with the resolver's reason.

        """
        runtimes = self._runtimes
        interpreter = runtimes.default().interpreter
        if needs.python not in {"", interpreter.minor}:
            interpreter = await runtimes.python(needs.python)
        recipe = (
            runtimes.environments.base_recipe(interpreter)
            if needs.requirements is None
            else runtimes.environments.model_recipe(needs.requirements, interpreter)
        )
        return (await self._made(recipe, tell)).python

    async def _made(self, recipe: Recipe, tell: Tell) -> Environment:
        environments = self._runtimes.environments
        if (found := environments.find(recipe)) is not None:
            tell(f"The environment is there already: {found.path.name}\n".encode())
            return found
        log = environments.log(recipe)
        following = asyncio.get_running_loop().create_task(_follow(log, tell))
        try:
            return await environments.ensure(recipe)
        finally:
            await asyncio.sleep(0)
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


async def _follow(log: Path, tell: Tell) -> None:
    """Tell what comes into a log, to its end when cancelled."""
    place = 0
    try:
        while True:
            place = _tell_from(log, place, tell)
            await asyncio.sleep(_LOOK)
    finally:
        _tell_from(log, place, tell)


def _tell_from(log: Path, place: int, tell: Tell) -> int:
    with suppress(OSError), log.open("rb") as stream:
        stream.seek(place)
        said = stream.read()
        if said:
            tell(said)
        return place + len(said)
    return place


async def install_wheels(python: Path, wheels: tuple[Path, ...], target: Path, log: Path) -> None:
    """Put a model's own wheels into a folder that its replicas see before the environment's packages.

    Raises:
        EnvironmentFailed: when one cannot be installed.

    """
    command = ["pip", "install", "--python", str(python), "--no-deps", "--target", str(target), *map(str, wheels)]
    await uv.run(command, log=log, directory=target.parent)
