"""The report: one JSON file into which every run merges its rows, and the same as a page."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.figures import NONE, TIMES, Figure, Kind, Measure, Verdict, amount, judged, times_better, with_unit
from benchmarks.rows import Row

#: From this share of the machine on, other programs are named beside the figures.
_NOTICEABLE: Final = 0.1


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one contestant did in one row."""

    name: str
    label: str
    kind: Kind
    #: Measure's name → the value of each run.
    values: dict[str, list[float]]
    requests: int
    failed: int
    failure: str
    #: Medians over the runs, in milliseconds.
    p50: float | None
    p95: float | None
    p99: float | None
    #: What the check of the stored data found; empty when all is there.
    wrong: str
    note: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One row, measured."""

    number: str
    date: str
    commit: str
    machine: dict[str, str]
    versions: dict[str, str]
    #: The share of the machine that other programs took just before.
    busy: float
    #: Seconds of one measurement.
    seconds: float
    results: list[Result]

    @property
    def is_marked(self) -> bool:
        """Whether something failed, so that the row is not to be trusted."""
        return any(result.failed or result.wrong for result in self.results)


def merged(before: Sequence[Taken], fresh: Sequence[Taken]) -> list[Taken]:
    """Rows of this time in the place of those of last time, in the order of their numbers."""
    rows = {taken.number: taken for taken in (*before, *fresh)}
    return sorted(rows.values(), key=lambda taken: int(taken.number.removeprefix("P")))


def load(path: Path) -> list[Taken]:
    return msgspec.json.decode(path.read_bytes(), type=list[Taken]) if path.exists() else []


def save(folder: Path, taken: Sequence[Taken], rows: Sequence[Row]) -> None:
    """Write `report.json` and `REPORT.md`."""
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(taken), indent=2) + b"\n")
    (folder / "REPORT.md").write_text(page(taken, rows))


def verdicts(row: Row, taken: Taken) -> list[Verdict]:
    """What became of the row's goals."""
    medians = {
        (result.name, name): Figure(values=tuple(values)).median
        for result in taken.results
        for name, values in result.values.items()
    }
    return [judged(goal, row.measures, medians) for goal in row.goals]


def page(taken: Sequence[Taken], rows: Sequence[Row]) -> str:
    """The report as Markdown."""
    declared = {row.number: row for row in rows}
    known = [one for one in taken if one.number in declared]
    parts = ["# Performance, measured", _preface()]
    if known:
        newest = max(known, key=lambda one: one.date)
        parts += [_facts(newest), _overview(known, declared)]
        parts += [section(declared[one.number], one, newest) for one in known]
    return "\n\n".join(parts) + "\n"


def section(row: Row, taken: Taken, newest: Taken) -> str:
    """One row: its table, its goals, how it was taken."""
    lines = [f"## {row.number}: {row.title}", "", *_table(row, taken), ""]
    found = verdicts(row, taken)
    lines += [f"- Goal {verdict.goal}: {verdict.found}, {_judgement(verdict)}" for verdict in found]
    if row.profile and not all(verdict.met for verdict in found):
        lines.append(f"- Where the time goes: {row.profile}")
    lines += [f"- Raw limit: {row.limit}", f"- How: {row.how} {_terms(taken)}"]
    if _same_machine(taken.machine) != _same_machine(newest.machine):
        lines.append("- On another machine: " + "; ".join(f"{key} {value}" for key, value in taken.machine.items()))
    lines += [f"- {result.label}: {result.note}" for result in taken.results if result.note]
    lines += [f"- **{problem}**" for problem in _problems(taken)]
    return "\n".join(lines)


def _same_machine(machine: dict[str, str]) -> dict[str, str]:
    """What tells machines apart; how quick the disk was is measured anew each time."""
    return {key: value for key, value in machine.items() if key != "disk"}


def _preface() -> str:
    return (
        "Made by `just bench`. Ratios hold, absolute times belong to this machine. Each figure is the median of "
        "alternating runs (ours, peer, ours, …) under load from a process of its own; *spread* is (largest - smallest) "
        "/ median of these runs. While one is measured, the others are stopped. *Ratio*: how many times better ours is."
    )


def _facts(newest: Taken) -> str:
    facts = {**newest.machine, **newest.versions}
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items())])


def _overview(known: Sequence[Taken], declared: dict[str, Row]) -> str:
    lines = ["| # | work | goal | found | |", "|---|---|---|---|---|"]
    for one in known:
        row = declared[one.number]
        mark = " ⚠" if one.is_marked else ""
        for verdict in verdicts(row, one):
            found, judgement = verdict.found, _judgement(verdict)
            lines.append(f"| {row.number}{mark} | {row.title} | {verdict.goal} | {found} | {judgement} |")
    return "\n".join(lines)


def _judgement(verdict: Verdict) -> str:
    if math.isnan(verdict.reached):
        return "not measured"
    return "met" if verdict.met else f"not met: {verdict.reached:.0%} of the way"


def _table(row: Row, taken: Taken) -> list[str]:
    heads = [part for measure in row.measures for part in (measure.label, "spread", "ratio")]
    latencies = any(result.p50 is not None for result in taken.results)
    heads += ["p50", "p95", "p99"] if latencies else []
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    ours = next((result for result in taken.results if result.name == "ours"), None)
    for result in taken.results:
        cells = [cell for measure in row.measures for cell in _cells(measure, result, ours)]
        cells += [_latency(value) for value in (result.p50, result.p95, result.p99)] if latencies else []
        lines.append(f"| {_named(result)} | " + " | ".join(cells) + " |")
    return lines


def _cells(measure: Measure, result: Result, ours: Result | None) -> tuple[str, str, str]:
    if measure.name not in result.values:
        return NONE, NONE, NONE
    figure = Figure(values=tuple(result.values[measure.name]))
    ratio = NONE
    if ours is not None and result.name != "ours" and measure.name in ours.values:
        own = Figure(values=tuple(ours.values[measure.name])).median
        ratio = f"{amount(times_better(own, figure.median, measure.better))} {TIMES}"
    return with_unit(figure.median, measure), f"{figure.spread:.0%}", ratio


def _named(result: Result) -> str:
    return {"ours": f"**{result.label}**", "raw": f"*{result.label}*"}.get(result.kind, result.label)


def _latency(value: float | None) -> str:
    return NONE if value is None else f"{amount(value)} ms"


def _terms(taken: Taken) -> str:
    runs = max((len(values) for result in taken.results for values in result.values.values()), default=0)
    return f"{runs} runs each, {taken.seconds:g} s of load; {taken.date}, {taken.commit}."


def _problems(taken: Taken) -> list[str]:
    found = [
        f"⚠ {result.label}: {result.failed:,} of {result.requests:,} failed. {' '.join(result.failure.split())}"
        for result in taken.results
        if result.failed
    ]
    found += [f"⚠ {result.label}: {result.wrong}" for result in taken.results if result.wrong]
    if taken.busy > _NOTICEABLE:
        found.append(f"Other programs took {taken.busy:.0%} of the machine just before.")
    return found
