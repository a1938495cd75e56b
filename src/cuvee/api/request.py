"""What a handler works with: its caller and the database. Here a request leaves the event loop for plain functions."""

from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from msgspec import Struct

from cuvee.api.callers import Caller
from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing
from cuvee.db.writer import Batch

P = ParamSpec("P")
T = TypeVar("T")


class Call(Struct, frozen=True, kw_only=True):
    """One request's caller and its way to the database."""

    caller: Caller
    database: Database

    async def read(self, work: Callable[Concatenate[Reading, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a service's function in one reading transaction."""
        return await self.database.read(partial(_with_connection_first, work, args, kwargs))

    async def read_briefly(self, work: Callable[Concatenate[Reading, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for a function that nearly always finds a few rows by their keys."""
        return await self.database.read_briefly(partial(_with_connection_first, work, args, kwargs))

    async def write(self, work: Callable[Concatenate[Writing, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a service's function in one writing transaction; returns when it is committed."""
        return await self.database.write(partial(_with_connection_first, work, args, kwargs))

    async def write_item(self, batch: Batch[Any, T], item: Any) -> T:
        """Have an item written together with those of other requests."""
        return await self.database.write_item(batch, item)


def _with_connection_first(
    work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], connection: Reading
) -> T:
    return work(connection, *args, **kwargs)
