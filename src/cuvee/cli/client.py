"""A small synchronous client of API v2, for the commands. The standard library is enough, and starts fast."""

import http.client
import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote, urlencode, urlsplit

from cuvee.core import errors, settings

Body = Mapping[str, Any]
_CHUNK: Final = 256 * 1024
_PAGE: Final = 1000


class NotRunning(errors.Misconfigured):
    """No platform is running here: start one with `cuvee up`, or name one with CUVEE_URL and CUVEE_API_KEY."""


class BadAddress(errors.Misconfigured):
    """CUVEE_URL must be an address such as http://127.0.0.1:8787."""


class Refused(errors.CuveeError):
    """The platform refused."""

    def __init__(self, reply_status: int, message: str) -> None:
        super().__init__(message)
        self.reply_status = reply_status


class BadReply(errors.CuveeError):
    """What answers there is no Cuvée platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A platform at an address, called with a key."""

    url: str
    api_key: str
    #: Seconds without a word from the platform.
    timeout: float = 600

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """The reply to GET. `path` begins after the address; what goes into it is quoted with `quoted`."""
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Body | None = None) -> dict[str, Any]:
        """The reply to POST."""
        return self.call("POST", path, body or {})

    def put(self, path: str, body: Body | None = None) -> dict[str, Any]:
        """The reply to PUT."""
        return self.call("PUT", path, body or {})

    def patch(self, path: str, body: Body) -> dict[str, Any]:
        """The reply to PATCH."""
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> dict[str, Any]:
        """The reply to DELETE."""
        return self.call("DELETE", path)

    def items(
        self, path: str, *, search: Mapping[str, str] | None = None, limit: int | None = None, **query: Any
    ) -> Iterator[dict[str, Any]]:
        """What is in a list, page after page, up to `limit`. `search` becomes the `search_filter`: key → text."""
        query["page_size"] = min(limit or _PAGE, _PAGE)
        query["search_filter"] = json.dumps(search) if search else ""
        left = limit
        while left is None or left > 0:
            reply = self.get(path, **query)
            found = next(value for key, value in reply.items() if key != "next_page_token")
            yield from found[:left]
            left = None if left is None else left - len(found)
            if not reply.get("next_page_token"):
                return
            query["page_token"] = reply["next_page_token"]

    def project(self, name: str) -> dict[str, Any]:
        """A project by name or id."""
        return self.get(f"/api/v2/projects/{quoted(name)}")

    def call(
        self, method: str, path: str, body: Body | None = None, *, query: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Any request with a JSON body and a JSON reply.

        Raises:
            Refused: with the platform's own words.
            NotRunning: when nothing answers.

        """
        given = {key: value for key, value in (query or {}).items() if value not in (None, "")}
        target = f"{path}?{urlencode(given, doseq=True)}" if given else path
        content = None if body is None else json.dumps(body).encode()
        with self._answer(method, target, content, {"content-type": "application/json"}) as reply:
            return _decoded(reply.read())

    def upload(self, path: str, stream: BinaryIO, size: int, sent: Callable[[int], None]) -> None:
        """Send a file as the body of a PUT; `sent` is told the bytes of each part as it goes out."""

        def parts() -> Iterator[bytes]:
            while part := stream.read(_CHUNK):
                yield part
                sent(len(part))

        headers = {"content-type": "application/octet-stream", "content-length": str(size)}
        with self._answer("PUT", path, parts(), headers) as reply:
            reply.read()

    def text(self, path: str) -> str:
        """The reply to GET of something that is text, such as a log."""
        with self._answer("GET", path, None, {}) as reply:
            return reply.read().decode(errors="replace")

    @contextmanager
    def download(self, path: str) -> Iterator[tuple[int, Iterator[bytes]]]:
        """The size and the parts of what a POST of a `:download` sends."""
        with self._answer("POST", path, b"", {}) as reply:
            size = int(reply.headers.get("content-length") or 0)
            yield size, iter(lambda: reply.read(_CHUNK), b"")

    @contextmanager
    def _answer(
        self, method: str, target: str, body: bytes | Iterable[bytes] | None, headers: Mapping[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        address = urlsplit(self.url)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=self.timeout)
        authorization = {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        try:
            # A platform that refuses a long body says so before it has read all of it.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, address.path.rstrip("/") + target, body, {**headers, **authorization})
            reply = connection.getresponse()
            if reply.status >= 400:  # noqa: PLR2004 - the class of refusals
                raise Refused(reply.status, _reason(reply))
            yield reply
        except (ConnectionError, socket.gaierror, TimeoutError, http.client.HTTPException) as error:
            raise NotRunning(
                f"Nothing answers at {self.url} ({error or type(error).__name__}): start it with `cuvee up`."
            ) from None
        finally:
            connection.close()


def find(home: Path | None, environ: Mapping[str, str] = os.environ) -> Client:
    """The platform that is meant: the one that CUVEE_URL names, else the one that runs on the home.

    Raises:
        NotRunning: when none does.
        BadAddress: when CUVEE_URL is no address.

    """
    if url := environ.get("CUVEE_URL", ""):
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise BadAddress
        return Client(url=url, api_key=environ.get("CUVEE_API_KEY") or environ.get("CDSW_APIV2_KEY", ""))
    place = (home or settings.default_home(environ)).expanduser().absolute()
    try:
        note = json.loads((place / "connection.json").read_text())
    except (OSError, ValueError):
        raise NotRunning(
            f"No platform is running on {place}: start one with `cuvee up`, or name one with CUVEE_URL and "
            "CUVEE_API_KEY."
        ) from None
    return Client(url=note["url"], api_key=note["api_key"])


def quoted(text: str) -> str:
    """A text as one part of a path."""
    return quote(text, safe="")


def _reason(reply: http.client.HTTPResponse) -> str:
    try:
        return str(_decoded(reply.read())["error"])
    except (BadReply, KeyError):
        return f"The platform answered {reply.status} {reply.reason}."


def _decoded(content: bytes) -> dict[str, Any]:
    try:
        reply = json.loads(content)
    except ValueError:
        raise BadReply from None
    if not isinstance(reply, dict):
        raise BadReply
    return reply
