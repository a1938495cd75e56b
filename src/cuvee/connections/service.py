"""The rules of data connections: who may see, make and open them, and which one a name means."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from cuvee.api.callers import Caller
from cuvee.connections import errors, handed, kinds, store
from cuvee.connections.values import DEFAULT, Changes, Connection, Handed, Kind, default_of
from cuvee.connections.vault import Vault
from cuvee.core import clock, topics
from cuvee.core.ids import is_id, new_id
from cuvee.db.notes import note
from cuvee.db.session import Reading, Writing
from cuvee.projects import service as projects

log: Final = logging.getLogger(__name__)

READ: Final = "connections:read"
WRITE: Final = "connections:write"
USE: Final = "connections:use"
ADMIN: Final = "connections:admin"
#: In place of a project's id: what everybody has.
EVERYBODY: Final = ""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
#: What the connection that every project has is called, too.
_BUILT_IN: Final = frozenset({DEFAULT, "spark"})
#: These, and the catalogs that every session has.
_RESERVED: Final = _BUILT_IN | {"cuvee", "spark_catalog"}
_MOST: Final = 500
_LONGEST_DESCRIPTION: Final = 65_536
_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody says about a connection; what is None stays as it is."""

    name: str | None = None
    description: str | None = None
    properties: Changes = field(default_factory=dict)
    secrets: Changes = field(default_factory=dict, repr=False)


def of_project(connection: Reading, caller: Caller, project_id: str) -> list[Connection]:
    """What a name may mean in a project: its catalog, its own connections, and everybody's where it has none."""
    _require(connection, caller, READ, project_id)
    return [default_of(project_id), *_usable(connection, project_id)]


def shared(connection: Reading) -> list[Connection]:
    """The connections that everybody has."""
    return store.in_projects(connection, EVERYBODY)


def get(connection: Reading, caller: Caller, project_id: str, text: str) -> Connection:
    """A connection by name or id, as a project sees it: its own before everybody's.

    Raises:
        ConnectionNotFound: when there is none.

    """
    _require(connection, caller, READ, project_id)
    return _found(connection, project_id, text)


def get_shared(connection: Reading, text: str) -> Connection:
    """A connection that everybody has.

    Raises:
        ConnectionNotFound: when there is none.

    """
    return _of(connection, EVERYBODY, text)


def create(
    connection: Writing, caller: Caller, vault: Vault, *, project_id: str, kind: Kind, draft: Draft
) -> Connection:
    """Make a connection of a project, or with an empty project one of everybody.

    Raises:
        BadName, ReservedName, BadDescription, ConnectionExists, TooManyConnections: as they say.
        UnknownProperty, MissingProperty, NotASecret: and what else `kinds.read` refuses.

    """
    _require_writer(connection, caller, project_id)
    if store.count(connection, project_id) >= _MOST:
        raise errors.TooManyConnections
    now = clock.now_ms()
    new = Connection(
        id=new_id(),
        project_id=project_id,
        name="",
        kind=kind,
        creator_id=caller.user_id,
        created_at=now,
        updated_at=now,
    )
    whole, secrets = _changed(connection, new, replace(draft, name=draft.name or ""))
    store.add(connection, whole)
    return _with_secrets(connection, vault, whole, secrets)


def update(
    connection: Writing, caller: Caller, vault: Vault, *, project_id: str, text: str, draft: Draft
) -> Connection:
    """Change what the draft names: properties are added, replaced or, with None, taken away.

    Raises:
        ConnectionNotFound: when there is none; `create` names the rest.

    """
    old = _writable(connection, caller, project_id, text)
    whole, secrets = _changed(connection, old, draft)
    store.change(connection, whole)
    return _with_secrets(connection, vault, whole, secrets)


def delete(connection: Writing, caller: Caller, project_id: str, text: str) -> Connection:
    """Delete a connection with its secrets.

    Raises:
        ConnectionNotFound: when there is none.

    """
    old = _writable(connection, caller, project_id, text)
    store.remove(connection, old.id)
    _note(connection, old)
    return old


def open_(connection: Reading, caller: Caller, vault: Vault, project_id: str, text: str) -> Handed:
    """A connection whole, with its secrets: for code that runs in the project.

    Raises:
        ConnectionNotFound: when there is none.
        ForWorkloads: when a browser asks.
        SecretsUnreadable: when its secrets were sealed with another key.

    """
    _require(connection, caller, USE, project_id)
    if caller.sign_in:
        raise errors.ForWorkloads
    found = _found(connection, project_id, text)
    sealed = store.secrets_of(connection, [found.id]).get(found.id, {})
    return handed.whole(found, vault.opened(sealed))


