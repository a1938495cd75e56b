"""What one may do with registered models, and who may. Versions are in versions.py."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.core import clock, topics
from cuvee.core.ids import is_id, new_id
from cuvee.db.notes import note
from cuvee.db.reactions import announce
from cuvee.db.session import Reading, Writing
from cuvee.registry import errors, filters, rules, store
from cuvee.registry.events import VersionsGone
from cuvee.registry.values import BEGINNING, Kind, ModelVersion, Move, RegisteredModel, Sight, Visibility, Window

#: Models or versions in one page, at the most.
MAX_MODELS: Final = 1_000
MAX_VERSIONS: Final = 10_000


def may_read(caller: Caller, model: RegisteredModel) -> bool:
    """Whether the caller sees a model: a public one, their own, or one of a project whose experiments they read."""
    if model.visibility is Visibility.PUBLIC or model.owner_id == caller.user_id:
        return True
    return caller.allows("experiments:read", model.project_id)


def may_write(caller: Caller, model: RegisteredModel) -> bool:
    """Whether the caller changes a model: their own, or one of a project whose experiments they write."""
    return model.owner_id == caller.user_id or caller.allows("experiments:write", model.project_id)


def require_write(caller: Caller, model: RegisteredModel) -> None:
    """Go on only when the caller may change a model.

    Raises:
        NotYourModel: when not.

    """
    if not may_write(caller, model):
        raise errors.NotYourModel


def sight(caller: Caller) -> Sight:
    """What `may_read` says, as a list's query takes it."""
    return Sight(user_id=caller.user_id, projects=caller.projects("experiments:read"))


def create_model(
    connection: Writing,
    caller: Caller,
    name: str,
    *,
    project_id: str,
    description: str | None = None,
    tags: Mapping[str, str] | None = None,
    visibility: Visibility = Visibility.PRIVATE,
) -> RegisteredModel:
    """A new registered model, without versions. It belongs to the caller and to a project of theirs.

    Raises:
        BadName, BadTag, BadText: when it cannot be kept as it is.
        ModelExists: when the name is taken, be it by a model that the caller does not see.
        Denied: when the caller writes no experiments in the project.

    """
    rules.require_name(name)
    rules.require_tags(tags or {})
    rules.require_text(description, "description")
    caller.require("experiments:write", project_id)
    now = clock.now_ms()
    model = RegisteredModel(
        id=new_id(),
        name=name,
        description=description,
        owner_id=caller.user_id,
        project_id=project_id,
        visibility=visibility,
        created_at=now,
        updated_at=now,
        tags=dict(tags or {}),
    )
    if not store.add_model(connection, model):
        raise _taken(connection, model)
    note(connection, topics.MODELS, topics.model(name), topics.project(project_id))
    record(connection, caller, model, Kind.CREATED, after=name)
    return model


def _taken(connection: Reading, wanted: RegisteredModel) -> errors.ModelExists:
    """Why a name cannot be had: MLflow keeps prompts beside models and tells which of them has the name."""
    found = store.find_model(connection, wanted.name)
    was, is_ = ("Prompt" if found and is_prompt(found) else "Registered Model" for found in (found, wanted))
    if was == is_:
        return errors.ModelExists(f"{is_} (name={wanted.name}) already exists.")
    return errors.ModelExists(
        f"Tried to create a {is_.lower()} with name {wanted.name!r}, but the name is already taken by a "
        f"{was.lower()}. MLflow does not allow creating a model and a prompt with the same name."
    )


def is_prompt(model: RegisteredModel) -> bool:
    """Whether the entry is one of MLflow's prompts, which its clients keep in the registry."""
    return model.tags.get(filters.IS_PROMPT, "false").lower() == "true"


def get_model(connection: Reading, caller: Caller, name: str) -> RegisteredModel:
    """A model by name.

    Raises:
        BadName: when no model could have the name.
        ModelNotFound: when there is none that the caller sees.

    """
    rules.require_name(name)
    return _seen(caller, store.find_model(connection, name), name)


def get_model_by_id(connection: Reading, caller: Caller, model_id: str) -> RegisteredModel:
    """A model by id.

    Raises:
        ModelNotFound: when there is none that the caller sees.

    """
    found = store.get_model(connection, model_id) if is_id(model_id) else None
    if found is None or not may_read(caller, found):
        raise errors.ModelNotFound(f"Registered Model with id={model_id} not found")
    return found


def own_model(connection: Writing, caller: Caller, name: str) -> RegisteredModel:
    """A model by name, for changing it: it stays locked until the transaction ends, and is noted as changed.

    Raises:
        ModelNotFound: when there is none that the caller sees.
        NotYourModel: when the caller may only read it.

    """
    model = get_model(connection, caller, name)
    require_write(caller, model)
    store.lock_model(connection, model.id)
    note(connection, topics.MODELS, topics.model(name), topics.project(model.project_id))
    return _seen(caller, store.get_model(connection, model.id), name)


def _seen(caller: Caller, model: RegisteredModel | None, name: str) -> RegisteredModel:
    if model is None or not may_read(caller, model):
        raise errors.ModelNotFound.named(name)
    return model


