"""What one may do with a project's files: upload, make, rename, delete."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from multipart import MultipartSegment

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core import errors as core_errors
from cuvee.core.paths import RelativePath
from cuvee.core.settings import Settings
from cuvee.projects import errors, files, uploads
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.web import forms
from cuvee.web.page import Pages, go, is_htmx
from cuvee.web.pages import within

_ACTIONS: Final = "/projects/{project_name:str}/-"
#: What the dialog asks about.
_QUESTIONS: Final = frozenset({"folder", "file", "rename", "delete"})


class NoName(core_errors.Invalid):
    """Give it a name, such as `train.py`."""


class NoSuchQuestion(core_errors.NotFound):
    """There is nothing of this kind to do with a file."""


class NothingChosen(core_errors.Invalid):
    """Choose at least one file to upload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A project whose files somebody may change, and its folder."""

    project: Project
    root: Path

    def seen(self, request: Request[Any, Any, Any], folder: RelativePath) -> Response[None]:
        """Lead to a folder."""
        path = quote(str(folder), safe="/")
        return go(request, f"{within.base(self.project)}/files" + (f"/{path}" if path else ""))


@get(_ACTIONS + "/ask", opt=scope("files:write"), include_in_schema=False)
async def ask(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    what: FromQuery[str],
    path: FromQuery[str] = "",
) -> Response[str]:
    """The form of an action: for htmx alone, to stand in a dialog, else on a page of its own."""
    project = await within.project(call, project_name, "files:write")
    if what not in _QUESTIONS:
        raise NoSuchQuestion
    values: dict[str, Any] = {
        "what": what,
        "path": RelativePath.parse(path),
        "base": within.base(project),
        "project": project,
    }
    if is_htmx(request):
        return pages.part(request, "files/ask.html", **values)
    return pages.show(request, "files/ask-page.html", within.place(project, "files", "Files"), **values)


@post(_ACTIONS + "/upload", opt=scope("files:write"), request_max_body_size=None, include_in_schema=False)
async def upload(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
    *,
    into: FromQuery[str] = "",
) -> Response[None]:
    """A form's files go into a folder, under the names that the browser gives them; a chosen folder keeps its shape."""
    inside = await _inside(call, settings, project_name)
    folder = RelativePath.parse(into)
    announced = int(request.headers.get("content-length") or 0)
    coming = await uploads.Upload.begin(settings, inside.root, announced=announced)
    try:
        kind = request.headers.get("content-type", "")
        await uploads.receive_form(coming, folder, kind, request.stream(), path_of=_name)
        await coming.place()
    except errors.NoUpload:
        raise NothingChosen from None
    finally:
        await coming.close()
    return inside.seen(request, folder)


@post(_ACTIONS + "/folder", opt=scope("files:write"), include_in_schema=False)
async def make_folder(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> Response[None]:
    """A new folder."""
    return await _make(request, await _inside(call, settings, project_name), is_dir=True)


@post(_ACTIONS + "/file", opt=scope("files:write"), include_in_schema=False)
async def make_file(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> Response[None]:
    """A new, empty file."""
    return await _make(request, await _inside(call, settings, project_name), is_dir=False)


@post(_ACTIONS + "/rename", opt=scope("files:write"), include_in_schema=False)
async def rename(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> Response[None]:
    """Give a file or folder another name, or with `/` in it another place in the project."""
    inside = await _inside(call, settings, project_name)
    form = await forms.texts(request)
    path = RelativePath.parse(form.get("path", ""))
    to = RelativePath.parse(_said(form, "to"))
    await asyncio.to_thread(files.move, inside.root, path, to)
    return inside.seen(request, to.parent)


@post(_ACTIONS + "/delete", opt=scope("files:write"), include_in_schema=False)
async def delete_file(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> Response[None]:
    """Delete a file, or a folder with everything in it."""
    inside = await _inside(call, settings, project_name)
    path = RelativePath.parse((await forms.texts(request)).get("path", ""))
    await asyncio.to_thread(files.delete, inside.root, path)
    return inside.seen(request, path.parent)


async def _inside(call: Call, settings: Settings, project_name: str) -> Inside:
    project = await within.project(call, project_name, "files:write")
    projects.require_created(project)
    return Inside(project=project, root=projects.directory(settings.home, project.id))


async def _make(request: Request[Any, Any, Any], inside: Inside, *, is_dir: bool) -> Response[None]:
    form = await forms.texts(request)
    folder = RelativePath.parse(form.get("path", ""))
    made = folder / RelativePath.parse(_said(form, "name"))
    await asyncio.to_thread(files.make, inside.root, made, is_dir=is_dir)
    return inside.seen(request, made if is_dir else made.parent)


def _said(form: dict[str, str], name: str) -> str:
    if not (text := form.get(name, "").strip()):
        raise NoName
    return text


def _name(field: MultipartSegment) -> str | None:
    """A file's path, as browsers send it: its name, or for a chosen folder the path from that folder on."""
    return field.filename or None


ROUTES: Final = (ask, upload, make_folder, make_file, rename, delete_file)
