"""The tables this room owns."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, String, Table, Text

from cuvee.db.metadata import metadata

users = Table(
    "users",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("name", String(255), nullable=False),
    Column("email", String(255), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("comment", Text, nullable=False),
    Column("audiences", String(64), nullable=False),
    Column("project_id", String(19), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

#: Browsers that are known as a user, by the digest of the token that each keeps in a cookie.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", String(19), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("user_agent", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

#: Codes that sign in once.
sign_in_codes = Table(
    "sign_in_codes",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

#: How often something was tried since a moment. What was tried is kept as a digest: people type passwords as names.
attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("subject", LargeBinary(32), primary_key=True),
    Column("tries", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
)

#: A user's role in a project. The project is named by its id alone: projects are a room above this one.
grants = Table(
    "grants",
    metadata,
    Column("project_id", String(19), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
)

#: What everybody who is signed in may be in a project, besides those who have a grant there.
open_projects = Table(
    "open_projects",
    metadata,
    Column("project_id", String(19), primary_key=True),
    Column("role", String(16), nullable=False),
)

#: Random values that the platform makes once, such as the seal of page tokens.
secrets = Table(
    "secrets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