def search_models(
    connection: Reading,
    caller: Caller,
    text: str = "",
    window: Window = BEGINNING,
    *,
    owner_id: str = "",
    name_has: str = "",
) -> tuple[list[RegisteredModel], list[Any] | None]:
    """The models that fit a filter and that the caller sees, and the position behind them; None when that is all.

    Raises:
        BadFilter, BadOrder: when the filter or the order cannot be read.

    """
    conditions = filters.parse(text, filters.MODELS)
    return store.list_models(connection, sight(caller), conditions, window, owner_id=owner_id, name_has=name_has)


def describe_model(connection: Writing, caller: Caller, name: str, description: str) -> RegisteredModel:
    """Change a model's description."""
    rules.require_text(description, "description")
    model = own_model(connection, caller, name)
    now = clock.now_ms()
    store.change_model(connection, model.id, {"description": description, "updated_at": now})
    return replace(model, description=description, updated_at=now)


def rename_model(connection: Writing, caller: Caller, name: str, new_name: str) -> RegisteredModel:
    """Give a model another name. Its id, versions and aliases stay.

    Raises:
        ModelExists: when the new name is taken.

    """
    if not new_name.strip():
        raise errors.BadName("Missing value for required parameter 'new_name'.")
    rules.require_name(new_name)
    model = own_model(connection, caller, name)
    if not store.rename_model(connection, model.id, new_name, clock.now_ms()):
        raise errors.ModelExists(f"Registered Model (name={new_name}) already exists.")
    note(connection, topics.model(new_name))
    renamed = get_model(connection, caller, new_name)
    record(connection, caller, renamed, Kind.RENAMED, before=name, after=new_name)
    return renamed


def delete_model(connection: Writing, caller: Caller, name: str) -> None:
    """Delete a model with its versions and aliases. The files and the history stay."""
    model = own_model(connection, caller, name)
    record(connection, caller, model, Kind.DELETED, before=name)
    gone = store.version_ids(connection, model.id)
    store.remove_model(connection, model.id)
    announce(connection, VersionsGone(tuple(gone)))


def tag_model(connection: Writing, caller: Caller, name: str, key: str, value: str) -> None:
    """Set a tag of a model."""
    rules.require_name(name)
    rules.require_tags({key: value})
    store.set_model_tags(connection, own_model(connection, caller, name).id, {key: value})


def untag_model(connection: Writing, caller: Caller, name: str, key: str) -> None:
    """Take a tag from a model; nothing happens when it has none of this key."""
    rules.require_name(name)
    rules.require_tag_key(key)
    store.remove_model_tag(connection, own_model(connection, caller, name).id, key)


def show_model(connection: Writing, caller: Caller, name: str, visibility: Visibility) -> RegisteredModel:
    """Say who sees a model.

    Raises:
        NotYours: when the caller neither owns it nor administers its project.

    """
    model = own_model(connection, caller, name)
    _require_owner(caller, model)
    store.change_model(connection, model.id, {"visibility": visibility, "updated_at": clock.now_ms()})
    record(connection, caller, model, Kind.VISIBILITY, before=model.visibility, after=visibility)
    return get_model(connection, caller, name)


def hand_over(connection: Writing, caller: Caller, name: str, owner_id: str) -> RegisteredModel:
    """Make somebody else the owner. The caller may no longer see the model afterwards.

    Raises:
        NotYours: when the caller neither owns it nor administers its project.

    """
    model = own_model(connection, caller, name)
    _require_owner(caller, model)
    store.change_model(connection, model.id, {"owner_id": owner_id, "updated_at": clock.now_ms()})
    record(connection, caller, model, Kind.OWNER, before=model.owner_id, after=owner_id)
    return replace(model, owner_id=owner_id)


def _require_owner(caller: Caller, model: RegisteredModel) -> None:
    if model.owner_id != caller.user_id and not caller.allows("projects:admin", model.project_id):
        raise errors.NotYours


def history(
    connection: Reading, caller: Caller, model_id: str, *, before_id: str = "", most: int = 100
) -> tuple[list[Move], str | None]:
    """Who moved what when in a model, the newest first, and where the list goes on; None when that is all."""
    model = get_model_by_id(connection, caller, model_id)
    found = store.list_moves(connection, model.id, before_id, most + 1)
    return found[:most], found[most - 1].id if len(found) > most else None


def count_files_in(connection: Reading, project_id: str) -> int:
    """How many versions have their files in a project."""
    return store.count_versions_of_project(connection, project_id)


def forget_project(connection: Writing, project_id: str) -> None:
    """Delete what a deleted project leaves behind: its models without versions.

    Raises:
        ProjectHoldsVersions: when versions have their files in it; they would point at nothing.

    """
    if count_files_in(connection, project_id):
        raise errors.ProjectHoldsVersions
    store.remove_empty_models_of(connection, project_id)
    note(connection, topics.MODELS)


def record(
    connection: Writing,
    caller: Caller,
    model: RegisteredModel,
    kind: Kind,
    *,
    what: str = "",
    version: ModelVersion | None = None,
    before: str = "",
    after: str = "",
) -> None:
    """Write a line of the history."""
    move = Move(
        id=new_id(),
        model_id=model.id,
        name=model.name,
        kind=kind,
        what=what,
        number=version.number if version else 0,
        before=before,
        after=after,
        user_id=caller.user_id,
        at=clock.now_ms(),
    )
    store.add_moves(connection, [move])
