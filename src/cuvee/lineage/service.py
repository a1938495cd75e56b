"""Asking the graph: what is around a node, and what of it may be seen."""

from functools import partial
from typing import Final

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.lineage import errors, steps
from cuvee.lineage.rooms import Rooms
from cuvee.lineage.values import Direction, Graph, Kind, Ref
from cuvee.lineage.walk import Step, Walked, walk

#: Steps from the start, unless more or fewer are asked for: from a snapshot to an endpoint there are four, with a
#: nested run five.
DEPTH: Final = 8
DEEPEST: Final = 20
#: Nodes of one answer.
MOST: Final = 500


def parse(text: str) -> Ref:
    """A node as people and addresses write it.

    >>> parse("run:0p3z-9k2m-71ay-b0hx")
    Ref(kind=<Kind.RUN: 'run'>, id='0p3z-9k2m-71ay-b0hx')

    Raises:
        BadNode: when it is none.

    """
    kind, _, identifier = text.partition(":")
    if kind not in set(Kind) or not identifier or len(identifier) > 100:  # noqa: PLR2004 - the longest id there is has fewer
        raise errors.BadNode
    return Ref(Kind(kind), identifier)


def around(
    connection: Reading, caller: Caller, start: Ref, *, direction: Direction = Direction.BOTH, depth: int = DEPTH
) -> Graph:
    """What something was made from, what was made of it, or both.

    Raises:
        NodeNotFound: when it is not there, or the caller may not see it.
        BadDepth: when it is less than 1 or more than DEEPEST.

    """
    if not 1 <= depth <= DEEPEST:
        raise errors.BadDepth
    rooms = Rooms(connection, caller)
    if not rooms.look([start]):
        raise errors.NodeNotFound
    ways: dict[Direction, Step] = {Direction.UP: partial(steps.up, rooms), Direction.DOWN: partial(steps.down, rooms)}
    found = Walked()
    for way, step in ways.items():
        if direction in {way, Direction.BOTH}:
            walk(found, start, step, rooms.look, depth=depth, most=MOST)
    return Graph(
        start=start,
        nodes=[rooms.nodes[ref] for ref in found.refs],
        edges=list(found.edges),
        hidden=len(found.hidden),
        is_whole=found.is_whole,
    )
