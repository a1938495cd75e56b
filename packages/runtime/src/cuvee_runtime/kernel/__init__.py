"""What a session's IPython kernel loads when it starts (an IPython extension).

It makes a file of the project run as people expect of a script: `__file__`, `sys.argv` without the kernel's own
arguments, and `sys.exit(0)` as a success. Pictures appear inline without any of this: ipykernel sees to that.
"""

import os
import sys
from typing import Any

from cuvee_runtime.iceberg import hook
from cuvee_runtime.kernel.scripts import FileRunner


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython, with the shell of the kernel."""
    sys.argv = [""]  # the kernel's own "-f connection.json" is nobody's argument
    code = os.environ.get("CUVEE_CODE")
    if code:
        # Code of long ago: the project's present modules must not stand in for what it lacks.
        sys.path[:] = [code, *(entry for entry in sys.path if entry not in {"", os.getcwd()})]  # noqa: PTH109
    elif "" not in sys.path:
        sys.path.insert(0, "")  # the working directory, wherever it moves
    runner = FileRunner(shell)
    hook.install()
    shell.push({"run_file": runner.run}, interactive=False)
    shell.register_magic_function(runner.magic, magic_kind="line", magic_name="run_file")
