"""Making runs again, over routes in API v2's style."""

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.lineage import messages
from cuvee.lineage.retraining import Retraining
from cuvee.lineage.values import Former
from cuvee.sessions import messages as session_messages
from cuvee.sessions.routes import shown

_RUN: Final = "/api/v2/projects/{project_id:str}/experiments/{experiment_id:str}/runs/{run_id:str}"
WRITE: Final = scope("sessions:write")


async def provide_former(
    project_id: FromPath[str],
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    call: NamedDependency[Call],
    retraining: NamedDependency[Retraining],
) -> Former:
    """`former`, the run that an address names."""
    return await retraining.look(call, project_id, experiment_id, run_id)


_FORMER: Final = {"former": Provide(provide_former)}


@get(_RUN + "/:rebuild", opt=scope("experiments:read"), dependencies=_FORMER)
async def look_at_rebuild(former: NamedDependency[Former], retraining: NamedDependency[Retraining]) -> messages.Rebuild:
    """What would be the same if the run were rebuilt: of each part `same`, or why it would not."""
    return messages.rebuild(await retraining.report(former))


@post(_RUN + "/:rebuild", opt=WRITE, status_code=200, dependencies=_FORMER)
async def rebuild_run(
    former: NamedDependency[Former],
    call: NamedDependency[Call],
    retraining: NamedDependency[Retraining],
    data: JSONBody[messages.RebuildRequest | None] = None,
) -> session_messages.Session:
    """Run the run's code as it was, on the tables as they were, with its packages: in a session that ends by itself.

    Refused when something cannot be as it was, unless `anyway` is true.
    """
    return shown(await retraining.rebuild(call, former, anyway=data is not None and data.anyway))


@post(_RUN + "/:retrain", opt=WRITE, status_code=200, dependencies=_FORMER)
async def retrain_run(
    former: NamedDependency[Former], call: NamedDependency[Call], retraining: NamedDependency[Retraining]
) -> session_messages.Session:
    """Run the run's script as it is now, on the tables as they are now: in a session that ends by itself."""
    return shown(await retraining.retrain(call, former))
