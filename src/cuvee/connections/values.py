"""What a data connection is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

#: The connection that every project has without making it: its own tables.
DEFAULT: Final = "default"


class Kind(StrEnum):
    """What a connection leads to."""

    SPARK = "spark"  #: Spark on the project's own catalog
    REST = "iceberg-rest"  #: an Iceberg catalog behind Iceberg's REST protocol
    SQL_CATALOG = "iceberg-sql"  #: an Iceberg catalog in a SQL database
    HIVE = "hive"  #: an Iceberg catalog in a Hive metastore
    OBJECTS = "object-store"  #: files in S3, Google Cloud Storage or Azure
    DATABASE = "sql"  #: a SQL database, by SQLAlchemy's address


#: Kinds with Iceberg tables of their own.
CATALOGS: Final = frozenset({Kind.REST, Kind.SQL_CATALOG, Kind.HIVE})
#: Kinds whose address may hold a password.
WITH_PASSWORD: Final = frozenset({Kind.SQL_CATALOG, Kind.DATABASE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A named way to data, without the values of its secrets."""

    #: Empty for the one that every project has.
    id: str = ""
    #: Empty for one that everybody has.
    project_id: str
    name: str
    kind: Kind
    description: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    #: The names of what is kept apart.
    secrets: frozenset[str] = frozenset()
    creator_id: str = ""
    #: Milliseconds since the epoch.
    created_at: int = 0
    updated_at: int = 0

    @property
    def is_shared(self) -> bool:
        return not self.project_id

    @property
    def is_built_in(self) -> bool:
        return not self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A connection as a workload gets it: whole, with its secrets."""

    connection: Connection
    #: As pyiceberg and SQLAlchemy take them.
    properties: Mapping[str, str] = field(repr=False)
    #: What Spark must be told to see it as a catalog of its name; empty when it cannot.
    spark: Mapping[str, str] = field(repr=False)


#: New values of properties; None takes one away.
Changes = Mapping[str, str | None]


def default_of(project_id: str) -> Connection:
    """The connection that every project has."""
    return Connection(
        project_id=project_id, name=DEFAULT, kind=Kind.SPARK, description="The project's own tables. Always there."
    )
