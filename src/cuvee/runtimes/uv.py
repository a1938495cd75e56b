"""uv, as a program of its own: what it is given, and what its failures mean."""

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from uv import find_uv_bin

from cuvee.compute import environment
from cuvee.core import programs
from cuvee.runtimes import errors

#: pip's setting → uv's for the same thing, so that a mirror is configured once.
_AS_PIP: Final = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CERT": "SSL_CERT_FILE",
}
_UNREACHABLE: Final = re.compile(
    r"error sending request|Could not connect|client error \(Connect\)|dns error|Failed to fetch|timed out"
    r"|network was disabled|network connectivity is disabled",
    re.IGNORECASE,
)
_TAIL: Final = 8_000
#: What uv draws around its explanations.
_FRAME: Final = str.maketrans(dict.fromkeys("×╰─▶├│▲", " "))  # noqa: RUF001 - it is one
_TOLD: Final = 600


async def run(arguments: Sequence[str], *, log: Path, directory: Path, inherit: int | None = None) -> None:
    """Run uv to its end, with what it says in the log. A cancelled call ends it.

    `inherit` is a descriptor that uv keeps open as long as it lives (a lock).

    Raises:
        IndexUnreachable: when it could not ask the package index.
        EnvironmentFailed: with the last of what it said.

    """
    with log.open("ab") as stream:
        before = stream.tell()
        stream.write(f"$ uv {' '.join(arguments)}\n".encode())
        stream.flush()
        told = programs.running(
            find_uv_bin(),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=directory,
            env=settings(),
            pass_fds=() if inherit is None else (inherit,),
        )
        async with told as process:
            code = await process.wait()
    if code != 0:
        raise _failure(_said(log, before))


def settings(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Uv's environment: the allow-list, the user's own configuration, pip's mirror when uv has none."""
    given = environment.base(environ)
    given |= {name: environ[name] for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME") if name in environ}
    for pip, uv in _AS_PIP.items():
        if pip in given:
            given.setdefault(uv, given[pip])
    return given | {"UV_NO_PROGRESS": "1", "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"}


def _said(log: Path, since: int) -> str:
    with log.open("rb") as stream:
        stream.seek(max(since, log.stat().st_size - _TAIL))
        return stream.read().decode(errors="replace")


def _failure(said: str) -> errors.EnvironmentFailed:
    if _UNREACHABLE.search(said):
        return errors.IndexUnreachable()
    _before, found, why = said.partition("error:")
    told = " ".join((why if found else said).translate(_FRAME).split())
    return errors.EnvironmentFailed(f"The environment could not be made: {told[:_TOLD]}")
