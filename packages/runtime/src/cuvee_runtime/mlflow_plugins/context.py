"""The tags of a run that is started in a session: which file, which session, which commit."""

import os
from pathlib import Path

from mlflow.tracking.context.abstract_context import RunContextProvider

from cuvee_runtime.mlflow_plugins import git, sources

#: In a session, a job and an application; its value is CML's id of the workload.
ENGINE_VARIABLE = "CDSW_ENGINE_ID"
SESSION_VARIABLE = "CUVEE_SESSION_ID"


class SessionRunContext(RunContextProvider):  # type: ignore[misc] # mlflow is not in the platform's environment
    """Says nothing outside of a workload, so that a laptop's runs stay as MLflow makes them."""

    def __init__(self) -> None:
        self._keeper = sources.Keeper()

    def in_context(self) -> bool:
        return bool(os.environ.get(ENGINE_VARIABLE))

    def tags(self) -> dict[str, str]:
        engine = os.environ[ENGINE_VARIABLE]
        tags = {
            "mlflow.source.name": _running_file() or "ipython3",
            "engineID": engine,
            "cuvee.session.id": os.environ.get(SESSION_VARIABLE, engine),
        }
        commit = None if sources.is_of_long_ago() else git.commit_of(Path.cwd())
        return tags | ({"mlflow.source.git.commit": commit} if commit else {}) | self._keeper.tags()


def _running_file() -> str | None:
    """The file that runs, as seen from the working directory, or from the folder that its code of long ago is in."""
    path, root = sources.script(), sources.root() if sources.is_of_long_ago() else Path.cwd()
    if path is None:
        return None
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
