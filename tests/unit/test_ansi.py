"""Terminal output becomes text with colours and nothing else."""

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from cuvee.web import ansi


def test_colours_stay_and_markup_is_text():
    shown = ansi.html("a \x1b[1;31m<b>red</b>\x1b[0m z")

    assert shown == 'a <span class="ansi-red ansi-bold">&lt;b&gt;red&lt;/b&gt;</span> z'


def test_titles_cursor_moves_and_control_characters_are_dropped():
    assert ansi.html("a\x1b]0;title\x07b\x1b[2J\x1b[10;10Hc\x1b7d\x00\x08e\x1b[38;5;12mf") == "abcdef"


def test_of_a_line_that_was_written_over_the_last_is_shown():
    assert ansi.html("10%\r50%\r100%\r\ndone\r\n") == "100%\ndone\n"


@given(st.text(st.sampled_from("\x1b[];0123m<>&\"'\r\n\x07\\ax\x9b")))
def test_nothing_that_is_printed_becomes_another_tag(text: str):
    shown = re.sub(r'<span class="[a-z -]+">|</span>', "", ansi.html(text))

    assert not re.search("[<>\"'\x1b]", shown)


def test_it_takes_time_in_proportion():
    begun = time.process_time()
    ansi.html("\x1b]" * 50_000 + "\x1b[" * 50_000 + "\x1b[1;" * 50_000)

    assert time.process_time() - begun < 2
