"""How much of the disk the home takes, folder by folder."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

#: Seconds after which what was counted so far must do.
_PATIENCE: Final = 3.0
_BLOCK: Final = 512  # the unit of st_blocks, whatever the file system's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a folder takes."""

    #: Bytes on the disk; what several names share counts once.
    size: int
    #: Whether there was too much to count in time, so that it is more.
    is_more: bool = False


def taken(parts: Mapping[str, Sequence[Path]]) -> dict[str, Taken]:
    """What each of these takes on the disk; places that are not there take nothing. Links are not followed.

    A file that several of them share (environments do, through hard links) counts for the first.
    """
    until = time.monotonic() + _PATIENCE
    seen: set[tuple[int, int]] = set()
    return {name: _taken(places, seen, until) for name, places in parts.items()}


def _taken(places: Sequence[Path], seen: set[tuple[int, int]], until: float) -> Taken:
    size = 0
    for status in chain.from_iterable(map(_statuses, places)):
        if status.st_nlink > 1:
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
        size += status.st_blocks * _BLOCK
        if time.monotonic() > until:
            return Taken(size=size, is_more=True)
    return Taken(size=size)


def _statuses(place: Path) -> Iterator[os.stat_result]:
    """The files below a place, or the file that it is. What vanishes meanwhile or cannot be read is left out."""
    if place.is_file():
        yield place.stat()
    waiting = [str(place)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        yield entry.stat(follow_symlinks=False)
        except OSError:
            continue
