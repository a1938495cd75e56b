"""How a run would be rebuilt, and what of it would be the same: code, data, packages, Python."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from cuvee.artifacts.stores import Stores
from cuvee.artifacts.texts import text_of
from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath
from cuvee.lineage.values import Former, Rebuild, Sameness
from cuvee.logged_models import mlmodel
from cuvee.runtimes import requirements
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Runtime, kernel_of
from cuvee.sessions import checkout, code
from cuvee.sessions.values import Script

SOURCE_TAG: Final = "mlflow.source.name"
DIGEST_TAG: Final = "cuvee.source.digest"
ARGUMENTS_TAG: Final = "cuvee.source.arguments"
COMMIT_TAG: Final = "mlflow.source.git.commit"
#: What a rebuilt run's tag of the run before is called.
REBUILT_TAG: Final = "cuvee.rebuilt_from"

_PINNED: Final = re.compile(r"[^=<>!~]+===?[^=<>!~*,]+")
_MOST_REQUIREMENTS: Final = 256 * 1024
_MOST_ARGUMENTS: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Code:
    file: str
    #: As a session's script names it; empty for the project's own.
    place: str
    reason: str = ""


async def plan(former: Former, runtimes: Runtimes, stores: Stores, project: Path) -> Rebuild:
    """How a run would be rebuilt."""
    found = await _code(former, project)
    pins, packages = await _packages(former, stores)
    runtime, python = await _python(former, runtimes, stores)
    sameness = Sameness(code=found.reason, data=" ".join(former.lost), packages=packages, python=python)
    if not found.file:
        return Rebuild(sameness=sameness, runtime=runtime)
    script = Script(
        file=found.file,
        arguments=arguments(former.tags),
        code=found.place,
        requirements=pins,
        as_of=former.as_of,
        tags={REBUILT_TAG: former.info.id},
    )
    return Rebuild(sameness=sameness, runtime=runtime, script=script)


def arguments(tags: Mapping[str, str]) -> tuple[str, ...]:
    """What the run's script was called with."""
    try:
        return tuple(msgspec.json.decode(tags.get(ARGUMENTS_TAG, "[]"), type=list[str])[:_MOST_ARGUMENTS])
    except msgspec.DecodeError:
        return ()


async def file_of(former: Former, project: Path) -> str:
    """The file of the project that a run was made by, if it is there now; else nothing."""
    named = [former.tags.get(SOURCE_TAG, "")]
    try:
        kept = await asyncio.to_thread(code.manifest, project, former.tags.get(DIGEST_TAG, ""))
        named.insert(0, kept.script)
    except CuveeError:
        pass  # what MLflow itself says of the file has to do
    return await asyncio.to_thread(_first_file, project, named)


def _first_file(project: Path, named: Sequence[str]) -> str:
    return next((name for name in named if _is_file(project, name)), "")


def _is_file(project: Path, name: str) -> bool:
    try:
        return RelativePath.parse(name).under(project).is_file()
    except (CuveeError, OSError):
        return False


async def _code(former: Former, project: Path) -> _Code:
    digest, commit = former.tags.get(DIGEST_TAG, ""), former.tags.get(COMMIT_TAG, "")
    name = former.tags.get(SOURCE_TAG, "")
    reason = "The run's code was not kept."
    if digest:
        try:
            kept = await asyncio.to_thread(code.manifest, project, digest)
            return _Code(kept.script, code.MANIFEST + digest)
        except CuveeError as error:
            reason = error.message
    if commit and name and await checkout.has(project, commit, name):
        why = f"Of the code only its Git commit {commit[:8]} is known: what was not committed is not in it."
        return _Code(name, code.COMMIT + commit, why)
    file = await file_of(former, project)
    if not file:
        return _Code("", "", f"{reason} No file is known that could be run.")
    return _Code(file, "", f"{reason} {file} is run as it is now.")


async def _packages(former: Former, stores: Stores) -> tuple[str | None, str]:
    """The packages that the run's models pin; and why they are not all that is to be known."""
    store = stores.of(former.info.project_id)
    texts = [await text_of(store, folder / RelativePath(("requirements.txt",)), _MOST_REQUIREMENTS)
             for folder in former.models]  # fmt: skip
    text = "\n".join(dict.fromkeys(line for each in texts for line in each.splitlines()))
    if not text.strip():
        return None, "The run logged no model that says which packages it needs: the project's are used."
    try:
        lines = requirements.clean(text)
    except CuveeError as error:
        return None, f"{error.message} The project's packages are used."
    loose = [line for line in lines if not _PINNED.fullmatch(line.partition(";")[0].partition(" --hash")[0].strip())]
    return "\n".join(lines), f"The model leaves the version open of {', '.join(loose)[:300]}." if loose else ""


async def _python(former: Former, runtimes: Runtimes, stores: Stores) -> tuple[Runtime, str]:
    usual, reason = await runtime_of(former, runtimes)
    version = await _python_version(former, stores)
    if not version:
        return usual, reason or ("" if former.session else "It is not known which Python the run had.")
    try:
        interpreter = await runtimes.python(version)
    except CuveeError as error:
        return usual, error.message
    same = interpreter.version == version
    why = "" if same else f"The run had Python {version[:20]}, this machine has {interpreter.version}."
    return Runtime(interpreter=interpreter, editor=usual.editor), why


async def _python_version(former: Former, stores: Stores) -> str:
    store = stores.of(former.info.project_id)
    for folder in former.models:
        text = await text_of(store, folder / RelativePath(("MLmodel",)), mlmodel.MOST)
        if version := mlmodel.read(text.encode()).python_version:
            return version
    return ""


async def runtime_of(former: Former, runtimes: Runtimes) -> tuple[Runtime, str]:
    """The runtime of the run's session, else the project's, else the platform's; and why it is not the first."""
    reason = ""
    named = [former.session.runtime] if former.session else []
    for identifier in (*named, former.project.runtime):
        try:
            return (await runtimes.get(identifier) if identifier else runtimes.default()), reason
        except CuveeError:
            reason = f"{kernel_of(identifier) or 'The runtime'} is not on this machine any more."
    return runtimes.default(), reason
