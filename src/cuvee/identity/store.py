"""Every query this room makes. No rules here: those are in service.py."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, select, update

from cuvee.core import topics
from cuvee.db import statements
from cuvee.db.notes import note
from cuvee.db.session import Reading, Writing
from cuvee.identity import tables
from cuvee.identity.scopes import Role
from cuvee.identity.values import ApiKey, Audience, SignIn, User

_users, _keys, _grants, _open = tables.users, tables.api_keys, tables.grants, tables.open_projects
_sign_ins, _codes, _attempts = tables.sign_ins, tables.sign_in_codes, tables.attempts


def add_user(connection: Writing, user: User, password_hash: str) -> None:
    note(connection, topics.USERS, topics.user(user.id))
    connection.execute(
        insert(_users).values(
            id=user.id,
            username=user.username,
            name=user.name,
            email=user.email,
            password_hash=password_hash,
            is_admin=user.is_admin,
            created_at=user.created_at,
            closed_at=user.closed_at,
        )
    )


def find_user(connection: Reading, username: str) -> User | None:
    row = connection.execute(select(_users).where(_users.c.username == username)).one_or_none()
    return None if row is None else _user(row)


def get_users(connection: Reading, ids: set[str]) -> dict[str, User]:
    """Users by id; those that do not exist are left out."""
    rows = connection.execute(select(_users).where(_users.c.id.in_(ids)))
    return {row.id: _user(row) for row in rows}


def list_users(connection: Reading) -> list[User]:
    return [_user(row) for row in connection.execute(select(_users).order_by(_users.c.username))]


def first_admin(connection: Reading) -> User | None:
    query = select(_users).where(_users.c.is_admin, _users.c.closed_at == 0).order_by(_users.c.id).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _user(row)


def count_admins(connection: Reading) -> int:
    query = select(func.count()).select_from(_users).where(_users.c.is_admin, _users.c.closed_at == 0)
    return connection.execute(query).scalar_one()


def change_user(connection: Writing, user_id: str, changes: Mapping[str, Any]) -> None:
    note(connection, topics.USERS, topics.user(user_id))
    connection.execute(update(_users).where(_users.c.id == user_id).values(**changes))


def add_key(connection: Writing, key: ApiKey, digest: bytes) -> None:
    note(connection, topics.user(key.user_id))
    connection.execute(
        insert(_keys).values(
            id=key.id,
            user_id=key.user_id,
            digest=digest,
            comment=key.comment,
            audiences=",".join(key.audiences),
            project_id=key.project_id,
            created_at=key.created_at,
            expires_at=key.expires_at,
        )
    )


def find_key(connection: Reading, digest: bytes) -> tuple[ApiKey, User] | None:
    """The key with this digest and its user, in one query by a unique index."""
    query = (
        select(_users, *_prefixed_key_columns())
        .join_from(_keys, _users, _keys.c.user_id == _users.c.id)
        .where(_keys.c.digest == digest)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (_joined_key(row), _user(row))


def list_keys(connection: Reading, user_id: str) -> list[ApiKey]:
    query = select(*_prefixed_key_columns()).where(_keys.c.user_id == user_id).order_by(_keys.c.id)
    return [_joined_key(row) for row in connection.execute(query)]


def delete_key(connection: Writing, user_id: str, key_id: str) -> bool:
    """Whether there was such a key."""
    note(connection, topics.user(user_id))
    query = delete(_keys).where(_keys.c.user_id == user_id, _keys.c.id == key_id)
    return connection.execute(query).rowcount > 0


def delete_keys(connection: Writing, user_id: str) -> None:
    note(connection, topics.user(user_id))
    connection.execute(delete(_keys).where(_keys.c.user_id == user_id))


def roles_of(connection: Reading, user_id: str) -> dict[str, Role]:
    query = select(_grants.c.project_id, _grants.c.role).where(_grants.c.user_id == user_id)
    return {row.project_id: Role(row.role) for row in connection.execute(query)}


def grants_in(connection: Reading, project_id: str) -> list[tuple[User, Role]]:
    query = (
        select(_users, _grants.c.role)
        .join_from(_grants, _users, _grants.c.user_id == _users.c.id)
        .where(_grants.c.project_id == project_id)
        .order_by(_users.c.username)
    )
    return [(_user(row), Role(row.role)) for row in connection.execute(query)]


def set_grant(connection: Writing, project_id: str, user_id: str, role: Role) -> None:
    remove_grant(connection, project_id, user_id)
    connection.execute(insert(_grants).values(project_id=project_id, user_id=user_id, role=role))


def remove_grant(connection: Writing, project_id: str, user_id: str) -> bool:
    """Whether there was one."""
    query = delete(_grants).where(_grants.c.project_id == project_id, _grants.c.user_id == user_id)
    return connection.execute(query).rowcount > 0


def forget_project(connection: Writing, project_id: str) -> None:
    """Delete what a project leaves behind here: grants and the keys bound to it."""
    connection.execute(delete(_grants).where(_grants.c.project_id == project_id))
    connection.execute(delete(_keys).where(_keys.c.project_id == project_id))
    set_open(connection, project_id, None)


def open_roles(connection: Reading) -> dict[str, Role]:
    """Project id → what everybody is there."""
    return {row.project_id: Role(row.role) for row in connection.execute(select(_open))}


def set_open(connection: Writing, project_id: str, role: Role | None) -> None:
    connection.execute(delete(_open).where(_open.c.project_id == project_id))
    if role is not None:
        connection.execute(insert(_open).values(project_id=project_id, role=role))


def get_secret(connection: Reading, name: str) -> bytes | None:
    query = select(tables.secrets.c.value).where(tables.secrets.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def add_secret(connection: Writing, name: str, value: bytes) -> None:
    connection.execute(insert(tables.secrets).values(name=name, value=value))


def password_hash(connection: Reading, user_id: str) -> str:
    """Empty for a user who has no password."""
    return connection.execute(select(_users.c.password_hash).where(_users.c.id == user_id)).scalar_one_or_none() or ""


def add_sign_in(connection: Writing, sign_in: SignIn, digest: bytes) -> None:
    note(connection, topics.user(sign_in.user_id))
    connection.execute(
        insert(_sign_ins).values(
            id=sign_in.id,
            user_id=sign_in.user_id,
            digest=digest,
            user_agent=sign_in.user_agent,
            created_at=sign_in.created_at,
            seen_at=sign_in.seen_at,
            expires_at=sign_in.expires_at,
        )
    )


def find_sign_in(connection: Reading, digest: bytes) -> tuple[SignIn, User] | None:
    """The sign-in with this digest and its user, in one query by a unique index."""
    columns = [column.label(f"sign_in_{column.name}") for column in _sign_ins.c if column.name != "digest"]
    query = (
        select(_users, *columns)
        .join_from(_sign_ins, _users, _sign_ins.c.user_id == _users.c.id)
        .where(_sign_ins.c.digest == digest)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (_sign_in(row, "sign_in_"), _user(row))


def list_sign_ins(connection: Reading, user_id: str, now: int) -> list[SignIn]:
    """Those that have not expired, the one seen last first."""
    query = select(_sign_ins).where(_sign_ins.c.user_id == user_id, _sign_ins.c.expires_at > now)
    rows = connection.execute(query.order_by(_sign_ins.c.seen_at.desc(), _sign_ins.c.id.desc()))
    return [_sign_in(row) for row in rows]


def change_sign_in(connection: Writing, sign_in_id: str, changes: Mapping[str, Any]) -> None:
    connection.execute(update(_sign_ins).where(_sign_ins.c.id == sign_in_id).values(**changes))


def delete_sign_in(connection: Writing, user_id: str, sign_in_id: str) -> bool:
    """Whether there was such a sign-in."""
    note(connection, topics.user(user_id))
    query = delete(_sign_ins).where(_sign_ins.c.user_id == user_id, _sign_ins.c.id == sign_in_id)
    return connection.execute(query).rowcount > 0


def delete_sign_in_with(connection: Writing, digest: bytes) -> None:
    connection.execute(delete(_sign_ins).where(_sign_ins.c.digest == digest))


def delete_sign_ins(connection: Writing, user_id: str, but: str = "") -> None:
    """Delete a user's sign-ins but one, and the codes that would make new ones."""
    note(connection, topics.user(user_id))
    connection.execute(delete(_sign_ins).where(_sign_ins.c.user_id == user_id, _sign_ins.c.id != but))
    connection.execute(delete(_codes).where(_codes.c.user_id == user_id))


