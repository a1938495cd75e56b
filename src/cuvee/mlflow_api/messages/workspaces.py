"""Messages about workspaces, which are projects here."""

from msgspec import UNSET, Struct, UnsetType

from cuvee.mlflow_api.decoding import Message


class CreateWorkspace(Message):
    name: str
    description: str = ""
    default_artifact_root: str = ""


class UpdateWorkspace(Message):
    description: str | UnsetType = UNSET
    default_artifact_root: str | UnsetType = UNSET


class Workspace(Struct, omit_defaults=True, frozen=True, kw_only=True):
    name: str
    description: str = ""


class WorkspacesPage(Struct, omit_defaults=True, frozen=True):
    workspaces: list[Workspace]


class OneWorkspace(Struct, frozen=True):
    workspace: Workspace
