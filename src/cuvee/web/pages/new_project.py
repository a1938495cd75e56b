"""The form for a new project, and a second try for one whose files could not be made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core import errors as core_errors
from cuvee.core.settings import Settings
from cuvee.projects import errors
from cuvee.projects import service as projects
from cuvee.projects.lifecycle import Lifecycle
from cuvee.projects.messages import CreateProjectRequest
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Runtime
from cuvee.web import forms
from cuvee.web.page import Crumb, Pages, Place, go, is_htmx
from cuvee.web.pages import within

#: Where a new project's files may come from.
_SETUPS: Final = ("blank", "template", "amp", "local", "git")


class NoSuchSetup(core_errors.Invalid):
    """Choose how the project is set up: blank, from a template, an AMP, local files or Git."""


class NoAddress(core_errors.Invalid):
    """Name the address of the Git repository, such as https://host/path.git."""


class NoFittingRuntime(core_errors.Invalid):
    """There is no runtime with this editor, kernel, edition and version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the form offers."""

    templates: Sequence[str]
    runtimes: Sequence[Runtime]
    default: Runtime

    @property
    def kernels(self) -> list[str]:
        return list(dict.fromkeys(each.kernel for each in self.runtimes))

    @property
    def editors(self) -> list[str]:
        return list(dict.fromkeys(str(each.editor) for each in self.runtimes))

    @property
    def editions(self) -> list[str]:
        return list(dict.fromkeys(each.edition for each in self.runtimes))

    @property
    def versions(self) -> list[str]:
        return list(dict.fromkeys(each.short_version for each in self.runtimes))


@get("/projects/-/new", opt=scope("projects:create"), include_in_schema=False)
async def new_project(
    request: Request[Any, Any, Any],
    pages: NamedDependency[Pages],
    settings: NamedDependency[Settings],
    runtimes: NamedDependency[Runtimes],
    *,
    template: FromQuery[str] = "",
) -> Response[str]:
    """The empty form; the address may choose a template already."""
    values = {"setup": "template" if template else "blank", "template": template}
    return _form(request, pages, await _choices(settings, runtimes), values)


@post("/projects/-/new", opt=scope("projects:create"), include_in_schema=False)
async def create_project(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    lifecycle: NamedDependency[Lifecycle],
) -> Response[Any]:
    """Create the project and lead to it. What cannot be is said beside the form, with everything typed still in it."""
    values = await forms.texts(request)
    choices = await _choices(lifecycle.settings, lifecycle.runtimes)
    try:
        project = await lifecycle.create(call, _asked(values, choices))
    except core_errors.CuveeError as error:
        if is_htmx(request) or error.status >= 500:  # noqa: PLR2004 - the class of server errors
            raise
        kept = {name: text for name, text in values.items() if name != "ssh_key"}
        return _form(request, pages, choices, kept, error)
    upload = "/files" if values.get("setup") == "local" and not values.get("local_path") else ""
    return go(request, f"/projects/{quote(project.name, safe='')}{upload}")


@post("/projects/{project_name:str}/-/retry", opt=scope("projects:admin"), include_in_schema=False)
async def try_again(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    lifecycle: NamedDependency[Lifecycle],
) -> Response[None]:
    """Once more make the files of a project whose creation failed."""
    project = await within.project(call, project_name, "projects:admin")
    values = await forms.texts(request)
    again = CreateProjectRequest(
        git_url=values.get("git_url", ""), git_ref=values.get("git_ref", ""), ssh_key=values.get("ssh_key", "")
    )
    await lifecycle.try_again(call, project.id, again)
    return go(request, f"/projects/{quote(project.name, safe='')}")


def _form(
    request: Request[Any, Any, Any],
    pages: Pages,
    choices: Choices,
    values: Mapping[str, str],
    error: core_errors.CuveeError | None = None,
) -> Response[str]:
    crumbs = [Crumb(name="Projects", url="/projects"), Crumb(name="New project")]
    return pages.show(
        request,
        "projects/new.html",
        Place(title="New project", entry="projects", crumbs=crumbs),
        status=error.status if error else 200,
        values=values,
        error=error,
        choices=choices,
    )


async def _choices(settings: Settings, runtimes: Runtimes) -> Choices:
    return Choices(
        templates=list(projects.templates(settings.home)), runtimes=await runtimes.all(), default=runtimes.default()
    )


def _asked(values: Mapping[str, str], choices: Choices) -> CreateProjectRequest:
    """What the form says, as API v2 would ask for it: fields of a setup that was not chosen do not count."""
    setup = values.get("setup", "blank")
    if setup not in _SETUPS:
        raise NoSuchSetup
    asked = CreateProjectRequest(
        name=values.get("name", "").strip(),
        description=values.get("description", ""),
        visibility=values.get("visibility", ""),
        organization_permission=values.get("organization_permission", ""),
        runtime_identifier=_runtime(values, choices),
    )
    match setup:
        case "template":
            asked.template = values.get("template", "")
            if asked.template not in choices.templates:
                raise errors.UnknownTemplate
        case "amp":
            asked.git_url = _address(values, "amp_url")
        case "git":
            asked.git_url = _address(values, "git_url")
            asked.git_ref, asked.ssh_key = values.get("git_ref", "").strip(), values.get("ssh_key", "")
        case "local":
            asked.local_path = values.get("local_path", "").strip()
    return asked


def _address(values: Mapping[str, str], name: str) -> str:
    if not (url := values.get(name, "").strip()):
        raise NoAddress
    return url


def _runtime(values: Mapping[str, str], choices: Choices) -> str:
    """The identifier of the chosen runtime: by its kernel alone, or by everything there is to choose."""
    wanted = {"kernel": values.get("kernel", "")}
    if values.get("runtime") == "advanced":
        names = ("editor", "kernel", "edition", "version")
        wanted = {name: values.get(f"advanced_{name}", "") for name in names}
    for each in choices.runtimes:
        has = {"editor": each.editor, "kernel": each.kernel, "edition": each.edition, "version": each.short_version}
        if all(not text or has[name] == text for name, text in wanted.items()):
            return each.identifier
    raise NoFittingRuntime


ROUTES: Final = (new_project, create_project, try_again)
