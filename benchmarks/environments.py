"""The peers' environments: made once by uv, versions pinned, kept outside of the repository and used again."""

import hashlib
import os
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

MLFLOW: Final = ("mlflow==3.17.2", "scikit-learn==1.9.1", "pandas==3.1.1", "numpy==2.4.6")
FASTTRACKML: Final = ("fasttrackml==0.6.0",)
MLSERVER: Final = ("mlserver==1.7.1", "mlserver-mlflow==1.7.1", *MLFLOW)
#: What a model's environment holds: our runtime, and the libraries as the peers have them.
SCORING: Final = (str(ROOT / "packages/runtime"), "mlflow-skinny==3.17.2", *MLFLOW[1:])


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that is there."""

    path: Path

    def command(self, name: str) -> str:
        return str(self.path / "bin" / name)

    @property
    def python(self) -> str:
        return self.command("python")


class Environments:
    """Makes environments, or finds them made."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder

    def get(self, name: str, requirements: tuple[str, ...]) -> Environment:
        """The environment with these requirements. A requirement that is a folder is installed anew when it changed."""
        mark = hashlib.sha256("\n".join([*requirements, _as_of(), *_contents(requirements)]).encode()).hexdigest()[:12]
        path = self.folder / f"{name}-{mark}"
        complete = path / "complete"
        if not complete.exists():
            print(f"making the environment of {name} …", flush=True)
            _uv("venv", "--clear", "--python", "3.11", str(path))
            python = str(path / "bin/python")
            _uv("pip", "install", "--compile-bytecode", "--exclude-newer", _as_of(), "--python", python, *requirements)
            complete.touch()
        return Environment(path)


def default_cache() -> Path:
    """Where environments and scratch folders live: `$XDG_CACHE_HOME/cuvee-bench`."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "cuvee-bench"


@cache
def _as_of() -> str:
    """The date that holds every version in this repository."""
    declared: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["exclude-newer"]
    return declared


def _contents(requirements: tuple[str, ...]) -> list[str]:
    folders = [Path(requirement) for requirement in requirements if Path(requirement).is_dir()]
    files = sorted(file for folder in folders for file in (folder / "src").rglob("*.py"))
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def _uv(*arguments: str) -> None:
    # The workspace's own settings are none of a peer's business.
    subprocess.run(["uv", "--quiet", "--no-config", *arguments], check=True, cwd=Path.home())
