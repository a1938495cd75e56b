"""API v2's door to the data connections of a project. An extension."""

from typing import Final

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.listing import Asked, Columns, page
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.connections import forms, messages, service
from cuvee.connections.forms import Listed
from cuvee.connections.values import Connection
from cuvee.connections.vault import Vault
from cuvee.db.session import Reading

_PROJECT: Final = "/api/v2/projects/{project_id:str}/dataconnections"
_ONE: Final = _PROJECT + "/{connection_name:str}"
_TEXTS: Final = {
    "name": lambda each: each.connection.name,
    "kind": lambda each: str(each.connection.kind),
    "description": lambda each: each.connection.description,
}
COLUMNS: Final = Columns[Listed](
    filters=_TEXTS,
    sorts={
        **_TEXTS,
        "created_at": lambda each: each.connection.created_at,
        "updated_at": lambda each: each.connection.updated_at,
    },
    id=lambda each: each.connection.id,
)


@get(_PROJECT, opt=scope(service.READ))
async def list_data_connections(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListDataConnectionsResponse:
    """The data connections that a project can use: its own, and everybody's. An extension, as the next ones."""
    found, token = page(
        await call.read(_of_project, call.caller, project_id),
        asked,
        COLUMNS,
        sealer=sealer,
        name=f"dataconnections {project_id}",
        caller=call.caller,
    )
    return messages.ListDataConnectionsResponse(
        data_connections=[forms.shown(each) for each in found], next_page_token=token
    )


@post(_PROJECT, opt=scope(service.WRITE), status_code=200)
async def create_data_connection(
    project_id: FromPath[str],
    data: JSONBody[messages.CreateDataConnectionRequest],
    call: NamedDependency[Call],
    vault: NamedDependency[Vault],
) -> messages.DataConnection:
    """Make a data connection of a project. Its secrets are in no reply."""
    made = await call.write(
        service.create,
        call.caller,
        vault,
        project_id=project_id,
        kind=forms.kind(data.kind),
        draft=forms.draft(data),
    )
    return await _shown(call, made)


@get(_ONE, opt=scope(service.READ))
async def get_data_connection(
    project_id: FromPath[str], connection_name: FromPath[str], call: NamedDependency[Call]
) -> messages.DataConnection:
    """A data connection by name or id, without its secrets; a project's own before everybody's."""
    return await _shown(call, await call.read(service.get, call.caller, project_id, connection_name))


@patch(_ONE, opt=scope(service.WRITE))
async def update_data_connection(
    project_id: FromPath[str],
    connection_name: FromPath[str],
    data: JSONBody[messages.UpdateDataConnectionRequest],
    call: NamedDependency[Call],
    vault: NamedDependency[Vault],
) -> messages.DataConnection:
    """Change what the body names. Properties are added or replaced; null takes one away."""
    changed = await call.write(
        service.update, call.caller, vault, project_id=project_id, text=connection_name, draft=forms.draft(data)
    )
    return await _shown(call, changed)


@delete(_ONE, opt=scope(service.WRITE), status_code=200)
async def delete_data_connection(
    project_id: FromPath[str], connection_name: FromPath[str], call: NamedDependency[Call]
) -> messages.DataConnection:
    """Delete a data connection with its secrets."""
    return await _shown(call, await call.write(service.delete, call.caller, project_id, connection_name))


@get(_ONE + "/properties", opt=scope(service.USE))
async def get_data_connection_properties(
    project_id: FromPath[str],
    connection_name: FromPath[str],
    call: NamedDependency[Call],
    vault: NamedDependency[Vault],
) -> Response[messages.DataConnectionProperties]:
    """A data connection with its secrets, for code that runs in the project: by an API key, never a browser."""
    given = await call.read(service.open_, call.caller, vault, project_id, connection_name)
    return Response(forms.handed(given), headers={"cache-control": "no-store"})


def _of_project(connection: Reading, caller: Caller, project_id: str) -> list[Listed]:
    return forms.listed(connection, service.of_project(connection, caller, project_id))


async def _shown(call: Call, found: Connection) -> messages.DataConnection:
    return forms.shown((await call.read(forms.listed, [found]))[0])
