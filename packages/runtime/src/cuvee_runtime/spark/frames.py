"""Frames that are acted on again: Spark plans a frame once, so Iceberg tells nothing of the second time."""

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol
from uuid import uuid4
from weakref import WeakKeyDictionary, WeakValueDictionary

from cuvee_runtime.iceberg import runs
from cuvee_runtime.spark import java

log = logging.getLogger(__name__)
#: What uses the frame's own plan; everything else makes a new one. A frame that is to be kept is planned at once.
_ACTS = ("collect", "toPandas", "toArrow", "toLocalIterator", "foreach", "foreachPartition", "cache", "persist")


class Plan:
    """What was heard while a frame was planned."""

    def __init__(self) -> None:
        self.name = uuid4().hex
        self.reads: list[Any] = []


class Plans:
    """The plans of frames, as long as these are there."""

    def __init__(self) -> None:
        self._of_frames: WeakKeyDictionary[Any, Plan] = WeakKeyDictionary()
        self._by_name: WeakValueDictionary[str, Plan] = WeakValueDictionary()

    def of(self, frame: Any) -> tuple[str, bool]:
        """The name of a frame's plan, and whether the frame was acted on before."""
        plan = self._of_frames.get(frame)
        if plan is not None:
            return plan.name, True
        made = self._of_frames[frame] = Plan()
        self._by_name[made.name] = made
        return made.name, False

    def add(self, name: str, heard: Any) -> None:
        """Something was heard while a frame was planned, if it was a frame's plan."""
        if (plan := self._by_name.get(name)) is not None:
            plan.reads.append(heard)

    def reads(self, name: str) -> Sequence[Any]:
        """What was heard while a frame was planned."""
        plan = self._by_name.get(name)
        return () if plan is None else tuple(plan.reads)


class Telling(Protocol):
    """See telling.py."""

    plans: Plans

    def again(self, run_id: str, plan: str) -> None:
        """What was heard when a frame was planned is read in this run too."""


def watch(teller: Telling) -> None:
    """Watch every frame of Spark's."""
    frames = _frames()
    for name in _ACTS:
        if hasattr(frames, name):
            setattr(frames, name, _acting(teller, getattr(frames, name)))


def _acting(teller: Telling, plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def act(frame: Any, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as acting:
            try:
                acting.enter_context(_told(teller, frame))
            except Exception as error:  # noqa: BLE001 - whatever goes wrong with a note, the frame can be used
                log.info("What is read of a frame is not heard: %s", str(error).partition("\n")[0])
            return plain(frame, *args, **kwargs)

    return act


@contextmanager
def _told(teller: Telling, frame: Any) -> Iterator[None]:
    """While a frame is acted on: for the first time, its plan is among the thread's properties."""
    context = frame.sparkSession.sparkContext
    plan, is_planned = teller.plans.of(frame)
    if is_planned:
        teller.again(runs.active(), plan)
        yield
        return
    before = context.getLocalProperty(java.FRAME)
    context.setLocalProperty(java.FRAME, plan)
    try:
        yield
    finally:
        context.setLocalProperty(java.FRAME, before)


def _frames() -> Any:
    """The class of frames that are this process's own: since Spark 4 one of two."""
    name = "pyspark.sql.classic.dataframe" if find_spec("pyspark.sql.classic") else "pyspark.sql.dataframe"
    return import_module(name).DataFrame
