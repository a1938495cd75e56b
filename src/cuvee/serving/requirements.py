"""What a model says it needs: the packages, the wheels that come with it, the Python it was made with.

The lines themselves are read by the runtimes room, which takes names and versions and nothing else; here only the
wheels are set apart, because they are files of the model.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuvee.core import errors as core_errors
from cuvee.core.paths import RelativePath
from cuvee.serving import errors

_FILE: Final = "requirements.txt"
_PYTHON: Final = re.compile(r"^python\s*:\s*['\"]?(\d+\.\d+)", re.MULTILINE)
_WHEEL: Final = re.compile(r"(?P<path>[^\s@#]+\.whl)\s*(?:#.*)?")
#: Bytes.
_LARGEST: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a model's environment is to hold."""

    #: The text of a `requirements.txt` without the wheels; None when the model has none.
    requirements: str | None = None
    #: Wheels that come with the model.
    wheels: tuple[Path, ...] = ()
    #: Such as `3.11`; empty when the model does not say.
    python: str = ""


def read(model: Path) -> Needs:
    """What `requirements.txt` and `python_env.yaml` of a model say.

    Raises:
        BuildFailed: when a file is too large, or a wheel is not among the model's files.

    """
    text = _text(model / _FILE)
    wheels: list[Path] = []
    lines: list[str] = []
    for line in (text or "").splitlines():
        wheel = _WHEEL.fullmatch(line.strip())
        if wheel is None:
            lines.append(line)
        else:
            wheels.append(_wheel(model, wheel["path"]))
    found = _PYTHON.search(_text(model / "python_env.yaml") or "")
    return Needs(
        requirements=None if text is None else "\n".join(lines),
        wheels=tuple(wheels),
        python=found[1] if found else "",
    )


def _text(path: Path) -> str | None:
    if not path.is_file() or path.is_symlink():
        return None
    if path.stat().st_size > _LARGEST:
        raise errors.BuildFailed(f"{path.name} is larger than {_LARGEST} bytes.")
    return path.read_text(errors="replace")


def _wheel(model: Path, line: str) -> Path:
    try:
        path = RelativePath.parse(line.removeprefix("./")).under(model)
    except core_errors.Invalid:
        raise errors.BuildFailed(f"{_FILE}: {line[:200]!r} leads out of the model.") from None
    if not path.is_file():
        raise errors.BuildFailed(f"{_FILE}: {line[:200]!r} is not among the model's files.")
    return path
