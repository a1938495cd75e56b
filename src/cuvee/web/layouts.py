"""Where the boxes of a graph stand in a picture: in columns, what leads on to the left of what follows.

Layered as in Sugiyama, Tagawa and Toda (1981): ranks by the longest way, then rows by the middle of the neighbours.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

Pair = tuple[str, str]

#: Of a box, and between boxes.
WIDTH: Final = 208
HEIGHT: Final = 52
GAP: Final = 64
SPACE: Final = 18
_MARGIN: Final = 8
#: How often rows are set anew by their neighbours; more changes little.
_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A node in the picture: its upper left corner."""

    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A picture. Lengths are pixels at its natural size."""

    width: int
    height: int
    boxes: Mapping[str, Box]
    #: From the right of one box to the left of another, as the `d` of an SVG path.
    lines: Mapping[Pair, str]


def laid_out(nodes: Sequence[str], edges: Collection[Pair]) -> Layout:
    """Every node has a box, no two overlap, and of a graph without circles every line leads to the right."""
    ranks = _ranks(nodes, edges)
    columns = _columns(nodes, edges, ranks)
    tallest = max((len(column) for column in columns), default=0)
    boxes = {
        node: Box(
            x=_MARGIN + rank * (WIDTH + GAP),
            y=_MARGIN + round((row + (tallest - len(column)) / 2) * (HEIGHT + SPACE)),
        )
        for rank, column in enumerate(columns)
        for row, node in enumerate(column)
    }
    return Layout(
        width=2 * _MARGIN + len(columns) * (WIDTH + GAP) - GAP,
        height=2 * _MARGIN + tallest * (HEIGHT + SPACE) - SPACE,
        boxes=boxes,
        lines={edge: _line(boxes[edge[0]], boxes[edge[1]]) for edge in edges},
    )


def _ranks(nodes: Sequence[str], edges: Iterable[Pair]) -> dict[str, int]:
    """Node → its column: one more than the furthest of those that lead to it. What closes a circle does not count."""
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        after[source].append(target)
    order = _ordered(nodes, after)
    places = {node: place for place, node in enumerate(order)}
    ranks = dict.fromkeys(nodes, 0)
    for node in order:
        for target in after[node]:
            if places[target] > places[node]:
                ranks[target] = max(ranks[target], ranks[node] + 1)
    return ranks


def _ordered(nodes: Sequence[str], after: Mapping[str, Sequence[str]]) -> list[str]:
    """Each node before those that it leads to, as far as there are no circles: depth first, read backwards."""
    done: dict[str, None] = {}
    entered: set[str] = set()
    for start in nodes:
        way = [start]
        while way:
            node = way[-1]
            entered.add(node)
            following = next((each for each in after[node] if each not in entered), None)
            if following is not None:
                way.append(following)
            else:
                done.setdefault(way.pop())
    return list(reversed(done))


def _columns(nodes: Sequence[str], edges: Collection[Pair], ranks: Mapping[str, int]) -> list[list[str]]:
    """The nodes of each rank from top to bottom, near those that they are connected with."""
    columns: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for node in nodes:
        columns[ranks[node]].append(node)
    beside: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        beside[source].append(target)
        beside[target].append(source)
    heights = {node: float(row) for column in columns for row, node in enumerate(column)}
    for _ in range(_ROUNDS):
        for column in columns:
            wanted = {node: fmean([heights[each] for each in beside[node]] or [heights[node]]) for node in column}
            column.sort(key=wanted.__getitem__)
            middle = (len(column) - 1) / 2
            heights.update({node: row - middle for row, node in enumerate(column)})
    return columns


def _line(source: Box, target: Box) -> str:
    x1, y1, x2, y2 = source.x + WIDTH, source.y + HEIGHT // 2, target.x, target.y + HEIGHT // 2
    bend = max(GAP // 2, abs(x2 - x1) // 2)
    return f"M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"
