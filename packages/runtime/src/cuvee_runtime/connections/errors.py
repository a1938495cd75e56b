"""What can go wrong with an opened connection."""

from importlib import import_module
from typing import Any, Protocol


class Named(Protocol):
    """What an error says of a connection."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...


class NotSupported(RuntimeError):
    """A connection of this kind does not have what was asked for."""

    def __init__(self, connection: Named, what: str) -> None:
        super().__init__(f"The data connection {connection.name} has no {what}: it is of the kind {connection.kind}.")


class NotInstalled(RuntimeError):
    """A package that this needs is not in the project's environment."""


class NotReached(RuntimeError):
    """What a connection leads to does not answer."""


def needed(package: str) -> Any:
    """A package that a project may have.

    Raises:
        NotInstalled: when it has not.

    """
    try:
        return import_module(package)
    except ModuleNotFoundError:
        raise NotInstalled(f"{package} is not in this project's environment: `!pip3 install {package}`.") from None
