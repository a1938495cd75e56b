"""What one may do with the versions of registered models: make, find, describe, stage, point aliases at, delete."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.core import clock, topics
from cuvee.core.ids import is_id, new_id
from cuvee.core.paths import RelativePath
from cuvee.db.notes import note
from cuvee.db.reactions import announce
from cuvee.db.session import Reading, Writing
from cuvee.registry import errors, filters, rules, service, store
from cuvee.registry.events import VersionMade, VersionsGone
from cuvee.registry.values import (
    ACTIVE_STAGES,
    BEGINNING,
    EVERYTHING,
    Kind,
    ModelVersion,
    NewVersion,
    RegisteredModel,
    Stage,
    Window,
)

#: `expected` when an alias may be wherever it is.
ANYWHERE: Final = -1


def create(connection: Writing, caller: Caller, name: str, new: NewVersion) -> ModelVersion:
    """Add a version to a model. Its source was resolved, and allowed to the caller, by origins.py.

    Raises:
        ModelNotFound: when there is no such model that the caller sees.
        NotYourModel: when the caller may only read it.

    """
    rules.require_name(name)
    rules.require_tags(new.tags)
    rules.require_text(new.description, "description")
    rules.require_text(new.run_link, "run_link", rules.MAX_URI)
    model = service.own_model(connection, caller, name)
    now = clock.now_ms()
    version = ModelVersion(
        id=new_id(),
        model_id=model.id,
        name=model.name,
        number=store.next_number(connection, model.id, now),
        source=new.source,
        location=new.location,
        project_id=new.project_id,
        run_id=new.run_id,
        logged_model_id=new.logged_model_id,
        run_link=new.run_link,
        description=new.description,
        digest=new.digest,
        user_id=caller.user_id,
        created_at=now,
        updated_at=now,
        tags=dict(new.tags),
    )
    store.add_version(connection, version)
    _note_run(connection, version)
    service.record(connection, caller, model, Kind.CREATED, version=version, after=new.source)
    announce(connection, VersionMade(version))
    return version


def get(connection: Reading, caller: Caller, name: str, version: str) -> ModelVersion:
    """A version by its model's name and its number as text.

    Raises:
        BadVersion: when the number is none.
        VersionNotFound: when there is none that the caller sees.

    """
    rules.require_name(name)
    return _numbered(connection, _model(connection, caller, name, version), version)


def get_by_id(connection: Reading, caller: Caller, version_id: str) -> tuple[RegisteredModel, ModelVersion]:
    """A version by id, and its model.

    Raises:
        VersionNotFound: when there is none that the caller sees.

    """
    version = store.get_version(connection, version_id) if is_id(version_id) else None
    model = None if version is None else store.get_model(connection, version.model_id)
    if version is None or model is None or not service.may_read(caller, model):
        raise errors.VersionNotFound(f"Model Version (id={version_id}) not found")
    return model, version


def by_alias(connection: Reading, caller: Caller, name: str, alias: str) -> ModelVersion:
    """The version that an alias points at; `latest` is the one with the highest number.

    Raises:
        AliasNotFound: when the model has no such alias.
        VersionNotFound: when `latest` is asked of a model without versions.

    """
    rules.require_name(name)
    rules.require_alias(alias)
    model = service.get_model(connection, caller, name)
    if alias.lower() == "latest":
        if not model.latest:
            raise errors.VersionNotFound(f"Latest version not found for model {name}.")
        return max(model.latest, key=lambda version: version.number)
    number = model.aliases.get(alias)
    if number is None:
        raise errors.AliasNotFound.named(alias)
    return _numbered(connection, model, str(number))


def latest(connection: Reading, caller: Caller, name: str, stages: Sequence[str] = ()) -> list[ModelVersion]:
    """The newest version of each of these stages, or of every stage."""
    model = service.get_model(connection, caller, name)
    wanted = {rules.stage(stage) for stage in stages} or set(Stage)
    return [version for version in model.latest if version.stage in wanted]


def search(
    connection: Reading,
    caller: Caller,
    text: str = "",
    window: Window = BEGINNING,
) -> tuple[list[ModelVersion], list[Any] | None]:
    """The versions that fit a filter and that the caller sees, and the position behind them; None when that is all.

    Raises:
        BadFilter, BadOrder: when the filter or the order cannot be read.

    """
    conditions = filters.parse(text, filters.VERSIONS)
    return store.list_versions(connection, service.sight(caller), conditions, window)


def of_model(
    connection: Reading,
    caller: Caller,
    model: RegisteredModel,
    window: Window,
    *,
    user_id: str = "",
    number: int | None = None,
) -> tuple[list[ModelVersion], list[Any] | None]:
    """The versions of one model."""
    return store.list_versions(
        connection, service.sight(caller), (), window, model_id=model.id, user_id=user_id, number=number,
    )  # fmt: skip


def of_runs(connection: Reading, caller: Caller, run_ids: Sequence[str]) -> dict[str, list[ModelVersion]]:
    """Run id → the versions registered from it that the caller sees, in a fixed number of queries."""
    found: dict[str, list[ModelVersion]] = {}
    for version in store.versions_by(connection, service.sight(caller), "run_id", run_ids):
        found.setdefault(version.run_id, []).append(version)
    return found


def made_by(connection: Reading, run_id: str) -> list[ModelVersion]:
    """The versions registered from a run, whoever may see them, the oldest first."""
    return store.versions_by(connection, EVERYTHING, "run_id", [run_id])


def of_logged_models(connection: Reading, caller: Caller, model_ids: Collection[str]) -> list[ModelVersion]:
    """The versions that were made of logged models and that the caller sees, the oldest first."""
    return store.versions_by(connection, service.sight(caller), "logged_model_id", model_ids)


def several(connection: Reading, caller: Caller, version_ids: Collection[str]) -> list[ModelVersion]:
    """Those of the versions that are there and that the caller sees, the oldest first."""
    return store.versions_by(connection, service.sight(caller), "id", version_ids)


def project_of_files(connection: Reading, caller: Caller, path: RelativePath) -> str | None:
    """The project in which a path lies that is, or is below, the files of a version that the caller sees.

    Who sees a registered model may load it, also without a part in its project. None when there is no such version.
    """
    above = [RelativePath(path.names[:count]) for count in range(1, len(path.names) + 1)]
    return store.project_of_location(connection, service.sight(caller), [f"mlflow-artifacts:/{one}" for one in above])


def describe(connection: Writing, caller: Caller, name: str, version: str, description: str | None) -> ModelVersion:
    """Change a version's description."""
    rules.require_text(description, "description")
    _, found = _own(connection, caller, name, version)
    now = clock.now_ms()
    store.change_versions(connection, [found.id], {"description": description, "updated_at": now})
    return replace(found, description=description, updated_at=now)


