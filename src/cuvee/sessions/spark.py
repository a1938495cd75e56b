"""Spark in a session: the project's tables are the ones that it sees, and the project's own settings win."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath, open_under
from cuvee.runtimes import spark
from cuvee.runtimes.service import Equipment
from cuvee.sessions.environment import Given

#: In a project's folder: what it says wins over ours.
PROJECT_FILE: Final = "spark-defaults.conf"
_LARGEST: Final = 256 * 1024


def prepare(given: Given, equipment: Equipment, connections: Mapping[str, str]) -> dict[str, str]:
    """Write Spark's configuration; gives the variables it needs.

    `connections` is what Spark is to be told of the project's data connections.
    """
    return spark.prepare(
        given.place.folder / "spark",
        given.layer.python,
        equipment,
        given.session.profile,
        more={**connections, **catalogs(given)},
        last=_of_project(given.directory),
    )


def catalogs(given: Given) -> dict[str, str]:
    """The project's catalog, as Spark's default one and under a name of its own."""
    return {
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
