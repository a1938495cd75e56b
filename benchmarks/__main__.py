"""The driver: `python -m benchmarks [P1 P2 …]` measures rows and merges them into the report."""

import argparse
import importlib
import importlib.metadata
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from benchmarks import environments, machine, report
from benchmarks.environments import ROOT, Environments
from benchmarks.report import Result, Taken
from benchmarks.rows import Bench, Contestant, Row, Sample

_OURS: Final = ("cuvee", "litestar", "msgspec", "sqlalchemy", "uvicorn", "uvloop")


def rows() -> list[Row]:
    """Every row that has a file, in order."""
    files = sorted((ROOT / "benchmarks").glob("p[0-9][0-9]_*.py"))
    found: list[Row] = [importlib.import_module(f"benchmarks.{file.stem}").ROW for file in files]
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    known = rows()
    chosen = [row for row in known if row.number in options.rows] if options.rows else known
    if options.quick:
        chosen = [row for row in chosen if row.quick]
    folder = environments.default_cache()
    for row in chosen:
        began = time.monotonic()
        with _bench(folder, options) as bench:
            taken = measured(row, bench, options.rounds)
        print(report.section(row, taken, taken), f"\n({time.monotonic() - began:.0f} s)\n", flush=True)
        if not options.dry:
            into = ROOT / "benchmarks"
            report.save(into, report.merged(report.load(into / "report.json"), [taken]), known)


def measured(row: Row, bench: Bench, rounds: int) -> Taken:
    """Every contestant in turn, one round after the other; the first round warms everything up and does not count."""
    busy = machine.busy()
    with row.contestants(bench) as contestants:
        for contestant in contestants:
            contestant.pause()
        samples: dict[str, list[Sample]] = {contestant.name: [] for contestant in contestants}
        for number in range(rounds + 1):
            for contestant in contestants:
                sample = _alone(contestant)
                print(f"  {row.number} {number}/{rounds} {contestant.name}: {_briefly(sample)}", flush=True)
                if number:
                    samples[contestant.name].append(sample)
        wrong = {contestant.name: _checked(contestant) for contestant in contestants}
        results = [result(one, samples[one.name], wrong[one.name]) for one in contestants]
    return Taken(
        number=row.number,
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=machine.commit(),
        machine=machine.facts(bench.scratch),
        versions=_versions(),
        busy=busy,
        seconds=bench.seconds,
        results=results,
    )


def result(contestant: Contestant, samples: Sequence[Sample], wrong: str) -> Result:
    """What a contestant's runs come to."""
    names = samples[0].values
    return Result(
        name=contestant.name,
        label=contestant.label,
        kind=contestant.kind,
        values={name: [sample.values[name] for sample in samples] for name in names},
        requests=sum(sample.requests for sample in samples),
        failed=sum(sample.failed for sample in samples),
        failure=next((sample.failure for sample in samples if sample.failure), ""),
        p50=_middle([sample.p50 for sample in samples]),
        p95=_middle([sample.p95 for sample in samples]),
        p99=_middle([sample.p99 for sample in samples]),
        wrong=wrong,
        note=contestant.note,
    )


def _alone(contestant: Contestant) -> Sample:
    contestant.resume()
    try:
        return contestant.measure()
    finally:
        contestant.pause()


def _checked(contestant: Contestant) -> str:
    contestant.resume()
    try:
        return contestant.check()
    finally:
        contestant.pause()


def _middle(values: Sequence[float]) -> float | None:
    """The median of the values that are numbers."""
    numbers = [value for value in values if value == value]  # noqa: PLR0124 - NaN is not itself
    return statistics.median(numbers) if numbers else None


def _briefly(sample: Sample) -> str:
    parts = [f"{name} {value:,.4g}" for name, value in sample.values.items()]
    return ", ".join([*parts, *([f"{sample.failed} FAILED: {sample.failure}"] if sample.failed else [])])


def _versions() -> dict[str, str]:
    ours = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _OURS)
    peers = {pin for pins in (environments.MLSERVER, environments.FASTTRACKML) for pin in pins}
    return {"ours": ours, "peers": ", ".join(sorted(pin.replace("==", " ") for pin in peers))}


@contextmanager
def _bench(cache: Path, options: argparse.Namespace) -> Iterator[Bench]:
    cache.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix="scratch-", dir=cache))
    try:
        yield Bench(
            scratch=scratch,
            environments=Environments(cache),
            seconds=options.seconds,
            warm_up=options.warm_up,
            is_quick=options.quick,
        )
    finally:
        shutil.rmtree(scratch)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, and write the report.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="such as P1; all that there are when none is named")
    parser.add_argument("--quick", action="store_true", help="short runs of the important rows")
    parser.add_argument("--seconds", type=float, help="load of one measurement; 5, or 1.2 when quick")
    parser.add_argument("--warm-up", type=float, help="load before it counts; 1, or 0.3 when quick")
    parser.add_argument("--rounds", type=int, help="measurements of each contestant; 5, or 3 when quick")
    parser.add_argument("--dry", action="store_true", help="print only, leave the report as it is")
    options = parser.parse_args(arguments)
    options.rows = [number.upper() for number in options.rows]
    options.seconds = options.seconds or (1.2 if options.quick else 5.0)
    options.warm_up = options.warm_up or (0.3 if options.quick else 1.0)
    options.rounds = options.rounds or (3 if options.quick else 5)
    unknown = set(options.rows) - {row.number for row in rows()}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