def tag(connection: Writing, caller: Caller, name: str, version: str, *, key: str, value: str) -> None:
    """Set a tag of a version."""
    rules.require_name(name)
    rules.number(version)
    rules.require_tags({key: value})
    _, found = _own(connection, caller, name, version)
    store.set_version_tags(connection, found.id, {key: value})


def untag(connection: Writing, caller: Caller, name: str, version: str, *, key: str) -> None:
    """Take a tag from a version; nothing happens when it has none of this key."""
    rules.require_name(name)
    rules.number(version)
    rules.require_tag_key(key)
    _, found = _own(connection, caller, name, version)
    store.remove_version_tag(connection, found.id, key)


def transition(
    connection: Writing, caller: Caller, name: str, version: str, stage: str, *, archive_others: bool = False
) -> ModelVersion:
    """Move a version to a stage, and archive the others there when asked to.

    Raises:
        BadStage: when there is no such stage, or others are to be archived in one that is not active.

    """
    to = rules.stage(stage)
    if archive_others and to not in ACTIVE_STAGES:
        raise errors.BadStage(
            "Model version transition cannot archive existing model versions because "
            f"'{stage}' is not an Active stage. Valid stages are {[str(active) for active in ACTIVE_STAGES]}"
        )
    model, found = _own(connection, caller, name, version)
    now = clock.now_ms()
    if archive_others:
        others = [other for other in store.versions_in_stage(connection, model.id, to) if other.id != found.id]
        _enter(connection, caller, model, others, Stage.ARCHIVED)
    _enter(connection, caller, model, [found], to)
    store.change_model(connection, model.id, {"updated_at": now})
    return replace(found, stage=to, updated_at=now)


