"""API v2's door to the data connections of everybody. An extension."""

from typing import Final

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api.builder import scope
from cuvee.api.listing import Asked, page
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.connections import forms, messages, service
from cuvee.connections.forms import Listed
from cuvee.connections.routes import COLUMNS
from cuvee.connections.values import Connection
from cuvee.connections.vault import Vault
from cuvee.db.session import Reading

_ALL: Final = "/api/v2/dataconnections"
_ONE: Final = _ALL + "/{connection_name:str}"


@get(_ALL, opt=scope("connections:list"))
async def list_shared_connections(
    call: NamedDependency[Call], asked: NamedDependency[Asked], sealer: NamedDependency[Sealer]
) -> messages.ListDataConnectionsResponse:
    """The data connections that every project can use. An extension, as the next ones."""
    found, token = page(
        await call.read(_listed), asked, COLUMNS, sealer=sealer, name="dataconnections", caller=call.caller
    )
    return messages.ListDataConnectionsResponse(
        data_connections=[forms.shown(each) for each in found], next_page_token=token
    )


@post(_ALL, opt=scope(service.ADMIN), status_code=200)
async def create_shared_connection(
    data: JSONBody[messages.CreateDataConnectionRequest], call: NamedDependency[Call], vault: NamedDependency[Vault]
) -> messages.DataConnection:
    """Make a data connection that every project can use."""
    made = await call.write(
        service.create,
        call.caller,
        vault,
        project_id=service.EVERYBODY,
        kind=forms.kind(data.kind),
        draft=forms.draft(data),
    )
    return await _shown(call, made)


@get(_ONE, opt=scope("connections:list"))
async def get_shared_connection(connection_name: FromPath[str], call: NamedDependency[Call]) -> messages.DataConnection:
    """A data connection of everybody by name or id, without its secrets."""
    return await _shown(call, await call.read(service.get_shared, connection_name))


@patch(_ONE, opt=scope(service.ADMIN))
async def update_shared_connection(
    connection_name: FromPath[str],
    data: JSONBody[messages.UpdateDataConnectionRequest],
    call: NamedDependency[Call],
    vault: NamedDependency[Vault],
) -> messages.DataConnection:
    """Change what the body names. Properties are added or replaced; null takes one away."""
    changed = await call.write(
        service.update,
        call.caller,
        vault,
        project_id=service.EVERYBODY,
        text=connection_name,
        draft=forms.draft(data),
    )
    return await _shown(call, changed)


@delete(_ONE, opt=scope(service.ADMIN), status_code=200)
async def delete_shared_connection(
    connection_name: FromPath[str], call: NamedDependency[Call]
) -> messages.DataConnection:
    """Delete a data connection of everybody with its secrets."""
    return await _shown(call, await call.write(service.delete, call.caller, service.EVERYBODY, connection_name))


def _listed(connection: Reading) -> list[Listed]:
    return forms.listed(connection, service.shared(connection))


async def _shown(call: Call, found: Connection) -> messages.DataConnection:
    return forms.shown((await call.read(forms.listed, [found]))[0])
