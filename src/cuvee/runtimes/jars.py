"""Java libraries by their Maven coordinates, downloaded once into a cache that platforms share."""

import asyncio
import hashlib
import os
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Final

from cuvee.runtimes import errors
from cuvee.runtimes.addons import Jar
from cuvee.runtimes.environments import locked

_SECONDS: Final = 60  # without a byte
_PIECE: Final = 1 << 20
_DRAFT: Final = ".draft-"
_HELP: Final = (
    "Set CUVEE_MAVEN_URL to a mirror that is reached from here, or CUVEE_JARS to a folder that holds the jar."
)


class Jars:
    """Keeps jars below `cache`. What is there is whole and has the digest it should have."""

    def __init__(self, cache: Path, *, repository: str, offline: Path | None = None) -> None:
        self._cache = cache
        self._repository = repository.rstrip("/")
        #: A folder of jars: when it is given, nothing is downloaded.
        self._offline = offline

    async def get(self, jars: Sequence[Jar]) -> tuple[Path, ...]:
        """Where the jars are, downloaded when they are not there. Many who ask for one share its download.

        Raises:
            JarMissing: when one cannot be had; the message says what to do.

        """
        return tuple([await self._get(jar) for jar in jars])

    def find(self, jar: Jar) -> Path | None:
        """The jar, when it needs no download."""
        place = self._offline / jar.name if self._offline else self._place(jar)
        return place if place.is_file() else None

    async def _get(self, jar: Jar) -> Path:
        if self._offline is not None:
            return await asyncio.to_thread(_checked, self._offline / jar.name, jar)
        place = self._place(jar)
        if place.is_file():
            return place
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with locked(place.with_suffix(".lock")):
            if not place.is_file():
                await asyncio.to_thread(self._download, jar, place)
        return place

    def _place(self, jar: Jar) -> Path:
        """Under its digest: another content is another file."""
        return self._cache / jar.sha512[:16] / jar.name

    def _download(self, jar: Jar, place: Path) -> None:
        """Appears whole or not at all. Called under the lock: other drafts are of downloads that were killed."""
        for left in place.parent.glob(f"{_DRAFT}*"):
            shutil.rmtree(left, ignore_errors=True)
        url = f"{self._repository}/{jar.path}"
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=_DRAFT) as folder:
            draft = Path(folder, jar.name)
            try:
                with urllib.request.urlopen(url, timeout=_SECONDS) as reply, draft.open("wb") as stream:  # noqa: S310 - the setting is checked
                    shutil.copyfileobj(reply, stream, _PIECE)
                    stream.flush()
                    os.fsync(stream.fileno())
            except (OSError, HTTPException, ValueError) as error:
                raise errors.JarMissing(f"{jar.coordinates} could not be downloaded ({_why(error)}). {_HELP}") from None
            _check(draft, jar, f"What {_host(url)} has as {jar.coordinates}")
            draft.replace(place)


def _checked(path: Path, jar: Jar) -> Path:
    if not path.is_file():
        raise errors.JarMissing(
            f"{jar.name} is not in the folder CUVEE_JARS ({path.parent}): put it there, from a Maven repository "
            f"({jar.coordinates})."
        )
    _check(path, jar, str(path))
    return path


def _check(path: Path, jar: Jar, what: str) -> None:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha512").hexdigest()
    if digest != jar.sha512:
        raise errors.JarMissing(f"{what} is not the file that was published under this name (SHA-512). It is not used.")


def _why(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the repository answered {error.code}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc
