"""Data connections as API v2 writes them. All of it is an extension: CML makes connections in its pages alone."""

from msgspec import Struct, field

from cuvee.identity.messages import ShortUser


class DataConnection(Struct):
    """A connection. The values of its secrets are in no reply of this shape."""

    #: Empty for the connection `default`, which every project has.
    id: str
    #: Empty for one that everybody has.
    project_id: str
    name: str
    kind: str
    description: str
    properties: dict[str, str]
    #: The names of the secrets that are set.
    secrets: list[str]
    #: Whether everybody has it.
    is_shared: bool
    creator: ShortUser
    created_at: str
    updated_at: str


class ListDataConnectionsResponse(Struct):
    data_connections: list[DataConnection]
    next_page_token: str


class CreateDataConnectionRequest(Struct):
    name: str = ""
    kind: str = ""
    description: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


class UpdateDataConnectionRequest(Struct):
    """What is left out stays; a property that is null is taken away."""

    name: str | None = None
    description: str | None = None
    properties: dict[str, str | None] = field(default_factory=dict)
    secrets: dict[str, str | None] = field(default_factory=dict)


class DataConnectionProperties(Struct):
    """A connection as a workload gets it, secrets included."""

    name: str
    kind: str
    #: As pyiceberg and SQLAlchemy take them.
    properties: dict[str, str]
    #: Which of the connection's properties are secrets.
    secrets: list[str]
    #: What Spark must be told to see it as a catalog of its name.
    spark: dict[str, str]
