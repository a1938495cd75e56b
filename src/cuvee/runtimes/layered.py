"""A project's environment: a thin layer over a base environment that all projects share.

It has a Python of its own and an empty place for packages; a `.pth` file adds the base's packages behind it. So a base
of 800 MB is on the disk once, a project's environment is there in a moment, `pip3 install` in a project changes that
project alone, and what the base has counts as installed.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from cuvee.runtimes import uv
from cuvee.runtimes.addons import Addon
from cuvee.runtimes.environments import locked
from cuvee.runtimes.values import Environment, Interpreter

_LINK: Final = "_cuvee_base.pth"
#: What every Python of an environment with Spark does first.
_SPARK: Final = "import cuvee_runtime.spark.hook as hook; hook.install()\n"
_WHOLE: Final = ".complete"


async def ensure(
    root: Path, name: str, interpreter: Interpreter, base: Environment, addon: Addon | None = None
) -> Environment:
    """The project's environment on this base, made or brought up to date; `name` is of its folder below the root.

    A project has one for each Python version, and each add-on on it, that it was used with: what is installed into one
    was chosen to fit the packages of its base. When the base changes, the layer is kept and put on
    the new base.

    Raises:
        EnvironmentFailed: when it cannot be made.

    """
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / (f"python{interpreter.minor}" + (f"-{addon.identifier}" if addon else ""))
    layer = Environment(path=path)
    async with locked(path.with_suffix(f"{path.suffix}.lock")) as lock:
        if not (path / _WHOLE).exists():
            command = ["venv", "--no-project", "--clear", "--python", str(interpreter.path), str(path)]
            await uv.run(command, log=folder / "environment.log", directory=folder, inherit=lock)
        _link(layer, base, _SPARK if addon else "")
        _copy_scripts(layer, base)
        (path / _WHOLE).touch()
    return layer


def holds(base: Environment, wanted: Sequence[str]) -> bool:
    """Whether an environment has these packages in these versions already."""
    found = distributions(path=[str(base.packages)])
    there = {str(canonicalize_name(each.metadata["Name"])): each.version for each in found}
    return all(_is_met(line, there) for line in wanted)


def _is_met(line: str, there: Mapping[str, str]) -> bool:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:  # one with a hash, which cannot be told any more
        return False
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    version = there.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _link(layer: Environment, base: Environment, more: str) -> None:
    """`addsitedir` reads the base's own `.pth` files, which a plain path would not."""
    lines = f"import site; site.addsitedir({str(base.packages)!r})\n{more}"
    link = layer.packages / _LINK
    if not link.exists() or link.read_text() != lines:
        link.write_text(lines)


def _copy_scripts(layer: Environment, base: Environment) -> None:
    """The base's commands (`pip3`, `mlflow`) on the layer's Python, so that they see the layer's packages."""
    ours, theirs = str(layer.scripts).encode(), str(base.scripts).encode()
    for script in base.scripts.iterdir():
        copy = layer.scripts / script.name
        if copy.exists() or script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        head, newline, rest = content.partition(b"\n")
        if head.startswith(b"#!") and theirs in content:
            copy.write_bytes(head.replace(theirs, ours) + newline + rest.replace(theirs, ours))
            copy.chmod(0o755)
