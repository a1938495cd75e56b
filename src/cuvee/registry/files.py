"""The MLmodel file among a version's files: whether there is one, and its digest."""

import hashlib
from typing import Final

from cuvee.artifacts.errors import IsFolder, NoSuchArtifact, NotAFile
from cuvee.artifacts.stores import Stores
from cuvee.core.paths import BadPath, RelativePath

MLMODEL: Final = "MLmodel"
#: Bytes; an MLmodel file has a few thousand.
_MOST: Final = 4 * 1024 * 1024


async def digest(stores: Stores, project_id: str, folder: RelativePath) -> str:
    """SHA-256 of the MLmodel file in a folder of a project's artifacts, in hex; empty when there is none."""
    path = folder / RelativePath((MLMODEL,))
    try:
        async with stores.of(project_id).get(path) as blob:
            if blob.info.size > _MOST:
                return ""
            sha = hashlib.sha256()
            async for piece in blob.read(0, _MOST):
                sha.update(piece)
            return sha.hexdigest()
    except (NoSuchArtifact, IsFolder, NotAFile, BadPath):
        return ""


async def folders_with_models(stores: Stores, project_id: str, folder: RelativePath) -> list[RelativePath]:
    """The folders directly in a folder that hold an MLmodel file."""
    found = []
    async for entries in stores.of(project_id).list(folder):
        for entry in entries:
            inner = folder / RelativePath((entry.name,))
            if entry.is_folder and await digest(stores, project_id, inner):
                found.append(inner)
    return found
