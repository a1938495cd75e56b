"""What the registry holds: models, versions, and the moves of aliases and stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Visibility(StrEnum):
    """Who sees a registered model; the values are API v2's."""

    PRIVATE = "PRIVATE"  #: its owner, its project's people, administrators
    PUBLIC = "PUBLIC"  #: everybody with a key


class Stage(StrEnum):
    """Where a version stands, in MLflow's older way; aliases are the newer one."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"


#: The stages that MLflow calls active: of these, others can be archived by a transition.
ACTIVE_STAGES = (Stage.STAGING, Stage.PRODUCTION)


class Kind(StrEnum):
    """What a line of the history tells of."""

    CREATED = "created"
    DELETED = "deleted"
    RENAMED = "renamed"
    ALIAS = "alias"
    STAGE = "stage"
    VISIBILITY = "visibility"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One version of a registered model."""

    id: str
    model_id: str
    #: The registered model's name.
    name: str
    #: Counts up from 1 in the model; a number is never given twice.
    number: int
    #: The URI it was registered from, as the caller gave it.
    source: str
    #: The URI of its files: `mlflow-artifacts:/…`. What download-uri answers.
    location: str
    #: The project whose artifacts these are.
    project_id: str = ""
    run_id: str = ""
    #: The logged model that was promoted, if one was.
    logged_model_id: str = ""
    run_link: str = ""
    description: str | None = None
    stage: Stage = Stage.NONE
    #: SHA-256 of the MLmodel file when the version was made, in hex; empty when there was none.
    digest: str = ""
    user_id: str
    #: Milliseconds since the epoch.
    created_at: int
    updated_at: int
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """A name under which versions are kept."""

    id: str
    name: str
    description: str | None = None
    owner_id: str
    #: The project it was registered from: its people see it, its contributors change it.
    project_id: str = ""
    visibility: Visibility = Visibility.PRIVATE
    #: The highest number given to a version so far.
    last_number: int = 0
    #: Milliseconds since the epoch.
    created_at: int
    updated_at: int
    tags: Mapping[str, str] = field(default_factory=dict)
    #: Alias → version number.
    aliases: Mapping[str, int] = field(default_factory=dict)
    #: The newest version of every stage.
    latest: tuple[ModelVersion, ...] = ()
    #: How many versions there are.
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A line of a model's history. It outlives what it tells of."""

    id: str
    model_id: str
    name: str
    kind: Kind
    #: The alias that moved, the stage that was entered; empty for other kinds.
    what: str = ""
    #: The version concerned; 0 for the model itself.
    number: int = 0
    before: str = ""
    after: str = ""
    user_id: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whose eyes: what a list may show."""

    user_id: str
    #: Projects whose models are seen; None for all there are.
    projects: frozenset[str] | None


#: The platform's own eyes.
EVERYTHING: Final = Sight(user_id="", projects=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list is wanted, in which order."""

    #: Clauses as MLflow writes them, such as `name DESC`.
    order_by: Sequence[str] = ()
    #: Where the list goes on, as the page before said; None for its beginning.
    position: Sequence[Any] | None = None
    most: int = 100


#: The beginning of a list, in its natural order.
BEGINNING: Final = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """What is to become a version, its source resolved and allowed."""

    source: str
    location: str
    project_id: str = ""
    run_id: str = ""
    logged_model_id: str = ""
    run_link: str = ""
    description: str | None = None
    digest: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
