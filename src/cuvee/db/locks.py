"""One platform process on one home: SQLite has one writer, and the groups of that writer live in one process."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from cuvee.core import errors


class HomeInUse(errors.Misconfigured):
    """Another platform is running on this home."""


class HomeLock:
    """Held as long as the process lives; the system frees it when the process dies, however it dies."""

    def __init__(self, home: Path) -> None:
        self._path = home / "lock"
        self._descriptor = -1

    def __enter__(self) -> Self:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise HomeInUse(
                f"Another platform (process {owner}) is running on {self._path.parent}. "
                "Stop it, or choose another --home."
            ) from None
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
