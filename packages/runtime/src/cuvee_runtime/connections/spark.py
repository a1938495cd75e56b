"""Spark, with catalogs besides the project's.

What is told to Spark's builder becomes an argument of the Java process, which all processes of the machine can read: so
secrets are told to the session when it is there.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from cuvee_runtime.connections.errors import NotInstalled

_HADOOP = "spark.hadoop."


def is_there() -> bool:
    """Whether this session has Spark."""
    return find_spec("pyspark") is not None


def session(plain: Mapping[str, str], hidden: Mapping[str, str]) -> Any:
    """The session of Spark that goes on, or a new one, with these settings; `hidden` is in no process's arguments.

    Raises:
        NotInstalled: when there is no Spark.

    """
    if not is_there():
        raise NotInstalled("Spark is not here: start the session with Enable Spark (`cuvee session start --spark`).")
    builder = import_module("pyspark.sql").SparkSession.builder
    for key, value in plain.items():
        builder = builder.config(key, value)
    found = builder.getOrCreate()
    _tell(found, hidden)
    return found


def inside(found: Any, hidden: Mapping[str, str], catalog: str) -> Any:
    """A session beside this one, on the same Spark, in which tables are this catalog's."""
    beside = found.newSession()
    _tell(beside, hidden)
    beside.catalog.setCurrentCatalog(catalog)
    return beside


def _tell(found: Any, hidden: Mapping[str, str]) -> None:
    for key, value in hidden.items():
        found.conf.set(key, value)
        if key.startswith(_HADOOP):  # Hadoop's file systems read their own configuration
            found.sparkContext._jsc.hadoopConfiguration().set(key.removeprefix(_HADOOP), value)  # noqa: SLF001
