"""From the registry's values to API v2's messages."""

from collections.abc import Mapping, Sequence

from cuvee.api.callers import Caller
from cuvee.core import clock
from cuvee.core.paths import RelativePath
from cuvee.identity import messages as identity_messages
from cuvee.identity.values import User
from cuvee.registry import messages, origins, service
from cuvee.registry.values import ModelVersion, Move, RegisteredModel
from cuvee.tracking.values import Run, Tag

#: By id.
Users = Mapping[str, User]


def details(model: RegisteredModel, caller: Caller, users: Users) -> messages.RegisteredModelDetails:
    """A model in a list."""
    return messages.RegisteredModelDetails(
        model_id=model.id,
        name=model.name,
        description=model.description or "",
        owner=short(users.get(model.owner_id)),
        permission="write" if service.may_write(caller, model) else "read",
        visibility=model.visibility,
        created_at=clock.rfc3339(model.created_at),
        updated_at=clock.rfc3339(model.updated_at),
        count=model.count,
    )


def whole(
    model: RegisteredModel, versions: Sequence[ModelVersion], caller: Caller, users: Users, token: str = ""
) -> messages.RegisteredModel:
    """A model with some of its versions."""
    listed = details(model, caller, users)
    return messages.RegisteredModel(
        model_id=listed.model_id,
        name=listed.name,
        description=listed.description,
        owner=listed.owner,
        permission=listed.permission,
        visibility=listed.visibility,
        created_at=listed.created_at,
        updated_at=listed.updated_at,
        count=listed.count,
        model_versions=[shown(found, model, users) for found in versions],
        next_page_token=token,
    )


def shown(
    found: ModelVersion, model: RegisteredModel, users: Users, run: Run | None = None
) -> messages.RegisteredModelVersion:
    """A version; with its run, also what was logged there."""
    tags = [messages.Tag(key, value) for key, value in found.tags.items()]
    return messages.RegisteredModelVersion(
        model_id=found.model_id,
        model_version_id=found.id,
        version_name=f"Version {found.number}",
        number=found.number,
        notes=found.description or "",
        user=short(users.get(found.user_id)),
        created_at=clock.rfc3339(found.created_at),
        updated_at=clock.rfc3339(found.updated_at),
        status="READY",
        model_version_metadata=messages.ModelVersionMetadata(
            tags=tags,
            project_id=found.project_id,
            owner=short(users.get(model.owner_id)),
            mlflow_metadata=_of_run(found, run),
        ),
        tags=tags,
        aliases=list(found.aliases),
        stage=found.stage,
        mlmodel_digest=found.digest,
    )


def _of_run(found: ModelVersion, run: Run | None) -> messages.MLflowMetadata:
    path = origins.path_of(found.location) or RelativePath()
    metadata = messages.MLflowMetadata(experiment_id=path.names[0] if path.names else "", run_id=found.run_id)
    if run is not None:
        metadata.params = pairs(run.params)
        metadata.tags = pairs(run.tags)
        metadata.metrics = [
            messages.Metric(last.key, last.value, clock.rfc3339(last.timestamp), str(last.step)) for last in run.metrics
        ]
    return metadata


def pairs(tags: Sequence[Tag]) -> list[messages.Tag]:
    return [messages.Tag(tag.key, tag.value) for tag in tags]


def move(line: Move, users: Users) -> messages.Move:
    """A line of the history."""
    before, after = (
        users[text].username if line.kind == "owner" and text in users else text for text in (line.before, line.after)
    )
    return messages.Move(
        kind=line.kind,
        what=line.what,
        version_number=line.number,
        before=before,
        after=after,
        user=short(users.get(line.user_id)),
        at=clock.rfc3339(line.at),
    )


def short(user: User | None) -> identity_messages.ShortUser:
    """A user as other things show who made them; nobody when the account is gone."""
    if user is None:
        return identity_messages.ShortUser()
    return identity_messages.ShortUser(username=user.username, name=user.name, email=user.email)
