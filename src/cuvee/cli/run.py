"""`cuvee run`: the runs of an experiment."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import click

from cuvee.cli import experiment as experiments
from cuvee.cli.client import quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_COLUMNS: Final = {
    "name": "Run",
    "id": "Id",
    "status": "Status",
    "start_time": "Started",
    "user.username": "User",
    "metrics": "Metrics",
    "params": "Parameters",
}
#: What a run holds, in the API's words and in ours.
_WORDS: Final = {"metrics": "Metric", "params": "Parameter", "tags": "Tag"}


#: What a rebuild has in common with the run.
_SAME: Final = {"script": "Script", "code": "Code", "data": "Data", "packages": "Packages", "python": "Python"}
_ENDED: Final = frozenset({"stopped", "failed"})


class DidNotSucceed(errors.CuveeError):
    """What was run did not end well."""


class BadSearch(errors.Misconfigured):
    """A search is given as KEY=TEXT, such as name=first, params.alpha=0.6 or metrics.rmse=<0.8."""


@click.group()
def command() -> None:
    """List and show runs, and make them again."""


@command.command("list")
@connected
@click.argument("experiment")
@experiments.in_project
@click.option("--search", multiple=True, metavar="KEY=TEXT",
              help="Only those that fit: name=first, params.alpha=0.6, metrics.rmse=<0.8.")  # fmt: skip
@click.option("--sort", default="-start_time", show_default=True, help="Keys with commas between, `-` for descending.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1))
def list_runs(here: Here, *, experiment: str, project: str, search: tuple[str, ...], sort: str, limit: int) -> None:
    """An experiment's runs, the newest first."""
    found = experiments.find(here.api, project, experiment)
    runs = here.api.items(
        f"/api/v2/projects/{found['project_id']}/experiments/{found['id']}/runs",
        search=dict(_condition(text) for text in search),
        limit=limit,
        sort=sort,
    )
    here.table(runs if here.as_json else map(_summary, runs), _COLUMNS)


@command.command()
@connected
@click.argument("experiment")
@click.argument("run")
@experiments.in_project
def show(here: Here, experiment: str, run: str, project: str) -> None:
    """One run of an experiment, by name or id."""
    shown = here.api.get(_address(here, project, experiment, run))
    if here.as_json:
        here.record(shown, {})
        return
    data = {f"{word} {one['key']}": one["value"] for kind, word in _WORDS.items() for one in shown["data"][kind]}
    values = {"Run": shown["name"], "Id": shown["id"], "Status": _status(shown), "Started": shown["start_time"],
              "Ended": shown["end_time"], "User": shown["user"]["username"], "Artifacts": shown["artifact_uri"],
              **data}  # fmt: skip
    here.record({str(number): value for number, value in enumerate(values.values())},
                {str(number): heading for number, heading in enumerate(values)})  # fmt: skip


@command.command()
@connected
@click.argument("experiment")
@click.argument("run")
@experiments.in_project
@click.option("--no-wait", is_flag=True, help="Do not wait until it ended.")
def retrain(here: Here, experiment: str, run: str, *, project: str, no_wait: bool) -> None:
    """Train RUN again: its script as it is now, on the tables as they are now."""
    address = _address(here, project, experiment, run)
    _follow(here, here.api.post(f"{address}:retrain"), no_wait=no_wait)


@command.command()
@connected
@click.argument("experiment")
@click.argument("run")
@experiments.in_project
@click.option("--dry", is_flag=True, help="Only say what would be the same.")
@click.option("--anyway", is_flag=True, help="Also when something cannot be as it was: that is then as it is now.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it ended.")
def rebuild(here: Here, experiment: str, run: str, *, project: str, dry: bool, anyway: bool, no_wait: bool) -> None:
    """Rebuild RUN exactly: its code as it was, on the tables as they were, with its packages."""
    address = _address(here, project, experiment, run)
    if dry:
        here.record(here.api.get(f"{address}:rebuild"), _SAME)
        return
    _follow(here, here.api.post(f"{address}:rebuild", {"anyway": anyway}), no_wait=no_wait)


def _address(here: Here, project: str, experiment: str, run: str) -> str:
    """A run's address, by its name or its id; of several with one name the newest is meant."""
    found = experiments.find(here.api, project, experiment)
    address = f"/api/v2/projects/{found['project_id']}/experiments/{found['id']}/runs"
    named = (one["id"] for one in here.api.items(address, search={"name": run}) if one["name"] == run)
    return f"{address}/{quoted(next(named, run))}"


def _follow(here: Here, session: Mapping[str, Any], *, no_wait: bool) -> None:
    """Wait for the end of a session that runs one script, and say how it ended."""
    place = f"/api/v2/projects/{session['project_id']}/sessions/{session['id']}"
    if no_wait:
        here.done(f"Session {session['id']} runs {session['script']}.", dict(session))
        return
    ended = here.wait(lambda: here.api.get(place), until=lambda found: found["status"] in _ENDED)
    reason = ended["status_reason"]
    said = f"{reason[:1].upper()}{reason[1:]}."
    ran = here.api.items(f"{place}/executions")
    if not any(execution["status"] == "succeeded" for execution in ran):
        raise DidNotSucceed(f"{said} What it said is in session {ended['id']}.")
    here.done(said, ended)


def _summary(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run as one line of a table."""
    texts = {kind: _pairs(run["data"][kind]) for kind in ("metrics", "params")}
    return {**run, **texts, "status": _status(run)}


def _pairs(entries: Iterable[Mapping[str, Any]]) -> str:
    return " ".join(f"{one['key']}={_short(one['value'])}" for one in entries)


def _short(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _status(run: Mapping[str, Any]) -> str:
    return str(run["status"]).removeprefix("EXPERIMENT_RUN_").capitalize()


def _condition(text: str) -> tuple[str, str]:
    key, separator, wanted = text.partition("=")
    if not separator:
        raise BadSearch
    return key, wanted
