"""A WebSocket connection of the platform's own to a private port."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp


class Channel:
    """Texts in both directions; iterating ends when the other side does."""

    def __init__(self, connection: "aiohttp.ClientWebSocketResponse") -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[str]:
        async for message in self._connection:
            if isinstance(message.data, str):
                yield message.data

    async def send(self, text: str) -> None:
        """Send a text.

        Raises:
            ConnectionError: when the connection has ended.

        """
        import aiohttp  # noqa: PLC0415 - the connection has imported it

        try:
            await self._connection.send_str(text)
        except aiohttp.ClientError as error:
            raise ConnectionError from error

    async def close(self) -> None:
        """End the connection."""
        await self._connection.close()
