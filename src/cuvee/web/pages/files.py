"""A project's files: folders as tables, files as far as a page shows them, and the way to their bytes.

What users wrote never runs here: bytes leave as an attachment or as a raster picture, everything else is text.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.artifacts.stores import FOLDER
from cuvee.core import errors as core_errors
from cuvee.core.paths import BadPath, RelativePath
from cuvee.core.settings import Settings
from cuvee.projects import files
from cuvee.projects import service as projects
from cuvee.projects.files import File
from cuvee.projects.values import CreationStatus, Project
from cuvee.web import previews
from cuvee.web.page import Crumb, Pages
from cuvee.web.pages import within

_PROJECT: Final = "/projects/{project_name:str}"
_RAW: Final = re.compile(r"/projects/[^/]+/(?:files|-/download|-/picture)(?:/(?P<path>.*))?", re.DOTALL)
#: Entries of a folder that one page shows.
_MOST: Final = 2_000
_PICTURE_HEAD: Final = 64
#: With bytes of users: whatever a browser takes them for, they can do nothing.
_HARMLESS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "private, no-cache",
}
_SORTS: Final[dict[str, Callable[[File], Any]]] = {
    "name": lambda file: file.path.name.lower(),
    "size": lambda file: file.size,
    "modified": lambda file: file.modified_at,
}


class NotAPicture(core_errors.Invalid):
    """This file is no picture that a page shows: download it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a folder's table."""

    file: File
    #: As it can be written: names on disk need not be UTF-8.
    name: str
    #: The path in an address; empty for names that no request may carry.
    url: str

    @property
    def is_artifacts(self) -> bool:
        return self.file.is_dir and self.file.path.names == (FOLDER,)


@get([_PROJECT + "/files", _PROJECT + "/files/{path:path}"], opt=scope("files:read"), include_in_schema=False)
async def show_files(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    settings: NamedDependency[Settings],
    *,
    sort: FromQuery[str] = "name",
    view: FromQuery[str] = "",
) -> Response[str]:
    """A folder's table, or a file."""
    project = await within.project(call, project_name, "files:read")
    path = path_in(request)
    if project.creation_status is not CreationStatus.SUCCESS:
        return pages.show(request, "files/absent.html", within.place(project, "files", "Files"), project=project)
    root = projects.directory(settings.home, project.id)
    found = await asyncio.to_thread(files.listed, root, path)
    values: dict[str, Any] = {
        "project": project,
        "path": path,
        "may_write": call.caller.allows("files:write", project.id),
        "base": within.base(project),
    }
    place = within.place(project, "files", "Files", *_crumbs(project, path))
    if path.names and len(found) == 1 and found[0].path == path and not found[0].is_dir:
        head, size = await asyncio.to_thread(files.head, root, path, previews.wanted(path.name))
        shown = previews.preview(path.name, head, size, as_text=view == "source")
        return pages.show(request, "files/file.html", place, file=found[0], shown=shown, size=size, view=view, **values)
    entries = sorted_entries(found, sort)
    return pages.show(
        request, "files/folder.html", place, entries=entries[:_MOST], count=len(entries), sort=sort, **values
    )


@get(_PROJECT + "/-/download/{path:path}", opt=scope("files:read"), include_in_schema=False)
async def download(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> Stream:
    """A file's bytes, as an attachment, whatever they are."""
    root, path = await _place(request, call, settings, project_name)
    descriptor, size = await asyncio.to_thread(files.opened, root, path)
    headers = {
        **_HARMLESS,
        "content-length": str(size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
    }
    return Stream(files.chunks(descriptor, size), media_type="application/octet-stream", headers=headers)


@get(_PROJECT + "/-/picture/{path:path}", opt=scope("files:read"), include_in_schema=False)
async def picture(
    project_name: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> Stream:
    """A raster picture, as what its first bytes say it is."""
    root, path = await _place(request, call, settings, project_name)
    head, _ = await asyncio.to_thread(files.head, root, path, _PICTURE_HEAD)
    kind = previews.picture_type(head)
    if kind is None:
        raise NotAPicture
    descriptor, size = await asyncio.to_thread(files.opened, root, path)
    headers = {**_HARMLESS, "content-length": str(size), "content-disposition": "inline"}
    return Stream(files.chunks(descriptor, size), media_type=kind, headers=headers)


async def _place(
    request: Request[Any, Any, Any], call: Call, settings: Settings, project_name: str
) -> tuple[Path, RelativePath]:
    """A project's folder and the path in it that an address names, for somebody who may read it."""
    project = await within.project(call, project_name, "files:read")
    projects.require_created(project)
    return projects.directory(settings.home, project.id), path_in(request)


def path_in(request: Request[Any, Any, Any]) -> RelativePath:
    """The path in an address: from the request line, decoded once, here, and parsed once.

    Raises:
        BadPath: when it is no path in a project.

    """
    match = _RAW.fullmatch(request.scope["raw_path"].decode("latin-1"))
    if match is None:
        raise BadPath
    return RelativePath.parse(unquote(match["path"] or "", errors="surrogateescape"))


def sorted_entries(found: Sequence[File], sort: str = "name") -> list[Entry]:
    """Folders first, in the order that was asked for."""
    key = _SORTS.get(sort.removeprefix("-"), _SORTS["name"])
    ordered = sorted(found, key=key, reverse=sort.startswith("-"))
    return [_entry(file) for file in sorted(ordered, key=lambda file: not file.is_dir)]


def _entry(file: File) -> Entry:
    text = str(file.path)
    try:
        url = quote(str(RelativePath.parse(text)), safe="/")
    except BadPath:
        url = ""
    return Entry(file=file, name=file.path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), url=url)


def _crumbs(project: Project, path: RelativePath) -> list[Crumb]:
    base = f"{within.base(project)}/files"
    return [
        Crumb(name=name, url=f"{base}/{quote('/'.join(path.names[: number + 1]), safe='/')}")
        for number, name in enumerate(path.names)
    ]


ROUTES: Final = (show_files, download, picture)
