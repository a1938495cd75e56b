"""Settings that most examples have and that mean something else in a session: its catalog is not Hive's.

`spark.sql.catalog.spark_catalog.type = hive` stands in many a script. Here it would have Iceberg speak Hive's protocol
to the project's catalog, which ends in a stack trace; so without an address of a metastore it is taken back.
"""

import logging
from typing import Any

log = logging.getLogger(__name__)
#: The catalogs that a session brings.
CATALOGS = ("spark_catalog", "cuvee")
_METASTORES = "spark.hadoop.hive.metastore.uris"


def mend(options: dict[str, Any]) -> None:
    """Take Hive back where no metastore is named; name it to the catalog where it is."""
    for name in CATALOGS:
        prefix = f"spark.sql.catalog.{name}"
        if str(options.get(f"{prefix}.type")).lower() != "hive" or f"{prefix}.uri" in options:
            continue
        if options.get(_METASTORES):
            options[f"{prefix}.uri"] = options[_METASTORES]
            continue
        del options[f"{prefix}.type"]
        log.warning(
            "%s.type is hive, but no metastore is named (%s.uri): %s stays the project's catalog.", prefix, prefix, name
        )
