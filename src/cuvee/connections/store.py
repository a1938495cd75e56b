"""Every query this room makes. No rules here."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, insert, or_, select, update

from cuvee.connections import tables
from cuvee.connections.values import Connection, Kind
from cuvee.db.session import Reading, Writing

_connections, _secrets = tables.connections, tables.secrets


def add(connection: Writing, new: Connection) -> None:
    """Add a connection; its secrets are put apart."""
    connection.execute(
        insert(_connections).values(
            id=new.id,
            project_id=new.project_id,
            name=new.name,
            key=new.name.lower(),
            kind=new.kind,
            description=new.description,
            properties=msgspec.json.encode(new.properties).decode(),
            creator_id=new.creator_id,
            created_at=new.created_at,
            updated_at=new.updated_at,
        )
    )


def change(connection: Writing, changed: Connection) -> None:
    """Write what may change of a connection."""
    values = {
        "name": changed.name,
        "key": changed.name.lower(),
        "description": changed.description,
        "properties": msgspec.json.encode(changed.properties).decode(),
        "updated_at": changed.updated_at,
    }
    connection.execute(update(_connections).where(_connections.c.id == changed.id).values(**values))


def put_secrets(connection: Writing, connection_id: str, sealed: Mapping[str, bytes]) -> None:
    """Add secrets, in place of those of the same name."""
    remove_secrets(connection, connection_id, sealed)
    rows = [{"connection_id": connection_id, "name": name, "sealed": value} for name, value in sealed.items()]
    if rows:
        connection.execute(insert(_secrets), rows)


def remove_secrets(connection: Writing, connection_id: str, names: Collection[str]) -> None:
    where = (_secrets.c.connection_id == connection_id, _secrets.c.name.in_(names))
    connection.execute(delete(_secrets).where(*where))


def secrets_of(connection: Reading, connection_ids: Collection[str]) -> dict[str, dict[str, bytes]]:
    """Connection → its secrets by name, sealed."""
    found: dict[str, dict[str, bytes]] = {}
    for row in connection.execute(select(_secrets).where(_secrets.c.connection_id.in_(connection_ids))):
        found.setdefault(row.connection_id, {})[row.name] = bytes(row.sealed)
    return found


def find(connection: Reading, project_id: str, text: str) -> Connection | None:
    """A project's own connection, or with an empty project one that everybody has, by id or name."""
    which = or_(_connections.c.id == text, _connections.c.key == text.lower())
    found = _read(connection, _connections.c.project_id == project_id, which)
    return found[0] if found else None


def in_projects(connection: Reading, *project_ids: str) -> list[Connection]:
    """Every connection of these projects, by name; the empty id stands for everybody's."""
    return _read(connection, _connections.c.project_id.in_(project_ids))


def count(connection: Reading, project_id: str) -> int:
    query = select(func.count()).select_from(_connections).where(_connections.c.project_id == project_id)
    return int(connection.execute(query).scalar_one())


def remove(connection: Writing, connection_id: str) -> None:
    """Remove a connection; its secrets go with it."""
    connection.execute(delete(_connections).where(_connections.c.id == connection_id))


def forget_project(connection: Writing, project_id: str) -> None:
    connection.execute(delete(_connections).where(_connections.c.project_id == project_id))


def _read(connection: Reading, *where: Any) -> list[Connection]:
    rows = connection.execute(select(_connections).where(*where).order_by(_connections.c.key, _connections.c.id)).all()
    query = select(_secrets.c.connection_id, _secrets.c.name).join(_connections).where(*where)
    names: dict[str, set[str]] = {}
    for id_, name in connection.execute(query):
        names.setdefault(id_, set()).add(name)
    return [_connection(row, frozenset(names.get(row.id, ()))) for row in rows]


def _connection(row: Row[Any], secrets: frozenset[str]) -> Connection:
    return Connection(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        kind=Kind(row.kind),
        description=row.description,
        properties=msgspec.json.decode(row.properties),
        secrets=secrets,
        creator_id=row.creator_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
