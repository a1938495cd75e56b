"""Ids sort by the time they were made and never repeat."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cuvee.core.ids import IdMaker, is_id, new_id


def test_later_ids_sort_later():
    made = [new_id() for _ in range(5_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_do_not_make_the_same_id():
    make = IdMaker()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make(), range(5_000)))

    assert len(set(made)) == len(made)


def test_an_id_has_the_shape_of_an_id():
    assert is_id(new_id())


@pytest.mark.parametrize(
    "text", ["", "0", "../..", "AAAA-0000-0000-0000", "0000-0000-0000-000", "0000-0000-0000-0000\n"]
)
def test_other_texts_do_not(text: str):
    assert not is_id(text)
