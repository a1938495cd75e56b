"""Metadata files on disk: below their project's folder and nowhere else, whole or not there."""

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from uuid import uuid4

from cuvee.core.paths import BadPath, RelativePath, open_under
from cuvee.data import errors
from cuvee.data.values import FOLDER

_LARGEST: Final = 64 * 1024 * 1024
_SUFFIX: Final = ".metadata.json"


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The place of one project's tables."""

    #: The project's folder.
    root: Path

    def uri(self, path: RelativePath) -> str:
        """How clients are told of a place."""
        return f"file://{quote(str(self.root))}/{quote(str(path))}"

    def place(self, uri: str) -> RelativePath:
        """The place that a URI names, below the project's folder.

        Raises:
            BadLocation: when it is anywhere else, or no `file:` URI.

        """
        parts = urlsplit(uri)
        if parts.scheme not in {"file", ""} or parts.netloc or parts.query or parts.fragment:
            raise errors.BadLocation
        below = unquote(parts.path).removeprefix(f"{self.root}/")
        try:
            place = RelativePath.parse(below)
        except BadPath as error:
            raise errors.BadLocation from error
        if not place.names or unquote(parts.path) == below:
            raise errors.BadLocation
        return place

    def table_folder(self, name: str) -> RelativePath:
        return RelativePath((FOLDER, name))

    def read(self, uri: str) -> bytes:
        """A metadata file.

        Raises:
            BadLocation: when the URI leads out of the project.
            BadMetadata: when no file can be read there.

        """
        try:
            descriptor = open_under(self.root, self.place(uri), os.O_RDONLY)
        except (OSError, BadPath) as error:
            raise errors.BadMetadata from error
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            os.close(descriptor)
            raise errors.BadMetadata
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read()

    def write(self, location: str, content: bytes, number: int) -> str:
        """Put a new metadata file into a table's folder; gives its URI. It is on the disk when this returns.

        Raises:
            BadLocation: when the folder is not below the project, or a link stands on the way.

        """
        folder = self.place(location) / RelativePath(("metadata",))
        place = folder / RelativePath((f"{number:05d}-{uuid4()}{_SUFFIX}",))
        try:
            folder.under(self.root).mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = open_under(self.root, place, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except (BadPath, FileExistsError, NotADirectoryError) as error:
            raise errors.BadLocation from error
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        _sync_folder(place.parent.under(self.root))
        return self.uri(place)

    def discard(self, uri: str) -> None:
        """Remove a metadata file that no table has."""
        self.place(uri).under(self.root).unlink(missing_ok=True)

    def purge(self, location: str) -> None:
        """Remove a table's folder, if it is one that the catalog made."""
        place = self.place(location)
        if len(place.names) == 2 and place.names[0] == FOLDER:  # noqa: PLR2004 - the warehouse and the table
            shutil.rmtree(place.under(self.root), ignore_errors=True)


def next_number(uri: str) -> int:
    """The number of the metadata file after this one: files are named `00002-….metadata.json`."""
    digits = uri.rpartition("/")[2].partition("-")[0].removeprefix("v").partition(".")[0]
    return int(digits) + 1 if digits.isascii() and digits.isdigit() and len(digits) < 9 else 1  # noqa: PLR2004


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
