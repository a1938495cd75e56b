"""The namespaces of Iceberg's REST protocol, and where a client begins."""

from typing import Final

from litestar import delete, get, head, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.request import Call
from cuvee.core.ids import is_id
from cuvee.data import messages, names, service
from cuvee.data.routes import CATALOG, READ, WRITE, Answer, Asking, answered, body
from cuvee.data.values import Namespace
from cuvee.db.session import Reading, Writing
from cuvee.projects import service as projects
from cuvee.projects.values import DEFAULT_NAME

_NAMESPACES: Final = CATALOG + "/namespaces"
_NAMESPACE: Final = _NAMESPACES + "/{namespace:str}"
_V1: Final = "/v1/{prefix}/namespaces"
_TABLE: Final = _V1 + "/{namespace}/tables/{table}"
#: What is served, in the words of the protocol; a client asks for nothing else.
ENDPOINTS: Final = (
    f"GET {_V1}",
    f"POST {_V1}",
    f"GET {_V1}/{{namespace}}",
    f"HEAD {_V1}/{{namespace}}",
    f"DELETE {_V1}/{{namespace}}",
    f"POST {_V1}/{{namespace}}/properties",
    f"GET {_V1}/{{namespace}}/tables",
    f"POST {_V1}/{{namespace}}/tables",
    f"POST {_V1}/{{namespace}}/register",
    f"GET {_TABLE}",
    f"HEAD {_TABLE}",
    f"POST {_TABLE}",
    f"DELETE {_TABLE}",
    f"POST {_TABLE}/metrics",
    "POST /v1/{prefix}/tables/rename",
)


@get("/iceberg/v1/config", opt=READ, include_in_schema=False)
async def get_config(call: NamedDependency[Call], warehouse: FromQuery[str] = "") -> Answer:
    """Where the catalog of a warehouse is: a project's id or name; without one, the key's or the default."""

    def prefix(connection: Reading) -> str:
        found = _project(connection, warehouse or call.caller.bound_project or DEFAULT_NAME)
        call.caller.require(service.READ, found)
        return found

    return answered(messages.Config(overrides={"prefix": await call.read(prefix)}, endpoints=list(ENDPOINTS)))


def _project(connection: Reading, asked: str) -> str:
    return asked if is_id(asked) else projects.find(connection, asked).id


@get(_NAMESPACES, opt=READ, include_in_schema=False)
async def list_namespaces(prefix: FromPath[str], call: NamedDependency[Call], parent: FromQuery[str] = "") -> Answer:
    """The outermost namespaces, or those below one."""
    above = names.opened(parent) if parent else ()
    found = await call.read(service.namespaces, call.caller, prefix, above)
    return answered(messages.Namespaces(namespaces=[list(each.levels) for each in found]))


@post(_NAMESPACES, opt=WRITE, status_code=200, include_in_schema=False)
async def create_namespace(prefix: FromPath[str], request: Asking, call: NamedDependency[Call]) -> Answer:
    """Add a namespace."""
    asked = await body(request, messages.CreateNamespace)
    new = Namespace(project_id=prefix, levels=names.levels(asked.namespace), properties=asked.properties)
    await call.write(service.create_namespace, call.caller, new)
    return answered(messages.Namespace(namespace=list(new.levels), properties=dict(new.properties)))


@get(_NAMESPACE, opt=READ, include_in_schema=False)
async def load_namespace(prefix: FromPath[str], namespace: FromPath[str], call: NamedDependency[Call]) -> Answer:
    """A namespace with its properties."""
    found = await call.read(service.namespace, call.caller, prefix, names.opened(namespace))
    return answered(messages.Namespace(namespace=list(found.levels), properties=dict(found.properties)))


@head(_NAMESPACE, opt=READ, status_code=204, include_in_schema=False)
async def namespace_exists(prefix: FromPath[str], namespace: FromPath[str], call: NamedDependency[Call]) -> None:
    """Whether there is such a namespace."""
    await call.read(service.namespace, call.caller, prefix, names.opened(namespace))


@delete(_NAMESPACE, opt=WRITE, status_code=204, include_in_schema=False)
async def drop_namespace(prefix: FromPath[str], namespace: FromPath[str], call: NamedDependency[Call]) -> None:
    """Remove an empty namespace."""
    await call.write(service.drop_namespace, call.caller, prefix, names.opened(namespace))


@post(_NAMESPACE + "/properties", opt=WRITE, status_code=200, include_in_schema=False)
async def update_properties(
    prefix: FromPath[str], namespace: FromPath[str], request: Asking, call: NamedDependency[Call]
) -> Answer:
    """Set and remove a namespace's properties."""
    asked = await body(request, messages.ChangeProperties)

    def change(connection: Writing) -> list[str]:
        found = service.namespace(connection, call.caller, prefix, names.opened(namespace))
        return service.set_properties(connection, call.caller, found, updates=asked.updates, removals=asked.removals)

    removed = await call.write(change)
    missing = sorted(set(asked.removals) - set(removed))
    return answered(messages.ChangedProperties(updated=sorted(asked.updates), removed=removed, missing=missing))
