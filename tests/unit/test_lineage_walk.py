"""The walk of the graph, held to a model that follows every path by itself."""

from collections.abc import Collection, Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from cuvee.lineage.values import Edge, Kind, Ref
from cuvee.lineage.walk import Walked, walk

#: Of every kind there is, and runs besides.
NODES = [Ref(kind, str(number)) for number, kind in enumerate([*Kind, Kind.RUN, Kind.RUN])]
PLENTY = 100

edges = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=24).map(
    lambda pairs: sorted({Edge(*pair, "read") for pair in pairs})
)
hidden = st.sets(st.sampled_from(NODES[1:]), max_size=3)


def down(graph: Collection[Edge], front: Collection[Ref]) -> Iterator[Edge]:
    return (edge for edge in graph if edge.source in front)


def walked(graph: list[Edge], unseen: set[Ref], *, depth: int = PLENTY, most: int = PLENTY) -> Walked:
    found = Walked()
    walk(
        found, NODES[0], lambda front: down(graph, front), lambda refs: [ref for ref in refs if ref not in unseen],
        depth=depth, most=most,
    )  # fmt: skip
    return found


def reached(graph: list[Edge], unseen: set[Ref], depth: int, at: Ref = NODES[0]) -> set[Ref]:
    """What paths of at most so many edges lead to, each path followed by itself."""
    found = {at}
    for edge in graph if depth else ():
        if edge.source == at and edge.target not in unseen:
            found |= reached(graph, unseen, depth - 1, edge.target)
    return found


@given(edges, hidden, st.integers(1, 4))
def test_exactly_what_paths_lead_to_is_found(graph: list[Edge], unseen: set[Ref], depth: int):
    found = walked(graph, unseen, depth=depth)

    assert set(found.refs) == reached(graph, unseen, depth)
    assert next(iter(found.refs)) == NODES[0]


@example([Edge(NODES[0], NODES[2], "read"), Edge(NODES[2], NODES[1], "read")], {NODES[1]}, 1)
@given(edges, hidden, st.integers(1, 4))
def test_it_is_whole_exactly_when_going_on_would_find_no_more(graph: list[Edge], unseen: set[Ref], depth: int):
    found = walked(graph, unseen, depth=depth)

    assert found.is_whole == (reached(graph, unseen, depth) == reached(graph, unseen, depth + 1))


@given(edges, hidden)
def test_all_edges_between_what_was_found_are_there_and_none_to_what_may_not_be_seen(
    graph: list[Edge], unseen: set[Ref]
):
    found = walked(graph, unseen)

    assert set(found.edges) == {edge for edge in graph if {edge.source, edge.target} <= set(found.refs)}
    assert not unseen & set(found.refs)
    assert found.hidden == {edge.target for edge in graph if edge.source in found.refs} & unseen


@given(edges, st.integers(1, 8))
def test_there_are_never_more_nodes_than_allowed(graph: list[Edge], most: int):
    found, everything = walked(graph, set(), most=most), walked(graph, set())

    assert len(found.refs) <= most
    assert found.is_whole == (len(everything.refs) <= most)
    assert {end for edge in found.edges for end in edge[:2]} <= set(found.refs)
