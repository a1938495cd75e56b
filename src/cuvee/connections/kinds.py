"""Which properties a connection of each kind has, and which of them are secrets."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from cuvee.connections import addresses, errors
from cuvee.connections.values import WITH_PASSWORD, Changes, Kind

_MOST: Final = 100
_LONGEST_NAME: Final = 128
_LONGEST_PLAIN: Final = 4_096
_LONGEST_SECRET: Final = 65_536
_CONTROL: Final = re.compile("[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")
_END: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_STORAGE: Final = rf"(?:s3|gcs|adls|client)\.{_END}|py-io-impl|io-impl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is known of a kind."""

    title: str
    what: str
    #: What an address looks like, for people.
    example: str = ""
    #: What comes before `://`; any when empty.
    schemes: frozenset[str] = frozenset()
    #: The names of all properties.
    names: re.Pattern[str]
    needed: tuple[str, ...] = ("uri",)
    #: Names that a form offers besides.
    usual: tuple[str, ...] = ()
    usual_secrets: tuple[str, ...] = ()


SHAPES: Final[Mapping[Kind, Shape]] = {
    Kind.REST: Shape(
        title="Iceberg REST catalog",
        what="Iceberg tables behind Iceberg's REST protocol: Polaris, Nessie, Lakekeeper, another project here.",
        example="https://catalog.example.org/iceberg",
        schemes=frozenset({"http", "https"}),
        names=re.compile(
            rf"uri|warehouse|prefix|scope|audience|resource|credential|token|oauth2-server-uri|snapshot-loading-mode"
            rf"|header\.{_END}|rest\.{_END}|ssl\.{_END}|auth\.{_END}|{_STORAGE}"
        ),
        usual=("warehouse", "scope", "oauth2-server-uri", "s3.endpoint", "s3.region"),
        usual_secrets=("token", "credential"),
    ),
    Kind.SQL_CATALOG: Shape(
        title="Iceberg SQL catalog",
        what="Iceberg tables whose catalog is a SQL database.",
        example="postgresql+psycopg://reader@db.example.org/catalog",
        names=re.compile(rf"uri|password|warehouse|init_catalog_tables|pool_pre_ping|echo|{_STORAGE}"),
        usual=("warehouse", "s3.endpoint", "s3.region"),
        usual_secrets=("password",),
    ),
    Kind.HIVE: Shape(
        title="Hive metastore",
        what="Iceberg tables whose catalog is a Hive metastore.",
        example="thrift://metastore.example.org:9083",
        schemes=frozenset({"thrift"}),
        names=re.compile(rf"uri|warehouse|ugi|hive\.{_END}|lock-[a-z-]+|{_STORAGE}"),
        usual=("warehouse", "hive.hive2-compatible", "s3.endpoint", "s3.region"),
        usual_secrets=("s3.secret-access-key",),
    ),
    Kind.OBJECTS: Shape(
        title="Object store",
        what="Files in S3 or what speaks like it, in Google Cloud Storage or in Azure.",
        example="s3://bucket/folder",
        schemes=frozenset({"s3", "s3a", "s3n", "gs", "abfs", "abfss", "wasb", "wasbs"}),
        names=re.compile(rf"uri|{_STORAGE}"),
        usual=("s3.endpoint", "s3.region", "s3.access-key-id", "gcs.project-id", "adls.account-name"),
        usual_secrets=("s3.secret-access-key", "gcs.oauth2.token", "adls.account-key"),
    ),
    Kind.DATABASE: Shape(
        title="SQL database",
        what="Any database that SQLAlchemy has a dialect for.",
        example="postgresql+psycopg://reader@db.example.org/sales",
        names=re.compile(rf"uri|password|connect\.{_END}"),
        usual=("connect.sslmode",),
        usual_secrets=("password",),
    ),
    Kind.SPARK: Shape(
        title="Spark",
        what="Spark on the project's own catalog, with properties of its own.",
        names=re.compile(rf"spark\.{_END}"),
        needed=(),
    ),
}


def read(kind: Kind, properties: Changes, secrets: Changes) -> tuple[Changes, Changes]:
    """New properties of a connection, and those that are secrets; a password in its address becomes one.

    Raises:
        UnknownProperty: when the kind has no property of such a name.
        BadValue: when a value is too long or cannot be kept.
        NotASecret: when something secret is among those that everybody may read.
        BadAddress: when the address cannot be read, or is not of this kind.
        GivenTwice: when the address has a password and the secrets have another.

    """
    shape = SHAPES[kind]
    for name, value in (*properties.items(), *secrets.items()):
        if len(name) > _LONGEST_NAME or not shape.names.fullmatch(name):
            raise errors.UnknownProperty(f"A connection of the kind {kind} has no property {_shown(name)}.")
        if value is not None and (not value or _UNKEPT.search(value) or len(value) > _LONGEST_SECRET):
            raise errors.BadValue(f"The value of `{name}` is empty, too long, or holds NUL.")
    for name, value in properties.items():
        if value is not None:
            _require_plain(name, value)
    return _apart(kind, shape, properties, secrets)


def require_whole(kind: Kind, properties: Collection[str], secrets: Collection[str]) -> None:
    """Go on only with the names of a connection that has what its kind needs.

    Raises:
        MissingProperty, GivenTwice, TooMany: when it has not.

    """
    for name in SHAPES[kind].needed:
        if name not in properties and name not in secrets:
            raise errors.MissingProperty(f"A connection of the kind {kind} needs `{name}`.")
    for name in properties:
        if name in secrets:
            raise errors.GivenTwice(f"`{name}` is a secret or it is not: it was sent as both.")
    if {"uri", "password"} <= set(secrets):
        raise errors.GivenTwice("An address that is a secret has the password in it: leave `password` out.")
    if len(properties) + len(secrets) > _MOST:
        raise errors.TooMany


def _require_plain(name: str, value: str) -> None:
    if addresses.is_sensitive(name):
        raise errors.NotASecret(f"`{name}` is a secret: send it in `secrets`, where nobody reads it again.")
    if len(value) > _LONGEST_PLAIN or _CONTROL.search(value):
        raise errors.BadValue(f"The value of `{name}` is too long or not one line.")
    if name != "uri" and addresses.holds_password(value):
        raise errors.NotASecret(f"The value of `{name}` holds a password: send it in `secrets`.")


def _apart(kind: Kind, shape: Shape, properties: Changes, secrets: Changes) -> tuple[Changes, Changes]:
    """The address without its password, and the password among the secrets."""
    address = properties.get("uri")
    if address is None:
        return properties, secrets
    if kind not in WITH_PASSWORD:
        for part in address.split(","):  # a metastore may have several
            _require_address(kind, shape, part)
        return properties, secrets
    bare, password = addresses.without_password(address)
    if password is None:
        return properties, secrets
    if secrets.get("password") is not None:
        raise errors.GivenTwice("The password is in the address and among the secrets: send it once.")
    return {**properties, "uri": bare}, {**secrets, "password": password}


def _require_address(kind: Kind, shape: Shape, address: str) -> None:
    bare, password = addresses.without_password(address)
    if password is not None:
        raise errors.NotASecret(f"The address of a connection of the kind {kind} holds no password.")
    if addresses.scheme(bare) not in shape.schemes:
        wanted = ", ".join(f"{scheme}://" for scheme in sorted(shape.schemes))
        raise errors.BadAddress(f"The address of a connection of the kind {kind} begins with {wanted}.")
    if kind is Kind.HIVE and not addresses.has_port(bare):
        raise errors.BadAddress("The address of a metastore says its port, mostly 9083.")


def _shown(name: str) -> str:
    return repr(name[:64])
