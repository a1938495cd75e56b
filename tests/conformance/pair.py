"""The same call to two servers, and their replies made comparable."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

API: Final = "/api/2.0/mlflow"
#: What each server's clock says.
_TIMES: Final = {
    "creation_time",
    "last_update_time",
    "creation_timestamp",
    "last_updated_timestamp",
    "creation_timestamp_ms",
    "last_updated_timestamp_ms",
    "created_time",
}
#: What our replies need not have, or MLflow's have besides.
_EXTRA: Final = {"sqlstate", "error_class", "workspace"}
#: In messages: what follows differs from process to process, or tells of MLflow's database.
_TAILS: Final = re.compile(
    r"( Error: \(|Valid keys are|not one of '|None of these|\bis not a valid JSON\b).*", re.DOTALL
)


@dataclass(slots=True)
class Side:
    """One server, and what its ids are called in the test."""

    client: httpx.Client
    names: dict[str, str] = field(default_factory=dict)

    def filled(self, value: Any) -> Any:
        """A request with `$name` replaced by this server's id."""
        text = json.dumps(value)
        for name in sorted(self.names, key=len, reverse=True):
            text = text.replace(f"${name}", json.dumps(self.names[name])[1:-1])
        return json.loads(text)

    def call(self, method: str, path: str, body: Any, **more: Any) -> httpx.Response:
        filled = self.filled(body)
        where = {"params": filled} if method == "GET" else {"json": filled}
        if more:
            where = {}
        return self.client.request(method, path if path.startswith("/") else f"{API}/{path}", **where, **more)

    def comparable(self, reply: httpx.Response) -> Any:
        """The reply without what no two servers share: ids, times, orders that mean nothing."""
        if "json" not in reply.headers.get("content-type", ""):
            return {"status": reply.status_code, "text": reply.text}
        return {"status": reply.status_code, **_tidy(self._named(reply.json()))}

    def _named(self, value: Any) -> Any:
        """The value with `$name` in place of this server's ids."""
        if isinstance(value, dict):
            return {key: self._named(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._named(inner) for inner in value]
        if not isinstance(value, str):
            return "NaN" if value != value else value  # noqa: PLR0124 - what is not a number differs from itself
        for name in sorted(self.names, key=lambda name: len(self.names[name]), reverse=True):
            value = value.replace(self.names[name], f"${name}")
        return value


@dataclass(slots=True)
class Pair:
    """A real MLflow server and ours, one on each database."""

    theirs: Side
    ours: list[Side]

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[Any, list[Any]]:
        """MLflow's reply and ours, comparable."""
        replies = [
            side.comparable(side.call(method, path, {} if body is None else body, **more)) for side in self.sides()
        ]
        return replies[0], replies[1:]

    def same(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Our reply, after it turned out to be MLflow's."""
        theirs, ours = self.call(method, path, body, **more)
        for reply in ours:
            assert reply == theirs, f"{method} {path} {body}\nMLflow: {theirs}\nours:   {reply}"
        return ours[0]

    def bind(self, name: str, method: str, path: str, body: Any, pick: Callable[[Any], str]) -> None:
        """Call `$name` what each server's reply has there."""
        for side in self.sides():
            reply = side.call(method, path, body)
            assert reply.status_code == 200, reply.text
            side.names[name] = pick(reply.json())

    def experiment(self, name: str = "exp") -> None:
        """A new experiment, `$exp`."""
        unique = f"conformance-{uuid4().hex}"
        self.bind(name, "POST", "experiments/create", {"name": unique}, lambda reply: reply["experiment_id"])
        for side in self.sides():
            side.names[f"{name}_name"] = unique

    def run(self, name: str = "run", *, start_time: int = 1, **fields: Any) -> None:
        """A new run of `$exp`, `$run`."""
        body = {"experiment_id": "$exp", "start_time": start_time, "run_name": f"name of {name}", **fields}
        self.bind(name, "POST", "runs/create", body, lambda reply: reply["run"]["info"]["run_id"])

    def sides(self) -> Iterator[Side]:
        yield from (self.theirs, *self.ours)


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _entry(key, inner) for key, inner in value.items() if key not in _EXTRA}
    if isinstance(value, list):
        return [_tidy(inner) for inner in value]
    return value


def _entry(key: str, value: Any) -> Any:
    if key in _TIMES:
        return "T"
    if key == "message":
        return _TAILS.sub("…", str(value)).rstrip(".… ")
    if key == "next_page_token":
        return "token"
    if key in {"tags", "params"} and isinstance(value, list):
        return sorted((_tidy(inner) for inner in value), key=lambda inner: str(inner.get("key")))
    if key == "data" and isinstance(value, dict) and "metrics" in value:
        value = {**value, "metrics": sorted(value["metrics"], key=lambda metric: metric["key"])}
    return _tidy(value)
