"""What things of ours are called there, by OpenLineage's rules for names."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID, uuid5

#: What the UUIDs of runs and events are derived in.
_OURS: Final = UUID("6e0f9a52-8a2c-5d0b-9a53-2f1c0f5b7d41")
#: Other names of a scheme → the one that the rules have.
_SCHEMES: Final[Mapping[str, str]] = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}
#: Here the name is a key in a bucket, without a slash before it.
_BUCKETS: Final = frozenset({"s3", "gs", "abfs", "abfss", "wasb", "wasbs"})
#: Here what stands before the host is no user but the container.
_CONTAINERS: Final = frozenset({"abfs", "abfss", "wasb", "wasbs"})


class Name(NamedTuple):
    """By what receivers know a job or a dataset."""

    namespace: str
    name: str


def run_uuid(run_id: str) -> str:
    """A run's id as a UUID, which OpenLineage wants: always the same for the same run.

    >>> run_uuid("0p3z-9k2m-71ay-b0hx")
    'aad7f733-8803-540d-8771-84574f7d441d'
    """
    return str(uuid5(_OURS, f"run:{run_id}"))


def event_uuid(event_id: str) -> str:
    """An event's id as a UUID."""
    return str(uuid5(_OURS, f"event:{event_id}"))


def place(uri: str) -> Name | None:
    """Data by where it is; None for what is no address. Users, keys and queries in addresses are left out.

    >>> place("s3a://lake/wines/red")
    Name(namespace='s3://lake', name='wines/red')
    >>> place("file:///data/my%20wines/")
    Name(namespace='file', name='/data/my wines')
    >>> place("https://someone:secret@example.com/wines.csv?key=1")
    Name(namespace='https://example.com', name='/wines.csv')
    """
    parts = _split(uri)
    if parts is None:
        return None
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    path = unquote(parts.path).rstrip("/") or "/"
    if scheme in {"", "file"}:
        return Name("file", path) if path.startswith("/") and path != "/" else None
    host = _host(parts, scheme)
    if not host:
        return None
    return Name(f"{scheme}://{host}", path.lstrip("/") or "/" if scheme in _BUCKETS else path)


def without_secrets(url: str) -> str:
    """The address of a repository without user, key and query; empty for what is no web address.

    >>> without_secrets("https://someone:secret@example.com/wines.git?token=1")
    'https://example.com/wines.git'
    >>> without_secrets("git@example.com:wines.git")
    'ssh://example.com/wines.git'
    """
    user, at, rest = url.partition("@")
    if at and "/" not in user and ":" in rest:
        url = f"ssh://{rest.replace(':', '/', 1)}"
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https", "ssh", "git"} or not _host(parts, parts.scheme):
        return ""
    return f"{parts.scheme}://{_host(parts, parts.scheme)}{parts.path}"


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    return parts


def _host(parts: SplitResult, scheme: str) -> str:
    user, at, host = parts.netloc.rpartition("@")
    return f"{user.partition(':')[0]}@{host}" if at and scheme in _CONTAINERS else host
