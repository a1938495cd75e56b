"""Running a file of the project in the kernel, as one cell."""

import ast
import os
import shlex
import sys
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ABSENT = object()


class ScriptFailed(Exception):
    """A file ended with an exit code other than 0."""


class FileRunner:
    """Runs files in a shell's namespace, so that scripts of one session share what they define."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def magic(self, line: str) -> None:
        """`%run_file path [argument ...]`."""
        path, *arguments = shlex.split(line)
        self.run(path, *arguments)

    def run(self, path: str | os.PathLike[str], *arguments: str) -> None:
        """Run a file's text with IPython's syntax, and show the value of its last line if that is an expression.

        Raises what the file raises. `sys.exit()` and `sys.exit(0)` end it well, any other code raises ScriptFailed.
        """
        __tracebackhide__ = True  # IPython leaves this frame out of what it shows
        file = _place(path)
        with tokenize.open(file) as text:
            tree = ast.parse(self._shell.transform_cell(text.read()), filename=str(file))
        last = [tree.body.pop()] if tree.body and isinstance(tree.body[-1], ast.Expr) else []
        with _as_script(self._shell.user_ns, file, arguments):
            try:
                exec(compile(tree, str(file), "exec"), self._shell.user_ns)  # noqa: S102 - to run it is the task
                exec(compile(ast.Interactive(last), str(file), "single"), self._shell.user_ns)  # noqa: S102
            except SystemExit as end:
                if end.code not in (None, 0):
                    raise ScriptFailed(f"{path} ended with exit code {end.code}.") from None


def _place(path: str | os.PathLike[str]) -> Path:
    """Where a file is: among the session's own code, when it has such, else below the working directory."""
    among = Path(os.environ.get("CUVEE_CODE", ""), path).absolute()
    return among if among.is_file() else Path(path).absolute()


@contextmanager
def _as_script(namespace: dict[str, Any], file: Path, arguments: tuple[str, ...]) -> Iterator[None]:
    """`__file__` and `sys.argv` while a file runs, and what they were before afterwards."""
    before, argv = namespace.get("__file__", _ABSENT), sys.argv
    namespace["__file__"], sys.argv = str(file), [str(file), *arguments]
    try:
        yield
    finally:
        sys.argv = argv
        if before is _ABSENT:
            namespace.pop("__file__", None)
        else:
            namespace["__file__"] = before
