"""What a worker commits, told to the first process, whose open pages want to hear of it."""

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec

#: Seconds in which topics are gathered: a run that is logged to a thousand times is told of once.
_GATHERED: Final = 0.1
#: Topics of a line.
_MOST: Final = 500


class Reports:
    """Writes topics to a stream, each once in a while, from a thread of its own: nobody waits for who reads it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._waiting: set[str] = set()
        self._stirred = threading.Event()
        threading.Thread(target=self._run, name="cuvee-reports", daemon=True).start()

    def add(self, topics: Iterable[str]) -> None:
        """Tell of these soon. Any thread may call it."""
        with self._lock:
            self._waiting.update(topics)
        self._stirred.set()

    def _run(self) -> None:
        with suppress(OSError):  # the first process is no more, and this one soon
            while True:
                self._stirred.wait()
                self._stirred.clear()
                self._write()
                time.sleep(_GATHERED)

    def _write(self) -> None:
        with self._lock:
            topics = sorted(self._waiting)
            self._waiting.clear()
        for start in range(0, len(topics), _MOST):
            self._stream.write(msgspec.json.encode(topics[start : start + _MOST]) + b"\n")
        self._stream.flush()
