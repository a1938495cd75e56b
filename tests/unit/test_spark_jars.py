"""Jars that a project names for Spark, beside those that a session brings."""

import stat
from pathlib import Path

import pytest

from cuvee.compute.values import Profile
from cuvee.runtimes import spark
from cuvee.runtimes.java import Java
from cuvee.runtimes.service import Equipment

OURS = "/jars/iceberg.jar"


def written(folder: Path, project: str) -> dict[str, str]:
    """What Spark reads: of two lines for one key, the later."""
    equipment = Equipment(java=Java(home=Path("/java"), version=17), jars=(Path(OURS),))
    spark.prepare(folder, Path("/python"), equipment, Profile(cpu=1, memory=2), last=project)
    place = folder / "spark-defaults.conf"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    lines = [line.split(None, 1) for line in place.read_text().splitlines() if line.strip()]
    return {key: rest[0] if rest else "" for key, *rest in lines}


@pytest.mark.parametrize("line", ["spark.jars /my/aws.jar", "spark.jars=/my/aws.jar", "  spark.jars : /my/aws.jar ,"])
def test_a_jar_that_the_project_names_is_loaded_with_ours_in_one_place(tmp_path: Path, line: str):
    told = written(tmp_path, f"# our jars\n{line}\nspark.executor.memory 1g")

    assert told["spark.jars"] == f"{OURS},/my/aws.jar"
    assert told["spark.driver.extraClassPath"] == ""
    assert told["spark.executor.memory"] == "1g"


def test_ours_is_not_named_twice(tmp_path: Path):
    assert written(tmp_path, f"spark.jars /my/aws.jar,{OURS}")["spark.jars"] == f"{OURS},/my/aws.jar"


def test_jars_by_their_coordinates_come_to_ours_as_well(tmp_path: Path):
    told = written(tmp_path, "spark.jars.packages org.apache.iceberg:iceberg-aws-bundle:1.10.2")

    assert told["spark.jars"] == OURS
    assert told["spark.driver.extraClassPath"] == ""


def test_a_class_path_of_the_project_stays(tmp_path: Path):
    told = written(tmp_path, "spark.driver.extraClassPath /my/driver.jar\nspark.jars /my/aws.jar")

    assert told["spark.driver.extraClassPath"] == "/my/driver.jar"


@pytest.mark.parametrize("project", ["", "spark.executor.memory 1g", "# spark.jars /my/aws.jar", "spark.jars.ivy /x"])
def test_without_jars_of_the_project_ours_is_there_when_java_starts(tmp_path: Path, project: str):
    told = written(tmp_path, project)

    assert told["spark.jars"] == told["spark.driver.extraClassPath"] == OURS
