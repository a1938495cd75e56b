"""What happens in the registry that others may want to react to, within the same transaction (see db/reactions.py)."""

from dataclasses import dataclass

from cuvee.registry.values import ModelVersion


@dataclass(frozen=True, slots=True)
class VersionMade:
    """A version was added to a model."""

    version: ModelVersion


@dataclass(frozen=True, slots=True)
class VersionsGone:
    """Versions were deleted, alone or with their model."""

    ids: tuple[str, ...]
