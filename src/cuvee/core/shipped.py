"""Folders that come with the package: in a wheel beside the code, in a checkout where they are edited."""

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_CHECKOUT: Final = _PACKAGE.parents[1]


def runtime_source() -> Path:
    """The source of `cuvee-runtime`, which workloads' environments install."""
    return _first(_PACKAGE / "_shipped" / "runtime", _CHECKOUT / "packages" / "runtime")


def template(name: str) -> Path:
    """A project template by name, such as `tutorial`."""
    return _first(_PACKAGE / "_shipped" / "templates" / name, _CHECKOUT / "examples" / name)


def templates() -> dict[str, Path]:
    """Every project template by name."""
    folder = _first(_PACKAGE / "_shipped" / "templates", _CHECKOUT / "examples")
    return {path.name: path for path in sorted(folder.iterdir()) if path.is_dir()}


def docs() -> Path:
    """The documentation, as it is in the repository: folders of Markdown files."""
    return _first(_PACKAGE / "_shipped" / "docs", _CHECKOUT / "docs")


def _first(*candidates: Path) -> Path:
    for path in candidates:
        if path.is_dir():
            return path
    message = f"This installation lacks {candidates[0]}: install the cuvee package again."
    raise FileNotFoundError(message)
