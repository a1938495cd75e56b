"""The tutorial's report: a line a step, and JSON for scripts."""

import json

import pytest

from cuvee.cli.tutorial.part_one import first_number
from cuvee.cli.tutorial.report import Report, StepFailed, StepSkipped, step


def test_a_step_that_succeeds_is_told_with_what_came_out(capsys: pytest.CaptureFixture[str]):
    report = Report()
    with step(report, "Open a session", 3, 20) as say:
        say("Python 3.11")

    assert [(done.name, done.status, done.detail) for done in report.steps] == [("Open a session", "ok", "Python 3.11")]
    assert "3/20  Open a session" in capsys.readouterr().out


def test_a_step_that_fails_is_told_with_the_reason_and_goes_no_further():
    report = Report()
    with pytest.raises(StepFailed), step(report, "Open a session", 3, 20):
        raise StepFailed("no room")

    assert (report.steps[0].status, report.steps[0].detail) == ("failed", "no room")


def test_a_step_that_is_skipped_is_told_with_the_reason_and_the_rest_goes_on():
    report = Report()
    for _ in range(2):
        with step(report, "Open a session with Spark", 3, 20):
            raise StepSkipped("no Java")

    assert [(done.status, done.detail) for done in report.steps] == [("skipped", "no Java")] * 2


def test_the_json_has_steps_prediction_and_address():
    report = Report(prediction=6.2, url="http://127.0.0.1:1")
    with step(report, "Start", 1, 1):
        pass

    told = json.loads(report.to_json())

    assert told["prediction"] == 6.2
    assert told["url"] == "http://127.0.0.1:1"
    assert told["steps"][0].keys() == {"name", "status", "seconds", "detail"}


@pytest.mark.parametrize("answer", [6.2, [6.2], {"predictions": [6.2]}, {"predictions": [{"quality": 6.2}]}])
def test_the_prediction_is_found_however_it_is_wrapped(answer: object):
    assert first_number(answer) == 6.2


@pytest.mark.parametrize("answer", [None, "good", [], {"predictions": []}])
def test_an_answer_without_a_number_is_a_failure(answer: object):
    with pytest.raises(StepFailed):
        first_number(answer)
