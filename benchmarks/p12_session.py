"""P12: from the click that starts a session to its prompt."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import endpoint
from benchmarks.endpoint import Platform
from benchmarks.figures import Measure, Within
from benchmarks.rows import Bench, Contestant, Row, Sample

#: Seconds; the first session on a machine has the base environment made for it.
_PATIENCE: Final = 900.0
_LOOK: Final = 0.02
#: Prints the seconds from its own beginning to a kernel's first result.
_BARE: Final = """
import time
began = time.perf_counter()
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel()
client.execute_interactive("1 + 1", store_history=False, output_hook=lambda message: None)
print(time.perf_counter() - began)
client.stop_channels()
manager.shutdown_kernel(now=True)
"""


class NoSession(Exception):
    """The session or its code did not come as far as it should."""


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    environments = bench.environments.folder / "workloads"
    with endpoint.started(bench, environments) as (platform, server):
        [project] = platform.call("GET", "/api/v2/projects")["projects"]
        sessions = f"/api/v2/projects/{project['id']}/sessions"
        _session(platform, sessions)  # makes the base environment, once
        # Earlier versions' may be there, too: the newest is this one's.
        python = max(environments.glob("base/*/bin/python"), key=lambda path: path.lstat().st_mtime)
        yield [
            Contestant(
                name="ours",
                label="Cuvée",
                kind="ours",
                measure=partial(_session, platform, sessions),
                pause=server.pause,
                resume=server.resume,
                note="`POST …/sessions`, asked every 20 ms until it runs, then `1 + 1` until that has run.",
            ),
            Contestant(
                name="raw",
                label="a bare kernel",
                kind="raw",
                measure=partial(_bare, python),
                note="`jupyter_client` starts ipykernel with the base environment's Python, and runs `1 + 1`.",
            ),
        ]


def _session(platform: Platform, sessions: str) -> Sample:
    began = time.perf_counter()
    made = f"{sessions}/{platform.call('POST', sessions, {'name': 'measured'})['id']}"
    _until(lambda: platform.call("GET", made), "running", {"failed", "stopped"})
    running = time.perf_counter() - began
    ran = platform.call("POST", f"{made}:run", {"code": "1 + 1"})
    _until(lambda: platform.call("GET", f"{made}/executions/{ran['id']}"), "succeeded", {"failed", "stopped"})
    prompt = time.perf_counter() - began
    platform.call("POST", f"{made}:stop")
    return Sample(values={"running": running, "prompt": prompt})


def _until(ask: Callable[[], dict[str, Any]], wanted: str, over: set[str]) -> None:
    until = time.monotonic() + _PATIENCE
    while (found := ask())["status"] != wanted:
        if found["status"] in over or time.monotonic() > until:
            raise NoSession(json.dumps(found))
        time.sleep(_LOOK)


def _bare(python: Path) -> Sample:
    done = subprocess.run([str(python), "-c", _BARE], check=True, capture_output=True, text=True, timeout=60)
    return Sample(values={"prompt": float(done.stdout)})


ROW: Final = Row(
    number="P12",
    title="session: click to prompt",
    measures=(
        Measure(name="running", label="says it runs", unit="s", better="lower"),
        Measure(name="prompt", label="first result", unit="s", better="lower"),
    ),
    goals=(Within(measure="prompt", limit=4),),
    how="From the call that the page's *Start* makes to the first result of code in it, over API v2, one session at a "
    "time in the project's environment; the base environment is there.",
    limit="a kernel that `jupyter_client` starts, without a platform.",
    contestants=contestants,
    quick=False,
)
