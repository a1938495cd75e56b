"""The report's arithmetic, the reader of replies, and what every row of the benchmarks must declare."""

import http.server
import math
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import __main__ as driver
from benchmarks import figures, load, report
from benchmarks.figures import Figure, Measure, Over, Times, Within
from benchmarks.report import Result, Taken
from benchmarks.rows import Contestant, Row, Sample
from hypothesis import given
from hypothesis import strategies as st

RATE = Measure(name="rate", label="metrics/s", unit="/s", better="higher")
P50 = Measure(name="p50", label="p50", unit="ms", better="lower")
ROWS = driver.rows()


def verdict(goal: figures.Goal, **medians: float) -> figures.Verdict:
    return figures.judged(goal, [RATE, P50], {(name, goal.measure): value for name, value in medians.items()})


def contestant(name: str, kind: figures.Kind) -> Contestant:
    return Contestant(name=name, label=name.upper(), kind=kind, measure=lambda: Sample(values={}))


def result(name: str, values: list[float], *, kind: figures.Kind = "peer", failed: int = 0) -> Result:
    samples = [Sample(values={"rate": value}, requests=10, p50=value) for value in values]
    samples[0] = replace(samples[0], failed=failed, failure="500 no" if failed else "")
    return driver.result(contestant(name, kind), samples, "")


def taken(number: str = "P1", *, date: str = "2026-11-23", results: list[Result] | None = None) -> Taken:
    both = [result("ours", [600.0, 900.0, 660.0], kind="ours"), result("MLflow", [10.0, 12.0, 11.0])]
    return Taken(
        number=number, date=date, commit="abc", machine={"kernel": "Linux"}, versions={"ours": "cuvee 1"},
        busy=0.0, seconds=5, results=results or both,
    )  # fmt: skip


