"""What a run used and made, as datasets of an event: snapshots of tables, other data, registered versions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from cuvee.core import clock
from cuvee.data.values import Snapshot, Table
from cuvee.datasets import references
from cuvee.datasets.values import Dataset, Input
from cuvee.lineage.openlineage import facets, naming
from cuvee.lineage.openlineage.naming import Name
from cuvee.registry.values import ModelVersion

#: Columns of one schema that are told.
MOST_FIELDS: Final = 1_000
_LARGEST: Final = 2**63 - 1
#: Members of a dataset's source that may say where it is.
_PLACES: Final = ("uri", "url", "path")

#: A snapshot of ours by the reference that inputs have for it.
Known = Mapping[str, tuple[Table, Snapshot]]


def of_input(given: Input, known: Known, namespace: str) -> dict[str, Any]:
    """What a run used or made. `namespace` is where things are that have no place of their own."""
    found = known.get(references.of(given.dataset.source_type, given.dataset.source) or "")
    if found is not None:
        name, told, rows = _of_snapshot(*found, namespace, is_output=given.is_output)
    else:
        name, told, rows = _of_other(given.dataset, namespace)
    dataset = {"namespace": name.namespace, "name": name.name, "facets": told}
    if given.is_output:
        return dataset | {"outputFacets": _statistics("OutputStatisticsOutputDatasetFacet", "outputStatistics", rows)}
    use = facets.ours("CuveeUseInputFacet", context=given.context, digest=given.dataset.digest)
    statistics = _statistics("InputStatisticsInputDatasetFacet", "inputStatistics", rows)
    return dataset | {"inputFacets": {**statistics, "cuvee_use": use}}


def of_version(version: ModelVersion, namespace: str) -> dict[str, Any]:
    """A version of a registered model, which a run made."""
    said = facets.ours(
        "CuveeModelVersionDatasetFacet",
        model=version.name,
        number=version.number,
        versionId=version.id,
        loggedModelId=version.logged_model_id or None,
    )
    told = {
        "datasetType": facets.standard("DatasetTypeDatasetFacet", datasetType="MODEL"),
        "version": _version(str(version.number)),
        "cuvee_modelVersion": said,
    }
    return {"namespace": namespace, "name": f"models/{version.name}", "facets": told, "outputFacets": {}}


def schema(columns: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Columns by name, type and description."""
    fields = [
        {"name": name, "type": kind} | ({"description": doc} if doc else {})
        for name, kind, doc in columns[:MOST_FIELDS]
    ]
    return facets.standard("SchemaDatasetFacet", fields=fields)


def _of_snapshot(
    table: Table, snapshot: Snapshot, namespace: str, *, is_output: bool
) -> tuple[Name, dict[str, Any], int | None]:
    """A table is its folder, as Spark's own events have it; what people call it is another name of the same."""
    name = naming.place(table.location) or Name(namespace, table.full_name)
    said = facets.ours(
        "CuveeSnapshotDatasetFacet",
        tableUuid=table.uuid,
        snapshotId=str(snapshot.id),
        parentId=None if snapshot.parent_id is None else str(snapshot.parent_id),
        operation=snapshot.operation or None,
        committedAt=clock.rfc3339(snapshot.committed_at),
        projectId=table.project_id,
        metadataLocation=table.metadata_location,
        schemaId=table.schema_id if snapshot.schema_id is None else snapshot.schema_id,
    )
    told = _table(name, Name(namespace, table.full_name), str(snapshot.id)) | {"cuvee_snapshot": said}
    return name, told, None if is_output and snapshot.parent_id is not None else snapshot.records


def _of_other(dataset: Dataset, namespace: str) -> tuple[Name, dict[str, Any], int | None]:
    source = _object(dataset.source)
    other = Name(namespace, dataset.name)
    if dataset.source_type == references.ICEBERG:
        return _of_foreign_snapshot(source, other)
    places = (source[key] for key in _PLACES if isinstance(source.get(key), str))
    name = next(filter(None, map(naming.place, places)), other)
    columns = _columns(_object(dataset.schema or ""))
    told = {"dataSource": _datasource(name), "version": _version(dataset.digest)}
    if columns:
        told["schema"] = schema(columns)
    return name, told, _count(_object(dataset.profile or "").get("num_rows"))


def _of_foreign_snapshot(source: Mapping[str, Any], other: Name) -> tuple[Name, dict[str, Any], int | None]:
    """A snapshot of another catalog: the table's folder is where its metadata is."""
    folder, has_folder, _ = str(source.get("metadata_location") or "").rpartition("/metadata/")
    name = (naming.place(folder) if has_folder else None) or other
    called = Name(f"iceberg://{source.get('catalog') or 'unknown'}", str(source.get("table") or other.name))
    snapshot_id = source.get("snapshot_id")
    return name, _table(name, called, str(snapshot_id or "")), _count(source.get("row_count"))


def _table(name: Name, called: Name, version: str) -> dict[str, Any]:
    alias = {"namespace": called.namespace, "name": called.name, "type": "TABLE"}
    return {
        "datasetType": facets.standard("DatasetTypeDatasetFacet", datasetType="TABLE"),
        "dataSource": _datasource(name),
        "version": _version(version),
        "symlinks": facets.standard("SymlinksDatasetFacet", identifiers=[alias]),
    }


def _datasource(name: Name) -> dict[str, Any]:
    return facets.standard("DatasourceDatasetFacet", name=name.namespace, uri=name.namespace)


def _version(version: str) -> dict[str, Any]:
    return facets.standard("DatasetVersionDatasetFacet", datasetVersion=version)


def _statistics(facet: str, name: str, rows: int | None) -> dict[str, Any]:
    return {} if rows is None else {name: facets.standard(facet, rowCount=rows)}


def _columns(schema: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """MLflow's description of the columns of a data frame."""
    found = schema.get("mlflow_colspec")
    columns = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return [(str(each["name"]), str(each.get("type", "")), "") for each in columns if each.get("name") is not None]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST else None


def _object(text: str) -> dict[str, Any]:
    """What clients wrote need not be JSON, nor an object."""
    try:
        found = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
