"""Projects, collaborators and files as API v2 writes them. Fields that CML does not have stand last."""

from msgspec import UNSET, Struct, UnsetType, field

from cuvee.identity.messages import ShortUser


class ShortProject(Struct):
    public_identifier: str = ""
    name: str = ""
    default_project_engine: str = "ml_runtime"
    slug: str = ""


class ProjectPermissions(Struct):
    """What the caller may do in a project."""

    read: bool = False
    write: bool = False
    admin: bool = False
    business_user: bool = False
    operator: bool = False
    inherit: bool = False


class Project(Struct):
    id: str
    name: str
    owner: ShortUser
    creator: ShortUser
    description: str
    visibility: str
    default_engine_type: str
    created_at: str
    updated_at: str
    creation_status: str
    permissions: ProjectPermissions
    shared_memory_limit: int
    #: A JSON object as text; empty for callers who may not run anything in the project.
    environment: str
    ephemeral_storage_request: int
    ephemeral_storage_limit: int
    slug: str
    #: What is being done while the status is `creating`; why it failed when it is `failure`.
    creation_message: str
    creation_percent: int
    git_url: str
    organization_permission: str
    #: What sessions get that name no runtime; empty for the platform's own choice.
    runtime_identifier: str


class CreateProjectRequest(Struct):
    name: str = ""
    description: str = ""
    visibility: str = ""
    #: The name or id of a project whose files are copied.
    parent_project: str = ""
    git_url: str = ""
    template: str = ""
    organization_permission: str = ""
    default_project_engine_type: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    shared_memory_limit: int = 64
    team_name: str = ""
    git_ref: str = ""
    #: A private key that opens the repository; used once and not kept.
    ssh_key: str = ""
    #: A folder on the platform's machine; for site administrators.
    local_path: str = ""
    runtime_identifier: str = ""


class UpdateProjectRequest(Struct):
    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    visibility: str | UnsetType = UNSET
    #: A JSON object as text, as it is read; or the object.
    environment: str | dict[str, str] | UnsetType = UNSET
    shared_memory_limit: int | UnsetType = UNSET
    organization_permission: str | UnsetType = UNSET
    runtime_identifier: str | UnsetType = UNSET


class ListProjectsResponse(Struct):
    projects: list[Project]
    next_page_token: str


class BatchListProjectsResponse(Struct):
    projects: list[Project]


class ListProjectNamesResponse(Struct):
    project_names: list[str]
    next_page_token: str


class ListProjectTemplatesResponse(Struct):
    templates: list[str]


class Collaborator(Struct):
    user: ShortUser
    permission: str


class AddProjectCollaboratorRequest(Struct):
    project_id: str = ""
    username: str = ""
    permission: str = ""


class ListProjectCollaboratorsResponse(Struct):
    collaborators: list[Collaborator]
    next_page_token: str


class ListMachineUsersResponse(Struct):
    """Always empty: workloads run as the user who starts them."""

    run_as_machine_user_collaborators: list[Collaborator]
    next_page_token: str


class FileInfo(Struct):
    #: Relative to the project's folder.
    path: str = ""
    is_dir: bool = False
    #: Bytes; an int64, so a text.
    file_size: str = "0"
    modified_at: str = ""


class ListProjectFilesResponse(Struct):
    files: list[FileInfo]


class Empty(Struct):
    """`{}`."""
