"""What a project is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cuvee.identity.scopes import Role

#: The project that requests without one belong to. Made at the first start, it cannot be renamed or deleted.
DEFAULT_NAME: Final = "default"


class Visibility(StrEnum):
    """Who may see a project besides its collaborators."""

    PRIVATE = "private"  #: nobody
    PUBLIC = "public"  #: everybody who is signed in, as a Viewer
    ORGANIZATION = "organization"  #: everybody who is signed in, with the project's organization permission


class CreationStatus(StrEnum):
    """How far a project's folder has come."""

    CREATING = "creating"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Work that belongs together: a folder, experiments, sessions, models, and the people who may see them."""

    id: str
    #: Unique; 1 to 63 characters.
    name: str
    #: The name as it stands in addresses; unique too.
    slug: str
    description: str = ""
    owner_id: str
    creator_id: str
    visibility: Visibility = Visibility.PRIVATE
    #: What everybody is in a project of visibility `organization`.
    organization_role: Role = Role.VIEWER
    creation_status: CreationStatus = CreationStatus.SUCCESS
    #: Why the creation failed, or what it does right now.
    creation_message: str = ""
    #: Of what it does right now.
    creation_percent: int = 0
    #: Variables that every workload of the project finds in its environment.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The identifier of the runtime that its sessions get when none is chosen; empty for the platform's own choice.
    runtime: str = ""
    #: MiB of /dev/shm for a workload.
    shared_memory_limit: int = 64
    #: Where the files came from, without credentials; empty when from nowhere.
    git_url: str = ""
    #: The branch, tag or commit that was asked for; empty for the repository's own choice.
    git_ref: str = ""
    #: Milliseconds since the epoch.
    created_at: int
    updated_at: int

    @property
    def everybody(self) -> Role | None:
        """What somebody who is no collaborator is here; None for nothing."""
        match self.visibility:
            case Visibility.PRIVATE:
                return None
            case Visibility.PUBLIC:
                return Role.VIEWER
            case Visibility.ORGANIZATION:
                return self.organization_role
