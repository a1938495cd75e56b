"""Files that come in several goes, on a local disk: they grow in the staging area until all is there."""

import os
import stat
from pathlib import Path

from cuvee.artifacts import folders
from cuvee.core import paths, resuming
from cuvee.core.paths import RelativePath
from cuvee.core.resuming import Arrival, Whole


def opened(root: Path, area: RelativePath, path: RelativePath, whole: Whole, *, most: int) -> Arrival | None:
    """A path's arrival, a new one while fewer than `most` are there; None when that would be new and `most` is 0."""
    name = resuming.name_of(str(path), whole)
    try:
        with folders.opened(root, area, make=bool(most)) as folder:
            if not most and not resuming.is_there(folder, name):
                return None
            return Arrival(folder, name, most=most)
    except FileNotFoundError:
        return None


def refuse_unless_free(root: Path, path: RelativePath) -> None:
    """Go on only when a file may be put at the path; folders on the way are made."""
    with folders.opened(root, path.parent, make=True) as folder:
        folders.refuse_unless_free(folder, path)


def publish(arrival: Arrival, root: Path, path: RelativePath, whole: Whole) -> None:
    """Check the file and make it the path's content, in one step that survives a crash."""
    arrival.finish(whole)
    with folders.opened(root, path.parent, make=True) as folder:
        folders.refuse_unless_free(folder, path)
        os.rename(arrival.name, path.name, src_dir_fd=arrival.folder, dst_dir_fd=folder)
        os.fsync(folder)


def is_stored(root: Path, path: RelativePath, whole: Whole) -> bool:
    """Whether just this content lies at the path."""
    try:
        descriptor = paths.open_under(root, path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        status = os.fstat(descriptor)
        is_candidate = stat.S_ISREG(status.st_mode) and status.st_size == whole.size
        return is_candidate and resuming.digest_of(descriptor) == whole.digest
    finally:
        os.close(descriptor)