def spark(connection: Reading, vault: Vault, project_id: str) -> dict[str, str]:
    """What Spark in a session is told of the project's connections. One that cannot be opened is left out."""
    usable = [each for each in _usable(connection, project_id) if each.kind is not Kind.SPARK]
    sealed = store.secrets_of(connection, [each.id for each in usable])
    found: dict[str, str] = {}
    for each in usable:
        try:
            found |= handed.whole(each, vault.opened(sealed.get(each.id, {}))).spark
        except errors.SecretsUnreadable:
            log.warning("The secrets of the data connection %s cannot be read: Spark does not see it.", each.id)
    return found


def forget_project(connection: Writing, project_id: str) -> None:
    """Remove what is kept of a deleted project."""
    store.forget_project(connection, project_id)


def may_change(caller: Caller, each: Connection) -> bool:
    """Whether the caller may change and delete a connection."""
    if each.is_built_in:
        return False
    return caller.is_site_admin if each.is_shared else caller.allows(WRITE, each.project_id)


def _usable(connection: Reading, project_id: str) -> list[Connection]:
    both = store.in_projects(connection, project_id, EVERYBODY)
    own = {each.name.lower() for each in both if not each.is_shared}
    return [each for each in both if not each.is_shared or each.name.lower() not in own]


def _found(connection: Reading, project_id: str, text: str) -> Connection:
    if text.lower() in _BUILT_IN:
        return default_of(project_id)
    own = store.find(connection, project_id, text) if _is_name(text) else None
    return own or _of(connection, EVERYBODY, text)


def _of(connection: Reading, project_id: str, text: str) -> Connection:
    found = store.find(connection, project_id, text) if _is_name(text) else None
    if found is None:
        raise errors.ConnectionNotFound
    return found


def _is_name(text: str) -> bool:
    return is_id(text) or _NAME.fullmatch(text) is not None


def _writable(connection: Reading, caller: Caller, project_id: str, text: str) -> Connection:
    """A project's own connection, or with an empty project everybody's; others are not changed from there."""
    _require_writer(connection, caller, project_id)
    if project_id == EVERYBODY:
        return _of(connection, EVERYBODY, text)
    found = _found(connection, project_id, text)
    if found.is_built_in:
        raise errors.BuiltIn
    if found.is_shared:
        raise errors.Shared
    return found


def _require_writer(connection: Reading, caller: Caller, project_id: str) -> None:
    if project_id == EVERYBODY:
        caller.require_site(ADMIN)
    else:
        _require(connection, caller, WRITE, project_id)


def _require(connection: Reading, caller: Caller, scope: str, project_id: str) -> None:
    """The scope, in a project that is there."""
    caller.require(scope, project_id)
    projects.get(connection, project_id)


def _changed(connection: Reading, old: Connection, draft: Draft) -> tuple[Connection, Changes]:
    """The connection as it will be, and what becomes of its secrets."""
    name = old.name if draft.name is None else draft.name
    if name != old.name or not old.name:
        _require_free(connection, old, name)
    description = old.description if draft.description is None else draft.description
    if len(description) > _LONGEST_DESCRIPTION or _UNKEPT.search(description):
        raise errors.BadDescription
    properties, secrets = kinds.read(old.kind, draft.properties, draft.secrets)
    whole = replace(
        old,
        name=name,
        description=description,
        properties=_merged(old.properties, properties),
        secrets=frozenset(_merged(dict.fromkeys(old.secrets, ""), secrets)),
        updated_at=clock.now_ms(),
    )
    kinds.require_whole(whole.kind, whole.properties, whole.secrets)
    return whole, secrets


def _merged(old: Mapping[str, str], changes: Changes) -> dict[str, str]:
    merged = {**old, **changes}
    return {name: value for name, value in sorted(merged.items()) if value is not None}


def _with_secrets(connection: Writing, vault: Vault, whole: Connection, changes: Changes) -> Connection:
    given = {name: value for name, value in changes.items() if value is not None}
    store.put_secrets(connection, whole.id, vault.sealed(given))
    store.remove_secrets(connection, whole.id, changes.keys() - given.keys())
    _note(connection, whole)
    return whole


def _require_free(connection: Reading, old: Connection, name: str) -> None:
    if not _NAME.fullmatch(name) or is_id(name.lower()):
        raise errors.BadName
    if name.lower() in _RESERVED:
        raise errors.ReservedName
    holder = store.find(connection, old.project_id, name)
    if holder is not None and holder.id != old.id:
        raise errors.ConnectionExists


def _note(connection: Writing, each: Connection) -> None:
    if not each.is_shared:
        note(connection, topics.project(each.project_id))