def add_code(connection: Writing, user_id: str, digest: bytes, expires_at: int) -> None:
    connection.execute(insert(_codes).values(user_id=user_id, digest=digest, expires_at=expires_at))


def take_code(connection: Writing, digest: bytes, now: int) -> User | None:
    """The user of a code that has not expired. Whoever takes it is the last."""
    query = delete(_codes).where(_codes.c.digest == digest, _codes.c.expires_at > now).returning(_codes.c.user_id)
    user_id = connection.execute(query).scalar_one_or_none()
    return None if user_id is None else get_users(connection, {user_id}).get(user_id)


def delete_expired(connection: Writing, now: int) -> None:
    """Delete codes and sign-ins that nobody can use any more."""
    connection.execute(delete(_codes).where(_codes.c.expires_at <= now))
    connection.execute(delete(_sign_ins).where(_sign_ins.c.expires_at <= now))


def count_attempt(connection: Writing, subject: bytes, now: int, window_start: int) -> tuple[int, int]:
    """Count one more; how many there were in this window, and when it began."""
    is_over = _attempts.c.since <= window_start
    statement = statements.insert(connection, _attempts).values(subject=subject, tries=1, since=now)
    counted = statement.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "tries": case((is_over, 1), else_=_attempts.c.tries + 1),
            "since": case((is_over, now), else_=_attempts.c.since),
        },
    ).returning(_attempts.c.tries, _attempts.c.since)
    row = connection.execute(counted).one()
    return row.tries, row.since


def take_back_attempt(connection: Writing, subject: bytes) -> None:
    connection.execute(update(_attempts).where(_attempts.c.subject == subject).values(tries=_attempts.c.tries - 1))


def delete_attempts(connection: Writing, subject: bytes) -> None:
    connection.execute(delete(_attempts).where(_attempts.c.subject == subject))


def delete_attempts_before(connection: Writing, window_start: int) -> None:
    connection.execute(delete(_attempts).where(_attempts.c.since <= window_start))


def _prefixed_key_columns() -> list[Any]:
    return [column.label(f"key_{column.name}") for column in _keys.c if column.name != "digest"]


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        username=row.username,
        name=row.name,
        email=row.email,
        is_admin=row.is_admin,
        created_at=row.created_at,
        closed_at=row.closed_at,
    )


def _joined_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.key_id,
        user_id=row.key_user_id,
        comment=row.key_comment,
        audiences=tuple(Audience(name) for name in row.key_audiences.split(",")),
        project_id=row.key_project_id,
        created_at=row.key_created_at,
        expires_at=row.key_expires_at,
    )


def _sign_in(row: Row[Any], prefix: str = "") -> SignIn:
    given = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row by column
    names = ("id", "user_id", "user_agent", "created_at", "seen_at", "expires_at")
    return SignIn(**{name: given[prefix + name] for name in names})
