"""The bus of changes: nothing committed is lost to who listens, and nobody who listens can hold anybody up."""

import asyncio
import threading
from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from tests.unit.test_writer import while_the_writer_is_busy

from cuvee.core import errors, topics
from cuvee.core.events import Events, Subscription, TooManySubscribers, TooManyTopics
from cuvee.db.database import Database
from cuvee.db.notes import note
from cuvee.db.session import Writing

TOPICS = [topics.run("a"), topics.run("b"), topics.EXPERIMENTS]


async def heard(subscription: Subscription) -> frozenset[str]:
    """What changed; fails when nothing does."""
    while not (changed := await subscription.next(within=30)):
        assert not subscription.is_over
    return changed


async def nothing_heard(subscription: Subscription) -> bool:
    return not await subscription.next(within=0.01)


@given(st.lists(st.one_of(st.sets(st.sampled_from(TOPICS)), st.none())))
def test_everything_published_is_heard_once_and_only_what_was_asked_for(steps: list[set[str] | None]):
    async def scenario() -> None:
        events, wanted = Events(), frozenset(TOPICS[:2])
        with events.subscribe(wanted) as subscription:
            owed: set[str] = set()
            for published in steps:
                if published is None:
                    assert (await subscription.next(within=0) if owed else frozenset()) == owed
                    owed = set()
                else:
                    events.publish(published)
                    owed |= published & wanted
            assert (await subscription.next(within=0) if owed else frozenset()) == owed
        assert events.count == 0

    asyncio.run(scenario())


async def test_who_does_not_fetch_keeps_no_more_than_its_topics():
    events = Events()
    with events.subscribe(TOPICS) as slow:
        for _ in range(10_000):
            events.publish(TOPICS)

        assert len(slow.changed) == len(TOPICS)
        assert await heard(slow) == frozenset(TOPICS)
        assert await nothing_heard(slow)


async def test_many_threads_publish_to_one_subscriber():
    events, wanted = Events(), [topics.run(str(number)) for number in range(40)]
    with events.subscribe(wanted) as subscription:
        threads = [threading.Thread(target=events.publish, args=([topic],)) for topic in wanted]
        for thread in threads:
            thread.start()
        found: set[str] = set()
        while found != set(wanted):
            found |= await heard(subscription)


async def test_there_is_room_for_so_many_and_those_who_leave_make_room():
    events = Events(most=1)
    with events.subscribe(TOPICS), pytest.raises(TooManySubscribers):
        events.subscribe(TOPICS)

    with events.subscribe(TOPICS):
        assert events.count == 1
    with pytest.raises(TooManyTopics):
        events.subscribe([topics.run(str(number)) for number in range(51)])
    assert events.count == 0


async def test_the_end_wakes_everybody_and_lets_nobody_in():
    events = Events()
    with events.subscribe(TOPICS) as subscription:
        waiting = asyncio.create_task(subscription.next(within=30))
        await asyncio.sleep(0)
        events.close()

        assert await waiting == frozenset()
        assert subscription.is_over
    with pytest.raises(TooManySubscribers):
        events.subscribe(TOPICS)


def test_a_subscriber_whose_loop_is_gone_hinders_nobody():
    events = Events()

    async def leave_in_a_hurry() -> Subscription:
        return events.subscribe(TOPICS)

    lost = asyncio.run(leave_in_a_hurry())
    events.publish(TOPICS)
    events.publish(TOPICS)
    events.leave(lost)

    assert events.count == 0


@pytest.mark.parametrize("odd", ["", "run", "run:", ":x", "cheese:1", "runs", f"model:{'x' * 600}"])
def test_what_is_no_topic_is_not_read(odd: str):
    assert topics.parse(odd) is None


def change(connection: Writing, topic: str, *, fails: bool = False) -> None:
    note(connection, topic)
    if fails:
        raise errors.Invalid


async def test_a_change_is_published_when_it_is_committed(database: Database):
    with database.events.subscribe([topics.PROJECTS]) as subscription:
        await database.write(partial(change, topic=topics.PROJECTS))

        assert await heard(subscription) == {topics.PROJECTS}


async def test_what_was_rolled_back_is_not_published(database: Database):
    wanted = [topics.run(str(number)) for number in range(6)]
    with database.events.subscribe(wanted) as subscription:
        with pytest.raises(errors.Invalid):
            await database.write(partial(change, topic=wanted[0], fails=True))
        go = while_the_writer_is_busy(database)
        works = [database.write(partial(change, topic=wanted[n], fails=bool(n % 2))) for n in range(6)]
        asked = asyncio.gather(*works, return_exceptions=True)
        await asyncio.sleep(0)
        go.set()
        answers = await asked

        assert [type(answer) for answer in answers] == [type(None), errors.Invalid] * 3
        found: set[str] = set()
        while changed := await subscription.next(within=0.05):
            found |= changed
        assert found == {wanted[0], wanted[2], wanted[4]}


@pytest.mark.parametrize("count", [1, 3])
async def test_a_batch_that_breaks_off_publishes_and_keeps_nothing(database: Database, count: int):
    def broken(connection: Writing, items: Sequence[int]) -> list[None]:
        note(connection, topics.PROJECTS)
        connection.execute(text("CREATE TABLE half (n INT)"))
        raise errors.Invalid

    with database.events.subscribe([topics.PROJECTS]) as subscription:
        go = while_the_writer_is_busy(database)
        asked = asyncio.gather(*(database.write_item(broken, n) for n in range(count)), return_exceptions=True)
        await asyncio.sleep(0)
        go.set()

        assert all(isinstance(answer, errors.Invalid) for answer in await asked)
        assert await nothing_heard(subscription)
    database.write_now(lambda connection: connection.execute(text("CREATE TABLE half (n INT)")) and None)
