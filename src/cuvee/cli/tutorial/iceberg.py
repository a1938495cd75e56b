"""The end of part 2: three experiments with Spark and an Iceberg table.

Each is the same script with other lines of it commented out, as the text says.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cuvee.cli.tutorial.journey import Journey, expect, pairs, the_one
from cuvee.cli.tutorial.part_one import Say
from cuvee.cli.tutorial.report import StepFailed, StepSkipped

EXPERIMENT: Final = "spark-iceberg"
ADDON: Final = "spark-4.0"
SCRIPT: Final = "code/06_Spark_Iceberg_Example.py"
TABLE: Final = "wine_tasting"
#: The lines of each experiment, as the text names them, and the line of the snapshot's id.
FIRST: Final = range(51, 61)
SECOND: Final = range(67, 82)
THIRD: Final = range(85, 91)
SNAPSHOT_LINE: Final = 86
#: How the tag of a snapshot without a parent reads.
NO_PARENT: Final = "None"


def open_session(journey: Journey, say: Say) -> None:
    body = {"name": "spark", "cpu": 1, "memory": 2, "runtime_addon_identifiers": [ADDON]}
    session = journey.start_session(body)
    if session["status"] != "running":
        found = journey.get("/runtimeaddons", page_size=100)["runtime_addons"]
        journey.no_spark = next((each["reason"] for each in found if each["identifier"] == ADDON), "")
        if journey.no_spark:
            raise StepSkipped(journey.no_spark)
        raise StepFailed(f"the session is {session['status']}: {session['status_reason']}")
    journey.spark = session["id"]
    say(ADDON)


def first(journey: Journey, say: Say) -> None:
    tags = experiment(journey)
    expect("the first snapshot's parent", tags["iceberg_parent_id"], NO_PARENT)
    place = f"/iceberg/v1/{journey.dev}/namespaces/default/tables/{TABLE}"
    current = journey.client.get(place)["metadata"]["current-snapshot-id"]
    expect("the snapshot on the run", tags["iceberg_snapshot_id"], str(current))
    say(f"{TABLE}: {tags['row_count']} rows, snapshot {current}")


def second(journey: Journey, say: Say) -> None:
    def edit(lines: list[str]) -> None:
        comment(lines, FIRST)
        uncomment(lines, SECOND)

    tags = experiment(journey, edit)
    before = pairs(journey.spark_runs[0]["data"]["tags"])
    expect("the second snapshot's parent", tags["iceberg_parent_id"], before["iceberg_snapshot_id"])
    if int(tags["row_count"]) <= int(before["row_count"]):
        raise StepFailed(f"the table has {tags['row_count']} rows, and had {before['row_count']} before the insert")
    say(f"{tags['row_count']} rows, parent {tags['iceberg_parent_id']}")


def third(journey: Journey, say: Say) -> None:
    before = pairs(journey.spark_runs[0]["data"]["tags"]) if journey.spark_runs else {}

    def edit(lines: list[str]) -> None:
        comment(lines, SECOND)
        uncomment(lines, THIRD)
        lines[SNAPSHOT_LINE - 1] = f"snapshot_id = {before['iceberg_snapshot_id']}"

    tags = experiment(journey, edit)
    for key in ("iceberg_snapshot_id", "row_count"):
        expect(f"{key} of the third run", tags[key], before[key])
    expect("the third run's parent", tags["iceberg_parent_id"], NO_PARENT)
    say(f"{tags['row_count']} rows again, snapshot {tags['iceberg_snapshot_id']}")


def experiment(journey: Journey, edit: Callable[[list[str]], None] = lambda _lines: None) -> dict[str, Any]:
    """Run the script with other lines of it in force; the tags of the run that it made.

    Raises:
        StepSkipped: when there is no Spark.

    """
    if not journey.spark:
        raise StepSkipped(journey.no_spark)
    lines = journey.download(SCRIPT).splitlines()
    edit(lines)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder, "script.py")
        draft.write_text("\n".join([*lines, ""]))
        journey.upload(SCRIPT, draft)
    journey.run_code({"file": SCRIPT}, journey.spark)
    run = the_one(journey.runs(journey.experiment_named(EXPERIMENT)["id"]), "a run")
    expect("the run's status", run["status"], "EXPERIMENT_RUN_FINISHED")
    journey.spark_runs.append(run)
    return pairs(run["data"]["tags"])


def comment(lines: list[str], numbers: range) -> None:
    """Have lines, counted from 1, be comments."""
    for number in numbers:
        lines[number - 1] = f"# {lines[number - 1]}".rstrip()


def uncomment(lines: list[str], numbers: range) -> None:
    """Take the first comment sign off lines, counted from 1."""
    for number in numbers:
        lines[number - 1] = lines[number - 1].removeprefix("#").removeprefix(" ")


STEPS: Final[list[tuple[str, Callable[[Journey, Say], None]]]] = [
    ("Open a session with Spark", open_session),
    ("Spark: a table, its snapshot on the run", first),
    ("Spark: an insert, a second snapshot", second),
    ("Spark: back to the first snapshot", third),
]
