"""`cuvee tutorial`: from an empty machine to a prediction, through the doors that users use."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from cuvee.cli import client, options, sign_in
from cuvee.cli.client import Client
from cuvee.cli.tutorial import iceberg, part_one, part_two
from cuvee.cli.tutorial.journey import Journey, until
from cuvee.cli.tutorial.report import Report, StepFailed, step
from cuvee.core import errors

STEPS = [*part_one.STEPS, *part_two.STEPS, *iceberg.STEPS]


class NoSuchTable(errors.Misconfigured):
    """The table of wines that was given does not exist."""


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path), help="The table of wines, a CSV.  [default: $CUVEE_TUTORIAL_DATA]"
)
@options.home
@click.option("--keep", is_flag=True, help="Leave the platform running in the end, to look at.")
@click.option("--json", "report_file", type=click.Path(path_type=Path, dir_okay=False), help="Write a report here.")
def command(data: Path | None, home: Path | None, keep: bool, report_file: Path | None) -> None:
    """Go through the tutorial, a line a step; exit with 1 at the first step that fails.

    Without Java, or a way to get Spark's Java libraries, the steps with Spark are skipped.
    """
    place = (home or Path(tempfile.mkdtemp(prefix="cuvee-tutorial-"))).absolute()
    report = Report()
    try:
        with _platform(report, place, keep=keep) as found:
            report.url = found.url
            _walk(Journey(client=found, home=place, data=_table(data)), report)
    except StepFailed as failure:
        raise click.exceptions.Exit(1) from failure
    finally:
        if report_file:
            report_file.write_bytes(report.to_json())
    _farewell(report, place, keep=keep)


def _walk(journey: Journey, report: Report) -> None:
    for number, (name, run) in enumerate(STEPS, start=2):
        with step(report, name, number, len(STEPS) + 1) as say:
            try:
                run(journey, say)
            except errors.CuveeError as error:
                raise StepFailed(error.message) from error
        report.prediction = journey.prediction


@contextlib.contextmanager
def _platform(report: Report, home: Path, *, keep: bool) -> Iterator[Client]:
    """Start a platform of its own, as `cuvee up` does, and end it again unless it is to be kept."""
    log = _log_file(home)
    with step(report, "Start the platform", 1, len(STEPS) + 1) as say:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "cuvee", "up", "--home", str(home), "--port", "0", "--stop-workloads"],
            stdin=subprocess.DEVNULL, stdout=log.open("wb"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        note = home / "connection.json"
        until(process.poll, lambda code: code is not None or _is_ready(note, process.pid), patience=120)
        if process.poll() is not None:
            raise StepFailed(log.read_text().strip() or "the platform ended at once")
        found = client.find(home, {})
        say(found.url)
    try:
        yield found
    except BaseException:
        _end(process)
        raise
    if not keep:
        _end(process)


def _is_ready(note: Path, pid: int) -> bool:
    """Whether the note is there and is of the process that we started."""
    return note.exists() and json.loads(note.read_bytes())["pid"] == pid


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _log_file(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return home / "platform.log"


def _table(given: Path | None) -> Path | None:
    named = given or (Path(os.environ["CUVEE_TUTORIAL_DATA"]) if os.environ.get("CUVEE_TUTORIAL_DATA") else None)
    if named is not None and not named.is_file():
        raise NoSuchTable(f"There is no table at {named}.")
    return named


def _farewell(report: Report, home: Path, *, keep: bool) -> None:
    seconds = sum(done.seconds for done in report.steps)
    skipped = sum(done.status == "skipped" for done in report.steps)
    count = f"{len(report.steps) - skipped} steps succeeded, {skipped} were skipped," if skipped else ""
    count = count or f"All {len(report.steps)} steps succeeded"
    click.echo(f"\n{count} in {seconds:.0f} s. Prediction: {report.prediction}")
    if keep:
        click.echo(f"The platform is running at {report.url} (home: {home}).")
        click.echo(f"To look at what was made, sign in: {sign_in.link(client.find(home, {}))}")
    else:
        click.echo(f"To look at what was made: cuvee up --home {home}, then the link that it prints")
