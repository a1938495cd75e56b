"""From requests to values, and back."""

from collections.abc import Mapping
from dataclasses import dataclass

from cuvee.connections import errors, messages
from cuvee.connections.service import Draft
from cuvee.connections.values import Connection, Handed, Kind
from cuvee.core import clock
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.routes import short
from cuvee.identity.values import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A connection with who made it."""

    connection: Connection
    creator: User | None


def listed(connection: Reading, found: list[Connection]) -> list[Listed]:
    """Connections with their makers, in one query."""
    users: Mapping[str, User] = identity.users(connection, {each.creator_id for each in found} - {""})
    return [Listed(connection=each, creator=users.get(each.creator_id)) for each in found]


def kind(text: str) -> Kind:
    """A kind by its name.

    Raises:
        BadKind: when there is none.

    """
    try:
        return Kind(text)
    except ValueError:
        raise errors.BadKind from None


def draft(data: messages.CreateDataConnectionRequest | messages.UpdateDataConnectionRequest) -> Draft:
    """What a request says about a connection."""
    return Draft(name=data.name, description=data.description, properties=data.properties, secrets=data.secrets)


def shown(each: Listed) -> messages.DataConnection:
    """A connection as everybody may see it who sees its project."""
    connection = each.connection
    return messages.DataConnection(
        id=connection.id,
        project_id=connection.project_id,
        name=connection.name,
        kind=connection.kind,
        description=connection.description,
        properties=dict(connection.properties),
        secrets=sorted(connection.secrets),
        is_shared=connection.is_shared,
        creator=short(each.creator),
        created_at=clock.rfc3339(connection.created_at) if connection.created_at else "",
        updated_at=clock.rfc3339(connection.updated_at) if connection.updated_at else "",
    )


def handed(given: Handed) -> messages.DataConnectionProperties:
    """A connection with its secrets."""
    return messages.DataConnectionProperties(
        name=given.connection.name,
        kind=given.connection.kind,
        properties=dict(given.properties),
        secrets=sorted(given.connection.secrets),
        spark=dict(given.spark),
    )
