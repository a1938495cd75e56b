"""Scripts in a session: how a kernel is asked to run one, and what is said of its end."""

import shlex
from pathlib import Path
from typing import Final

from cuvee.core.paths import RelativePath
from cuvee.sessions import errors
from cuvee.sessions.values import Execution, ExecutionState

_ENDINGS: Final = {
    ExecutionState.SUCCEEDED: "ran to its end",
    ExecutionState.FAILED: "failed",
    ExecutionState.INTERRUPTED: "was interrupted",
    ExecutionState.LOST: "was lost",
}


def command(folder: Path, file: str, arguments: tuple[str, ...]) -> str:
    """What a kernel is told to run a file.

    Raises:
        NoSuchFile: when the file is not below the folder.

    """
    path = RelativePath.parse(file)
    if not path.under(folder).is_file():
        raise errors.NoSuchFile
    return f"%run_file {shlex.join([str(path), *arguments])}"


def ending(execution: Execution) -> str:
    """How a script's execution ended, as the reason of its session's end.

    >>> ending(Execution(id="", session_id="", file="fit.py", code="", state=ExecutionState.SUCCEEDED, created_at=0))
    'the script fit.py ran to its end'
    """
    said = "" if execution.reason in {"", "interrupted"} else f": {execution.reason}"
    return f"the script {execution.file} {_ENDINGS.get(execution.state, execution.state)}{said}"
