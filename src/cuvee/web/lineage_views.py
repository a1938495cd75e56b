"""What the lineage page shows: the graph as a picture, and as a table of what is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.lineage import service
from cuvee.lineage.values import Direction, Edge, Graph, Kind, Node, Ref
from cuvee.projects import service as projects
from cuvee.web import layouts
from cuvee.web.layouts import Box

#: Nodes in a picture: of more, only the table is shown.
MOST_DRAWN: Final = 150
#: Characters of a name that fit into a box.
_LETTERS: Final = 25

#: Classes of the style sheet, whole, so that the build finds them.
TONES: Final[Mapping[Kind, str]] = {
    Kind.JOB: "graph-job",
    Kind.SNAPSHOT: "graph-snapshot",
    Kind.RUN: "graph-run",
    Kind.LOGGED_MODEL: "graph-model",
    Kind.VERSION: "graph-version",
    Kind.ENDPOINT: "graph-endpoint",
}
WORDS: Final[Mapping[Kind, str]] = {
    Kind.JOB: "Job",
    Kind.SNAPSHOT: "Table snapshot",
    Kind.RUN: "Run",
    Kind.LOGGED_MODEL: "Logged model",
    Kind.VERSION: "Registered version",
    Kind.ENDPOINT: "Endpoint",
}
_PLACES: Final[Mapping[Kind, str]] = {Kind.ENDPOINT: "/deployments", Kind.JOB: "/jobs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A node on the page."""

    node: Node
    #: Its own page; empty when it has none.
    url: str
    #: The graph around it.
    around: str
    project: str
    #: Where it stands in the picture; None when there is none.
    box: Box | None
    is_start: bool

    @property
    def kind(self) -> str:
        return WORDS[self.node.ref.kind]

    @property
    def tone(self) -> str:
        return TONES[self.node.ref.kind]

    @property
    def title(self) -> str:
        """Its name, short enough for its box."""
        name = self.node.name
        return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"

    @property
    def below(self) -> str:
        """What stands below its name: what it is and how it stands; of a snapshot which it is, and how large."""
        if self.node.ref.kind is Kind.SNAPSHOT:
            rows = self.node.facts.get("row_count", "")
            return f"Snapshot …{self.node.ref.id[-5:]}" + (f" · {int(rows):,} rows" if rows.isdigit() else "")
        state = self.node.status.capitalize().replace("_", " ")
        return f"{self.kind} · {state}" if state else self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The graph around a node, for its page."""

    start: Shown
    direction: Direction
    nodes: Sequence[Shown]
    #: Lines of the picture, each with what it says.
    lines: Sequence[tuple[str, Edge]]
    width: int
    height: int
    graph: Graph


def look(connection: Reading, caller: Caller, start: Ref, direction: Direction) -> View:
    """What is around a node.

    Raises:
        NodeNotFound: when it is not there, or the caller may not see it.

    """
    graph = service.around(connection, caller, start, direction=direction)
    names = projects.names(connection, {node.project_id for node in graph.nodes})
    is_drawn = len(graph.nodes) <= MOST_DRAWN
    pairs = [(str(edge.source), str(edge.target)) for edge in graph.edges if edge.source != edge.target]
    layout = layouts.laid_out([str(node.ref) for node in graph.nodes] if is_drawn else [], pairs if is_drawn else [])
    nodes = [
        Shown(
            node=node,
            url=address(node, names.get(node.project_id, "")),
            around=around(node.ref),
            project=names.get(node.project_id, ""),
            box=layout.boxes.get(str(node.ref)),
            is_start=node.ref == start,
        )
        for node in graph.nodes
    ]
    lines = [(layout.lines[key], edge) for edge in graph.edges if (key := _pair(edge)) in layout.lines]
    return View(
        start=nodes[0],
        direction=direction,
        nodes=nodes,
        lines=lines,
        width=layout.width,
        height=layout.height,
        graph=graph,
    )


def around(ref: Ref) -> str:
    """The page of the graph around a node."""
    return f"/lineage?{urlencode({'node': str(ref)})}"


def address(node: Node, project: str) -> str:
    """A node's own page; empty when it has none."""
    match node.ref.kind:
        case Kind.SNAPSHOT:
            table, _, snapshot = node.ref.id.partition("/")
            is_ours = node.status != "elsewhere"
            place = f"/projects/{quote(project, safe='')}/data/tables/{table}?snapshot={snapshot}"
            return place if is_ours and project else ""
        case Kind.RUN:
            return f"/experiments/{node.facts['experiment_id']}/runs/{node.ref.id}"
        case Kind.LOGGED_MODEL if "run_id" in node.facts:
            run = f"/experiments/{node.facts['experiment_id']}/runs/{node.facts['run_id']}"
            return f"{run}?artifact={quote(node.name, safe='')}"
        case Kind.VERSION:
            return f"/models/{quote(node.facts['model'], safe='')}/versions/{node.facts['version']}"
        case Kind.ENDPOINT | Kind.JOB:
            return f"{_PLACES[node.ref.kind]}/{node.ref.id}"
    return ""


def _pair(edge: Edge) -> tuple[str, str]:
    return str(edge.source), str(edge.target)
