"""A request's body as it comes, for doors that take bodies of any length."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from litestar import Request
from litestar.exceptions import HTTPException

from cuvee.api.incoming import EXTENSION
from cuvee.core.streaming import UploadBroken

#: Seconds that an upload may stand still.
IDLE: Final = 120.0


def body(request: Request[Any, Any, Any], idle: float = IDLE) -> AsyncIterator[bytes]:
    """The body's chunks, once; a large one pours by itself where the server can be asked for it.

    Raises:
        UploadBroken: while it is read, when the client goes away or sends nothing for `idle` seconds.

    """
    extensions: Mapping[str, Any] = request.scope.get("extensions") or {}
    return extensions[EXTENSION](idle) if EXTENSION in extensions else _chunks(request, idle)


async def _chunks(request: Request[Any, Any, Any], idle: float) -> AsyncIterator[bytes]:
    stream = request.stream()
    try:
        while True:
            async with asyncio.timeout(idle):
                chunk = await anext(stream, None)
            if chunk is None:
                return
            if chunk:
                yield chunk
    except (HTTPException, TimeoutError) as error:
        raise UploadBroken from error
