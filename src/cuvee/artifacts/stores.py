"""Which store a project's artifacts are in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cuvee.artifacts.blobs import Store

#: The folder of a project that holds its artifacts, below it `<experiment>/<run>/artifacts/…`.
FOLDER: Final = ".experiments"


@dataclass(slots=True)
class Stores:
    """The store of each project, made when it is asked for first."""

    #: Makes the store of a project from its id.
    make: Callable[[str], Store]
    _known: dict[str, Store] = field(default_factory=dict)

    def of(self, project_id: str) -> Store:
        """The project's store."""
        store = self._known.get(project_id)
        if store is None:
            store = self._known[project_id] = self.make(project_id)
        return store

    def forget(self, project_id: str) -> None:
        """Let go of a deleted project's store; its files are the project's."""
        self._known.pop(project_id, None)
