"""Data connections, as `cml.data_v1` has them: a name, and no address or password in the code."""

from collections.abc import Mapping

from cuvee_runtime.connections import kinds, platform
from cuvee_runtime.iceberg import hook

__all__ = ["get_connection"]

hook.install()


def get_connection(connection_name: str, parameters: Mapping[str, str] | None = None) -> kinds.Connection:
    """The project's data connection of this name, or else everybody's; `default` is the project's own catalog.

    `parameters` may hold USERNAME and PASSWORD, in place of a database's own.

    Raises LookupError when there is none, and RuntimeError outside of a session or when it is not handed over.
    """
    return kinds.opened(platform.fetch(connection_name), parameters)
