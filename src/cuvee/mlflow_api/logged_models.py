"""The protocol's logged models."""

from typing import Any, Final

import msgspec

from cuvee.api.callers import Caller
from cuvee.core.errors import NotFound
from cuvee.db.session import Writing
from cuvee.logged_models import errors as model_errors
from cuvee.logged_models import search
from cuvee.logged_models import service as logged_models
from cuvee.logged_models.values import DatasetFilter, Link, LoggedModel, Order, Status
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.experiments import experiment_id_of
from cuvee.mlflow_api.messages import logged_models as messages
from cuvee.mlflow_api.messages.common import Pair, Shown, number
from cuvee.tracking import errors as tracking_errors
from cuvee.tracking import service as tracking
from cuvee.tracking.naming import random_name
from cuvee.tracking.values import Stage

_STATUSES: Final = {
    "LOGGED_MODEL_STATUS_UNSPECIFIED": Status.UNSPECIFIED,
    "LOGGED_MODEL_PENDING": Status.PENDING,
    "LOGGED_MODEL_READY": Status.READY,
    "LOGGED_MODEL_UPLOAD_FAILED": Status.FAILED,
}
_NAMES: Final = {status: name for name, status in _STATUSES.items()}
_PATH: Final = "/2.0/mlflow/logged-models"


async def create_model(asked: Asked, message: messages.CreateModel) -> messages.OneModel:
    experiment_id = await experiment_id_of(asked, message.experiment_id)
    return messages.OneModel(shown(await asked.call.write(_create, asked.caller, experiment_id, message)))


async def get_model(asked: Asked, message: messages.GetModel) -> messages.OneModel:
    with_deleted = message.allow_deleted.lower() == "true"
    found = await asked.call.read(logged_models.get, asked.caller, message.model_id, with_deleted=with_deleted)
    return messages.OneModel(shown(found))


async def finalize_model(asked: Asked, message: messages.FinalizeModel) -> messages.OneModel:
    status = _status(message.status)
    return messages.OneModel(
        shown(await asked.call.write(logged_models.finalize, asked.caller, message.model_id, status))
    )


async def delete_model(asked: Asked, message: messages.DeleteModel) -> None:
    await asked.call.write(logged_models.delete, asked.caller, message.model_id)


async def log_params(asked: Asked, message: messages.LogParams) -> None:
    await asked.call.write(logged_models.log_params, asked.caller, message.model_id, _pairs(message.params))


async def set_tags(asked: Asked, message: messages.SetTags) -> None:
    await asked.call.write(logged_models.set_tags, asked.caller, message.model_id, _pairs(message.tags))


async def delete_tag(asked: Asked, message: messages.DeleteTag) -> None:
    await asked.call.write(logged_models.delete_tag, asked.caller, message.model_id, message.tag_key)


async def search_models(asked: Asked, message: messages.SearchModels) -> messages.ModelsPage:
    if message.max_results < 0:
        raise errors.InvalidValue("max_results", message.max_results)
    ids = [await experiment_id_of(asked, experiment_id) for experiment_id in message.experiment_ids]
    # A token goes on with the same question only.
    purpose = f"logged models {msgspec.json.encode([ids, message.filter, message.order_by]).decode()}"
    page = await asked.call.read(
        search.search,
        asked.caller,
        experiment_ids=ids,
        filter_text=message.filter,
        datasets=[DatasetFilter(name=each.dataset_name, digest=each.dataset_digest) for each in message.datasets],
        order=[_order(each) for each in message.order_by],
        offset=asked.opened(message.page_token, purpose),
        limit=message.max_results or search.DEFAULT_RESULTS,
    )
    token = "" if page.next_offset is None else asked.sealed(page.next_offset, purpose)
    return messages.ModelsPage([shown(model) for model in page.models], token)


async def log_outputs(asked: Asked, message: messages.LogOutputs) -> None:
    await asked.call.write(_log_outputs, asked.caller, message)


