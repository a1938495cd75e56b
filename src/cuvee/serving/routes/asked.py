"""What API v2's clients send, as values. Numbers may be texts, and an environment an object or its text."""

from typing import Any, Final

import msgspec

from cuvee.api.numbers import number, whole
from cuvee.core import errors as core_errors
from cuvee.serving import errors, messages
from cuvee.serving.values import Endpoint, Resources, Wish

_MOST_VARIABLES: Final = 1_000


class BadVisibility(core_errors.Invalid):
    """A model's visibility is `private` or `public`."""


def visibility(text: str) -> str:
    """Who may see an endpoint besides the project's people."""
    if text.lower() not in {"", "private", "public"}:
        raise BadVisibility
    return text.lower() or "private"


def resources(data: messages.DefaultResources | None, present: Resources) -> Resources:
    """Resources as an endpoint has them; what is left out stays."""
    if data is None:
        return present
    return Resources(
        cpu_millicores=whole(data.cpu_millicores) or present.cpu_millicores,
        memory_mb=whole(data.memory_mb) or present.memory_mb,
        gpus=whole(data.nvidia_gpus) if data.nvidia_gpus != "" else present.gpus,
    )


def replicas(data: messages.DefaultReplicationPolicy | None, present: int) -> int:
    """How many replicas an endpoint's deployments have; what is left out stays."""
    return present if data is None or data.num_replicas == "" else whole(data.num_replicas)


def wish(data: messages.ShortCreateModelDeployment | None, endpoint: Endpoint) -> Wish:
    """What a deployment is to be like; what is left out is the endpoint's."""
    if data is None:
        return Wish(resources=endpoint.resources, replicas=endpoint.replicas)
    usual = endpoint.resources
    return Wish(
        resources=Resources(
            cpu_millicores=round(number(data.cpu) * 1000) or usual.cpu_millicores,
            memory_mb=round(number(data.memory) * 1024) or usual.memory_mb,
            gpus=whole(data.nvidia_gpus) or usual.gpus,
        ),
        replicas=whole(data.replicas) or endpoint.replicas,
        environment=environment(data.environment),
    )


def environment(given: dict[str, Any] | str) -> dict[str, str]:
    """Variables by name.

    Raises:
        BadEnvironment: when they are no object of plain values.

    """
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given, type=dict[str, Any]) if given else {}
        except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
            raise errors.BadEnvironment from None
    if len(given) > _MOST_VARIABLES or any(isinstance(value, dict | list) for value in given.values()):
        raise errors.BadEnvironment
    return {name: _text(value) for name, value in given.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()
