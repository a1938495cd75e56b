"""Which runtimes there are, and the environments of projects and models on them."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from cuvee.runtimes import errors, interpreters, java, layered
from cuvee.runtimes.addons import Addon
from cuvee.runtimes.environments import Environments
from cuvee.runtimes.jars import Jars
from cuvee.runtimes.java import Java
from cuvee.runtimes.requirements import clean
from cuvee.runtimes.values import Editor, Environment, Interpreter, Progress, Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What an add-on needs of this machine, found."""

    java: Java
    jars: tuple[Path, ...]


class Runtimes:
    """The runtimes of this machine. One of these lives as long as the platform."""

    def __init__(self, environments: Environments, projects: Path, jars: Jars) -> None:
        self.environments = environments
        self._jars = jars
        self._projects = projects
        self._interpreters = [interpreters.own()]
        self._searched = asyncio.Lock()
        self._is_searched = False
        self._lacks: dict[str, str] = {}

    async def interpreters(self) -> list[Interpreter]:
        """The Pythons of this machine that workloads can run on, the oldest first. Looked for once."""
        async with self._searched:
            if not self._is_searched:
                self._interpreters = await interpreters.find()
                self._is_searched = True
        return self._interpreters

    async def all(self) -> list[Runtime]:
        """Every runtime: each Python in each editor."""
        found = await self.interpreters()
        return [Runtime(interpreter=interpreter, editor=editor) for interpreter in found for editor in Editor]

    def default(self) -> Runtime:
        """The platform's own Python in the Workbench."""
        return Runtime(interpreter=interpreters.own(), editor=Editor.WORKBENCH)

    async def get(self, identifier: str) -> Runtime:
        """A runtime by its identifier; the default one for an empty text.

        The version behind the colon need not fit: a project that was made with an older release goes on with this one.

        Raises:
            RuntimeNotFound: when there is none.

        """
        if not identifier:
            return self.default()
        name = identifier.partition(":")[0]
        for runtime in await self.all():
            if runtime.identifier.partition(":")[0] == name:
                return runtime
        raise errors.RuntimeNotFound

    async def python(self, version: str) -> Interpreter:
        """The interpreter for a version such as `3.11.7`: the same minor version, whatever its patch.

        Raises:
            NoSuchPython: when this machine has none.

        """
        minor = ".".join(version.split(".")[:2])
        found = await self.interpreters()
        for interpreter in found:
            if interpreter.minor == minor:
                return interpreter
        have = ", ".join(interpreter.minor for interpreter in found)
        raise errors.NoSuchPython(f"Python {minor[:8]} is needed; this machine has {have}.")

    def progress(self, runtime: Runtime) -> tuple[Progress, str]:
        """How far the runtime's base environment has come."""
        return self.environments.progress(self.environments.base_recipe(runtime.interpreter))

    async def project_environment(
        self, project_id: str, runtime: Runtime, addon: Addon | None = None
    ) -> tuple[Environment, Environment]:
        """A project's environment and the base below it, both made when they are not there.

        Raises:
            EnvironmentFailed: when one cannot be made.

        """
        base = await self.environments.ensure(self.environments.base_recipe(runtime.interpreter, addon))
        layer = await layered.ensure(self._projects, project_id, runtime.interpreter, base, addon)
        return layer, base

    async def pinned_environment(
        self, folder: Path, requirements: str, runtime: Runtime, addon: Addon | None = None
    ) -> tuple[Environment, Environment]:
        """An environment below a folder, without what anybody installed, and a base with these packages below it.

        Where the packages are those of the usual base, that is the one.

        Raises:
            BadRequirement: when a line is not a plain requirement.
            EnvironmentFailed: when one cannot be made.

        """
        pins = clean(requirements)
        base = await self.environments.ensure(self.environments.base_recipe(runtime.interpreter, addon))
        if not await asyncio.to_thread(layered.holds, base, pins):
            base = await self.environments.ensure(self.environments.pinned_recipe(pins, runtime.interpreter, addon))
        layer = await layered.ensure(folder, "environment", runtime.interpreter, base, addon)
        return layer, base

    async def equipment(self, addon: Addon) -> Equipment:
        """What an add-on needs besides its packages. Seconds when a jar is downloaded.

        Raises:
            NoJava: when this machine has no Java that fits.
            JarMissing: when a jar cannot be had.

        """
        try:
            found = Equipment(java=await self.java(addon), jars=await self._jars.get(addon.jars))
        except (errors.NoJava, errors.JarMissing) as missing:
            self._lacks[addon.identifier] = missing.message
            raise
        self._lacks.pop(addon.identifier, None)
        return found

    def lack(self, addon: Addon) -> str:
        """What was missing when the add-on was asked for last, in a sentence; empty when nothing was."""
        return self._lacks.get(addon.identifier, "")

    async def java(self, addon: Addon) -> Java:
        """A Java for an add-on: the machine's, or one out of a package where the machine has none that fits.

        Raises:
            NoJava: when neither can be had; the message says what to do.

        """
        try:
            return await asyncio.to_thread(java.find, *addon.java)
        except errors.NoJava as missing:
            return await self._packaged_java(missing)

    async def _packaged_java(self, missing: errors.NoJava) -> Java:
        recipe = self.environments.model_recipe(java.PACKAGE, interpreters.own())
        try:
            made = await self.environments.ensure(recipe)
        except errors.EnvironmentFailed as error:
            raise errors.NoJava(f"{missing.message} The package {java.PACKAGE} could not be had either.") from error
        return await asyncio.to_thread(java.packaged, made.path, made.packages)