def _enter(
    connection: Writing, caller: Caller, model: RegisteredModel, moved: Sequence[ModelVersion], stage: Stage
) -> None:
    now = clock.now_ms()
    store.change_versions(connection, [version.id for version in moved], {"stage": stage, "updated_at": now})
    for version in moved:
        service.record(
            connection, caller, model, Kind.STAGE, what=stage, version=version, before=version.stage, after=stage
        )


def delete(connection: Writing, caller: Caller, name: str, version: str) -> None:
    """Delete a version and the aliases that point at it. Its number is never given again; files and history stay."""
    rules.number(version)
    model, found = _own(connection, caller, name, version)
    for alias in found.aliases:
        service.record(connection, caller, model, Kind.ALIAS, what=alias, version=found, before=str(found.number))
    service.record(connection, caller, model, Kind.DELETED, version=found, before=found.source)
    store.remove_version(connection, found.id)
    announce(connection, VersionsGone((found.id,)))
    store.change_model(connection, model.id, {"updated_at": clock.now_ms()})


def set_alias(
    connection: Writing, caller: Caller, name: str, alias: str, version: str, *, expected: int = ANYWHERE
) -> None:
    """Point an alias at a version, in one step.

    With `expected` (a version's number, 0 for none) it happens only when the alias points there now, so that of two
    who decided on what they saw, one is told that it changed.

    Raises:
        BadAlias: when no alias may be called so.
        VersionNotFound: when there is no such version.
        AliasMoved: when the alias points elsewhere than expected.

    """
    rules.require_name(name)
    rules.require_free_alias(alias)
    rules.number(version)
    model, found = _own(connection, caller, name, version)
    now = model.aliases.get(alias, 0)
    _require_expected(alias, now, expected)
    store.set_alias(connection, model.id, alias, found.id)
    if now != found.number:
        service.record(
            connection, caller, model, Kind.ALIAS, what=alias, version=found,
            before=str(now or ""), after=str(found.number),
        )  # fmt: skip


def delete_alias(connection: Writing, caller: Caller, name: str, alias: str, *, expected: int = ANYWHERE) -> None:
    """Take an alias away; nothing happens when the model has none of this name.

    Raises:
        AliasMoved: when the alias points elsewhere than expected.

    """
    rules.require_name(name)
    rules.require_alias(alias)
    model = service.own_model(connection, caller, name)
    now = model.aliases.get(alias, 0)
    _require_expected(alias, now, expected)
    store.remove_alias(connection, model.id, alias)
    if now:
        version = store.find_version(connection, model.id, now)
        service.record(connection, caller, model, Kind.ALIAS, what=alias, version=version, before=str(now))


def _require_expected(alias: str, now: int, expected: int) -> None:
    if expected not in {ANYWHERE, now}:
        where = f"points at version {now}" if now else "points nowhere"
        raise errors.AliasMoved(f"The alias {alias} {where}, not at {expected or 'nothing'}: somebody moved it.")


def _own(connection: Writing, caller: Caller, name: str, version: str) -> tuple[RegisteredModel, ModelVersion]:
    """A version for changing it, its model locked."""
    model = _model(connection, caller, name, version)
    service.require_write(caller, model)
    model = service.own_model(connection, caller, name)
    found = _numbered(connection, model, version)
    _note_run(connection, found)
    return model, found


def _note_run(connection: Writing, version: ModelVersion) -> None:
    """A run shows the versions that were made of it, with their stages and aliases."""
    if version.run_id:
        note(connection, topics.run(version.run_id))


def _model(connection: Reading, caller: Caller, name: str, version: str) -> RegisteredModel:
    """The model of a version. When there is none, it is the version that is missing, as MLflow says it."""
    number = rules.number(version)
    try:
        return service.get_model(connection, caller, name)
    except errors.ModelNotFound:
        raise errors.VersionNotFound.numbered(name, number) from None


def _numbered(connection: Reading, model: RegisteredModel, version: str) -> ModelVersion:
    number = rules.number(version)
    found = store.find_version(connection, model.id, number)
    if found is None:
        raise errors.VersionNotFound.numbered(model.name, version)
    return found
