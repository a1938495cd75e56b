"""From an artifact path or URI of the protocol to a place in a project's store, for a caller who may go there."""

from dataclasses import dataclass
from typing import Final

from cuvee.artifacts.blobs import Store
from cuvee.core.errors import Denied, NotFound
from cuvee.core.paths import BadPath, RelativePath
from cuvee.mlflow_api.endpoint import Asked
from cuvee.mlflow_api.messages import artifacts as messages
from cuvee.registry import versions
from cuvee.tracking import service as tracking
from cuvee.tracking.service import READ

_SCHEME: Final = "mlflow-artifacts:/"


@dataclass(frozen=True, slots=True)
class Place:
    """A path in a store, which the caller may use."""

    store: Store
    path: RelativePath

    def below(self, path: RelativePath) -> "Place":
        return Place(self.store, self.path / path)


async def place_of(asked: Asked, text: str, scope: str) -> Place:
    """The place of a path `<experiment>/…`; its first name says whose project it is.

    The files of a registered version may be read by everybody who sees the version.

    Raises:
        BadPath: when the text is no such path.
        ExperimentNotFound: when there is no such experiment, or the caller has no part in its project.
        Denied: when the caller's role there does not hold the scope.

    """
    path = parsed(text)
    if not path.names:
        raise BadPath
    try:
        experiment = await asked.call.read(tracking.get_experiment, asked.caller, path.names[0], scope)
    except (NotFound, Denied):
        project_id = await asked.call.read(versions.project_of_files, asked.caller, path) if scope == READ else None
        if project_id is None:
            raise
        return Place(asked.tools.stores.of(project_id), path)
    return Place(asked.tools.stores.of(experiment.project_id), path)


async def place_of_uri(asked: Asked, uri: str, scope: str) -> Place:
    """The place of an artifact URI that the platform gave out.

    Raises:
        BadPath: when the URI is of another kind.

    """
    if not uri.startswith(_SCHEME):
        raise BadPath
    return await place_of(asked, uri.removeprefix(_SCHEME), scope)


async def place_of_run(asked: Asked, run_id: str, path: str, scope: str) -> tuple[Place, str]:
    """The place of a path among a run's artifacts, and the URI of those.

    Raises:
        RunNotFound: when there is no such run, or the caller has no part in its project.

    """
    below = parsed(path)
    run = await asked.call.read(tracking.get_run_info, asked.caller, run_id, scope)
    root = RelativePath.parse(run.artifact_uri.removeprefix(_SCHEME))
    return Place(asked.tools.stores.of(run.project_id), root / below), run.artifact_uri


def parsed(text: str) -> RelativePath:
    """A caller's text as a path.

    Raises:
        BadPath: with MLflow's message.

    """
    try:
        return RelativePath.parse(text)
    except BadPath as error:
        raise BadPath("Invalid path") from error


async def listed(place: Place, relative_to: RelativePath) -> list[messages.File]:
    """What lies at a place, as MLflow writes it; paths begin with `relative_to`."""
    return [
        messages.File(path=str(relative_to / RelativePath((entry.name,))), is_dir=entry.is_folder, file_size=entry.size)
        async for batch in place.store.list(place.path)
        for entry in batch
    ]
