"""What the steps of the tutorial share: the platform they talk to, and what earlier steps found out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from cuvee.cli.client import Client, quoted
from cuvee.cli.tutorial.report import StepFailed

T = TypeVar("T")

#: Seconds for the slowest things: a first environment downloads a few hundred megabytes.
PATIENCE: Final = 1_200


@dataclass(slots=True)
class Journey:
    """The tutorial's state. Ids are empty until the step that makes the thing has run."""

    client: Client
    home: Path
    #: The table to learn from; the scripts look for one themselves when there is none.
    data: Path | None
    dev: str = ""
    prd: str = ""
    session: str = ""
    #: The session with Spark, and why there is none.
    spark: str = ""
    no_spark: str = ""
    #: The runs of the three experiments with Spark.
    spark_runs: list[Any] = field(default_factory=list)
    experiment: str = ""
    model_run: str = ""
    registered_model: str = ""
    version: str = ""
    endpoint: str = ""
    access_key: str = ""
    prediction: float | None = None
    #: What each run script printed.
    printed: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v2{path}", **query)

    def upload(self, name: str, file: Path) -> None:
        """Put a file of this machine into DEV."""
        with file.open("rb") as stream:
            size = file.stat().st_size
            self.client.upload(f"/api/v2/projects/{self.dev}/files/{quoted(name)}", stream, size, lambda _sent: None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/api/v2{path}", body)

    def download(self, name: str) -> str:
        """The text of one of DEV's files."""
        with self.client.download(f"/api/v2/projects/{self.dev}/files/{quoted(name)}:download") as (_size, parts):
            return b"".join(parts).decode()

    def start_session(self, body: dict[str, Any]) -> Any:
        """A session in DEV, as soon as it runs, or has failed."""
        place = f"/projects/{self.dev}/sessions"
        session = self.post(place, body)
        return until(lambda: self.get(f"{place}/{session['id']}"), lambda found: found["status"] != "starting")

    def run_code(self, body: dict[str, Any], session: str = "") -> str:
        """Run a file or some code in a session, as the play button does, and give what it printed.

        Raises:
            StepFailed: with the error and the last lines, when it did not end well.

        """
        place = f"/projects/{self.dev}/sessions/{session or self.session}"
        execution = self.post(f"{place}:run", body)
        where = f"{place}/executions/{execution['id']}"
        done = until(lambda: self.get(where), lambda found: found["status"] not in {"queued", "running"})
        printed = "".join(said(event) for event in self.get(f"{where}/events")["events"])
        if done["status"] != "succeeded":
            tail = " / ".join(printed.strip().splitlines()[-5:])
            raise StepFailed(f"{body.get('file') or body.get('code')} {done['status']}: {done['status_reason']} {tail}")
        return printed

    def run_script(self, name: str) -> str:
        """Run one of the tutorial's scripts and remember what it printed."""
        self.printed[name] = self.run_code({"file": f"code/{name}"})
        return self.printed[name]

    def runs(self, experiment_id: str) -> list[Any]:
        """The runs of an experiment, newest first."""
        path = f"/projects/{self.dev}/experiments/{experiment_id}/runs"
        found: list[Any] = self.get(path, sort="-start_time", page_size=100)["experiment_runs"]
        return found

    def experiment_named(self, name: str) -> Any:
        """An experiment of DEV by its name."""
        found = self.get(f"/projects/{self.dev}/experiments", page_size=100)["experiments"]
        return the_one((each for each in found if each["name"] == name), f"an experiment named {name}")

    def artifacts(self, run: Any) -> Path:
        """Where a run's artifacts lie on disk."""
        experiments = self.home / "projects" / self.dev / ".experiments"
        return experiments / str(run["experiment_id"]) / str(run["id"]) / "artifacts"


def until(ask: Callable[[], T], is_done: Callable[[T], bool], patience: float = PATIENCE) -> T:
    """Ask again until the answer is final.

    Raises:
        StepFailed: when patience (seconds) runs out.

    """
    end = time.monotonic() + patience
    pause = 0.02
    while not is_done(answer := ask()):
        if time.monotonic() > end:
            raise StepFailed(f"nothing came of it in {patience:.0f} s; the last answer was {answer}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
    return answer


def said(event: Any) -> str:
    """What an event of an execution adds to the text of its output."""
    match event["type"]:
        case "stream":
            return str(event["text"])
        case "result" | "display":
            return str(event["data"].get("text/plain", "")) + "\n"
        case "error":
            return f"{event['ename']}: {event['evalue']}\n"
        case _:
            return ""


def expect(what: str, found: object, expected: object) -> None:
    """Go on only when two values agree.

    Raises:
        StepFailed: naming both when they do not.

    """
    if found != expected:
        raise StepFailed(f"{what}: expected {expected}, found {found}")


def expect_files(folder: Path, *names: str) -> None:
    """Go on only when the files are on disk.

    Raises:
        StepFailed: naming those that are missing.

    """
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise StepFailed(f"{folder} lacks {', '.join(missing)}")


def pairs(entries: list[Any]) -> dict[str, Any]:
    """API v2's lists of keys and values as a mapping."""
    return {entry["key"]: entry["value"] for entry in entries}


def the_one(found: Any, what: str) -> Any:
    """The first of what was found.

    Raises:
        StepFailed: when nothing was found.

    """
    for each in found:
        return each
    raise StepFailed(f"there should be {what}, and there is none")
