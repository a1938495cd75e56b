"""P7: from the start of the process to its first answer, and the memory it then takes."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from benchmarks import servers, trackers
from benchmarks.figures import Measure, Within
from benchmarks.rows import Bench, Contestant, Row, Sample
from benchmarks.trackers import TrackerKind

#: Seconds after the first answer: what a server still loads in the background is part of its weight.
SETTLE: Final = 1.0


@contextmanager
def contestants(bench: Bench) -> Iterator[Sequence[Contestant]]:
    kinds = [trackers.CUVEE, trackers.MLFLOW_SERVER, trackers.FASTTRACKML_DURABLE]
    bare = Contestant(name="raw", label="`python -c pass`", kind="raw", measure=start_python)
    yield [*(_contestant(bench, kind) for kind in kinds), bare]


def _contestant(bench: Bench, kind: TrackerKind) -> Contestant:
    measure = partial(start, bench, kind)
    return Contestant(name=kind.name, label=kind.label, kind=kind.kind, measure=measure)


def start(bench: Bench, kind: TrackerKind) -> Sample:
    """Twice on one folder: empty at first, then with what the first start left."""
    command = kind.command(bench, Path(mkdtemp(dir=bench.scratch)))
    with servers.running(command) as server:
        first = server.took
    with servers.running(command) as server:
        again = server.took
        time.sleep(SETTLE)
        memory = server.memory()
    return Sample(values={"first": first, "again": again, "memory": memory})


def start_python() -> Sample:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return Sample(values={"again": time.perf_counter() - began})


ROW: Final = Row(
    number="P7",
    title="start to first answer; memory after start",
    measures=(
        Measure(name="first", label="first start", unit="s", better="lower"),
        Measure(name="again", label="later start", unit="s", better="lower"),
        Measure(name="memory", label="memory", unit="MB", better="lower"),
    ),
    goals=(
        Within(measure="first", limit=1.5),
        Within(measure="again", limit=1.5),
        Within(measure="memory", limit=150),
    ),
    how="From the start of the process to the first 200 of `GET /health`, asked every 5 ms: in an empty folder (tables "
    "are made), then again in the same. Memory is the resident set of the whole process tree, pages that processes "
    "share counted in each, one second after the first answer. MLflow runs without its job workers, which take most "
    "of its memory.",
    limit="the start of the interpreter alone.",
    contestants=contestants,
    quick=False,
)
