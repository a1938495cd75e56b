"""A receiver of OpenLineage events on a real port, and what the specification wants of an event."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

FACETS = json.loads((Path(__file__).parents[2] / "docs/reference/openlineage-facets.json").read_text())["$defs"]
TYPES = {"string": str, "integer": int, "object": dict, "array": list}

#: Facet of the specification → the members that it must have, and their types.
STANDARD = {
    "DatasetTypeDatasetFacet": {"datasetType": str},
    "DatasetVersionDatasetFacet": {"datasetVersion": str},
    "DatasourceDatasetFacet": {"name": str, "uri": str},
    "ErrorMessageRunFacet": {"message": str, "programmingLanguage": str},
    "InputStatisticsInputDatasetFacet": {"rowCount": int},
    "JobTypeJobFacet": {"processingType": str, "integration": str},
    "OutputStatisticsOutputDatasetFacet": {"rowCount": int},
    "ParentRunFacet": {"run": dict, "job": dict},
    "ProcessingEngineRunFacet": {"version": str},
    "SchemaDatasetFacet": {"fields": list},
    "SourceCodeLocationJobFacet": {"type": str, "url": str},
    "SymlinksDatasetFacet": {"identifiers": list},
}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One request that came."""

    path: str
    headers: Mapping[str, str]
    event: dict[str, Any]


@dataclass(kw_only=True)
class Receiver:
    """What came, and how it is answered: a status for each request."""

    url: str
    came: list[Delivery] = field(default_factory=list)
    #: What the next requests are answered with; 201 afterwards.
    answers: list[int] = field(default_factory=list)
    #: What all are answered with, if set.
    always: int = 0
    #: Whether answers go on without an end.
    is_endless: bool = False
    #: Called before the answer.
    before: Callable[[], object] = lambda: None
    at_once: int = 0
    most_at_once: int = 0

    @property
    def ids(self) -> list[str]:
        """By what a receiver tells whether it had an event before."""
        return [delivery.headers["Idempotency-Key"] for delivery in self.came]

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was taken, in the order in which it came."""
        return [delivery.event for delivery in self.came]

    def of(self, run_id: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["run"]["facets"]["cuvee_run"]["runId"] == run_id]

    def kinds(self, run_id: str) -> list[str]:
        return [event["eventType"] for event in self.of(run_id)]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver that listens."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["content-length"])))
            receiver.at_once += 1
            receiver.most_at_once = max(receiver.most_at_once, receiver.at_once)
            receiver.before()
            receiver.at_once -= 1
            status = receiver.always or (receiver.answers.pop(0) if receiver.answers else 201)
            # Written down before it is answered: a sender that is killed in between sends it again.
            receiver.came.append(Delivery(path=self.path, headers=dict(self.headers), event=event))
            self.send_response(status)
            self.send_header("location", f"{receiver.url}/elsewhere")
            self.send_header("content-length", str(1 << 40 if receiver.is_endless else 0))
            self.end_headers()
            while receiver.is_endless:
                self.wfile.write(bytes(1 << 16))

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is http.server's
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A sender that was killed."""

    server = Server(("127.0.0.1", port), Handler)
    receiver = Receiver(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def require_valid(event: dict[str, Any]) -> None:
    """Fail when the event is not as the specification (2-0-2) and our own facets' schemas want it."""
    assert event["eventType"] in {"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"}
    assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    assert event["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    _require_uri(event["producer"])
    assert str(UUID(event["run"]["runId"])) == event["run"]["runId"]
    _require_facets(event["run"].get("facets", {}), "RunFacet")
    _require_named(event["job"])
    _require_facets(event["job"].get("facets", {}), "JobFacet")
    for side, facets in (("inputs", "inputFacets"), ("outputs", "outputFacets")):
        for dataset in event[side]:
            _require_named(dataset)
            assert set(dataset) <= {"namespace", "name", "facets", facets}
            _require_facets(dataset.get("facets", {}), "DatasetFacet")
            _require_facets(dataset.get(facets, {}), "InputFacet" if side == "inputs" else "OutputDatasetFacet")


def _require_named(thing: dict[str, Any]) -> None:
    assert isinstance(thing["namespace"], str)
    assert thing["namespace"]
    assert isinstance(thing["name"], str)
    assert thing["name"]


def _require_facets(facets: dict[str, Any], what: str) -> None:
    for key, facet in facets.items():
        _require_uri(facet["_producer"])
        _require_uri(facet["_schemaURL"])
        name = facet["_schemaURL"].rpartition("/")[2]
        if name in FACETS:
            assert key.startswith("cuvee_")
            _require_fits(facet, FACETS[name])
            continue
        assert re.fullmatch(
            rf"https://openlineage\.io/spec/facets/\d-\d-\d/{name}\.json#/\$defs/{name}", facet["_schemaURL"]
        )
        assert name.endswith((what, "InputDatasetFacet" if what == "InputFacet" else what))
        for member, kind in STANDARD[name].items():
            assert isinstance(facet[member], kind), (name, member)


def _require_fits(facet: dict[str, Any], schema: dict[str, Any]) -> None:
    assert set(schema["required"]) <= set(facet)
    assert set(facet) <= set(schema["properties"])
    for member, value in facet.items():
        known = schema["properties"][member]
        assert isinstance(value, TYPES[known["type"]])
        assert not isinstance(value, bool)
        assert value in known.get("enum", [value])
        if known.get("format") == "uuid":
            UUID(value)


def _require_uri(text: str) -> None:
    assert urlsplit(text).scheme
