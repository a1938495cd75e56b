"""From what a caller claims a version to be made of, to files that lie below a root of ours and that they may read.

Every hole of this kind that registries had came from a source that was kept as it came and opened later. Here it
becomes a location that the platform itself gave out, or nothing. No tag switches that off: a prompt has no files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from cuvee.api.callers import Caller
from cuvee.core.errors import NotFound
from cuvee.core.paths import RelativePath
from cuvee.db.session import Reading
from cuvee.logged_models import service as logged_models
from cuvee.registry import errors, filters, rules, service, sources, versions
from cuvee.registry.values import NewVersion
from cuvee.tracking import service as tracking

#: Bytes: an index holds no more.
_MAX_LOCATION: Final = 2_000
_ROOT: Final = "mlflow-artifacts:/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a caller says about a version to be."""

    source: str
    #: The run and the logged model it comes from; None when the caller does not say.
    run_id: str | None = None
    model_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    run_link: str = ""


def resolve(connection: Reading, caller: Caller, claim: Claim) -> NewVersion:
    """Where the files of a version are that is to be made.

    Raises:
        BadSource: when the source is none of ours, or is not in the run or logged model that the claim names, or the
            caller may not read it.

    """
    new = NewVersion(
        source=claim.source,
        location=claim.source,
        run_id=claim.run_id or "",
        logged_model_id=claim.model_id or "",
        run_link=claim.run_link,
        description=claim.description,
        tags=claim.tags,
    )
    if claim.tags.get(filters.IS_PROMPT, "false").lower() == "true":
        return _prompt(new)
    match sources.parse(claim.source):
        case sources.VersionSource() as source:
            return _from_version(connection, caller, claim, new, source)
        case sources.LoggedModelSource() as source:
            if claim.model_id != source.model_id:
                raise errors.BadSource.outside(claim.source, "model_id")
            return _from_logged_model(connection, caller, new)
        case sources.RunSource() as source:
            if claim.model_id or claim.run_id != source.run_id:
                raise errors.BadSource.outside(claim.source, "model_id" if claim.model_id else "run_id")
            return _from_run(connection, caller, new, source.path)
        case sources.ArtifactSource() as source:
            owner = _from_logged_model if claim.model_id else _from_run
            return _below(owner(connection, caller, new), source.path, "model_id" if claim.model_id else "run_id")


def _prompt(new: NewVersion) -> NewVersion:
    """A prompt has no files: its source says so."""
    if new.source not in sources.PLACEHOLDERS:
        raise errors.BadSource(f"Invalid prompt source: '{new.source}'. Prompt sources must use an MLflow placeholder.")
    return new


def _from_version(
    connection: Reading, caller: Caller, claim: Claim, new: NewVersion, source: sources.VersionSource
) -> NewVersion:
    """The files of another version, which may lie in a project that the caller has no part in."""
    model = service.get_model(connection, caller, source.name)
    if service.is_prompt(model):
        raise errors.BadSource(
            f"Invalid model version source: '{claim.source}'. Prompt versions cannot be used as model version sources."
        )
    found = (
        versions.by_alias(connection, caller, source.name, source.alias)
        if source.alias
        else versions.get(connection, caller, source.name, str(source.number))
    )
    if claim.run_id not in {None, found.run_id} or claim.model_id not in {None, found.logged_model_id}:
        raise errors.BadSource(
            f"Invalid model version source: '{claim.source}'. The run_id and model_id request parameters must match "
            "the referenced model version."
        )
    return replace(
        new,
        source=f"models:/{found.name}/{found.number}",
        location=found.location,
        project_id=found.project_id,
        run_id=found.run_id,
        logged_model_id=found.logged_model_id,
    )


def _from_logged_model(connection: Reading, caller: Caller, new: NewVersion) -> NewVersion:
    try:
        model = logged_models.get(connection, caller, new.logged_model_id)
    except NotFound:
        raise errors.BadSource.outside(new.source, "model_id") from None
    return replace(
        new, location=model.artifact_location, project_id=model.project_id, run_id=new.run_id or model.source_run_id
    )


def _from_run(connection: Reading, caller: Caller, new: NewVersion, path: RelativePath | None = None) -> NewVersion:
    try:
        run = tracking.get_run_info(connection, caller, new.run_id)
    except NotFound:
        raise errors.BadSource.outside(new.source, "run_id") from None
    location = run.artifact_uri if path is None else f"{run.artifact_uri}/{path}"
    return replace(new, location=_kept(location, new.source), project_id=run.project_id)


def _below(new: NewVersion, path: RelativePath, parameter: str) -> NewVersion:
    """The path, when it lies in the place that was found for the run or the logged model."""
    root = RelativePath.parse(new.location.removeprefix(_ROOT)).names
    if path.names[: len(root)] != root:
        raise errors.BadSource.outside(new.source, parameter)
    return replace(new, location=_kept(f"{_ROOT}{path}", new.source))


def _kept(location: str, source: str) -> str:
    if len(location.encode()) > _MAX_LOCATION:
        raise errors.BadSource.of(source)
    rules.require_text(location, "source", rules.MAX_URI)
    return location


def path_of(location: str) -> RelativePath | None:
    """A version's files as a path below its project's artifacts; None for a prompt, which has none."""
    return RelativePath.parse(location.removeprefix(_ROOT)) if location.startswith(_ROOT) else None
