"""A build's own copy of a model's files: read-only, named by what is in it, checked before it is run.

The files that a version was registered with lie in a project, where people and their code may change them. A build
copies them once and remembers a digest over names and contents. A replica is started only when the copy still has
that digest: what was built is what runs.
"""

import asyncio
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cuvee.artifacts.blobs import Blobs
from cuvee.core.paths import RelativePath
from cuvee.serving import errors

_MODEL_FILE: Final = "MLmodel"
_PIECE: Final = 1 << 20
#: Folders of a project that are no part of a model's code.
_COMPILED: Final = "__pycache__"
_LEFT_OUT: Final = frozenset({_COMPILED, "node_modules", "venv", "env"})
#: Bytes; CML leaves larger files out of a snapshot, here the build fails and says which.
_LARGEST_CODE_FILE: Final = 50 * 1024 * 1024
_MOST_FILES: Final = 20_000


class Changed(errors.BuildFailed):
    """The build's files are not what they were when it was built: build again."""


async def of_model(store: Blobs, path: RelativePath, target: Path, mlmodel_digest: str) -> str:
    """Copy a model's files out of a store, and give the copy's digest. What was there before is replaced.

    Raises:
        BuildFailed: when there is no model at the path, or its MLmodel is not the one that was registered.

    """
    draft = await asyncio.to_thread(_begin, target)
    await _download(store, path, draft)
    await asyncio.to_thread(_compare, draft / _MODEL_FILE, mlmodel_digest)
    return await asyncio.to_thread(_finish, draft, target, _MODEL_FILE)


def of_code(source: Path, target: Path, file_path: str) -> str:
    """Copy a project's code, and give the copy's digest. What was there before is replaced.

    Links, hidden files and folders that hold installed packages are left out.

    Raises:
        BuildFailed: when there is nothing to copy, the file is not there, or something is too large.

    """
    draft = _begin(target)
    _copy(source, draft)
    return _finish(draft, target, file_path)


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's files, in hex. What Python compiles beside them is left out."""
    whole = hashlib.sha256()
    for path in sorted(_files(folder), key=lambda path: path.relative_to(folder).as_posix().encode()):
        content = hashlib.sha256()
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                content.update(piece)
        name = path.relative_to(folder).as_posix().encode(errors="surrogateescape")
        whole.update(len(name).to_bytes(4) + name + content.digest())
    return whole.hexdigest()


def verify(folder: Path, digest: str) -> None:
    """Go on only with the files that were built.

    Raises:
        Changed: when the folder has another digest, or is gone.

    """
    if not folder.is_dir() or digest_of(folder) != digest:
        raise Changed


def remove(folder: Path) -> None:
    """Delete a snapshot; nothing when there is none."""
    if not folder.is_dir() or folder.is_symlink():
        return
    for here, _names, _rest in os.walk(folder):
        Path(here).chmod(0o700)
    shutil.rmtree(folder)


def _begin(target: Path) -> Path:
    draft = target.with_name(f".{target.name}.draft")
    remove(draft)
    draft.mkdir(parents=True, mode=0o700)
    return draft


def _finish(draft: Path, target: Path, needed: str) -> str:
    if not (draft / needed).is_file():
        remove(draft)
        raise errors.BuildFailed(f"There is no file {needed} among the model's files.")
    digest = digest_of(draft)
    remove(target)
    draft.rename(target)
    for here, _names, files in os.walk(target, topdown=False):
        for name in files:
            Path(here, name).chmod(0o400)
        Path(here).chmod(0o500)
    return digest


def _compare(file: Path, digest: str) -> None:
    if digest and file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        raise errors.BuildFailed("The model's files changed after it was registered: register it again.")


async def _download(store: Blobs, path: RelativePath, target: Path) -> None:
    count = 0
    waiting = [(path, target)]
    while waiting:
        folder, here = waiting.pop()
        async for entries in store.list(folder):
            for entry in entries:
                count += 1
                _refuse_more_than(count)
                inner = folder / RelativePath.parse(entry.name)
                if entry.name == _COMPILED:
                    continue
                if entry.is_folder:
                    (here / entry.name).mkdir(mode=0o700)
                    waiting.append((inner, here / entry.name))
                else:
                    await _download_file(store, inner, here / entry.name)


async def _download_file(store: Blobs, path: RelativePath, target: Path) -> None:
    async with store.get(path) as blob:
        with target.open("xb") as writing:
            async for piece in blob.read():
                await asyncio.to_thread(writing.write, piece)


def _copy(source: Path, target: Path) -> None:
    if not source.is_dir() or source.is_symlink():
        raise errors.BuildFailed("The folder that is to be built is not there.")
    count = 0
    for folder, names, files in os.walk(source):
        here = target / Path(folder).relative_to(source)
        here.mkdir(exist_ok=True, mode=0o700)
        names[:] = [name for name in names if _is_wanted(Path(folder, name))]
        for name in files:
            if _is_wanted(Path(folder, name)):
                count += 1
                _refuse_more_than(count)
                _copy_file(Path(folder, name), here / name)


def _refuse_more_than(count: int) -> None:
    if count > _MOST_FILES:
        raise errors.BuildFailed(f"There are more than {_MOST_FILES} files: choose a folder with less.")


def _is_wanted(path: Path) -> bool:
    if path.name.startswith(".") or path.name in _LEFT_OUT:
        return False
    status = path.lstat()
    if stat.S_ISREG(status.st_mode) and status.st_size > _LARGEST_CODE_FILE:
        raise errors.BuildFailed(f"{path.name} is larger than 50 MB: register it as a model, or move it away.")
    return stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)


def _copy_file(source: Path, target: Path) -> None:
    """Copy one file; a link that took its place meanwhile is not followed."""
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as reading, target.open("xb") as writing:
        shutil.copyfileobj(reading, writing, _PIECE)


def _files(folder: Path) -> Iterator[Path]:
    for here, names, files in os.walk(folder):
        if _COMPILED in names:
            names.remove(_COMPILED)
        for name in files:
            yield Path(here, name)
