"""What a run's page says of the data that the run used and made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from cuvee.datasets import references
from cuvee.datasets.values import Input
from cuvee.projects.values import Project

#: Characters of a source that is shown as it was written.
_LONGEST: Final = 500


class _Source(msgspec.Struct):
    """What the source of a snapshot may say."""

    snapshot_id: int
    warehouse: str | None = None
    row_count: int | None = None
    row_filter: str | None = None
    columns: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInput:
    """A dataset as the page shows it."""

    name: str
    used_for: str
    digest: str
    kind: str
    #: Of a snapshot what is to be known of it, of everything else its source.
    text: str
    #: The snapshot, in its table's page; empty for other things, and for tables of other projects.
    url: str = ""
    #: The graph around the snapshot.
    lineage: str = ""


def shown(project: Project, inputs: Sequence[Input]) -> list[ShownInput]:
    """The inputs of a run of the project, in the order in which they were noted."""
    return [_shown(project, each) for each in inputs]


def _shown(project: Project, given: Input) -> ShownInput:
    dataset = given.dataset
    reference = references.of(dataset.source_type, dataset.source)
    source = _read(dataset.source) if reference is not None else None
    return ShownInput(
        name=dataset.name,
        used_for=given.context or "",
        digest=dataset.digest,
        kind="" if source is not None else dataset.source_type,
        text=dataset.source[:_LONGEST] if source is None else _said(source),
        url=_page(project, reference) if reference and source and source.warehouse == project.id else "",
        lineage=f"/lineage?{urlencode({'node': f'snapshot:{reference}'})}" if reference and source else "",
    )


def _page(project: Project, reference: str) -> str:
    table, snapshot = references.split(reference)
    return f"/projects/{quote(project.name, safe='')}/data/tables/{table}?snapshot={snapshot}"


def _said(source: _Source) -> str:
    """Such as `snapshot 17, 6,497 rows, where quality >= 5, columns alcohol, quality`."""
    said = [f"snapshot {source.snapshot_id}"]
    if source.row_count is not None:
        said.append(f"{source.row_count:,} row{'' if source.row_count == 1 else 's'} in all")
    if source.row_filter:
        said.append(f"those where {source.row_filter}")
    if source.columns:
        said.append(f"columns {', '.join(source.columns)}")
    return ", ".join(said)[:_LONGEST]


def _read(source: str) -> _Source | None:
    try:
        return msgspec.json.decode(source, type=_Source)
    except msgspec.DecodeError:
        return None
