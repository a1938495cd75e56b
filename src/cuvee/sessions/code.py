"""The code of runs, as it was: what the MLflow plug-in of `cuvee_runtime` keeps below the project's artifacts.

`.experiments/.sources/<sha256>` holds a file of that digest. A run's manifest is one of them: JSON that says which
files there were, and the digest of each. All of it was written by workloads, so all of it is read with care: a file
counts when its content has its name.
"""

import asyncio
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath, open_under
from cuvee.sessions import checkout, errors

#: Below a project's folder.
FOLDER: Final = ".experiments/.sources"
#: What the code of a session may be, besides the project's own as it is: a manifest's digest, or a commit.
MANIFEST: Final = "manifest:"
COMMIT: Final = "commit:"
_DIGEST_LENGTH: Final = 64
_MOST_FILES: Final = 2_000
_LARGEST: Final = 16 * 1024 * 1024
_MOST_BYTES: Final = 64 * 1024 * 1024


class Manifest(msgspec.Struct):
    """The files that a run's code was in: path below the project's folder → digest."""

    #: The one that was run.
    script: str
    files: dict[str, str]


def manifest(project: Path, digest: str) -> Manifest:
    """A run's manifest, of which every file is there and whole.

    Raises:
        CodeMissing: when it is not, with what is missing.

    """
    try:
        read = msgspec.json.decode(_read(project, digest), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.CodeMissing("The list of the code's files cannot be read.") from error
    if read.script not in read.files or len(read.files) > _MOST_FILES:
        raise errors.CodeMissing("The list of the code's files cannot be read.")
    _contents(project, read)
    return read


async def write(project: Path, code: str, target: Path) -> None:
    """Write a session's code below a folder of its own.

    Raises:
        CodeMissing: when it is not there any more.

    """
    if code.startswith(COMMIT):
        await checkout.write(project, code.removeprefix(COMMIT), target)
    else:
        await asyncio.to_thread(_write, project, code.removeprefix(MANIFEST), target)


def _write(project: Path, digest: str, target: Path) -> None:
    read = manifest(project, digest)
    for path, content in _contents(project, read).items():
        file = path.under(target)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_bytes(content)


def _contents(project: Path, read: Manifest) -> Mapping[RelativePath, bytes]:
    found: dict[RelativePath, bytes] = {}
    total = 0
    for name, digest in read.files.items():
        try:
            path = RelativePath.parse(name)
        except CuveeError as error:
            raise errors.CodeMissing("The list of the code's files cannot be read.") from error
        content = _read(project, digest)
        total += len(content)
        if total > _MOST_BYTES or not path.names:
            raise errors.CodeMissing("The list of the code's files cannot be read.")
        found[path] = content
    return found


def _read(project: Path, digest: str) -> bytes:
    if len(digest) != _DIGEST_LENGTH or not digest.isalnum():
        raise errors.CodeMissing("The list of the code's files cannot be read.")
    try:
        descriptor = open_under(project, RelativePath.parse(f"{FOLDER}/{digest}"), os.O_RDONLY)
        with os.fdopen(descriptor, "rb") as stream:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            content = stream.read(_LARGEST + 1) if is_file else b""
    except (OSError, CuveeError) as error:
        raise errors.CodeMissing(f"A file of the code is not kept any more ({digest[:12]}).") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise errors.CodeMissing(f"A file of the code is not what it was ({digest[:12]}).")
    return content
