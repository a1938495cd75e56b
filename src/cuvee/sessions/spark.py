"""Spark in a session: its private configuration, which makes the project's tables the ones that it sees."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cuvee.compute.values import Profile
from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath, open_under
from cuvee.runtimes.service import Equipment
from cuvee.sessions.environment import Given

#: In a project's folder: what it says wins over ours.
PROJECT_FILE: Final = "spark-defaults.conf"
_LARGEST: Final = 256 * 1024
#: Of the session's memory, for the Java heap: the kernel, Spark's Python workers and Java itself need the rest.
_HEAP: Final = 0.4
_LEAST_HEAP: Final = 512  # MiB: with less, Spark refuses to start
#: Spark's own warnings, without those that everybody gets on every start.
_LOGGING: Final = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
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


def prepare(given: Given, equipment: Equipment, catalogs: Mapping[str, str]) -> dict[str, str]:
    """Write Spark's configuration, which holds secrets, for its owner alone; gives the variables it needs.

    `catalogs` is what Spark is to be told of the project's data connections.
    """
    folder = given.place.folder / "spark"
    for path in (folder, folder / "local", folder / "tmp"):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    ours = {**catalogs, **settings(given, equipment)}
    lines = [f"{key} {_escaped(value)}" for key, value in ours.items()]
    _write_private(folder / "spark-defaults.conf", "\n".join([*lines, "", _of_project(given.directory)]))
    _write_private(folder / "log4j2.properties", _LOGGING)
    return {
        "JAVA_HOME": str(equipment.java.home),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "PYSPARK_PYTHON": str(given.layer.python),
        "PYSPARK_DRIVER_PYTHON": str(given.layer.python),
        # mlflow.spark writes a model here before it is logged: the driver's own disk, no shared file system.
        "MLFLOW_DFS_TMP": f"file://{folder / 'tmp'}",
    }


def settings(given: Given, equipment: Equipment) -> dict[str, str]:
    """Our part of `spark-defaults.conf`."""
    profile = given.session.profile
    return {
        "spark.master": f"local[{_cores(profile)}]",
        "spark.driver.memory": f"{max(_LEAST_HEAP, round(profile.memory * 1024 * _HEAP))}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # 200 tasks, Spark's own choice, are for a cluster.
        "spark.sql.shuffle.partitions": str(4 * _cores(profile)),
        "spark.jars": ",".join(str(jar) for jar in equipment.jars),
        # Besides, because a script that names jars of its own sets `spark.jars` anew.
        "spark.driver.extraClassPath": os.pathsep.join(str(jar) for jar in equipment.jars),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        **_catalog("spark_catalog", "org.apache.iceberg.spark.SparkSessionCatalog", given),
        **_catalog("cuvee", "org.apache.iceberg.spark.SparkCatalog", given),
    }


def _catalog(name: str, kind: str, given: Given) -> dict[str, str]:
    prefix = f"spark.sql.catalog.{name}"
    return {
        prefix: kind,
        f"{prefix}.type": "rest",
        f"{prefix}.uri": f"{given.url}/iceberg",
        f"{prefix}.warehouse": given.project.id,
        f"{prefix}.rest.auth.type": "oauth2",
        f"{prefix}.oauth2-server-uri": f"{given.url}/iceberg/v1/oauth/tokens",
        f"{prefix}.token": given.api_key,
        f"{prefix}.header.X-Cuvee-Session": given.session.id,
        # What others write in the meantime, from plain Python for one, is seen at once.
        f"{prefix}.cache-enabled": "false",
    }


def _cores(profile: Profile) -> int:
    return max(1, round(profile.cpu))


def _escaped(value: str) -> str:
    """As a value of a Java properties file."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _of_project(directory: Path) -> str:
    """The project's own settings; of two lines for one key, Spark takes the later."""
    try:
        descriptor = open_under(directory, RelativePath.parse(PROJECT_FILE), os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, CuveeError):
        return ""
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return stream.read(_LARGEST).decode(errors="replace")


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
