"""Trying an endpoint from its page: the same call over HTTP, through the same gateway, as any client's.

The library for it takes a tenth of a second to import, so it is imported by the first call.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from cuvee.serving.values import Endpoint
from cuvee.web import model_files

#: Characters of an answer that a page shows.
_MOST: Final = 100_000
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call."""

    #: HTTP's; 0 when nobody answered.
    status: int
    #: The answer for people: pretty JSON, or the error's sentence.
    text: str
    #: Why there is no answer; empty when there is one.
    problem: str = ""
    milliseconds: float = 0
    replica: str = ""
    is_cut: bool = False

    @property
    def is_good(self) -> bool:
        return self.status == _OK and not self.problem


@dataclass(frozen=True, slots=True)
class Trial:
    """Calls endpoints of this platform as a client does."""

    #: Where this platform answers.
    url: str

    async def call(self, endpoint: Endpoint, text: str, *, api_key: str, seconds: float) -> Outcome:
        """Send the text as the request of a model call. `seconds` is how long an answer may take."""
        import aiohttp  # noqa: PLC0415 - see above

        try:
            request = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            return Outcome(status=0, text="", problem=f"The input is not JSON: {error}.")
        except RecursionError:
            return Outcome(status=0, text="", problem="The input is nested too deeply.")
        body = msgspec.json.encode({"accessKey": endpoint.access_key, "request": request})
        headers = {"content-type": "application/json", **({"authorization": f"Bearer {api_key}"} if api_key else {})}
        timeout = aiohttp.ClientTimeout(total=seconds)
        begun = time.perf_counter()
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(f"{self.url}/model", data=body, headers=headers) as reply,
            ):
                answer = await reply.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Outcome(status=0, text="", problem="The platform's gateway did not answer in time.")
        took = (time.perf_counter() - begun) * 1000
        return _outcome(reply.status, answer, took, reply.headers.get("x-cuvee-replica", ""))


def _outcome(status: int, answer: bytes, took: float, replica: str) -> Outcome:
    try:
        read: Any = msgspec.json.decode(answer)
        text = model_files.pretty(read)
    except (msgspec.DecodeError, RecursionError):
        read, text = {}, answer.decode(errors="replace")
    error = read.get("error") if isinstance(read, dict) else None
    problem = "" if status == _OK else str(error or f"The endpoint answered with status {status}.")
    return Outcome(
        status=status,
        text=text[:_MOST],
        problem=problem,
        milliseconds=took,
        replica=replica,
        is_cut=len(text) > _MOST,
    )
