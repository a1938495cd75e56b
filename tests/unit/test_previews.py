"""What files look like on a page."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.web import previews
from cuvee.web.previews import preview


def shown(name: str, content: bytes, **how: bool) -> previews.Preview:
    return preview(name, content[: previews.wanted(name)], len(content), **how)


def test_a_text_has_a_number_for_each_line():
    assert shown("a.py", b"a\n\nb").line_numbers == "1\n2\n3"
    assert shown("a.py", b"a\nb\n").line_numbers == "1\n2"


def test_a_letter_that_the_cut_goes_through_is_left_out():
    cut = shown("a.txt", "ü".encode() * previews.MOST_TEXT)

    assert (cut.kind, cut.is_cut, set(cut.text)) == ("text", True, {"ü"})


@pytest.mark.parametrize("content", [b"\0abc", b"\xff\xfe", b"PK\x03\x04", b"\x7fELF"])
def test_what_is_no_text_is_only_downloaded(content: bytes):
    assert shown("a.txt", content).kind == "none"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"),
     (b"RIFF1234WEBPVP8 ", "image/webp"), (b"<svg xmlns='x'/>", None), (b"<html>", None), (b"", None), (b"BM", None)],
)  # fmt: skip
def test_a_picture_is_told_by_how_it_begins(content: bytes, kind: str | None):
    assert previews.picture_type(content) == kind


def test_a_picture_is_one_under_any_name_and_svg_is_shown_apart():
    assert shown("a.html", b"\x89PNG\r\n\x1a\n\0\0").kind == "picture"
    assert shown("a.svg", b"<svg onload='alert(1)'/>").kind == "page"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_cut_after_its_first_rows(delimiter: str):
    rows = "\n".join(delimiter.join(("a", '"b\nc"', "d")) for _ in range(1_000))
    table = shown("t.csv", rows.encode()).table

    assert table is not None
    assert (table.head, len(table.rows), table.is_cut) == (["a", "b\nc", "d"], previews.MOST_ROWS, True)


def test_the_half_row_at_the_end_of_what_was_read_is_left_out():
    row = b"1," + b"2" * 100_000
    table = shown("t.csv", b"a,b\n" + b"\n".join([row] * 6)).table

    assert table is not None
    assert (table.head, len(table.rows), table.is_cut) == (["a", "b"], 5, True)
    assert {len(cell) for _one, cell in table.rows} == {100_000}


def test_a_notebook_shows_texts_and_pictures_and_no_html():
    png = base64.b64encode(b"\x89PNG").decode()
    outputs = [
        {"output_type": "display_data", "data": {"text/html": "<script>", "text/plain": ["te", "xt"]}},
        {"output_type": "display_data", "data": {"image/png": png + "\n"}},
        {"output_type": "display_data", "data": {"image/png": '"><script>'}},
        {"output_type": "stream", "text": "\x1b[31mred\x1b[0m"},
    ]
    cells = [{"cell_type": "code", "source": ["a\n", "b"], "outputs": outputs, "execution_count": 3}]
    (cell,) = shown("n.ipynb", json.dumps({"cells": cells}).encode()).cells

    assert (cell.source, cell.count) == ("a\nb", 3)
    assert [output.text for output in cell.outputs] == ["text", "", "", "red"]
    assert [output.picture for output in cell.outputs] == ["", png, "", ""]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"cells": 7}', b'{"cells": [7, {"source": {"a": 1}, "outputs": [7]}]}', b"[" * 100_000,
     b'{"cells": [{"outputs": [{"output_type": "error", "traceback": 7}], "execution_count": "x"}]}',
     b'{"cells": [{"source": "\\ud800"}]}'],
)  # fmt: skip
def test_a_notebook_that_is_none_is_shown_as_far_as_it_goes(content: bytes):
    preview = shown("n.ipynb", content)

    for cell in preview.cells:
        cell.source.encode()
    assert preview.kind in {"text", "notebook"}


@given(st.sampled_from(["a.csv", "a.md", "a.ipynb", "a.tsv", "a"]), st.binary(max_size=300))
def test_any_bytes_have_a_preview(name: str, content: bytes):
    found = shown(name, content)

    assert found.kind in {"text", "markdown", "table", "notebook", "picture", "none"}
    found.text.encode()
