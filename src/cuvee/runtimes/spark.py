"""Spark in a workload: its private configuration, one driver on this machine that is as large as the workload."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cuvee.compute.values import Profile
from cuvee.runtimes.service import Equipment

#: Of the workload's memory, for the Java heap: Python, Spark's Python workers and Java itself need the rest.
_HEAP: Final = 0.4
_LEAST_HEAP: Final = 512  # MiB: with less, Spark refuses to start
#: Settings that name jars: by path, by Maven coordinates, and those of the driver that are there when Java starts.
_NAMED: Final = "spark.jars"
_FETCHED: Final = "spark.jars.packages"
_IN_PLACE: Final = "spark.driver.extraClassPath"
_JARS: Final = re.compile(
    rf"^[ \t\f]*({'|'.join(map(re.escape, (_FETCHED, _NAMED, _IN_PLACE)))})[ \t\f]*[=: \t\f][ \t\f]*([^\r\n]*)",
    re.MULTILINE,
)
#: Spark's own warnings, without those that everybody gets on every start.
_LOGGING: Final = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
# Every retry of a commit has a stack trace, eighty lines of it; the message says all.
appender.line.type = Console
appender.line.name = line
appender.line.target = SYSTEM_ERR
appender.line.layout.type = PatternLayout
appender.line.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%throwable{none}
logger.retries.name = org.apache.iceberg.util.Tasks
logger.retries.level = warn
logger.retries.additivity = false
logger.retries.appenderRef.stderr.ref = line
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.hosts.name = org.apache.spark.util.Utils
logger.hosts.level = error
logger.algebra.name = dev.ludovic.netlib
logger.algebra.level = error
# It logs what it throws. mlflow.spark lets it fail on every model, and goes on.
logger.learning.name = org.apache.spark.ml.util.Instrumentation
logger.learning.level = off
"""


def prepare(
    folder: Path,
    python: Path,
    equipment: Equipment,
    profile: Profile,
    *,
    more: Mapping[str, str] | None = None,
    last: str = "",
) -> dict[str, str]:
    """Write Spark's configuration, which may hold a key, for its owner alone; gives the variables it needs.

    `more` are settings beside ours. `last` is text of the same kind as the file: of two lines for one key, Spark takes
    the later.
    """
    for path in (folder, folder / "local", folder / "tmp"):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = {key: _escaped(value) for key, value in {**settings(equipment, profile), **(more or {})}.items()}
    lines = [f"{key} {value}" for key, value in told.items()]
    _write_private(folder / "spark-defaults.conf", "\n".join([*lines, "", last, "", *_with_ours(told, last), ""]))
    _write_private(folder / "log4j2.properties", _LOGGING)
    return {
        "JAVA_HOME": str(equipment.java.home),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "PYSPARK_PYTHON": str(python),
        "PYSPARK_DRIVER_PYTHON": str(python),
        # mlflow.spark writes a model here before it is logged: the driver's own disk, no shared file system.
        "MLFLOW_DFS_TMP": f"file://{folder / 'tmp'}",
    }


def settings(equipment: Equipment, profile: Profile) -> dict[str, str]:
    """What every Spark is told."""
    cores = max(1, round(profile.cpu))
    return {
        "spark.master": f"local[{cores}]",
        "spark.driver.memory": f"{max(_LEAST_HEAP, round(profile.memory * 1024 * _HEAP))}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # 200 tasks, Spark's own choice, are for a cluster.
        "spark.sql.shuffle.partitions": str(4 * cores),
        _NAMED: ",".join(str(jar) for jar in equipment.jars),
        # Besides, because a script that names jars of its own sets `spark.jars` anew.
        _IN_PLACE: os.pathsep.join(str(jar) for jar in equipment.jars),
    }


def _with_ours(told: Mapping[str, str], last: str) -> list[str]:
    """Further lines, when jars are named besides ours: all are loaded in one place.

    Iceberg finds another jar's classes, such as those for S3, only when Java's same class loader has both.
    """
    named = {key: value.rstrip() for key, value in _JARS.findall(last)}
    if not named.keys() & {_NAMED, _FETCHED}:
        return []
    jars = dict.fromkeys(jar.strip() for text in (told[_NAMED], named.get(_NAMED, "")) for jar in text.split(","))
    return [f"{_NAMED} {','.join(filter(None, jars))}", f"{_IN_PLACE} {named.get(_IN_PLACE, '')}"]


def _escaped(value: str) -> str:
    """As a value of a Java properties file."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
