"""What the forms of sessions and jobs say, as values: runtime, add-ons, resources, variables; and what they offer."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cuvee.compute import profiles
from cuvee.compute.values import Profile
from cuvee.core import errors
from cuvee.projects.forms import environment
from cuvee.projects.values import Project
from cuvee.runtimes import addons
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Runtime

Form = Mapping[str, str]

_MOST_SCRIPTS: Final = 300
_MOST_FOLDERS: Final = 1_000


class NoSuchChoice(errors.Invalid):
    """This machine has no runtime like that: choose another kernel or editor."""


class NoSuchProfile(errors.Invalid):
    """There is no resource profile like that: choose one of those on offer."""


class BadLine(errors.Invalid):
    """A variable is written NAME=value, one a line."""


async def default(runtimes: Runtimes, project: Project | None) -> Runtime:
    """The runtime that the project remembers, as long as this machine has it."""
    try:
        return await runtimes.get(project.runtime if project else "")
    except errors.NotFound:
        return runtimes.default()


async def runtime(runtimes: Runtimes, form: Form) -> Runtime:
    """The runtime of the chosen editor and kernel."""
    for each in await runtimes.all():
        if (str(each.editor), each.kernel) == (form.get("editor"), form.get("kernel")):
            return each
    raise NoSuchChoice


def addons_of(form: Form) -> tuple[str, ...]:
    """The add-ons that were enabled."""
    return (addons.find(form.get("addon", "")).identifier,) if form.get("spark") else ()


def profile_key(profile: Profile) -> str:
    """A profile as a choice of the form."""
    return f"{profile.cpu:g}/{profile.memory:g}"


def profile(form: Form) -> Profile:
    """The chosen resources."""
    cpu, _slash, memory = form.get("profile", "").partition("/")
    try:
        return profiles.profile(float(cpu or 0), float(memory or 0))
    except ValueError:
        raise NoSuchProfile from None


def variables(text: str) -> dict[str, str]:
    """Variables, one a line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not all("=" in line for line in lines):
        raise BadLine
    return {name.strip(): value for name, _equals, value in (line.partition("=") for line in lines)}


def checked(given: Mapping[str, str]) -> dict[str, str]:
    """Variables that can be set.

    Raises:
        BadEnvironment: when one cannot.

    """
    return environment(given)


async def offered(runtimes: Runtimes, present: Profile | None = None) -> dict[str, Any]:
    """What the fields of a form offer; the profile that is there already is among it."""
    found = await runtimes.all()
    others = () if present is None or present in profiles.PROFILES else (present,)
    return {
        "editors": unique(str(each.editor) for each in found),
        "kernels": unique(each.kernel for each in found),
        "editions": unique(each.edition for each in found),
        "versions": unique(each.full_version for each in found),
        "machine": profiles.machine(),
        "addons": addons.ADDONS,
        "profiles": [(profile_key(each), each, profiles.fits(each)) for each in (*others, *profiles.PROFILES)],
    }


def scripts(root: Path) -> list[str]:
    """The Python files of a project, for a picker: not those in hidden folders, and not all of very many."""
    found: list[str] = []
    for number, (folder, folders, files) in enumerate(os.walk(root)):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        here = Path(folder).relative_to(root)
        found.extend(str(here / name) for name in sorted(files) if name.endswith(".py"))
        if number > _MOST_FOLDERS or len(found) > _MOST_SCRIPTS:
            break
    return found[:_MOST_SCRIPTS]


def unique(texts: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(texts))
