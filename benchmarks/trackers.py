"""Tracking servers that speak MLflow's protocol: ours and the peers, each on a fresh database."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks import load, servers
from benchmarks.environments import FASTTRACKML, MLFLOW
from benchmarks.figures import Kind
from benchmarks.rows import Bench, Contestant, Sample
from benchmarks.servers import Command, Server

API: Final = "/api/2.0/mlflow"
#: Switches off what a comparison does not need, in the peer's favour.
MLFLOW_LEAN: Final = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerKind:
    """A kind of tracking server: its name, how it starts in a folder, and what its acknowledgement is worth."""

    name: str
    label: str
    kind: Kind
    command: Callable[[Bench, Path], Command]
    #: Reads the headers of its owner from the folder.
    headers: Callable[[Path], Mapping[str, str]]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """A running tracking server."""

    kind: TrackerKind
    server: Server
    headers: Mapping[str, str]
    #: The run of the first client of the last measurement and what was acknowledged there.
    last: dict[str, int] = field(default_factory=dict)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call outside of any measurement."""
        content = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, "content-type": "application/json"}
        request = urllib.request.Request(self.server.url + API + path, content, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def new_runs(self, count: int) -> list[str]:
        """Ids of fresh runs in the experiment `Default`."""
        now = int(time.time() * 1000)
        body = {"experiment_id": "0", "start_time": now}
        return [self.call("POST", "/runs/create", body)["run"]["info"]["run_id"] for _ in range(count)]

    def history(self, run: str, key: str) -> int:
        """How many points of a metric the server gives back."""
        count, token = 0, ""
        while True:
            page = f"&page_token={token}" if token else ""
            answer = self.call("GET", f"/metrics/get-history?run_id={run}&metric_key={key}{page}")
            count += len(answer.get("metrics", []))
            token = answer.get("next_page_token", "")
            if not token:
                return count

    def contestant(self, measure: Callable[[], Sample], check: Callable[[], str]) -> Contestant:
        return Contestant(
            name=self.kind.name,
            label=self.kind.label,
            kind=self.kind.kind,
            measure=measure,
            check=check,
            pause=self.server.pause,
            resume=self.server.resume,
            note=self.kind.note,
        )


def _cuvee(_bench: Bench, folder: Path) -> Command:
    arguments = [sys.executable, "-m", "cuvee", "up", "--home", str(folder / "home"), "--port", "{port}"]
    return Command(arguments=arguments, ready="/health", folder=folder, environment={})


def _cuvee_headers(folder: Path) -> Mapping[str, str]:
    key = json.loads((folder / "home/connection.json").read_text())["api_key"]
    return {"authorization": f"Bearer {key}"}


def _mlflow(bench: Bench, folder: Path) -> Command:
    environment = bench.environments.get("mlflow", MLFLOW)
    arguments = [
        environment.command("mlflow"), "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", str(folder / "artifacts"), "--workers", "1", "--port", "{port}",
        "--disable-security-middleware", "--uvicorn-opts", "--log-level warning --no-access-log",
    ]  # fmt: skip
    return Command(arguments=arguments, ready="/health", folder=folder, environment=MLFLOW_LEAN)


def _fasttrackml(options: str) -> Callable[[Bench, Path], Command]:
    def command(bench: Bench, folder: Path) -> Command:
        environment = bench.environments.get("fasttrackml", FASTTRACKML)
        arguments = [
            environment.command("fml"), "server", "--database-uri", f"sqlite://{folder}/fml.db{options}",
            "--default-artifact-root", str(folder / "artifacts"), "--listen-address", "127.0.0.1:{port}",
            "--log-level", "warn",
        ]  # fmt: skip
        return Command(arguments=arguments, ready="/health", folder=folder, environment={})

    return command


def _no_headers(_folder: Path) -> Mapping[str, str]:
    return {}


CUVEE: Final = TrackerKind(
    name="ours",
    label="Cuvée",
    kind="ours",
    command=_cuvee,
    headers=_cuvee_headers,
    note="what is acknowledged is on disk: SQLite in WAL mode with synchronous=FULL, a reply follows the commit. "
    "Each request brings an API key.",
)
MLFLOW_SERVER: Final = TrackerKind(
    name="MLflow",
    label="MLflow 3.17.2",
    kind="peer",
    command=_mlflow,
    headers=_no_headers,
    note="what is acknowledged is on disk: SQLite as MLflow leaves it, a rollback journal with synchronous=FULL. One "
    "worker, no job workers, no telemetry, no access log, no security middleware, no authentication.",
)
FASTTRACKML_DURABLE: Final = TrackerKind(
    name="FastTrackML",
    label="FastTrackML 0.6.0, durable",
    kind="peer",
    command=_fasttrackml("?_synchronous=FULL"),
    headers=_no_headers,
    note="what is acknowledged is on disk: WAL with synchronous=FULL, set in its database URI. No authentication.",
)
FASTTRACKML_DEFAULT: Final = TrackerKind(
    name="FastTrackML as it comes",
    label="FastTrackML 0.6.0, as it comes",
    kind="peer",
    command=_fasttrackml(""),
    headers=_no_headers,
    note="**not** durable: WAL with synchronous=NORMAL, its default. A trace of its system calls shows no sync at all "
    "while it acknowledges metrics; a power cut takes them back. Shown beside, not what the goal is held against.",
)


@contextmanager
def opened(bench: Bench, kinds: Sequence[TrackerKind]) -> Iterator[list[Tracker]]:
    """Start each on a fresh database."""
    with ExitStack() as stack:
        trackers = []
        for kind in kinds:
            folder = bench.scratch / kind.name.replace(" ", "-")
            server = stack.enter_context(servers.running(kind.command(bench, folder)))
            trackers.append(Tracker(kind=kind, server=server, headers=kind.headers(folder)))
        yield trackers


def write_load(bench: Bench, tracker: Tracker, path: str, bodies: Sequence[bytes], clients: int) -> Sample:
    """Each client writes the bodies in turn, to a fresh run of its own that takes the place of `{run}`."""
    runs = tracker.new_runs(clients)
    placeholder = b"@" * len(runs[0])
    headers = dict(tracker.headers)
    requests = [load.request("POST", API + path, body.replace(b"{run}", placeholder), headers) for body in bodies]
    tally = load.run(
        load.Job(
            port=tracker.server.port,
            requests=requests,
            clients=[run.encode() for run in runs],
            placeholder=placeholder,
            warm_up=bench.warm_up,
            seconds=bench.seconds,
        )
    )
    tracker.last.clear()
    tracker.last[runs[0]] = tally.acknowledged[0]
    return sample(tally, {"rate": tally.rate})


def kept(tracker: Tracker, key: str, points: int) -> str:
    """What is missing of what was acknowledged last: `points` of this key in each request."""
    for run, acknowledged in tracker.last.items():
        found = tracker.history(run, key)
        # One request may have been under way when the load ended.
        if not acknowledged * points <= found <= (acknowledged + 1) * points:
            return f"{acknowledged * points:,} points were acknowledged, {found:,} are there"
    return ""


def sample(tally: load.Tally, values: Mapping[str, float]) -> Sample:
    """A tally as one run of a contestant."""
    nan = float("nan")
    return Sample(
        values=values,
        requests=tally.requests,
        failed=tally.failed,
        failure=tally.failure,
        p50=tally.p50 or nan,
        p95=tally.p95 or nan,
        p99=tally.p99 or nan,
    )
