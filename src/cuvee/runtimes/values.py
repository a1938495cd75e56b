"""Interpreters, runtimes, and the environments made of them."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

#: The release of the runtimes: it changes with what base environments hold.
VERSION: Final = "2026.11.1"
MAINTENANCE: Final = "b1"


class Editor(StrEnum):
    """What a session is looked at with; both are served by the same process."""

    WORKBENCH = "Workbench"
    JUPYTERLAB = "JupyterLab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python of this machine."""

    path: Path
    #: Such as `3.11.7`.
    version: str

    @property
    def minor(self) -> str:
        """Such as `3.11`."""
        return ".".join(self.version.split(".")[:2])

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split(".") if part.isdigit())


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a session, a job or a model runs on: a kernel seen through an editor."""

    interpreter: Interpreter
    editor: Editor
    edition: str = "Standard"

    @property
    def kernel(self) -> str:
        return f"Python {self.interpreter.minor}"

    @property
    def full_version(self) -> str:
        return f"{VERSION}-{MAINTENANCE}"

    @property
    def short_version(self) -> str:
        return ".".join(VERSION.split(".")[:2])

    @property
    def identifier(self) -> str:
        """The name under which API v2 knows it; it has the shape of an image's, although there is no image."""
        editor, edition = self.editor.lower(), self.edition.lower()
        return f"cuvee/ml-runtime-{editor}-python{self.interpreter.minor}-{edition}:{self.full_version}"

    @property
    def description(self) -> str:
        return f"Python {self.interpreter.version} with MLflow, in the {self.editor} editor"


def kernel_of(identifier: str) -> str:
    """The kernel that a runtime's identifier names, also when that runtime is not there any more."""
    found = re.search(r"-python(\d+\.\d+)-", identifier)
    return f"Python {found[1]}" if found else ""


def editor_of(identifier: str) -> str:
    """The editor that a runtime's identifier names."""
    found = re.search(r"ml-runtime-([a-z]+)-", identifier)
    return next((str(editor) for editor in Editor if found and editor.lower() == found[1]), "")


class Progress(StrEnum):
    """How far an environment has come."""

    ABSENT = "absent"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A folder with a Python of its own and packages; whole when it exists as a value."""

    path: Path

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def scripts(self) -> Path:
        return self.path / "bin"

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        return next((self.path / "lib").glob("python3.*")) / "site-packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is in an environment. Its digest is its address: the same recipe is made once."""

    #: The folder of its kind: `base` or `models`.
    kind: str
    interpreter: Interpreter
    requirements: tuple[str, ...]
    #: The source of cuvee-runtime, and a digest of its files.
    runtime_source: Path
    runtime_digest: str
    #: RFC 3339: packages uploaded later are not considered; empty for all.
    exclude_newer: str = ""
