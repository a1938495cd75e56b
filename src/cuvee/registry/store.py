"""Every query this room makes. No rules here. A list costs the same few queries at any length."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from cuvee.db import pages
from cuvee.db.session import Reading, Writing
from cuvee.registry import search, tables
from cuvee.registry.filters import Comparison
from cuvee.registry.values import Kind, ModelVersion, Move, RegisteredModel, Sight, Stage, Visibility, Window

_models, _versions, _aliases, _moves = tables.models, tables.versions, tables.aliases, tables.moves
_model_tags, _version_tags = tables.model_tags, tables.version_tags


def add_model(connection: Writing, model: RegisteredModel) -> bool:
    """Whether it could be added: not when the name is taken."""
    try:
        with connection.begin_nested():
            connection.execute(
                insert(_models).values(
                    id=model.id,
                    name=model.name,
                    description=model.description,
                    owner_id=model.owner_id,
                    project_id=model.project_id,
                    visibility=model.visibility,
                    last_number=0,
                    created_at=model.created_at,
                    updated_at=model.updated_at,
                )
            )
    except IntegrityError:
        return False
    set_model_tags(connection, model.id, model.tags)
    return True


def find_model(connection: Reading, name: str) -> RegisteredModel | None:
    row = connection.execute(select(_models).where(_models.c.name == name)).one_or_none()
    return None if row is None else _whole_models(connection, [row])[0]


def get_model(connection: Reading, model_id: str) -> RegisteredModel | None:
    row = connection.execute(select(_models).where(_models.c.id == model_id)).one_or_none()
    return None if row is None else _whole_models(connection, [row])[0]


def lock_model(connection: Writing, model_id: str) -> None:
    """Hold the model until the transaction ends, so that what is read of it stays true."""
    connection.execute(select(_models.c.id).where(_models.c.id == model_id).with_for_update())


def rename_model(connection: Writing, model_id: str, name: str, at: int) -> bool:
    """Whether it could be renamed: not when the name is taken."""
    try:
        with connection.begin_nested():
            change_model(connection, model_id, {"name": name, "updated_at": at})
    except IntegrityError:
        return False
    connection.execute(update(_versions).where(_versions.c.model_id == model_id).values(updated_at=at))
    return True


def change_model(connection: Writing, model_id: str, changes: Mapping[str, Any]) -> None:
    connection.execute(update(_models).where(_models.c.id == model_id).values(**changes))


def remove_model(connection: Writing, model_id: str) -> None:
    connection.execute(delete(_models).where(_models.c.id == model_id))


def set_model_tags(connection: Writing, model_id: str, tags: Mapping[str, str]) -> None:
    for key in tags:
        remove_model_tag(connection, model_id, key)
    if tags:
        rows = [{"model_id": model_id, "key": key, "value": value} for key, value in tags.items()]
        connection.execute(insert(_model_tags), rows)


def remove_model_tag(connection: Writing, model_id: str, key: str) -> None:
    connection.execute(delete(_model_tags).where(_model_tags.c.model_id == model_id, _model_tags.c.key == key))


def next_number(connection: Writing, model_id: str, at: int) -> int:
    """A number that was never given before. The model stays locked until the transaction ends."""
    query = (
        update(_models)
        .where(_models.c.id == model_id)
        .values(last_number=_models.c.last_number + 1, updated_at=at)
        .returning(_models.c.last_number)
    )
    return int(connection.execute(query).scalar_one())


def add_version(connection: Writing, version: ModelVersion) -> None:
    connection.execute(
        insert(_versions).values(
            id=version.id,
            model_id=version.model_id,
            number=version.number,
            source=version.source,
            location=version.location,
            project_id=version.project_id,
            run_id=version.run_id,
            logged_model_id=version.logged_model_id,
            run_link=version.run_link,
            description=version.description,
            stage=version.stage,
            digest=version.digest,
            user_id=version.user_id,
            created_at=version.created_at,
            updated_at=version.updated_at,
        )
    )
    set_version_tags(connection, version.id, version.tags)


def find_version(connection: Reading, model_id: str, number: int) -> ModelVersion | None:
    return _one_version(connection, (_versions.c.model_id == model_id) & (_versions.c.number == number))


def get_version(connection: Reading, version_id: str) -> ModelVersion | None:
    return _one_version(connection, _versions.c.id == version_id)


def change_versions(connection: Writing, ids: Collection[str], changes: Mapping[str, Any]) -> None:
    connection.execute(update(_versions).where(_versions.c.id.in_(ids)).values(**changes))


def remove_version(connection: Writing, version_id: str) -> None:
    connection.execute(delete(_versions).where(_versions.c.id == version_id))


def set_version_tags(connection: Writing, version_id: str, tags: Mapping[str, str]) -> None:
    for key in tags:
        remove_version_tag(connection, version_id, key)
    if tags:
        rows = [{"version_id": version_id, "key": key, "value": value} for key, value in tags.items()]
        connection.execute(insert(_version_tags), rows)


def remove_version_tag(connection: Writing, version_id: str, key: str) -> None:
    query = delete(_version_tags).where(_version_tags.c.version_id == version_id, _version_tags.c.key == key)
    connection.execute(query)


def versions_in_stage(connection: Reading, model_id: str, stage: Stage) -> list[ModelVersion]:
    query = _version_query().where(_versions.c.model_id == model_id, _versions.c.stage == stage)
    return _whole_versions(connection, connection.execute(query).all())


def set_alias(connection: Writing, model_id: str, alias: str, version_id: str) -> None:
    remove_alias(connection, model_id, alias)
    connection.execute(insert(_aliases).values(model_id=model_id, alias=alias, version_id=version_id))


def remove_alias(connection: Writing, model_id: str, alias: str) -> None:
    connection.execute(delete(_aliases).where(_aliases.c.model_id == model_id, _aliases.c.alias == alias))


def add_moves(connection: Writing, moves: Iterable[Move]) -> None:
    columns = ("id", "model_id", "name", "kind", "what", "number", "before", "after", "user_id", "at")
    rows = [{column: getattr(move, column) for column in columns} for move in moves]
    if rows:
        connection.execute(insert(_moves), rows)


def list_moves(connection: Reading, model_id: str, before_id: str, most: int) -> list[Move]:
    """The history of a model, the newest first, older than `before_id` when that is given."""
    query = select(_moves).where(_moves.c.model_id == model_id).order_by(_moves.c.id.desc()).limit(most)
    if before_id:
        query = query.where(_moves.c.id < before_id)
    return [_move(row) for row in connection.execute(query)]


def list_models(
    connection: Reading,
    sight: Sight,
    conditions: Sequence[Comparison],
    window: Window,
    *,
    owner_id: str = "",
    name_has: str = "",
) -> tuple[list[RegisteredModel], list[Any] | None]:
    """A page of models and the position behind it; None when it was the last."""
    orders = search.model_orders(window.order_by)
    query = select(_models).where(*search.models_where(conditions))
    if owner_id:
        query = query.where(_models.c.owner_id == owner_id)
    if name_has:
        query = query.where(_models.c.name.contains(name_has, autoescape=True))
    rows, goes_on = _page(connection, query, sight, orders, window)
    return _whole_models(connection, rows), goes_on


def list_versions(
    connection: Reading,
    sight: Sight,
    conditions: Sequence[Comparison],
    window: Window,
    *,
    model_id: str = "",
    user_id: str = "",
    number: int | None = None,
) -> tuple[list[ModelVersion], list[Any] | None]:
    """A page of versions and the position behind it; None when it was the last."""
    orders = search.version_orders(window.order_by)
    query = _version_query().where(*search.versions_where(conditions) if not model_id else ())
    if model_id:
        query = query.where(_versions.c.model_id == model_id)
    if user_id:
        query = query.where(_versions.c.user_id == user_id)
    if number is not None:
        query = query.where(_versions.c.number == number)
    rows, goes_on = _page(connection, query, sight, orders, window)
    return _whole_versions(connection, rows), goes_on


def versions_by(connection: Reading, sight: Sight, column: str, values: Collection[str]) -> list[ModelVersion]:
    """The versions whose `id`, `run_id` or `logged_model_id` is one of these, the oldest first."""
    query = _version_query().where(_versions.c[column].in_(values)).order_by(_versions.c.id)
    if (seen := search.seen_by(sight)) is not None:
        query = query.where(seen)
    return _whole_versions(connection, connection.execute(query).all())


def version_ids(connection: Reading, model_id: str) -> list[str]:
    """The versions of a model, all of them."""
    return list(connection.execute(select(_versions.c.id).where(_versions.c.model_id == model_id)).scalars())


def project_of_location(connection: Reading, sight: Sight, locations: Collection[str]) -> str | None:
    """The project of a version that is seen and has its files at one of these places."""
    query = select(_versions.c.project_id).join(_models, _versions.c.model_id == _models.c.id).limit(1)
    query = query.where(_versions.c.location.in_(locations))
    if (seen := search.seen_by(sight)) is not None:
        query = query.where(seen)
    return connection.execute(query).scalar_one_or_none()


def count_versions_of_project(connection: Reading, project_id: str) -> int:
    query = select(func.count()).select_from(_versions).where(_versions.c.project_id == project_id)
    return connection.execute(query).scalar_one()


def remove_empty_models_of(connection: Writing, project_id: str) -> None:
    """Delete the models of a project that have no versions."""
    kept = select(_versions.c.model_id)
    connection.execute(delete(_models).where(_models.c.project_id == project_id, _models.c.id.not_in(kept)))


def _page(
    connection: Reading,
    query: Select[Any],
    sight: Sight,
    orders: list[pages.Order],
    window: Window,
) -> tuple[list[Row[Any]], list[Any] | None]:
    if (seen := search.seen_by(sight)) is not None:
        query = query.where(seen)
    if window.position is not None:
        query = query.where(pages.after(orders, window.position))
    keys = [column.label(f"order_{index}") for index, (column, _) in enumerate(orders)]
    found = connection.execute(query.add_columns(*keys).order_by(*pages.ordering(orders)).limit(window.most + 1)).all()
    rows = list(found[: window.most])
    if len(found) <= window.most or not rows:
        return rows, None
    return rows, [getattr(rows[-1], key.name) for key in keys]


def _version_query() -> Select[Any]:
    return select(_versions, _models.c.name).join_from(_versions, _models, _versions.c.model_id == _models.c.id)


def _one_version(connection: Reading, condition: Any) -> ModelVersion | None:
    row = connection.execute(_version_query().where(condition)).one_or_none()
    return None if row is None else _whole_versions(connection, [row])[0]


def _whole_models(connection: Reading, rows: Sequence[Row[Any]]) -> list[RegisteredModel]:
    """Models with their tags, aliases and newest versions: the same few queries for one as for a thousand."""
    ids = [row.id for row in rows]
    if not ids:
        return []
    tags: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(
        select(_model_tags).where(_model_tags.c.model_id.in_(ids)).order_by(_model_tags.c.key)
    ):
        tags[row.model_id][row.key] = row.value
    aliases: dict[str, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(
        select(_aliases.c.model_id, _aliases.c.alias, _versions.c.number)
        .join(_versions, _versions.c.id == _aliases.c.version_id)
        .where(_aliases.c.model_id.in_(ids))
        .order_by(_aliases.c.alias)
    ):
        aliases[row.model_id][row.alias] = row.number
    latest = _latest(connection, ids)
    counted = (
        select(_versions.c.model_id, func.count().label("number"))
        .where(_versions.c.model_id.in_(ids))
        .group_by(_versions.c.model_id)
    )
    counts = {row.model_id: int(row.number) for row in connection.execute(counted)}
    return [_model(row, tags[row.id], aliases[row.id], tuple(latest[row.id]), counts.get(row.id, 0)) for row in rows]


def _latest(connection: Reading, model_ids: Collection[str]) -> dict[str, list[ModelVersion]]:
    """The newest version of every stage of each model."""
    newest = (
        select(_versions.c.model_id, _versions.c.stage, func.max(_versions.c.number).label("number"))
        .where(_versions.c.model_id.in_(model_ids))
        .group_by(_versions.c.model_id, _versions.c.stage)
        .subquery()
    )
    is_newest = and_(_versions.c.model_id == newest.c.model_id, _versions.c.number == newest.c.number)
    query = _version_query().join(newest, is_newest).order_by(_versions.c.number)
    found: dict[str, list[ModelVersion]] = defaultdict(list)
    for version in _whole_versions(connection, connection.execute(query).all()):
        found[version.model_id].append(version)
    return found


def _whole_versions(connection: Reading, rows: Sequence[Row[Any]]) -> list[ModelVersion]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    tags: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(
        select(_version_tags).where(_version_tags.c.version_id.in_(ids)).order_by(_version_tags.c.key)
    ):
        tags[row.version_id][row.key] = row.value
    aliases: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(_aliases).where(_aliases.c.version_id.in_(ids)).order_by(_aliases.c.alias)):
        aliases[row.version_id].append(row.alias)
    return [_version(row, tags[row.id], tuple(aliases[row.id])) for row in rows]


def _model(
    row: Row[Any], tags: Mapping[str, str], aliases: Mapping[str, int], latest: tuple[ModelVersion, ...], count: int
) -> RegisteredModel:
    return RegisteredModel(
        id=row.id,
        name=row.name,
        description=row.description,
        owner_id=row.owner_id,
        project_id=row.project_id,
        visibility=Visibility(row.visibility),
        last_number=row.last_number,
        created_at=row.created_at,
        updated_at=row.updated_at,
        tags=tags,
        aliases=aliases,
        latest=latest,
        count=count,
    )


def _version(row: Row[Any], tags: Mapping[str, str], aliases: tuple[str, ...]) -> ModelVersion:
    return ModelVersion(
        id=row.id,
        model_id=row.model_id,
        name=row.name,
        number=row.number,
        source=row.source,
        location=row.location,
        project_id=row.project_id,
        run_id=row.run_id,
        logged_model_id=row.logged_model_id,
        run_link=row.run_link,
        description=row.description,
        stage=Stage(row.stage),
        digest=row.digest,
        user_id=row.user_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        tags=tags,
        aliases=aliases,
    )


def _move(row: Row[Any]) -> Move:
    return Move(
        id=row.id,
        model_id=row.model_id,
        name=row.name,
        kind=Kind(row.kind),
        what=row.what,
        number=row.number,
        before=row.before,
        after=row.after,
        user_id=row.user_id,
        at=row.at,
    )
