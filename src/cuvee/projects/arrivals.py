"""Files of a project that come in several goes: they grow beside the projects until all is there."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from cuvee.core import errors as core_errors
from cuvee.core import resuming
from cuvee.core.paths import RelativePath
from cuvee.core.resuming import Arrival, Range, Whole
from cuvee.core.settings import Settings
from cuvee.core.streaming import off_loop
from cuvee.projects import errors, files, folders

#: Files of one project that may be on their way.
MOST: Final = 16
#: Seconds after which what nobody goes on with is removed.
ABANDONED_AFTER: Final = 24 * 3600.0
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


async def resume(
    settings: Settings, root: Path, path: RelativePath, asked: tuple[Whole, Range | None], chunks: AsyncIterator[bytes]
) -> int:
    """Take a range of a file, and say how many of its bytes are there then; no range asks only.

    Raises:
        RootStays: when the path names no file.
        UploadTooLarge, QuotaExceeded: when the whole is more than may come.
        UploadBroken: when the sender went away; what came before stays.
        NotTheRange, NotTheWhole, StillArriving, TooManyArrivals: as `cuvee.core.resuming` has them.
        NotAFile, NotAFolder, BadPath: as `files.put`.

    """
    if not path.names:
        raise errors.RootStays
    whole, coming = asked
    is_new = coming is not None and not coming.start
    if is_new:
        await _require_room(settings, root, whole)
    arrival = await off_loop(_opened, settings.home, root, path, whole, is_new=is_new)
    if arrival is None:
        return whole.size if await off_loop(_is_stored, root, path, whole) else 0
    try:
        if coming is not None and coming.start == arrival.size:
            await arrival.take(chunks, coming)
        if arrival.size == whole.size:
            await _require_room(settings, root, whole)
            await off_loop(_place, settings.home, arrival, root, path, whole)
    except OSError as error:
        raise core_errors.StorageFull from error
    finally:
        arrival.close()
    return arrival.size


async def _require_room(settings: Settings, root: Path, whole: Whole) -> None:
    if whole.size > settings.max_upload:
        raise errors.UploadTooLarge
    if settings.project_quota:
        held = await asyncio.to_thread(folders.size_of, root)
        if held + whole.size > settings.project_quota:
            raise errors.QuotaExceeded


def _opened(home: Path, root: Path, path: RelativePath, whole: Whole, *, is_new: bool) -> Arrival | None:
    place, name = folders.arriving(home, root.name), resuming.name_of(str(path), whole)
    if is_new:
        sweep(home)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        folder = os.open(place, _FOLDER)
    except FileNotFoundError:
        return None
    try:
        if not is_new and not resuming.is_there(folder, name):
            return None
        return Arrival(folder, name, most=MOST)
    finally:
        os.close(folder)


def sweep(home: Path) -> None:
    """Remove what nobody goes on with, whosever project it was to come to."""
    for place in folders.arriving(home, "").glob("*"):
        try:
            folder = os.open(place, _FOLDER)
        except FileNotFoundError:
            continue  # its project was deleted just now
        try:
            resuming.sweep(folder, time.time() - ABANDONED_AFTER)
        finally:
            os.close(folder)


def _place(home: Path, arrival: Arrival, root: Path, path: RelativePath, whole: Whole) -> None:
    arrival.finish(whole)
    os.fchmod(arrival.descriptor, 0o644)
    files.put(root, path, folders.arriving(home, root.name) / arrival.name)


def _is_stored(root: Path, path: RelativePath, whole: Whole) -> bool:
    try:
        descriptor, size = files.opened(root, path)
    except (errors.FileNotFound, errors.NotAFile):
        return False
    try:
        return size == whole.size and resuming.digest_of(descriptor) == whole.digest
    finally:
        os.close(descriptor)
