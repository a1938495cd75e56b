"""What the tutorial did, a line a step, and as JSON for scripts."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import click
import msgspec

Status = Literal["ok", "failed", "skipped"]

_MARKS: dict[Status, tuple[str, str]] = {"ok": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("-", "yellow")}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """One step: what it was called, how it ended, how long it took, and what came out."""

    name: str
    status: Status
    seconds: float
    detail: str


@dataclass(slots=True)
class Report:
    """The steps so far; filled while they run."""

    steps: list[StepReport] = field(default_factory=list)
    prediction: float | None = None
    url: str = ""

    def to_json(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


class StepFailed(Exception):
    """A step did not succeed; the message says what was expected and what was found."""


class StepSkipped(Exception):
    """A step cannot be done on this machine; the message says why. What does not need it goes on."""


@contextmanager
def step(report: Report, name: str, number: int, of: int) -> Iterator[Callable[[str], None]]:
    """Time a step and print its line; gives a function that says what came out.

    Raises:
        StepFailed: again, after noting it, so that nothing further runs.

    """
    details: list[str] = []
    begun = time.monotonic()
    is_terminal = sys.stdout.isatty()
    if is_terminal:
        click.echo(f"  … {name}", nl=False)
    status: Status = "failed"
    try:
        yield details.append
        status = "ok"
    except StepSkipped as reason:
        status = "skipped"
        details.append(str(reason))
    except StepFailed as failure:
        details.append(str(failure))
        raise
    finally:
        seconds = time.monotonic() - begun
        done = StepReport(name=name, status=status, seconds=round(seconds, 3), detail="; ".join(details))
        report.steps.append(done)
        click.echo(("\r\033[K" if is_terminal else "") + _line(done, number, of))


def _line(done: StepReport, number: int, of: int) -> str:
    mark, colour = _MARKS[done.status]
    head = click.style(f"{mark} {number:2d}/{of}", fg=colour)
    return f"{head}  {done.name:<46} {done.seconds:7.2f} s  {done.detail}"
