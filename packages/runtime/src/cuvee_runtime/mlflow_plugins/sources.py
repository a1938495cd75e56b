"""A run's code, kept with the project: the script and the project's modules that it uses, by their content.

`.experiments/.sources/<sha256>` of the project holds each file once; a manifest, a file like them, says which path had
which content. What is kept is whole, or there is no tag. Nothing here ever fails a run.
"""

import ast
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

FOLDER = Path(".experiments", ".sources")
DIGEST_TAG = "cuvee.source.digest"
ARGUMENTS_TAG = "cuvee.source.arguments"
#: Where the code of a session is that does not run the project's own.
CODE_VARIABLE = "CUVEE_CODE"
_MOST_FILES = 500
_MOST_BYTES = 16 * 1024 * 1024
#: Characters; MLflow's own limit of a tag is higher.
_LONGEST_ARGUMENTS = 4_000


def is_of_long_ago() -> bool:
    """Whether this session runs code that was kept, in place of the project's own."""
    return bool(os.environ.get(CODE_VARIABLE))


def root() -> Path:
    """The folder that the code is in: the project's, unless the session was given code of its own."""
    return Path(os.environ.get(CODE_VARIABLE) or Path.home())


def script() -> Path | None:
    """The file that runs; None for code that is typed in. The kernel sets `__file__` while it runs one."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(file).absolute() if file else None


class Keeper:
    """Keeps the code of runs. A process that starts many reads a file again only when it changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], bytes, frozenset[str]]] = {}

    def tags(self) -> dict[str, str]:
        """The tags of a run that starts now; none when its code cannot be kept."""
        try:
            return self._tags()
        except Exception:  # noqa: BLE001 - whatever a disk or a module does, the run goes on
            return {}

    def _tags(self) -> dict[str, str]:
        file, base = script(), root()
        if file is None or not _is_own(file, base):
            return {}
        files = self._files(file, base)
        arguments = json.dumps(sys.argv[1:])
        if files is None or len(arguments) > _LONGEST_ARGUMENTS:
            return {}
        digests = {str(path.relative_to(base)): _keep(content) for path, content in files.items()}
        manifest = {"script": str(file.relative_to(base)), "files": dict(sorted(digests.items()))}
        return {DIGEST_TAG: _keep(json.dumps(manifest).encode()), ARGUMENTS_TAG: arguments}

    def _files(self, file: Path, base: Path) -> dict[Path, bytes] | None:
        """The script, the modules that are loaded, and what these import, now or later; None when that is too much."""
        waiting = [file, *(path for path in _loaded() if _is_own(path, base))]
        roots = [base, *(path for entry in sys.path if (path := Path(entry).absolute()).is_relative_to(base))]
        found: dict[Path, bytes] = {}
        total = 0
        while waiting:
            path = waiting.pop()
            if path in found:
                continue
            found[path], names = self._read(path)
            total += len(found[path])
            if len(found) > _MOST_FILES or total > _MOST_BYTES:
                return None
            waiting += (each for name in names for each in _modules(name, (path.parent, *roots)) if _is_own(each, base))
        return found

    def _read(self, path: Path) -> tuple[bytes, frozenset[str]]:
        status = path.stat()
        seen = (status.st_mtime_ns, status.st_size)
        known = self._known.get(path)
        if known is None or known[0] != seen:
            content = path.read_bytes()
            known = self._known[path] = (seen, content, frozenset(_imports(content)))
        return known[1], known[2]


def _loaded() -> Iterator[Path]:
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py"):
            yield Path(file).absolute()


def _is_own(path: Path, base: Path) -> bool:
    """Whether a file is the project's: below it, in no hidden folder, and no package that was installed there."""
    if not path.is_relative_to(base) or not path.is_file():
        return False
    inner = path.relative_to(base).parts
    return "site-packages" not in inner and not any(name.startswith(".") for name in inner)


def _imports(content: bytes) -> Iterator[str]:
    """The modules that a file names, wherever in it; those beside it with a dot in front of their name."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):  # a script may have IPython's own syntax
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module
            before = module if module.endswith(".") else f"{module}."
            yield from (before + alias.name for alias in node.names if alias.name != "*")


def _modules(name: str, roots: tuple[Path, ...]) -> Iterator[Path]:
    """The files that an import reads, of those that could be meant."""
    level = len(name) - len(name.lstrip("."))
    parts = [part for part in name.lstrip(".").split(".") if part]
    starts = [_up(roots[0], level - 1)] if level else roots
    for start in starts:
        for depth in range(len(parts) + 1):
            place = start.joinpath(*parts[:depth])
            yield place / "__init__.py"
            if depth:
                yield place.with_name(f"{place.name}.py")


def _up(folder: Path, steps: int) -> Path:
    for _ in range(steps):
        folder = folder.parent
    return folder


def _keep(content: bytes) -> str:
    """Keep a file under its digest, whole: written beside its place and moved there."""
    digest = hashlib.sha256(content).hexdigest()
    folder = Path.home() / FOLDER
    place = folder / digest
    if place.is_file() and place.stat().st_size == len(content):
        return digest
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(draft).replace(place)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise
    return digest
