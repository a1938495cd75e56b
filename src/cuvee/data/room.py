"""How the catalogs join the house."""

from typing import Final

from cuvee.api.builder import Room
from cuvee.data import errors, routes, routes_namespaces, routes_tables, service
from cuvee.data.measuring import Measurer
from cuvee.data.past import Pasts
from cuvee.data.previews import Previewer
from cuvee.projects.events import Farewells

#: Paths that begin like this are Iceberg's protocol, and its errors have its shape.
PATH: Final = "/iceberg/"


def install(farewells: Farewells, pasts: Pasts) -> Room:
    """Iceberg's REST protocol, and tables for API v2. A deleted project's tables go with its folder."""
    farewells.within.append(service.forget_project)
    return Room(
        routes=[
            routes_namespaces.get_config,
            routes_namespaces.list_namespaces,
            routes_namespaces.create_namespace,
            routes_namespaces.load_namespace,
            routes_namespaces.namespace_exists,
            routes_namespaces.drop_namespace,
            routes_namespaces.update_properties,
            routes.list_tables,
            routes.create_table,
            routes.register_table,
            routes.load_table,
            routes.table_exists,
            routes.commit_table,
            routes.drop_table,
            routes.rename_table,
            routes.report_metrics,
            *routes_tables.ROUTES,
        ],
        provides={"pasts": pasts, "previewer": Previewer(), "measurer": Measurer()},
        error_shapes=[(PATH, errors.rendered)],
    )
