"""The graph as API v2 writes it: names in snake case, ids as texts, moments in RFC 3339."""

from typing import Final

from msgspec import Struct

from cuvee.core import clock
from cuvee.lineage import values

_SAME: Final = "same"


class Node(Struct):
    node: str
    kind: str
    id: str
    name: str
    project_id: str
    status: str
    created_at: str
    is_gone: bool
    facts: dict[str, str]


class Edge(Struct):
    source: str
    target: str
    how: str


class Graph(Struct):
    start: str
    nodes: list[Node]
    edges: list[Edge]
    hidden: int
    is_whole: bool


class Lag(Struct):
    """A table that moved on; what is not known is left empty."""

    node: str
    name: str
    table_uuid: str
    table: str
    project_id: str
    snapshot_id: str
    current_snapshot_id: str
    commits_behind: int | None
    rows_added: int | None
    snapshot_at: str
    changed_at: str


class ListStaleResponse(Struct):
    stale: list[Lag]


class RebuildRequest(Struct):
    #: Also when something cannot be as it was: that is then as it is now.
    anyway: bool = False


class Rebuild(Struct):
    """What a rebuilt run would have in common with the run: of each part `same`, or why not."""

    is_same: bool
    code: str
    data: str
    packages: str
    python: str
    #: What would be run, and with which arguments; empty when nothing is known that could be.
    script: str
    arguments: list[str]


def graph(found: values.Graph) -> Graph:
    return Graph(
        start=str(found.start),
        nodes=[_node(each) for each in found.nodes],
        edges=[Edge(str(each.source), str(each.target), each.how) for each in found.edges],
        hidden=found.hidden,
        is_whole=found.is_whole,
    )


def lag(found: values.Lag) -> Lag:
    return Lag(
        node=str(found.node),
        name=found.name,
        table_uuid=found.table_uuid,
        table=found.table,
        project_id=found.project_id,
        snapshot_id=str(found.snapshot_id),
        current_snapshot_id="" if found.current_id is None else str(found.current_id),
        commits_behind=found.commits,
        rows_added=found.rows,
        snapshot_at=clock.rfc3339(found.used_at),
        changed_at=clock.rfc3339(found.changed_at),
    )


def rebuild(found: values.Rebuild) -> Rebuild:
    sameness, script = found.sameness, found.script
    return Rebuild(
        is_same=not sameness.reasons,
        code=sameness.code or _SAME,
        data=sameness.data or _SAME,
        packages=sameness.packages or _SAME,
        python=sameness.python or _SAME,
        script=script.file if script else "",
        arguments=list(script.arguments) if script else [],
    )


def _node(found: values.Node) -> Node:
    return Node(
        node=str(found.ref),
        kind=found.ref.kind,
        id=found.ref.id,
        name=found.name,
        project_id=found.project_id,
        status=found.status,
        created_at=clock.rfc3339(found.at),
        is_gone=found.is_gone,
        facts=dict(found.facts),
    )
