"""What one may do with logged models, and when."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.core import clock, topics
from cuvee.core.errors import NotFound
from cuvee.core.ids import PATTERN, new_id
from cuvee.db.notes import note
from cuvee.db.session import Reading, Writing
from cuvee.logged_models import errors
from cuvee.logged_models.store import models as store
from cuvee.logged_models.values import Direction, Link, Links, LoggedModel, Metric, Status

READ: Final = "experiments:read"
WRITE: Final = "experiments:write"
MAX_NAME: Final = 500
_VERSIONS: Final = "mlflow.modelVersions"
#: Bytes; a file system takes a few more, which are left for a suffix.
MAX_FOLDER_NAME: Final = 240
MAX_KEY: Final = 255
MAX_PARAM: Final = 6_000
MAX_TAG: Final = 20_000

#: Ours, and those of models that came from another server.
_ID: Final = re.compile(rf"m-(?:{PATTERN.pattern}|[0-9a-f]{{32}})")
_FOLDER_NAME: Final = re.compile(r"\w[\w +@,=()-]*(?<! )")
_UNKEPT: Final = re.compile("[\ud800-\udfff\0]")


def create(
    connection: Writing,
    *,
    project_id: str,
    experiment_id: str,
    folder: str,
    run_folder: str = "",
    name: str,
    model_type: str = "",
    source_run_id: str = "",
    tags: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> LoggedModel:
    """A new model, whose files are still to come.

    `folder` is the artifact location of its experiment, `run_folder` that of its run, empty when it has none. A run's
    model lies in the run's folder under its own name, where people look for it; a second one of that name gets `-2`.

    Raises:
        BadModelName, TooLong, BadText: when a name or text cannot be.

    """
    require_name(name)
    now = clock.now_ms()
    model = LoggedModel(
        id=f"m-{new_id()}",
        project_id=project_id,
        experiment_id=experiment_id,
        name=name,
        artifact_location="",
        created_at=now,
        updated_at=now,
        model_type=_kept("model_type", model_type, MAX_NAME),
        source_run_id=_kept("source_run_id", source_run_id, 36),
        tags=_tags(tags or {}),
        params=_params(params or {}),
    )
    model = _placed(connection, model, folder, run_folder)
    store.set_tags(connection, model.id, model.tags)
    store.add_params(connection, model.id, model.params)
    _note(connection, model)
    return model


def get(
    connection: Reading, caller: Caller, model_id: str, scope: str = READ, *, with_deleted: bool = False
) -> LoggedModel:
    """A model, for a caller who holds the scope in its project.

    Raises:
        ModelNotFound: when there is none, it is deleted, or the caller has no part in its project.
        Denied: when the caller's role there is too low.

    """
    model = store.find(connection, model_id) if _ID.fullmatch(model_id) else None
    if model is None or (model.is_deleted and not with_deleted):
        raise errors.ModelNotFound(model_id)
    try:
        caller.require(scope, model.project_id)
    except NotFound:
        raise errors.ModelNotFound(model_id) from None
    return model


def find_at(connection: Reading, artifact_location: str) -> LoggedModel | None:
    """The model whose files are at this place, unless it is deleted. Who may know is not asked."""
    model = store.find_at(connection, artifact_location)
    return None if model is None or model.is_deleted else model


def note_version(connection: Writing, caller: Caller, model_id: str, name: str, number: int) -> None:
    """Note on a model that it was registered, in the tag in which MLflow's clients look for it."""
    model = _changing(connection, caller, model_id)
    try:
        known = json.loads(model.tags.get(_VERSIONS, "[]"))
    except ValueError:
        known = []
    noted = [*(known if isinstance(known, list) else []), {"name": name, "version": number}]
    store.set_tags(connection, model.id, _tags({_VERSIONS: json.dumps(noted)}))


def finalize(connection: Writing, caller: Caller, model_id: str, status: Status) -> LoggedModel:
    """Say how the upload of a model ended."""
    return _changed(connection, _changing(connection, caller, model_id), status=status)


def delete(connection: Writing, caller: Caller, model_id: str) -> None:
    """Delete a model: it is found no more. Its files stay where they are, with those of its run."""
    _changed(connection, _changing(connection, caller, model_id), is_deleted=True)


def set_tags(connection: Writing, caller: Caller, model_id: str, tags: Mapping[str, str]) -> None:
    """Set tags of a model, in place of those of the same key."""
    store.set_tags(connection, _changing(connection, caller, model_id).id, _tags(tags))


def delete_tag(connection: Writing, caller: Caller, model_id: str, key: str) -> None:
    """Delete a tag.

    Raises:
        TagNotFound: when the model has none of that key.

    """
    model = _changing(connection, caller, model_id)
    if not store.delete_tag(connection, model.id, key):
        raise errors.TagNotFound(model_id, key)


def log_params(connection: Writing, caller: Caller, model_id: str, params: Mapping[str, str]) -> None:
    """Add parameters to a model.

    Raises:
        ParamChanged: when one is there with another value.

    """
    model = _changing(connection, caller, model_id)
    for key, value in _params(params).items():
        if model.params.get(key, value) != value:
            raise errors.ParamChanged(key, model.params[key], value)
    store.add_params(connection, model.id, {key: params[key] for key in params.keys() - model.params.keys()})


