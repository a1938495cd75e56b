"""Which headers cross the platform, and how: nothing of a caller's credentials reaches user code, nor the way back."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cuvee.proxy.values import Target

#: A header as ASGI has it.
Raw = tuple[bytes, bytes]

#: For one connection only (RFC 9110, 7.6.1), or set anew here.
_HOP: Final = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
#: What the caller says to us, not to what we run.
_OURS: Final = frozenset(
    {
        b"host", b"authorization", b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto",
        b"x-forwarded-prefix", b"x-real-ip", b"expect",
        # Where the caller's page is was looked at before; a target on a private port would take it for a stranger.
        b"origin", b"referer",
    }
)  # fmt: skip
#: What would hold for the whole host, and so for the platform's own pages, or for another origin's.
_WHOLE_HOST: Final = frozenset(
    {
        b"clear-site-data", b"strict-transport-security", b"alt-svc", b"service-worker-allowed", b"nel", b"report-to",
        b"reporting-endpoints", b"public-key-pins", b"expect-ct", b"access-control-allow-origin",
        b"access-control-allow-credentials", b"accept-ch", b"critical-ch",
    }
)  # fmt: skip
_WEBSOCKET: Final = b"sec-websocket-"
#: Cookies of the platform begin like this.
OUR_COOKIES: Final = "cuvee"


def to_upstream(
    headers: Iterable[Raw], *, added: Mapping[str, str], forwarded: Mapping[str, str]
) -> list[tuple[str, str]]:
    """A request's headers as the target sees them."""
    given = list(headers)
    dropped = _HOP | _OURS | _named_by_connection(given)
    passed = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in given
        if name not in dropped and name != b"cookie" and not name.startswith(_WEBSOCKET)
    ]
    cookies = "; ".join(_their_cookies(value for name, value in given if name == b"cookie"))
    return [*passed, *([("cookie", cookies)] if cookies else []), *forwarded.items(), *added.items()]


def to_ourselves(headers: Iterable[Raw], *, forwarded: Mapping[str, str]) -> list[tuple[str, str]]:
    """A request's headers for another process of the platform: all, but for those of this connection."""
    given = list(headers)
    dropped = _HOP | _named_by_connection(given) | {name.encode() for name in forwarded} | {b"forwarded", b"expect"}
    passed = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in given
        if name not in dropped and not name.startswith(_WEBSOCKET)
    ]
    return [*passed, *forwarded.items()]


def from_ourselves(headers: Iterable[Raw]) -> list[Raw]:
    """A reply's headers, as another process of the platform gave them."""
    given = [(name.lower(), value) for name, value in headers]
    dropped = _HOP | _named_by_connection(given) | {b"date"}
    return [(name, value) for name, value in given if name not in dropped]


def to_caller(headers: Iterable[tuple[bytes, bytes]], target: Target, *, origin: str) -> list[Raw]:
    """A reply's headers as the caller sees them. `origin` is the target's own, which nobody else can use."""
    given = [(name.lower(), value) for name, value in headers]
    ours = [(name.encode(), value.encode("latin-1")) for name, value in target.replies.items()]
    dropped = _HOP | _WHOLE_HOST | _named_by_connection(given) | {name for name, _value in ours}
    if not target.keeps_cookies:
        dropped |= {b"set-cookie"}
    passed = [
        rewritten
        for name, value in given
        if name not in dropped
        for rewritten in _rewritten(name, value, target.prefix, origin.encode())
    ]
    return passed + ours


def forwarded(scope: Mapping[str, object], caller: str, host: str) -> dict[str, str]:
    """Who asked, for a target that wants to know."""
    secure = scope.get("scheme") in {"https", "wss"}
    return {"x-forwarded-for": caller, "x-forwarded-host": host, "x-forwarded-proto": "https" if secure else "http"}


def _named_by_connection(headers: Iterable[Raw]) -> frozenset[bytes]:
    return frozenset(
        part.strip().lower() for name, value in headers if name == b"connection" for part in value.split(b",")
    )


def _their_cookies(values: Iterable[bytes]) -> Iterator[str]:
    for value in values:
        for cookie in value.decode("latin-1").split(";"):
            if not cookie.strip().lower().startswith(OUR_COOKIES):
                yield cookie.strip()


def _rewritten(name: bytes, value: bytes, prefix: str, origin: bytes) -> Iterator[Raw]:
    if name == b"set-cookie":
        if not value.strip().lower().startswith(OUR_COOKIES.encode()):
            yield name, _confined(value, prefix)
    elif name == b"location" and value.startswith(origin):
        yield name, value.removeprefix(origin) or b"/"
    else:
        yield name, value


def _confined(cookie: bytes, prefix: str) -> bytes:
    """A target's cookie goes back to that target alone, and not to other hosts."""
    first, *attributes = cookie.decode("latin-1").split(";")
    kept = [part for part in attributes if not part.strip().lower().startswith(("path=", "domain="))]
    return ";".join([first, *kept, f" Path={prefix}"]).encode("latin-1")
