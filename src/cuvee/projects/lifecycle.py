"""How projects come, change and go, whichever door is asked. Nothing slow is in a transaction."""

from dataclasses import dataclass
from functools import partial

from msgspec import UNSET

from cuvee.api.request import Call
from cuvee.core import errors as core_errors
from cuvee.core.settings import Settings
from cuvee.identity import service as identity
from cuvee.identity.authentication import Keys
from cuvee.projects import forms, messages, service, sources
from cuvee.projects.creation import Creations
from cuvee.projects.events import Farewells
from cuvee.projects.values import CreationStatus, Project
from cuvee.runtimes.service import Runtimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What it takes to make, change and delete projects."""

    settings: Settings
    creations: Creations
    keys: Keys
    runtimes: Runtimes
    farewells: Farewells

    async def create(self, call: Call, data: messages.CreateProjectRequest) -> Project:
        """A new project of the caller's. A copy or a clone goes on afterwards; `creation_status` says how far.

        Raises:
            Denied: when the key in use makes no projects, or somebody names a path who may not.
            Invalid, AlreadyExists: when the request says something that cannot be, or the name is taken.

        """
        if call.caller.bound_project is not None:
            raise core_errors.Denied("A key that is bound to a project creates no others.")
        source = await self._source(data, call)
        project = await call.write(
            service.create,
            await call.read(identity.get_user, call.caller.username),
            data.name,
            description=forms.description(data.description),
            visibility=forms.visibility(data.visibility),
            organization_role=forms.organization_role(data.organization_permission),
            environment=forms.environment(data.environment),
            runtime=await self._runtime(data.runtime_identifier),
            shared_memory_limit=forms.shared_memory(data.shared_memory_limit),
            **_from_git(source),
            status=CreationStatus.CREATING,
        )
        self.keys.forget()
        await self._begin(project, source, data)
        return project

    async def try_again(self, call: Call, project_id: str, data: messages.CreateProjectRequest) -> Project:
        """Once more fill a project whose creation failed, from what the request names; the rest of it stays.

        Raises:
            NotFound, Denied: when the caller does not administer the project, or names a path and may not.
            Invalid: when the request says something that cannot be.
            NotFailed: when the creation has not failed.

        """
        call.caller.require("projects:admin", project_id)
        source = await self._source(data, call)
        project = await call.write(service.begin_again, project_id, **_from_git(source))
        await self._begin(project, source, data)
        return project

    async def update(self, call: Call, project_id: str, data: messages.UpdateProjectRequest) -> Project:
        """Change what the request names.

        Raises:
            NotFound, Denied: when the caller does not administer the project.
            Invalid, AlreadyExists: when the request says something that cannot be, or the name is taken.

        """
        call.caller.require("projects:admin", project_id)
        changes = forms.changes(data)
        if data.runtime_identifier is not UNSET:
            changes["runtime"] = await self._runtime(data.runtime_identifier)
        project = await call.write(service.update, project_id, changes)
        self.keys.forget()
        return project

    async def delete(self, call: Call, project_id: str) -> None:
        """Stop what runs in a project and delete it with everything in it.

        Raises:
            NotFound, Denied: when the caller does not administer it.
            DefaultProjectStays: when it is the default one.

        """
        call.caller.require("projects:admin", project_id)
        await call.read(service.require_deletable, project_id)
        await self.creations.cancel(project_id)
        for stop in self.farewells.before:
            await stop(project_id)
        await call.write(partial(service.delete, within=self.farewells.within), project_id)
        self.keys.forget()
        self.creations.discard(project_id)

    async def _begin(self, project: Project, source: sources.Source, data: messages.CreateProjectRequest) -> None:
        is_quick = isinstance(source, sources.Nothing) or bool(data.template and isinstance(source, sources.Folder))
        await self.creations.begin(project, source, wait=is_quick)

    async def _runtime(self, identifier: str) -> str:
        return (await self.runtimes.get(identifier)).identifier if identifier else ""

    async def _source(self, data: messages.CreateProjectRequest, call: Call) -> sources.Source:
        """Where the files come from. A path on this machine is looked at only for those who may name one."""
        if (data.local_path or data.git_url.strip().startswith("/")) and not call.caller.is_site_admin:
            raise core_errors.Denied("Only site administrators create projects from paths on the platform's machine.")
        if not data.parent_project:
            return forms.source(data, self.settings.home, http=self.settings.git_http)
        forms.source(data, self.settings.home, http=self.settings.git_http)  # it may name nothing else
        parent = await call.read(service.find, data.parent_project)
        call.caller.require("files:read", parent.id)
        service.require_created(parent)
        return sources.Folder(
            path=service.directory(self.settings.home, parent.id), without=frozenset({".experiments"})
        )


def _from_git(source: sources.Source) -> dict[str, str]:
    if isinstance(source, sources.Repository):
        return {"git_url": source.url, "git_ref": source.ref}
    return {"git_url": "", "git_ref": ""}
