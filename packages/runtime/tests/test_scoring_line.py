"""What waits is predicted together, and nobody gets another's answer."""

import asyncio

import numpy as np
import pytest

from cuvee_runtime.scoring.errors import Busy, ModelFailed
from cuvee_runtime.scoring.line import Line
from cuvee_runtime.scoring.values import Prepared


class Doubling:
    """Doubles lists of numbers, and notes which it was given; -1 makes it fail."""

    platform, inputs, outputs = "test", (), ()

    def __init__(self, answer=np.asarray):
        self.calls = []
        self.answer = answer

    def predict(self, prepared):
        self.calls.append(prepared.value)
        if -1 in prepared.value:
            raise SystemExit
        return self.answer([2 * number for number in prepared.value])

    def join(self, waiting):
        return Prepared(value=[number for one in waiting for number in one.value])


def ask(servable, requests, *, max_waiting=100, max_rows=100):
    """All requests at once, in line before the thread starts."""

    async def run():
        line = Line(servable, max_waiting=max_waiting, max_rows=max_rows)
        tasks = [asyncio.create_task(line.predict(request)) for request in requests]
        await asyncio.sleep(0)
        line.start()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        line.stop()
        return [answer if isinstance(answer, Exception) else list(answer) for answer in answers]

    return asyncio.run(run())


def rows(*numbers, key="same"):
    return Prepared(value=list(numbers), rows=len(numbers), key=key)


def test_requests_that_wait_are_predicted_together_and_get_their_own_rows():
    servable = Doubling()

    assert ask(servable, [rows(1), rows(2, 3), rows(4)]) == [[2], [4, 6], [8]]
    assert servable.calls == [[1, 2, 3, 4]]


def test_inputs_of_another_kind_are_predicted_apart():
    servable = Doubling()

    assert ask(servable, [rows(1), rows(2, key="other"), rows(3), rows(4, key=None), rows(5, key=None)]) == [
        [2],
        [4],
        [6],
        [8],
        [10],
    ]
    assert servable.calls == [[1, 3], [2], [4], [5]]


def test_a_group_is_never_larger_than_allowed():
    servable = Doubling()

    ask(servable, [rows(1, 2), rows(3), rows(4, 5, 6, 7), rows(8)], max_rows=3)

    assert servable.calls == [[1, 2, 3], [4, 5, 6, 7], [8]]


def test_when_one_request_fails_the_others_get_their_answers():
    first, second, third = ask(Doubling(), [rows(1), rows(-1), rows(3)])

    assert (first, third) == ([2], [6])
    assert isinstance(second, ModelFailed)


@pytest.mark.parametrize("answer", [lambda numbers: numbers[:1], lambda _: {"a": 1, "b": 2}, lambda _: "ab"])
def test_an_answer_that_is_not_one_a_row_is_asked_for_alone(answer):
    servable = Doubling(answer)

    ask(servable, [rows(1), rows(2)])

    assert servable.calls == [[1, 2], [1], [2]]


def test_too_many_waiting_requests_are_turned_away():
    *served, refused = ask(Doubling(), [rows(1), rows(2), rows(3)], max_waiting=2)

    assert served == [[2], [4]]
    assert isinstance(refused, Busy)
