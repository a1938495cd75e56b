"""A run's artifacts: the tree, what is chosen in it, files themselves, and registering a model from its folder."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.artifacts.downloads import Download
from cuvee.artifacts.errors import InTheWay, IsFolder, NoSuchArtifact
from cuvee.artifacts.stores import Stores
from cuvee.artifacts.values import Entry
from cuvee.core import errors
from cuvee.core.paths import RelativePath
from cuvee.registry import registering
from cuvee.tracking import service as tracking
from cuvee.tracking.values import Run, RunInfo
from cuvee.web import artifact_views, forms, previews, run_models, run_views
from cuvee.web.artifact_views import File, Folder
from cuvee.web.page import Pages, go
from cuvee.web.run_models import ModelFolder

_RUN: Final = "/experiments/{experiment_id:str}/runs/{run_id:str}"
_READ: Final = scope("experiments:read")
_SNIFFED: Final = 64
_DEEPEST: Final = 30

Asking = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifacts:
    """The artifacts of a run with one of them chosen."""

    run: RunInfo
    path: RelativePath
    #: The folders from the root down to what is chosen.
    levels: Sequence[Folder]
    file: File | None = None
    model: ModelFolder | None = None
    #: Why nothing is shown of what was chosen.
    problem: str = ""
    may_write: bool = False

    @property
    def base(self) -> str:
        return run_views.address(self.run.experiment_id, self.run.id)

    @property
    def is_empty(self) -> bool:
        return not self.levels[0].entries

    @property
    def uri(self) -> str:
        """The full path of what is chosen."""
        return f"{self.run.artifact_uri}/{self.path}" if self.path.names else self.run.artifact_uri

    @property
    def disk_path(self) -> str:
        """Where scripts of the project find it."""
        root = f".experiments/{self.run.experiment_id}/{self.run.id}/artifacts"
        return f"{root}/{self.path}" if self.path.names else root

    @property
    def folder(self) -> Folder:
        """The folder that is chosen, or the one of the file that is."""
        return self.levels[-1]

    def is_open(self, folder: Folder, entry: Entry) -> bool:
        """Whether an entry is chosen, or on the way to what is."""
        names = RelativePath((*folder.path.names, entry.name)).names
        return self.path.names[: len(names)] == names


async def chosen(call: Call, stores: Stores, run: Run, path: str, offset: int) -> Artifacts:
    """The artifacts of a run that the caller may see, with what the path names chosen."""
    info = run.info
    may_write = call.caller.allows(tracking.WRITE, info.project_id)
    try:
        wanted = RelativePath.parse(path)
        return await _chosen(call, stores, info, wanted, max(0, offset), may_write=may_write)
    except errors.CuveeError as error:
        if error.status >= 500:  # noqa: PLR2004 - not a matter of the path
            raise
        levels = [await artifact_views.folder(stores.of(info.project_id), root_of(info), RelativePath())]
        return Artifacts(
            run=info, path=RelativePath(), levels=levels, problem=error.message, may_write=may_write
        )  # fmt: skip


async def _chosen(
    call: Call, stores: Stores, info: RunInfo, path: RelativePath, offset: int, *, may_write: bool
) -> Artifacts:
    store, root = stores.of(info.project_id), root_of(info)
    if len(path.names) > _DEEPEST:
        raise NoSuchArtifact(path)
    file: File | None = None
    with suppress(IsFolder, InTheWay):
        file = await artifact_views.file(store, root, path) if path.names else None
    depth = len(path.names) if file is None else len(path.names) - 1
    levels = [
        await artifact_views.folder(store, root, RelativePath(path.names[:count]), offset if count == depth else 0)
        for count in range(depth + 1)
    ]
    model = None if file else await run_models.look(call, stores, info, path, levels[-1])
    return Artifacts(run=info, path=path, levels=levels, file=file, model=model, may_write=may_write)


@get(f"{_RUN}/-/artifacts", opt=_READ, include_in_schema=False)
async def show_artifacts(
    request: Asking,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    stores: NamedDependency[Stores],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    artifact: FromQuery[str] = "",
    offset: FromQuery[int] = 0,
    part: FromQuery[str] = "",
) -> Response[str]:
    """The tree and what is chosen in it; with `part=tree` the tree alone."""
    view = await call.read(run_views.look, call.caller, experiment_id, run_id)
    found = await chosen(call, stores, view.run, artifact, offset)
    template = "runs/tree.html" if part == "tree" else "runs/artifacts.html"
    return pages.part(request, template, view=view, artifacts=found)


@get(f"{_RUN}/-/download", opt=_READ, include_in_schema=False)
async def download(
    call: NamedDependency[Call],
    stores: NamedDependency[Stores],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    artifact: FromQuery[str],
) -> Download:
    """A file, to be saved: whatever is in it, it is never a page."""
    info = await call.read(run_views.require_within, call.caller, experiment_id, run_id)
    return Download(stores.of(info.project_id), root_of(info) / RelativePath.parse(artifact))


@get(f"{_RUN}/-/picture", opt=_READ, include_in_schema=False)
async def picture(
    call: NamedDependency[Call],
    stores: NamedDependency[Stores],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
    artifact: FromQuery[str],
) -> Response[bytes]:
    """A picture of points, of a kind that cannot hold a script; for everything else there is the download."""
    info = await call.read(run_views.require_within, call.caller, experiment_id, run_id)
    path = root_of(info) / RelativePath.parse(artifact)
    async with stores.of(info.project_id).get(path) as blob:
        if blob.info.size > previews.MOST_PICTURE:
            raise NoSuchArtifact(path)
        content = b"".join([piece async for piece in blob.read()])
    media_type = previews.picture_type(content[:_SNIFFED])
    if media_type is None:
        raise NoSuchArtifact(path)
    headers = {
        "content-security-policy": "sandbox; default-src 'none'",
        "content-disposition": "inline",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, no-cache",
    }
    return Response(content, media_type=media_type, headers=headers)


@post(f"{_RUN}/-/register", opt=scope("experiments:write"), include_in_schema=False)
async def register_model(
    request: Asking,
    call: NamedDependency[Call],
    stores: NamedDependency[Stores],
    *,
    experiment_id: FromPath[str],
    run_id: FromPath[str],
) -> Response[None]:
    """Register the model of a folder under a new name, or as a new version of one that is there."""
    form = await forms.texts(request)
    name = forms.required(form.get("name", ""), "A registered model needs a name.").strip()
    path = forms.required(form.get("artifact", ""), "Choose the folder of a model first.")
    await call.read(run_views.require_within, call.caller, experiment_id, run_id)
    description = form.get("description", "").strip()
    order = registering.Order(
        name=name,
        run_id=run_id,
        experiment_id=experiment_id,
        model_path=str(RelativePath.parse(path)),
        tags=run_models.tags(form.get("tags", "")),
        description=description,
        notes=description,
    )
    version = await registering.register(call, stores, order)
    return go(request, f"/models/{run_views.quoted(version.name)}/versions/{version.number}")


def root_of(info: RunInfo) -> RelativePath:
    """Where a run's artifacts begin in its project's store."""
    return RelativePath((info.experiment_id, info.id, "artifacts"))


ROUTES: Final = (show_artifacts, download, picture, register_model)
