"""API v2's door to a project's files.

A path comes as it stands in the request line (`dir%2Ffile.py` or `dir/file.py`), is decoded once, here, and parsed
once, by `RelativePath`; what the router makes of it on the way is not used.
"""

import asyncio
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from litestar import Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from cuvee.api import ranges
from cuvee.api.bodies import body
from cuvee.api.builder import scope
from cuvee.api.digests import checked
from cuvee.api.errors import MethodNotAllowed
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.core.paths import BadPath, RelativePath
from cuvee.core.resuming import Range, Whole
from cuvee.core.settings import Settings
from cuvee.projects import arrivals, files, messages, service, uploads

_FILES: Final = "/api/v2/projects/{project_id:str}/files"
_RAW: Final = re.compile(r"/api/v2/projects/(?P<project>[^/]+)/files(?:/(?P<path>.*))?", re.DOTALL)
_DOWNLOAD: Final = ":download"
_FOLDER: Final = "inode/directory"


@get([_FILES, _FILES + "/{path:path}"], opt=scope("files:read"))
async def list_project_files(
    project_id: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> messages.ListProjectFilesResponse:
    """What is in a folder; for a file, the file. No path is the project's folder."""
    path = _path(request, project_id)
    root = await _root(call, "files:read", project_id, settings)
    found = await asyncio.to_thread(files.listed, root, path)
    return messages.ListProjectFilesResponse(files=[_shown(file) for file in found])


@put([_FILES, _FILES + "/{path:path}"], opt=scope("files:write"), request_max_body_size=None)
async def write_file(
    project_id: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> messages.ListProjectFilesResponse | Response[messages.ListProjectFilesResponse]:
    """Upload a form as POST does; with any other content type the body is the file at this path.

    `inode/directory` makes a folder. With a `Content-Range` the body is that range of the file.
    """
    if request.headers.get("content-type") == _FOLDER:
        path = _path(request, project_id)
        root = await _root(call, "files:write", project_id, settings)
        made = await asyncio.to_thread(files.make_folder, root, path)
        return messages.ListProjectFilesResponse(files=[_shown(made)])
    if (resumed := ranges.asked(request.headers)) is not None:
        return await _resume(request, project_id, call, settings, resumed)
    return await _receive(request, project_id, call, settings)


@post(_FILES, opt=scope("files:write"), request_max_body_size=None, status_code=200)
async def upload_files(
    project_id: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> messages.ListProjectFilesResponse:
    """Upload files: the names of the form's fields are their paths in the project."""
    return await _receive(request, project_id, call, settings)


@post(_FILES + "/{path:path}", opt=scope("files:read"), status_code=200)
async def download_project_file(
    project_id: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> Stream:
    """`…/files/{path}:download`: a file's bytes, as an attachment, whatever they are."""
    text = _raw(request, project_id)
    if not text.endswith(_DOWNLOAD):
        raise MethodNotAllowed
    path = RelativePath.parse(text.removesuffix(_DOWNLOAD))
    root = await _root(call, "files:read", project_id, settings)
    descriptor, size = await asyncio.to_thread(files.opened, root, path)
    headers = {
        "content-length": str(size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
    }
    return Stream(files.chunks(descriptor, size), media_type="application/octet-stream", headers=headers)


@patch(_FILES + "/{path:path}", opt=scope("files:write"))
async def update_project_file(
    project_id: FromPath[str],
    data: JSONBody[messages.FileInfo],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> messages.FileInfo:
    """Move or rename: the body's `path` is where it goes, relative to the project's folder."""
    path, to = _path(request, project_id), RelativePath.parse(data.path)
    root = await _root(call, "files:write", project_id, settings)
    return _shown(await asyncio.to_thread(files.move, root, path, to))


@delete(_FILES + "/{path:path}", opt=scope("files:write"), status_code=200)
async def delete_project_file(
    project_id: FromPath[str],
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    settings: NamedDependency[Settings],
) -> messages.Empty:
    """Delete a file, or a folder with everything in it."""
    path = _path(request, project_id)
    root = await _root(call, "files:write", project_id, settings)
    await asyncio.to_thread(files.delete, root, path)
    return messages.Empty()


async def _receive(
    request: Request[Any, Any, Any], project_id: str, call: Call, settings: Settings
) -> messages.ListProjectFilesResponse:
    path = _path(request, project_id)
    root = await _root(call, "files:write", project_id, settings)
    content_type = request.headers.get("content-type", "")
    upload = await uploads.Upload.begin(settings, root, announced=int(request.headers.get("content-length") or 0))
    chunks = checked(body(request), request.headers)
    try:
        if request.method == "PUT" and not content_type.startswith("multipart/"):
            await upload.receive(path, chunks)
        else:
            await uploads.receive_form(upload, path, content_type, chunks)
        placed = await upload.place()
    finally:
        await upload.close()
    return messages.ListProjectFilesResponse(files=[_shown(file) for file in placed])


async def _resume(
    request: Request[Any, Any, Any], project_id: str, call: Call, settings: Settings, asked: tuple[Whole, Range | None]
) -> Response[messages.ListProjectFilesResponse]:
    path = _path(request, project_id)
    root = await _root(call, "files:write", project_id, settings)
    arrived = await arrivals.resume(settings, root, path, asked, ranges.content(request))
    status, headers = ranges.answer(arrived, *asked)
    placed = await asyncio.to_thread(files.listed, root, path) if arrived == asked[0].size else []
    shown = messages.ListProjectFilesResponse(files=[_shown(file) for file in placed])
    return Response(shown, status_code=status, headers=headers)


async def _root(call: Call, needed: str, project_id: str, settings: Settings) -> Path:
    """The project's folder, for a caller who may do this in it."""
    call.caller.require(needed, project_id)
    service.require_created(await call.read(service.get, project_id))
    return service.directory(settings.home, project_id)


def _path(request: Request[Any, Any, Any], project_id: str) -> RelativePath:
    return RelativePath.parse(_raw(request, project_id))


def _raw(request: Request[Any, Any, Any], project_id: str) -> str:
    """The path's text from the request line, decoded once."""
    match = _RAW.fullmatch(request.scope["raw_path"].decode("latin-1"))
    if match is None or unquote(match["project"]) != project_id:
        raise BadPath
    return unquote(match["path"] or "", errors="surrogateescape")


def _shown(file: files.File) -> messages.FileInfo:
    """A workload may make names that are no UTF-8: they are shown as far as they can be."""
    path = str(file.path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return messages.FileInfo(
        path=path, is_dir=file.is_dir, file_size=str(file.size), modified_at=clock.rfc3339(file.modified_at)
    )
