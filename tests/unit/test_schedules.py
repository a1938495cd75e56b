"""Cron expressions in time zones."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cuvee.core.errors import Invalid
from cuvee.jobs import rules, schedule
from cuvee.jobs.errors import Circle, NoSuchParent

BERLIN = ZoneInfo("Europe/Berlin")
#: Texts that have more of cron in them than others.
texts = st.text("0123456789*/-,L#W AMONJFRI@", max_size=24) | st.text(max_size=40)


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def times(expression: str, after: int, count: int, zone: str = "Europe/Berlin") -> list[str]:
    found = []
    for _ in range(count):
        after = schedule.next_after(expression, zone, after)
        found.append(f"{datetime.fromtimestamp(after / 1000, ZoneInfo(zone)):%d %H:%M%z}")
    return found


def test_a_time_that_the_clocks_leave_out_comes_when_they_go_on():
    assert times("30 2 * * *", at("2026-03-28T03:00"), 2) == ["29 03:00+0200", "30 02:30+0200"]


def test_a_time_that_the_clocks_repeat_comes_once():
    assert times("30 2 * * *", at("2026-10-24T03:00"), 2) == ["25 02:30+0200", "26 02:30+0100"]


def test_what_comes_every_hour_comes_in_the_repeated_one_as_well():
    assert times("0 * * * *", at("2026-10-25T01:00"), 3) == ["25 02:00+0200", "25 02:00+0100", "25 03:00+0100"]


def test_the_same_expression_comes_at_other_moments_elsewhere():
    after = at("2026-11-29T00:00", ZoneInfo("UTC"))

    assert times("0 9 * * MON", after, 1, "Asia/Tokyo") == ["30 09:00+0900"]
    assert times("0 9 * * MON", after, 1, "UTC") == ["30 09:00+0000"]


def test_a_schedule_is_said_in_words():
    assert schedule.in_words("*/15 8-17 * * MON-FRI").startswith("Every 15")


@given(texts, st.integers(0, 4_000_000_000_000))
@example("45 2 * * *", at("2026-10-25T02:50"))
@example("* * * * *", 0)
@example("0 0 29 2 *", 4_000_000_000_000)
def test_a_schedule_comes_later_and_can_be_said_or_is_refused(expression: str, moment: int):
    try:
        following = schedule.next_after(expression, "Europe/Berlin", moment)
    except Invalid:
        return
    assert following > moment
    assert schedule.in_words(expression)


@pytest.mark.parametrize("expression", ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 30 2 *", "@daily", "9" * 500])
def test_what_is_no_schedule_is_refused(expression: str):
    with pytest.raises(Invalid):
        schedule.require(expression, "UTC")


@pytest.mark.parametrize(
    "zone", ["", "Berlin", "../etc/passwd", "/etc/localtime", "Europe", "A" * 5000, "\0", "\ud800"]
)
def test_what_is_no_time_zone_is_refused(zone: str):
    with pytest.raises(Invalid):
        schedule.require("0 9 * * *", zone)


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["", *"abcdef"]), min_size=1))
def test_exactly_those_orders_of_jobs_are_taken_in_which_nothing_comes_after_itself(parents: dict[str, str]):
    def ancestors(job: str, depth: int = 10) -> list[str]:
        above = parents.get(job, "")
        return [above, *ancestors(above, depth - 1)] if above and depth else []

    for job in parents:
        above = ancestors(job)
        is_fine = job not in above and set(above) <= parents.keys() and len(above) < 10
        refused = None
        try:
            rules.require_no_circle(parents, job)
        except (Circle, NoSuchParent) as error:
            refused = error
        assert (refused is None) == is_fine
