"""Which Pythons this machine has."""

import asyncio
import platform
import re
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
from uv import find_uv_bin

from cuvee.core import programs
from cuvee.runtimes.values import Interpreter

_OLDEST: Final = (3, 11)
_FINAL: Final = re.compile(r"\d+\.\d+\.\d+")


def own() -> Interpreter:
    """The one that runs the platform, without the environment around it."""
    return Interpreter(path=Path(sys.executable).resolve(), version=platform.python_version())


async def find() -> list[Interpreter]:
    """The newest of each minor version that workloads can run on; the platform's own is always among them."""
    asking = programs.running(
        find_uv_bin(),
        *("python", "list", "--only-installed", "--offline", "--no-config", "--output-format", "json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asking as process:
        output, _ = await process.communicate()
    return _chosen(_read(output))


def _read(output: bytes) -> list[Interpreter]:
    try:
        listed: list[dict[str, Any]] = msgspec.json.decode(output or b"[]")
    except msgspec.DecodeError:
        return []
    return [
        Interpreter(path=Path(entry["path"]), version=entry["version"])
        for entry in listed
        if entry.get("implementation") == "cpython"
        and entry.get("variant", "default") == "default"
        and _FINAL.fullmatch(entry["version"])
        and not _is_environment(Path(entry["path"]))
    ]


def _is_environment(python: Path) -> bool:
    return (python.parent.parent / "pyvenv.cfg").exists()


def _chosen(found: list[Interpreter]) -> list[Interpreter]:
    newest: dict[str, Interpreter] = {}
    for interpreter in sorted(found, key=lambda each: each.order):
        if interpreter.order >= _OLDEST:
            newest[interpreter.minor] = interpreter
    newest[own().minor] = own()
    return sorted(newest.values(), key=lambda each: each.order)
