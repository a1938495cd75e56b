"""Facets: what an event says of a run, a job or a dataset beyond its name. Each names the schema that it follows."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, Final

_SPEC: Final = "https://openlineage.io/spec"
#: The schema of the whole event.
RUN_EVENT: Final = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
#: Schemas of our own: docs/reference/openlineage-facets.json.
_OURS: Final = "urn:cuvee:openlineage:1-0-0"

#: Facet of the specification → the version of its schema.
_VERSIONS: Final[Mapping[str, str]] = {
    "DatasetTypeDatasetFacet": "1-0-1",
    "DatasetVersionDatasetFacet": "1-0-1",
    "DatasourceDatasetFacet": "1-0-1",
    "ErrorMessageRunFacet": "1-0-1",
    "InputStatisticsInputDatasetFacet": "1-0-0",
    "JobTypeJobFacet": "2-0-3",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "ParentRunFacet": "1-0-1",
    "ProcessingEngineRunFacet": "1-1-1",
    "SchemaDatasetFacet": "1-1-1",
    "SourceCodeLocationJobFacet": "1-0-1",
    "SymlinksDatasetFacet": "1-0-1",
}


@cache
def our_version() -> str:
    """The version of this platform."""
    return version("cuvee")


def producer() -> str:
    """Who says it."""
    return f"urn:cuvee:{our_version()}"


def standard(name: str, /, **said: Any) -> dict[str, Any]:
    """A facet of the specification; what is None is left out."""
    return _facet(f"{_SPEC}/facets/{_VERSIONS[name]}/{name}.json#/$defs/{name}", said)


def ours(name: str, /, **said: Any) -> dict[str, Any]:
    """A facet of ours; what is None is left out."""
    return _facet(f"{_OURS}#/$defs/{name}", said)


def _facet(schema: str, said: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in said.items() if value is not None}
    return {"_producer": producer(), "_schemaURL": schema, **known}
