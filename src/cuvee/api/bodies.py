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


async def body(request: Request[Any, Any, Any], idle: float = IDLE) -> AsyncIterator[bytes]:
    """The body's chunks.

    Raises:
        UploadBroken: when the client goes away, or sends nothing for `idle` seconds.

    """
    extensions: Mapping[str, Any] = request.scope.get("extensions") or {}
    stream = extensions[EXTENSION]() if EXTENSION in extensions else request.stream()
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