def row(number: str = "P1") -> Row:
    goals = (Times(measure="rate", peer="MLflow", factor=50), Within(measure="rate", limit=700))
    return Row(
        number=number, title="the work", measures=(RATE,), goals=goals, how="So.", limit="the least",
        contestants=lambda _bench: None,
    )  # fmt: skip


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_enough_others_do_not_exceed(values: list[float], share: float):
    found = figures.percentile(sorted(values), share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


def test_a_figure_is_the_median_and_says_how_far_its_runs_lie_apart():
    figure = Figure(values=(9.0, 10.0, 12.0))

    assert (figure.median, figure.spread) == (10.0, pytest.approx(0.3))


def test_better_is_more_of_a_rate_and_less_of_a_time():
    assert figures.times_better(300, 100, "higher") == 3
    assert figures.times_better(100, 300, "lower") == 3


@pytest.mark.parametrize(
    ("goal", "medians", "reached"),
    [
        (Times(measure="rate", peer="MLflow", factor=60), {"ours": 600, "MLflow": 10}, 1.0),
        (Times(measure="p50", peer="MLflow", factor=10), {"ours": 2, "MLflow": 10}, 0.5),
        (Within(measure="rate", limit=500), {"ours": 250}, 0.5),
        (Within(measure="p50", limit=1.5), {"ours": 1}, 1.5),
        (Over(measure="p50", raw="predict", margin=1.2), {"ours": 2.5, "predict": 0.1}, 0.5),
        (Over(measure="p50", raw="predict", margin=1.2), {"ours": 0.1, "predict": 0.1}, math.inf),
    ],
)
def test_a_goal_is_held_against_the_medians(goal: figures.Goal, medians: dict[str, float], reached: float):
    found = verdict(goal, **medians)

    assert found.reached == pytest.approx(reached)
    assert found.met == (reached >= 1)


def test_growth_is_held_against_the_smaller_of_two_measures():
    few = Measure(name="10k", label="10k", unit="ms", better="lower")
    many = Measure(name="1m", label="1m", unit="ms", better="lower")
    goal = figures.Grows(measure="1m", over="10k", most=1.5)

    found = figures.judged(goal, [few, many], {("ours", "10k"): 4.0, ("ours", "1m"): 12.0})

    assert (found.goal, found.found) == (f"1m ≤ 1.5 {figures.TIMES} 10k", f"3.00 {figures.TIMES}")
    assert found.reached == pytest.approx(0.5)
    assert math.isnan(figures.judged(goal, [few, many], {("ours", "1m"): 12.0}).reached)


@pytest.mark.parametrize("goal", [Times(measure="rate", peer="x", factor=2), Over(measure="p50", raw="x", margin=1)])
def test_what_was_not_measured_is_not_met(goal: figures.Goal):
    found = verdict(goal, ours=5)

    assert math.isnan(found.reached)
    assert not found.met


@pytest.mark.parametrize(
    ("value", "written"), [(0.0123, "0.012"), (1.234, "1.23"), (45.67, "45.7"), (999, "999"), (12_345, "12,300")]
)
def test_a_number_is_written_with_three_digits_that_count(value: float, written: str):
    assert figures.amount(value) == written


def test_a_row_measured_again_takes_the_place_of_its_last_time_and_the_others_stay():
    kept = report.merged([taken("P10"), taken("P2")], [taken("P2", date="2026-12-01"), taken("P1")])

    assert [(one.number, one.date) for one in kept] == [
        ("P1", "2026-11-23"),
        ("P2", "2026-12-01"),
        ("P10", "2026-11-23"),
    ]


def test_the_report_says_what_was_found_and_how_far_a_goal_is(tmp_path: Path):
    report.save(tmp_path, [taken()], [row()])
    page = (tmp_path / "REPORT.md").read_text().replace(figures.TIMES, "x")

    assert "| **OURS** | 660 /s | 45% |" in page
    assert "| MLFLOW | 11.0 /s | 18% | 60.0 x |" in page
    assert "| P1 | the work | ≥ 50 x MLflow | 60.0 x | met |" in page
    assert "not met: 94% of the way" in page
    assert report.load(tmp_path / "report.json") == [taken()]


def test_the_report_says_where_the_time_goes_when_a_goal_is_missed():
    missed = replace(row(), profile="in waiting.")
    met = replace(missed, goals=missed.goals[:1])

    assert "- Where the time goes: in waiting." in report.page([taken()], [missed])
    assert "in waiting" not in report.page([taken()], [met])


def test_a_row_with_a_failed_request_is_marked():
    marked = taken(results=[result("ours", [600.0], kind="ours", failed=3), result("MLflow", [10.0])])

    page = report.page([marked], [row()])

    assert "P1 ⚠" in page
    assert "3 of 10 failed. 500 no" in page


def test_the_medians_of_latencies_leave_out_what_was_not_measured():
    samples = [Sample(values={"rate": 1.0}, p50=value) for value in (1.0, math.nan, 3.0)]

    found = driver.result(contestant("ours", "ours"), samples, "")

    assert (found.p50, found.p99) == (2.0, None)


@pytest.mark.parametrize("declared", ROWS, ids=lambda declared: declared.number)
def test_a_row_declares_what_the_report_needs(declared: Row):
    measures = {measure.name for measure in declared.measures}

    assert declared.title
    assert declared.how.endswith(".")
    assert declared.limit.endswith(".")
    assert {goal.measure for goal in declared.goals} <= measures
    assert declared.goals


def test_rows_come_in_order_and_once():
    numbers = [int(declared.number.removeprefix("P")) for declared in ROWS]

    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("reply", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
    ],
)
def test_a_reply_is_read_to_its_end(reply: bytes, whole: bool):
    end = reply.find(b"\r\n\r\n")

    assert load.is_whole(reply[:end].lower(), reply, end + 4) is whole


def test_the_load_counts_what_came_back_and_what_failed():
    with Replies() as port:
        asked = [load.request("GET", "/good"), load.request("POST", "/bad", b"{}")]
        tally = load.run(load.Job(port=port, requests=asked, clients=[b"", b""], warm_up=0.0, seconds=0.2, repeat=True))

    assert 0 < tally.failed < tally.requests
    assert sum(tally.acknowledged) >= tally.requests - tally.failed
    assert tally.failure.startswith("HTTP/1.1 500")
    assert tally.p50 is not None


class Replies(threading.Thread):
    """A server that answers 200 to `/good` and 500 to anything else, on connections that stay."""

    def __init__(self) -> None:
        super().__init__()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.01)

    def __enter__(self) -> int:
        self.start()
        return self._server.server_address[1]

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a reply in one packet

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200 if self.path == "/good" else 500)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