def shown(model: LoggedModel) -> messages.Model:
    """A logged model as MLflow writes it."""
    info = messages.Info(
        model_id=model.id,
        experiment_id=model.experiment_id,
        name=model.name,
        creation_timestamp_ms=model.created_at,
        last_updated_timestamp_ms=model.updated_at,
        artifact_uri=model.artifact_location,
        status=_NAMES[model.status],
        model_type=model.model_type,
        source_run_id=model.source_run_id,
    )
    if model.tags:
        info = messages.TaggedInfo(**msgspec.structs.asdict(info), tags=[Shown(*pair) for pair in model.tags.items()])
    data = messages.Data(
        params=[Shown(*pair) for pair in model.params.items()],
        metrics=[
            messages.Metric(
                key=metric.key,
                value=number(metric.value),
                timestamp=metric.timestamp,
                step=metric.step,
                dataset_name=metric.dataset_name,
                dataset_digest=metric.dataset_digest,
                model_id=metric.model_id,
                run_id=metric.run_id,
            )
            for metric in model.metrics
        ],
    )
    return messages.Model(info=info, data=data)


def _create(connection: Writing, caller: Caller, experiment_id: str, message: messages.CreateModel) -> LoggedModel:
    experiment = tracking.get_experiment(connection, caller, experiment_id, tracking.WRITE)
    if experiment.stage is not Stage.ACTIVE:
        raise tracking_errors.ExperimentNotActive(experiment_id, experiment.stage)
    return logged_models.create(
        connection,
        project_id=experiment.project_id,
        experiment_id=experiment.id,
        folder=experiment.artifact_location,
        run_folder=_folder_of(connection, caller, experiment.id, message.source_run_id),
        name=message.name or random_name(),
        model_type=message.model_type,
        source_run_id=message.source_run_id,
        tags=_pairs(message.tags),
        params=_pairs(message.params),
    )


def _folder_of(connection: Writing, caller: Caller, experiment_id: str, run_id: str) -> str:
    """Where the run keeps its artifacts; nowhere when this experiment has no such run: MLflow takes any text here."""
    try:
        run = tracking.get_run_info(connection, caller, run_id, tracking.WRITE)
    except NotFound:
        return ""
    return run.artifact_uri if run.experiment_id == experiment_id else ""


def _log_outputs(connection: Writing, caller: Caller, message: messages.LogOutputs) -> None:
    run = tracking.changing_run(connection, caller, message.run_id)
    links = [Link(output.model_id, output.step) for output in message.models]
    logged_models.log_outputs(connection, run.project_id, run.id, links)


def _status(given: str | int) -> Status:
    if isinstance(given, str) and given in _STATUSES:
        return _STATUSES[given]
    try:
        return Status(int(given))
    except ValueError:
        raise model_errors.BadStatus(given) from None


def _order(given: messages.OrderBy) -> Order:
    dataset = DatasetFilter(name=given.dataset_name, digest=given.dataset_digest) if given.dataset_name else None
    return search.order(given.field_name, is_ascending=given.ascending, dataset=dataset)


def _pairs(given: list[Pair]) -> dict[str, str]:
    return {pair.key: pair.value for pair in given}


def _row(method: Any, path: str, scope: str, request: type[Any], handle: Any) -> Endpoint[Any]:
    return Endpoint(method=method, path=path, scope=scope, request=request, handle=handle)


ENDPOINTS: Final[list[Endpoint[Any]]] = [
    _row("POST", _PATH, tracking.WRITE, messages.CreateModel, create_model),
    _row("POST", f"{_PATH}/search", tracking.READ, messages.SearchModels, search_models),
    _row("GET", f"{_PATH}/{{model_id:str}}", tracking.READ, messages.GetModel, get_model),
    _row("PATCH", f"{_PATH}/{{model_id:str}}", tracking.WRITE, messages.FinalizeModel, finalize_model),
    _row("DELETE", f"{_PATH}/{{model_id:str}}", tracking.WRITE, messages.DeleteModel, delete_model),
    _row("POST", f"{_PATH}/{{model_id:str}}/params", tracking.WRITE, messages.LogParams, log_params),
    _row("PATCH", f"{_PATH}/{{model_id:str}}/tags", tracking.WRITE, messages.SetTags, set_tags),
    _row("DELETE", f"{_PATH}/{{model_id:str}}/tags/{{tag_key:str}}", tracking.WRITE, messages.DeleteTag, delete_tag),
    _row("POST", "/2.0/mlflow/runs/outputs", tracking.WRITE, messages.LogOutputs, log_outputs),
]
