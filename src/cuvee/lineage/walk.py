"""Walking the graph in rounds: what is one step away from all that the last round found. Knows nothing of rooms."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from cuvee.lineage.values import Edge, Ref

#: What leads on from these nodes, in one direction.
Step = Callable[[Collection[Ref]], Iterable[Edge]]
#: Which of these nodes may be seen.
Seen = Callable[[Collection[Ref]], Collection[Ref]]


@dataclass(slots=True)
class Walked:
    """What walks found so far; the order of `refs` is the order in which they were found."""

    refs: dict[Ref, None] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)
    hidden: set[Ref] = field(default_factory=set)
    is_whole: bool = True


def walk(found: Walked, start: Ref, step: Step, seen: Seen, *, depth: int, most: int) -> None:
    """Add what is reached from `start` in at most `depth` steps. What may not be seen leads nowhere.

    Ends early, and says so, when there would be more than `most` nodes.
    """
    found.refs.setdefault(start)
    reached = {start}
    front: Collection[Ref] = [start]
    for _ in range(depth):
        edges = list(step(front))
        ends = dict.fromkeys(end for edge in edges for end in edge[:2] if end not in reached)
        visible = set(seen(ends)) if ends else set()
        found.hidden.update(ends.keys() - visible)
        front = [end for end in ends if end in visible]
        if len(found.refs.keys() | set(front)) > most:
            front = front[: max(0, most - len(found.refs))]
            found.is_whole = False
        reached.update(front)
        found.refs.update(dict.fromkeys(front))
        found.edges.update(dict.fromkeys(edge for edge in edges if edge.source in reached and edge.target in reached))
        if not front:
            return
    beyond = {end for edge in step(front) for end in edge[:2]} - reached - found.hidden
    if beyond and seen(beyond):
        found.is_whole = False
