"""The run that goes on. Nobody who did not import MLflow has one."""

import sys
import threading
from collections.abc import Iterable, Sequence
from typing import Any


def active() -> str:
    """The id of the one that goes on in this thread; empty when none does."""
    mlflow = sys.modules.get("mlflow")
    return _id(mlflow.active_run()) if mlflow is not None else ""


def meant() -> str:
    """The id of the one for which this thread works; empty when it works for none.

    Libraries read in threads of their own, which have no run: they work for the only one that goes on elsewhere.
    """
    own = active()
    mlflow = sys.modules.get("mlflow")
    if own or mlflow is None or threading.current_thread() is threading.main_thread():
        return own
    every = mlflow.tracking.fluent._active_run_stack  # noqa: SLF001 - MLflow tells nobody of another thread's run
    return _id(_only(every.get_all_thread_values().values()))


def _only(stacks: Iterable[Sequence[Any]]) -> Any:
    """The innermost run of the only thread that has one."""
    runs = [stack[-1] for stack in stacks if stack]
    return runs[0] if len(runs) == 1 else None


def _id(run: Any) -> str:
    return run.info.run_id if run is not None else ""
