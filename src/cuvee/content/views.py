"""Addresses of files to be shown: sealed, short-lived, and good for one folder.

The seal stands in the path, so that what a page names beside itself (`plot.js`, `style.css`) is found with it. A page
that is shown so has no origin, and browsers would not send a cookie for what it asks.
"""

from dataclasses import dataclass
from typing import Final

from cuvee.api.pages import BadPageToken, Sealer
from cuvee.content import errors
from cuvee.core import clock
from cuvee.core.errors import Invalid
from cuvee.core.paths import RelativePath

#: Milliseconds.
LIFETIME: Final = 10 * 60_000
_PURPOSE: Final = "a view of a folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of a project's files or of its artifacts."""

    project_id: str
    is_artifacts: bool
    path: RelativePath


@dataclass(frozen=True, slots=True)
class Views:
    """Seals folders into addresses, and opens them again."""

    sealer: Sealer

    def address(self, folder: Folder) -> str:
        """What stands for the folder in a path, for somebody whose rights were just checked."""
        sealed = [folder.project_id, folder.is_artifacts, str(folder.path), clock.now_ms() + LIFETIME]
        return self.sealer.seal(sealed, _PURPOSE)

    def open(self, address: str) -> Folder:
        """The folder behind an address.

        Raises:
            BadView: when it was not made here, or has run out.

        """
        try:
            project_id, is_artifacts, path, until = self.sealer.open(address, _PURPOSE)
        except (BadPageToken, Invalid):
            raise errors.BadView from None
        if until < clock.now_ms():
            raise errors.BadView
        return Folder(project_id=project_id, is_artifacts=is_artifacts, path=RelativePath.parse(path))
