"""The catalog that a session's Python finds: the stock REST client, which also tells the platform what a run reads.

Commits need no telling: the platform makes them. A read is told as Iceberg's own clients do, by a scan report.
"""

import logging
import sys
from typing import Any
from urllib.parse import quote

import requests
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.table import DataScan, Table

log = logging.getLogger(__name__)
#: Seconds that a read waits for the platform to hear of it.
PATIENCE = 2.0
_SEPARATOR = "\x1f"


class ReportingCatalog(RestCatalog):
    """Its tables report their scans while a run of MLflow goes on."""

    def load_table(self, *args: Any, **kwargs: Any) -> Table:
        return _reporting(super().load_table(*args, **kwargs))

    def create_table(self, *args: Any, **kwargs: Any) -> Table:
        return _reporting(super().create_table(*args, **kwargs))

    def register_table(self, *args: Any, **kwargs: Any) -> Table:
        return _reporting(super().register_table(*args, **kwargs))


class ReportingTable(Table):
    """A table whose scans report."""

    def scan(self, *args: Any, **kwargs: Any) -> DataScan:
        plain = super().scan(*args, **kwargs)
        return ReportingScan(
            table_metadata=plain.table_metadata,
            io=plain.io,
            row_filter=plain.row_filter,
            selected_fields=plain.selected_fields,
            case_sensitive=plain.case_sensitive,
            snapshot_id=plain.snapshot_id,
            options=plain.options,
            limit=plain.limit,
            catalog=plain.catalog,
            table_identifier=plain.table_identifier,
        )


class ReportingScan(DataScan):
    """A scan that reports when it is planned: every way to its rows goes through that."""

    def plan_files(self) -> Any:
        run_id = _active_run()
        if run_id:
            _report(self, run_id)
        return super().plan_files()


def _reporting(table: Table) -> Table:
    return ReportingTable(
        identifier=table.name(),
        metadata=table.metadata,
        metadata_location=table.metadata_location,
        io=table.io,
        catalog=table.catalog,
        config=table.config,
    )


def _active_run() -> str:
    """The run that goes on; nobody who did not import MLflow has one."""
    mlflow = sys.modules.get("mlflow")
    run = mlflow.active_run() if mlflow is not None else None
    return run.info.run_id if run is not None else ""


def _report(scan: ReportingScan, run_id: str) -> None:
    """Tell of a scan. A read never fails because nobody could be told."""
    snapshot, catalog, identifier = scan.snapshot(), scan.catalog, scan.table_identifier
    if snapshot is None or catalog is None or identifier is None or "header.x-cuvee-session" not in catalog.properties:
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
