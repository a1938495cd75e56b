"""What lies in a registered version's folder: its files, what MLmodel says, requirements, the input example."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from cuvee.artifacts.blobs import Blobs
from cuvee.artifacts.stores import Stores
from cuvee.artifacts.texts import text_of
from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath
from cuvee.logged_models import mlmodel
from cuvee.logged_models.mlmodel import MlModel
from cuvee.registry import origins
from cuvee.registry.values import ModelVersion

#: Files that a page shows; a folder with more is downloaded by name.
_MOST_FILES: Final = 500
#: Bytes.
_MOST_TEXT: Final = 64 * 1024
_MOST_EXAMPLE: Final = 256 * 1024
#: Rows of an example that a person wants to see in a form.
_MOST_ROWS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file of a model."""

    #: Below the model's folder.
    path: str
    #: Bytes.
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A model's folder."""

    files: Sequence[FoundFile] = ()
    #: Whether there are more than are listed.
    has_more: bool = False
    mlmodel: MlModel = field(default_factory=MlModel)
    #: The text of `requirements.txt`; empty when there is none.
    requirements: str = ""
    #: Why the folder cannot be read; empty when it can.
    problem: str = ""

    @property
    def size(self) -> int:
        return sum(each.size for each in self.files)


async def look(stores: Stores, version: ModelVersion) -> ModelFiles:
    """Everything about a version's files that its page shows."""
    folder = origins.path_of(version.location)
    if folder is None:
        return ModelFiles(problem="This version has no files.")
    store = stores.of(version.project_id)
    try:
        files, has_more = await _listed(store, folder)
        read = await text_of(store, folder / RelativePath(("MLmodel",)), mlmodel.MOST)
        requirements = await text_of(store, folder / RelativePath(("requirements.txt",)), _MOST_TEXT)
    except CuveeError as error:
        return ModelFiles(problem=error.message)
    problem = "" if files else "The files are gone: somebody deleted them from the run's artifacts."
    return ModelFiles(
        files=files, has_more=has_more, mlmodel=mlmodel.read(read.encode()), requirements=requirements, problem=problem
    )


async def signature_of(stores: Stores, version: ModelVersion) -> MlModel:
    """What a version's MLmodel says; nothing when it cannot be read."""
    folder = origins.path_of(version.location)
    if folder is None:
        return MlModel()
    try:
        text = await text_of(stores.of(version.project_id), folder / RelativePath(("MLmodel",)), mlmodel.MOST)
    except CuveeError:
        return MlModel()
    return mlmodel.read(text.encode())


async def example_of(stores: Stores, version: ModelVersion, model: MlModel) -> str:
    """The input example that was logged with a model, its first rows, as one would send it; else empty."""
    folder = origins.path_of(version.location)
    if folder is None or not model.example:
        return ""
    try:
        path = folder / RelativePath.parse(model.example)
        text = await text_of(stores.of(version.project_id), path, _MOST_EXAMPLE)
        return _as_request(msgspec.json.decode(text))
    except (CuveeError, msgspec.DecodeError, RecursionError):
        return ""


def _as_request(example: Any) -> str:
    """A pandas split of a few rows, or a record, as the body's `request`."""
    match example:
        case {"columns": list(names), "data": list(rows)}:
            return pretty({"columns": names, "data": rows[:_MOST_ROWS]})
        case dict():
            return pretty(example)
        case list():
            return pretty({"inputs": example[:_MOST_ROWS]})
    return ""


def pretty(value: Any) -> str:
    """A JSON value for people: lists of plain values on one line, everything else indented."""
    return _written(value, "")


def _written(value: Any, margin: str) -> str:
    inner = f"{margin}  "
    if isinstance(value, dict) and value:
        parts = [f"{inner}{_plain(name)}: {_written(item, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{margin}}}"
    if isinstance(value, list) and any(isinstance(item, list | dict) for item in value):
        return "[\n" + ",\n".join(inner + _written(item, inner) for item in value) + f"\n{margin}]"
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return _plain(value)


def _plain(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def _listed(store: Blobs, folder: RelativePath) -> tuple[list[FoundFile], bool]:
    """The files below a folder, by path."""
    found: list[FoundFile] = []
    waiting = [RelativePath()]
    looked = 0
    while waiting and len(found) < _MOST_FILES and looked < _MOST_FILES:
        inner = waiting.pop()
        looked += 1
        async for entries in store.list(folder / inner):
            for entry in entries:
                path = inner / RelativePath((entry.name,))
                if entry.is_folder:
                    waiting.append(path)
                else:
                    found.append(FoundFile(path=str(path), size=entry.size))
            if len(found) > _MOST_FILES:
                break
    return sorted(found[:_MOST_FILES], key=lambda each: each.path), bool(waiting) or len(found) > _MOST_FILES
