"""How projects come and go, whichever door is asked. Nothing slow is in a transaction."""

from functools import partial

from cuvee.api.request import Call
from cuvee.identity.authentication import Keys
from cuvee.projects import service
from cuvee.projects.creation import Creations
from cuvee.projects.events import Farewells


async def delete(call: Call, creations: Creations, keys: Keys, farewells: Farewells, project_id: str) -> None:
    """Stop what runs in a project and delete it with everything in it.

    Raises:
        NotFound, Denied: when the caller does not administer it.
        DefaultProjectStays: when it is the default one.

    """
    call.caller.require("projects:admin", project_id)
    await call.read(service.require_deletable, project_id)
    await creations.cancel(project_id)
    for stop in farewells.before:
        await stop(project_id)
    await call.write(partial(service.delete, within=farewells.within), project_id)
    keys.forget()
    creations.discard(project_id)
