"""How the runtimes room joins the house."""

from cuvee.api.builder import Room
from cuvee.runtimes import routes
from cuvee.runtimes.service import Runtimes


def install(runtimes: Runtimes) -> Room:
    """Routes for runtimes. Builds that go on are ended with the platform."""
    return Room(
        routes=[routes.list_runtimes, routes.list_runtime_addons],
        provides={"runtimes": runtimes},
        on_shutdown=[runtimes.environments.close],
    )
