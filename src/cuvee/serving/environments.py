"""An environment for a build, out of the runtimes room, with its log told while it grows."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuvee.compute.values import Profile
from cuvee.runtimes import addons, spark, uv
from cuvee.runtimes.addons import Addon
from cuvee.runtimes.requirements import clean
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Environment, Interpreter, Recipe
from cuvee.serving.requirements import Needs
from cuvee.serving.values import Build

_LOOK: Final = 0.1

Tell = Callable[[bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An environment's interpreter, and the add-ons that go with it."""

    python: Path
    addons: tuple[str, ...] = ()


class Environments:
    """Makes environments of models."""

    def __init__(self, runtimes: Runtimes) -> None:
        self._runtimes = runtimes

    async def make(self, needs: Needs, asked: Sequence[str], tell: Tell) -> Made:
        """An environment that holds what is needed; shared by all builds that need the same.

        A model that lists no packages runs in the base environment. Spark is there when it was asked for, and without
        being asked when the packages name it.

        Raises:
            NoSuchPython: when this machine lacks the Python that the model was made with.
            BadRequirement: when a line is not a plain requirement.
            NoJava, JarMissing: when Spark cannot be had.
            EnvironmentFailed: with the resolver's reason.

        """
        runtimes = self._runtimes
        named = addons.asked_by(clean(needs.requirements or ""))
        addon = addons.chosen(asked) or named
        if addon is not None:
            found = await runtimes.equipment(addon)
            jars = ", ".join(jar.name for jar in found.jars)
            tell(f"Spark {addon.version}: Java {found.java.version} in {found.java.home}, {jars}.\n".encode())
        interpreter = runtimes.default().interpreter
        if needs.python not in {"", interpreter.minor}:
            interpreter = await runtimes.python(needs.python)
        recipe = self._recipe(needs, interpreter, None if named else addon)
        made = await self._made(recipe, tell)
        return Made(python=made.python, addons=(addon.identifier,) if addon else ())

    async def variables(self, build: Build, folder: Path, profile: Profile) -> Mapping[str, str]:
        """What a replica's environment has because of its build's add-ons; their settings are put into a folder.

        Raises:
            AddonNotFound: when this release does not have one.
            NoJava, JarMissing: when one cannot be had any more.

        """
        addon = addons.chosen(build.runtime_addon_identifiers)
        if addon is None:
            return {}
        equipment = await self._runtimes.equipment(addon)
        return await asyncio.to_thread(spark.prepare, folder / "spark", Path(build.python), equipment, profile)

    def _recipe(self, needs: Needs, interpreter: Interpreter, missing: Addon | None) -> Recipe:
        """`missing` is an add-on whose packages the model does not name."""
        environments = self._runtimes.environments
        if needs.requirements is None:
            return environments.base_recipe(interpreter, missing)
        more = missing.requirements if missing else ()
        return environments.model_recipe("\n".join([needs.requirements, *more]), interpreter)

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
