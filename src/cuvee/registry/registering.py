"""Registering the model of a run: find its files, look at its MLmodel, then write. Nothing slow is in a transaction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.core.errors import CuveeError
from cuvee.core.paths import RelativePath
from cuvee.db.session import Reading, Writing
from cuvee.logged_models import service as logged_models
from cuvee.registry import errors, files, origins, rules, service, versions
from cuvee.registry.values import ModelVersion, NewVersion, Visibility
from cuvee.tracking import service as tracking
from cuvee.tracking.values import Run, RunInfo

#: What scripts put before a path among the artifacts: the run's folder as a session sees it, or its last part.
_BEFORE: Final = re.compile(r"^(?:.*/\.experiments/[^/]+/[^/]+/|\.experiments/[^/]+/[^/]+/)?/?artifacts(?:/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be registered, and as what."""

    name: str
    run_id: str
    #: Empty when it does not matter; else the run must be in it.
    experiment_id: str = ""
    project_id: str = ""
    #: The model's folder among the run's artifacts; empty for the only model there is.
    model_path: str = ""
    #: Of the version.
    tags: Mapping[str, str] = field(default_factory=dict)
    #: Of the model, when it is new.
    description: str = ""
    #: Of the version.
    notes: str = ""
    visibility: Visibility = Visibility.PRIVATE


async def register(call: Call, stores: Stores, order: Order) -> ModelVersion:
    """Register a run's model: a new model of that name, or a new version when it is there.

    Raises:
        RunNotFound: when there is no such run, or it is not where the order says.
        NoModelThere: when there is no MLmodel file at the path.
        NotYourModel: when the name is there and the caller may only read it.

    """
    rules.require_name(order.name, "model_name")
    run = await call.read(_run, call.caller, order)
    root = RelativePath.parse(f"{run.experiment_id}/{run.id}/artifacts")
    folder = await _folder(stores, run, root, _BEFORE.sub("", order.model_path))
    digest = await files.digest(stores, run.project_id, folder)
    if not digest:
        raise errors.NoModelThere(
            f"There is no model at {order.model_path!r} of run {run.id}: no folder with an MLmodel file."
        )
    claim = origins.Claim(source=f"mlflow-artifacts:/{folder}", run_id=run.id, tags=order.tags, description=order.notes)
    return await call.write(_register, call.caller, order, claim, digest)


async def claim(call: Call, caller: Caller, stores: Stores, name: str, claimed: origins.Claim) -> ModelVersion:
    """Add a version that a client of MLflow claims to have: it may come before its files do.

    Raises:
        BadSource: when it is made of something that is not ours, or not the caller's to read.
        ModelNotFound, NotYourModel: when there is no such model that the caller may change.

    """
    new = await call.read(origins.resolve, caller, claimed)
    folder = origins.path_of(new.location)
    digest = "" if folder is None else await files.digest(stores, new.project_id, folder)
    return await call.write(add, caller, name, replace(new, digest=digest))


def _run(connection: Reading, caller: Caller, order: Order) -> RunInfo:
    run = tracking.get_run_info(connection, caller, order.run_id)
    if order.experiment_id not in {"", run.experiment_id} or order.project_id not in {"", run.project_id}:
        raise errors.RunElsewhere
    return run


async def _folder(stores: Stores, run: RunInfo, root: RelativePath, path: str) -> RelativePath:
    """The folder that is meant; without a path, the only one of the run with a model in it."""
    if path.strip("/"):
        return root / RelativePath.parse(path.strip("/"))
    found = await files.folders_with_models(stores, run.project_id, root)
    if len(found) != 1:
        names = ", ".join(folder.name for folder in found) or "none"
        raise errors.NoModelThere(f"Say in model_path which model of run {run.id} is meant; there are: {names}.")
    return found[0]


def _register(connection: Writing, caller: Caller, order: Order, claim: origins.Claim, digest: str) -> ModelVersion:
    new = origins.resolve(connection, caller, claim)
    logged = logged_models.find_at(connection, new.location)
    new = replace(new, digest=digest, logged_model_id="" if logged is None else logged.id)
    try:
        service.get_model(connection, caller, order.name)
    except errors.ModelNotFound:
        service.create_model(
            connection, caller, order.name,
            project_id=new.project_id, description=order.description, visibility=order.visibility,
        )  # fmt: skip
    return add(connection, caller, order.name, new)


def add(connection: Writing, caller: Caller, name: str, new: NewVersion) -> ModelVersion:
    """Add a version, and note it at the logged model that it came from, as MLflow's server does."""
    made = versions.create(connection, caller, name, new)
    if made.logged_model_id and caller.allows(logged_models.WRITE, made.project_id):
        logged_models.note_version(connection, caller, made.logged_model_id, made.name, made.number)
    return made


def run_of(connection: Reading, caller: Caller, version: ModelVersion) -> Run | None:
    """The run of a version, when the caller may read it."""
    if not version.run_id:
        return None
    try:
        return tracking.get_run(connection, caller, version.run_id)
    except CuveeError:
        return None
