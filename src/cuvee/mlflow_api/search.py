"""The protocol's searches for runs and experiments."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import UNSET

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.experiments import default_of, experiment_id_of
from cuvee.mlflow_api.experiments import shown as shown_experiment
from cuvee.mlflow_api.messages import experiments as experiment_messages
from cuvee.mlflow_api.messages import runs as run_messages
from cuvee.mlflow_api.runs import shown_all
from cuvee.tracking import search
from cuvee.tracking import service as tracking
from cuvee.tracking.values import View

#: In the order of protobuf's numbers, from 1.
_VIEWS: Final = tuple(View)
_RUNS: Final = "mlflow/runs/search"
_EXPERIMENTS: Final = "mlflow/experiments/search"


async def search_runs(asked: Asked, message: run_messages.SearchRuns) -> run_messages.RunsPage:
    if message.max_results > search.MOST:
        raise errors.InvalidValue("max_results", message.max_results)
    ids = [await experiment_id_of(asked, experiment_id) for experiment_id in message.experiment_ids]
    view = _view(message.run_view_type)
    purpose = _purpose(asked, _RUNS, sorted(ids), message.filter, message.order_by, view)
    found, following = await asked.call.read(
        _runs,
        asked.caller,
        ids,
        filter_text=message.filter,
        order_by=message.order_by,
        view=view,
        after=_opened(asked, message.page_token, purpose),
        limit=message.max_results,
        columns=None if message.columns is UNSET else message.columns,
    )
    return run_messages.RunsPage(found, _sealed(asked, following, purpose))


def _runs(
    connection: Reading, caller: Caller, ids: Sequence[str], /, **question: Any
) -> tuple[list[run_messages.Run], search.Position | None]:
    """One crossing to a reader for everything that a page shows."""
    found, following = search.runs(connection, caller, ids, **question)
    return shown_all(connection, found), following


async def search_experiments(
    asked: Asked, message: experiment_messages.SearchExperiments
) -> experiment_messages.ExperimentsPage:
    await default_of(asked)
    view, project_id = _view(message.view_type), await asked.project()
    purpose = _purpose(asked, _EXPERIMENTS, project_id, message.filter, message.order_by, view)
    found, following = await asked.call.read(
        search.experiments,
        asked.caller,
        project_id,
        filter_text=message.filter,
        order_by=message.order_by,
        view=view,
        after=_opened(asked, message.page_token, purpose),
        limit=message.max_results,
    )
    return experiment_messages.ExperimentsPage(
        [shown_experiment(each) for each in found], _sealed(asked, following, purpose)
    )


def _purpose(asked: Asked, *question: Any) -> str:
    """What a page token is for: this list, asked in this way by this caller. Pages may differ in their size."""
    return repr((asked.caller.user_id, *question))


def _sealed(asked: Asked, position: search.Position | None, purpose: str) -> str:
    return "" if position is None else asked.tools.sealer.seal(position, purpose)


def _opened(asked: Asked, token: str, purpose: str) -> search.Position | None:
    """Where the list goes on; at the beginning without a token.

    Raises:
        BadPageToken: when the token was given to somebody else, or for another question.

    """
    return asked.tools.sealer.open(token, purpose) if token else None


def _view(given: str | int) -> View:
    """A view by its name or protobuf's number; what is there, when none is given."""
    if given == "":
        return View.ACTIVE_ONLY
    if isinstance(given, str) and given in View.__members__:
        return View(given)
    number = int(given) if str(given).isdigit() else 0
    if 1 <= number <= len(_VIEWS):
        return _VIEWS[number - 1]
    raise errors.InvalidValue("view_type", given)


ENDPOINTS: Final[list[Endpoint[Any]]] = [
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/search",
        scope=tracking.READ,
        request=run_messages.SearchRuns,
        handle=search_runs,
        is_hot=True,
    ),
    Endpoint(
        method="GET",
        path="/2.0/mlflow/experiments/search",
        scope=tracking.READ,
        request=experiment_messages.SearchExperiments,
        handle=search_experiments,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/experiments/search",
        scope=tracking.READ,
        request=experiment_messages.SearchExperiments,
        handle=search_experiments,
    ),
]