def record_metrics(connection: Writing, project_id: str, metrics: Collection[Metric]) -> None:
    """Keep values that runs of a project measured on its models. A value that is kept already is not kept twice.

    Raises:
        ModelNotFound: when a model is not there, or belongs to another project.

    """
    _require_models(connection, project_id, [metric.model_id for metric in metrics])
    store.add_metrics(connection, metrics)


def log_inputs(connection: Writing, project_id: str, run_id: str, model_ids: Sequence[str]) -> None:
    """Note the models that a run of a project uses.

    Raises:
        ModelNotFound: when a model is not there, or belongs to another project.

    """
    _require_models(connection, project_id, model_ids)
    store.link(connection, project_id, run_id, Direction.INPUT, [Link(model_id) for model_id in model_ids])


def log_outputs(connection: Writing, project_id: str, run_id: str, links: Sequence[Link]) -> None:
    """Note the models that a run of a project made, with the steps at which it made them.

    Raises:
        ModelNotFound: when a model is not there, or belongs to another project.

    """
    _require_models(connection, project_id, [each.model_id for each in links])
    store.link(connection, project_id, run_id, Direction.OUTPUT, links)


def links_of(connection: Reading, run_ids: Collection[str]) -> Links:
    """The models that runs used and made: one query. The caller has checked that the runs may be seen."""
    return store.links_of(connection, run_ids)


def several(connection: Reading, caller: Caller, model_ids: Collection[str]) -> Mapping[str, LoggedModel]:
    """Those of the models that are there and that the caller may see, by id: four queries, however many they are."""
    if not model_ids:
        return {}
    found = store.several(connection, model_ids)
    return {model.id: model for model in found if caller.allows(READ, model.project_id)}


def of_runs(connection: Reading, caller: Caller, run_ids: Collection[str]) -> Mapping[str, str]:
    """Model → the run that made it, of those that these runs made and that the caller may see."""
    found = store.of_runs(connection, run_ids) if run_ids else {}
    return {model_id: run_id for model_id, (run_id, project) in found.items() if caller.allows(READ, project)}


def users_of(connection: Reading, model_ids: Collection[str]) -> Sequence[tuple[str, str]]:
    """Models and the runs that used them. The caller checks whether the runs may be seen."""
    return store.users_of(connection, model_ids) if model_ids else []


def forget_project(connection: Writing, project_id: str) -> None:
    """Remove what is kept of a deleted project."""
    store.forget_project(connection, project_id)


def require_name(name: str) -> None:
    """Go on only with a name that a model may have.

    Raises:
        BadModelName, TooLong, BadText: when not.

    """
    if not name or any(mark in name for mark in errors.FORBIDDEN):
        raise errors.BadModelName(name)
    _kept("name", name, MAX_NAME)


def _placed(connection: Writing, model: LoggedModel, folder: str, run_folder: str) -> LoggedModel:
    """The model, added at the first place that is free: two that come at the same time do not get the same."""
    if not run_folder or not _is_folder_name(model.name):
        placed = replace(model, artifact_location=f"{folder}/models/{model.id}/artifacts")
        store.add(connection, placed)
        return placed
    taken = store.taken(connection, model.source_run_id)
    for number in count(1):
        place = f"{run_folder}/{model.name}" + (f"-{number}" if number > 1 else "")
        placed = replace(model, artifact_location=place)
        if place not in taken and store.add(connection, placed):
            break
    return placed


def _is_folder_name(name: str) -> bool:
    """Whether the name can stand in a path and in an address as it is: clients cut addresses at `#`, `?` and `;`."""
    return _FOLDER_NAME.fullmatch(name) is not None and len(name.encode()) <= MAX_FOLDER_NAME


def _changing(connection: Writing, caller: Caller, model_id: str) -> LoggedModel:
    model = get(connection, caller, model_id, WRITE)
    _note(connection, model)
    return model


def _note(connection: Writing, model: LoggedModel) -> None:
    """A logged model is seen on the pages of its experiment and its run."""
    note(connection, topics.experiment(model.experiment_id), topics.run(model.source_run_id))


def _changed(connection: Writing, model: LoggedModel, **changes: Any) -> LoggedModel:
    changes["updated_at"] = clock.now_ms()
    store.change(connection, model.id, changes)
    return replace(model, **changes)


def _require_models(connection: Reading, project_id: str, model_ids: Iterable[str]) -> None:
    asked = dict.fromkeys(model_ids)
    found = store.projects_of(connection, asked.keys()) if asked else {}
    for model_id in asked:
        if found.get(model_id) != project_id:
            raise errors.ModelNotFound(model_id)


def _tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    return {_kept("key", key, MAX_KEY): _kept("value", value, MAX_TAG) for key, value in tags.items()}


def _params(params: Mapping[str, str]) -> Mapping[str, str]:
    return {_kept("key", key, MAX_KEY): _kept("value", value, MAX_PARAM) for key, value in params.items()}


def _kept(what: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise errors.TooLong(what, limit)
    if _UNKEPT.search(text):
        raise errors.BadText
    return text
