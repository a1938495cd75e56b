"""A project's settings, how to reach it from elsewhere, and its end."""

import re
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import UNSET

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core import errors as core_errors
from cuvee.projects.lifecycle import Lifecycle
from cuvee.projects.messages import UpdateProjectRequest
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Editor
from cuvee.web import forms
from cuvee.web.page import Pages, go
from cuvee.web.pages import within

_PROJECT: Final = "/projects/{project_name:str}"
_BASE: Final = re.compile(r"https?://[^/]+")


class VariableTwice(core_errors.Invalid):
    """Two environment variables have the same name."""


class ValueWithoutName(core_errors.Invalid):
    """An environment variable needs a name."""


@get(_PROJECT + "/settings", opt=scope("projects:read"), include_in_schema=False)
async def show_settings(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    runtimes: NamedDependency[Runtimes],
) -> Response[str]:
    """The settings; those who may not change them see how to connect."""
    project = await within.project(call, project_name)
    may_change = call.caller.allows("projects:admin", project.id)
    kernels = [(each.identifier, each.kernel) for each in await runtimes.all() if each.editor is Editor.WORKBENCH]
    found = _BASE.match(str(request.base_url))
    return pages.show(
        request,
        "project/settings.html",
        within.place(project, "settings", "Project Settings"),
        project=project,
        base=within.base(project),
        platform=found[0] if found else "",
        kernels=[("", "The platform's own choice"), *kernels],
        may_change=may_change,
        variables=dict(project.environment) if may_change else {},
    )


@post(_PROJECT + "/settings", opt=scope("projects:admin"), include_in_schema=False)
async def change_settings(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
) -> Response[None]:
    """Change name, description, visibility and runtime."""
    project = await within.project(call, project_name, "projects:admin")
    said = await forms.texts(request)
    wishes = UpdateProjectRequest(
        name=said["name"].strip() if "name" in said else UNSET,
        description=said.get("description", UNSET),
        visibility=said.get("visibility", UNSET),
        organization_permission=said.get("organization_permission", UNSET),
        runtime_identifier=said.get("runtime_identifier", UNSET),
    )
    changed = await lifecycle.update(call, project.id, wishes)
    return go(request, f"{within.base(changed)}/settings?done=settings")


@post(_PROJECT + "/-/environment", opt=scope("projects:admin"), include_in_schema=False)
async def change_environment(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
) -> Response[None]:
    """Set all environment variables anew: a row with neither name nor value is none."""
    project = await within.project(call, project_name, "projects:admin")
    variables = _variables(await request.form())
    await lifecycle.update(call, project.id, UpdateProjectRequest(environment=dict(variables)))
    return go(request, f"{within.base(project)}/settings?done=variables")


@post(_PROJECT + "/-/delete-project", opt=scope("projects:admin"), include_in_schema=False)
async def delete_project(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
) -> Response[None]:
    """Delete the project when its name was typed."""
    project = await within.project(call, project_name, "projects:admin")
    forms.require_confirmed(await forms.texts(request), project.name)
    await lifecycle.delete(call, project.id)
    return go(request, "/projects")


def _variables(form: FormMultiDict) -> Mapping[str, str]:
    """The rows of the table: names and values in the same order."""
    names = [str(name).strip() for name in form.getall("variable", [])]
    values = [str(value).replace("\r\n", "\n") for value in form.getall("value", [])]
    rows = [(name, value) for name, value in zip(names, values, strict=False) if name or value]
    if not all(name for name, _value in rows):
        raise ValueWithoutName
    if len({name for name, _value in rows}) < len(rows):
        raise VariableTwice
    return dict(rows)


ROUTES: Final = (show_settings, change_settings, change_environment, delete_project)
