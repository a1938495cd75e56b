"""Hears what Spark reads and writes of Iceberg's tables, whatever catalog they are in.

Iceberg tells its listeners of every scan that it plans and of every snapshot that it makes, in the thread that asked
for it. So a thread of Spark's carries the run that goes on in Python's: both are pinned to one another, unless Spark is
told not to. Then nothing is heard here, and the platform notes what its own catalog is told.
"""

import logging
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from cuvee_runtime.iceberg import runs
from cuvee_runtime.spark import frames, java
from cuvee_runtime.spark.settings import CATALOGS
from cuvee_runtime.spark.telling import Teller

log = logging.getLogger(__name__)
#: There in a session.
_VARIABLE = "CUVEE_SESSION_ID"
_HEADERS = "spark.sql.catalog.{}.header.X-Cuvee-"


class Hearing:
    """What of this process's Sparks is heard: one Java for each, whatever number of sessions."""

    def __init__(self) -> None:
        self._gateways: list[Any] = []
        self._tellers: list[Teller] = []
        self._context: Any = None
        #: Who is forked off has the connections to Java of the one who heard, and must not use them.
        self._process = 0

    def listen(self, session: Any) -> None:
        """Hear what a session of Spark does, unless it is heard. Spark works without."""
        if os.environ.get(_VARIABLE):
            _quietly(self._listen, session)

    def follow(self) -> None:
        """Have this thread's reads and writes belong to the run that goes on in it."""
        if os.getpid() == self._process:
            _quietly(self._follow)

    def settle(self) -> None:
        """Wait until everything is noted that was heard up to now: the run that goes on ends."""
        if os.getpid() == self._process:
            for teller in self._tellers:
                _quietly(teller.settle, runs.active())

    def _listen(self, session: Any) -> None:
        gateway = session.sparkContext._gateway  # noqa: SLF001 - there is no other way to Java
        if not isinstance(gateway, import_module("py4j.clientserver").ClientServer):
            return
        if not any(known is gateway for known in self._gateways):
            teller = Teller(gateway.jvm, java.listen(gateway))
            teller.start()
            frames.watch(teller)
            self._gateways.append(gateway)
            self._tellers.append(teller)
        self._context, self._process = session.sparkContext, os.getpid()
        self._follow()
        _take_over(session)

    def _follow(self) -> None:
        self._context.setLocalProperty(java.RUN, runs.active() or None)


def _take_over(session: Any) -> None:
    """Have the platform leave the notes to us, in this session and those made beside it: nothing is noted twice."""
    for name in CATALOGS:
        header = _HEADERS.format(name)
        if session.conf.get(f"{header}Session", ""):
            session.conf.set(f"{header}Notes", "client")
            # For sessions made beside it: Python's copy of these settings is not what Java goes by.
            session.sparkContext._jsc.sc().conf().set(f"{header}Notes", "client")  # noqa: SLF001 - the way to Java


def _quietly(act: Callable[..., None], *what: Any) -> None:
    """Whatever is missing, the user's Spark and runs are there."""
    try:
        act(*what)
    except Exception as error:  # noqa: BLE001 - py4j has many words for a Java that is gone
        log.info("What Spark reads and writes is not heard: %s", str(error).partition("\n")[0])
