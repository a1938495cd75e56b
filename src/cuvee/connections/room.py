"""How data connections join the house."""

from cuvee.api.builder import Room
from cuvee.connections import routes, routes_shared, service
from cuvee.connections.vault import Vault
from cuvee.projects.events import Farewells


def install(vault: Vault, farewells: Farewells) -> Room:
    """Routes for the connections of projects and of everybody. A deleted project takes its own along."""
    farewells.within.append(service.forget_project)
    return Room(
        routes=[
            routes.list_data_connections,
            routes.create_data_connection,
            routes.get_data_connection,
            routes.update_data_connection,
            routes.delete_data_connection,
            routes.get_data_connection_properties,
            routes_shared.list_shared_connections,
            routes_shared.create_shared_connection,
            routes_shared.get_shared_connection,
            routes_shared.update_shared_connection,
            routes_shared.delete_shared_connection,
        ],
        provides={"vault": vault},
    )
