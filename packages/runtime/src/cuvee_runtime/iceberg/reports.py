"""Tells the platform what a run reads of its tables, as Iceberg's own clients do: by a scan report.

Commits need no telling: the platform makes them.
"""

import logging
from typing import Any
from urllib.parse import quote

import requests
from pyiceberg.catalog import Catalog
from pyiceberg.table import DataScan

log = logging.getLogger(__name__)
#: Seconds that a read waits for the platform to hear of it.
PATIENCE = 2.0
_SEPARATOR = "\x1f"


def is_heard(catalog: Catalog) -> bool:
    """Whether the platform hears of what this catalog does: the session's own says which session it is."""
    return "header.x-cuvee-session" in catalog.properties


def tell(catalog: Catalog, identifier: tuple[str, ...], scan: DataScan, run_id: str) -> None:
    """Tell of a scan. A read never fails because nobody could be told."""
    snapshot = scan.snapshot()
    if snapshot is None:
        return
    said: dict[str, Any] = {
        "report-type": "scan-report",
        "table-name": ".".join(identifier),
        "snapshot-id": snapshot.snapshot_id,
        "schema-id": scan.projection().schema_id,
        "filter": scan.row_filter.model_dump(mode="json"),
        "projected-field-ids": [field.field_id for field in scan.projection().fields],
        "projected-field-names": [field.name for field in scan.projection().fields],
        "metrics": {},
    }
    sent = {"Authorization": f"Bearer {catalog.properties.get('token', '')}", "X-Cuvee-Run": run_id}
    try:
        requests.post(_address(catalog, identifier), json=said, headers=sent, timeout=PATIENCE).raise_for_status()
    except requests.RequestException as error:
        log.warning("The platform was not told of this read: %s", error)


def _address(catalog: Catalog, identifier: tuple[str, ...]) -> str:
    *namespace, name = identifier
    place = f"namespaces/{quote(_SEPARATOR.join(namespace), safe='')}/tables/{quote(name, safe='')}/metrics"
    return f"{catalog.properties['uri'].rstrip('/')}/v1/{catalog.properties['prefix']}/{place}"
