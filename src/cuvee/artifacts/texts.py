"""Small files as text: what a model's folder says of it."""

from cuvee.artifacts.blobs import Blobs
from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath


async def text_of(store: Blobs, path: RelativePath, most: int) -> str:
    """The beginning of a file as text, at most so many bytes; empty when there is no such file."""
    try:
        async with store.get(path) as blob:
            pieces = [piece async for piece in blob.read(0, min(most, blob.info.size))]
    except CuveeError as error:
        if error.status >= 500:  # noqa: PLR2004 - the store is away, which is another thing than no file
            raise
        return ""
    return b"".join(pieces).decode(errors="replace")
