"""A graph as a picture: every node has a place of its own, and lines lead to the right."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from cuvee.web.layouts import HEIGHT, WIDTH, laid_out

NODES = [str(number) for number in range(12)]
pairs = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda pair: pair[0] != pair[1])
graphs = st.sets(pairs, max_size=30)


@given(graphs)
def test_every_node_has_a_box_within_the_picture_and_no_two_overlap(edges: set[tuple[str, str]]):
    layout = laid_out(NODES, edges)

    assert set(layout.boxes) == set(NODES)
    for box in layout.boxes.values():
        assert 0 <= box.x <= layout.width - WIDTH
        assert 0 <= box.y <= layout.height - HEIGHT
    for one, other in combinations(layout.boxes.values(), 2):
        assert abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT


@given(graphs)
def test_every_edge_has_a_line_between_its_boxes(edges: set[tuple[str, str]]):
    layout = laid_out(NODES, edges)

    assert set(layout.lines) == edges
    for (source, target), line in layout.lines.items():
        start, end = layout.boxes[source], layout.boxes[target]
        assert line.startswith(f"M{start.x + WIDTH},{start.y + HEIGHT // 2} ")
        assert line.endswith(f" {end.x},{end.y + HEIGHT // 2}")


@given(graphs.map(lambda edges: {(one, other) if int(one) < int(other) else (other, one) for one, other in edges}))
def test_without_circles_every_line_leads_to_the_right(edges: set[tuple[str, str]]):
    layout = laid_out(NODES, edges)

    assert all(layout.boxes[source].x + WIDTH < layout.boxes[target].x for source, target in edges)


def test_an_empty_graph_is_an_empty_picture():
    assert laid_out([], []).boxes == {}


def test_a_chain_of_a_thousand_is_laid_out():
    chain = [str(number) for number in range(1_000)]

    layout = laid_out(chain, list(pairwise(chain)))

    assert len({box.x for box in layout.boxes.values()}) == len(chain)
