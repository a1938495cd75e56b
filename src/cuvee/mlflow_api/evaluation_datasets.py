"""The protocol's datasets to evaluate on."""

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from cuvee.api.callers import Caller
from cuvee.datasets import errors as dataset_errors
from cuvee.datasets import evaluation
from cuvee.datasets.values import EvaluationDataset, Record
from cuvee.db.session import Writing
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.experiments import experiment_id_of
from cuvee.mlflow_api.messages import datasets as messages
from cuvee.tracking import service as tracking

_PATH: Final = "/3.0/mlflow/datasets"
_ONE: Final = f"{_PATH}/{{dataset_id:str}}"


async def create_dataset(asked: Asked, message: messages.CreateEvaluation) -> messages.OneEvaluation:
    ids = await _experiments(asked, message.experiment_ids)
    project_id = await asked.project()
    tags = _object("tags", message.tags) if message.tags else {}
    made = await asked.call.write(_create, asked.caller, project_id, message.name, tags=tags, ids=ids)
    return messages.OneEvaluation(shown(made, ids))


async def get_dataset(asked: Asked, message: messages.OneId) -> messages.OneEvaluation:
    return messages.OneEvaluation(shown(await asked.call.read(evaluation.get, asked.caller, message.dataset_id)))


async def delete_dataset(asked: Asked, message: messages.OneId) -> None:
    await asked.call.write(evaluation.delete, asked.caller, message.dataset_id)


async def search_datasets(asked: Asked, message: messages.SearchEvaluations) -> messages.EvaluationsPage:
    if message.max_results < 0:
        raise errors.InvalidValue("max_results", message.max_results)
    ids = await _experiments(asked, message.experiment_ids)
    purpose = f"evaluation datasets {json.dumps([ids, message.filter_string, message.order_by])}"
    page = await asked.call.read(
        evaluation.search,
        asked.caller,
        experiment_ids=ids,
        filter_text=message.filter_string,
        order_by=message.order_by,
        offset=asked.opened(message.page_token, purpose),
        limit=message.max_results or evaluation.DEFAULT_RESULTS,
    )
    token = "" if page.next_offset is None else asked.sealed(page.next_offset, purpose)
    return messages.EvaluationsPage([shown(dataset) for dataset in page.datasets], token)


async def set_tags(asked: Asked, message: messages.SetTags) -> None:
    await asked.call.write(evaluation.set_tags, asked.caller, message.dataset_id, _object("tags", message.tags))


async def delete_tag(asked: Asked, message: messages.DeleteTag) -> None:
    await asked.call.write(evaluation.delete_tag, asked.caller, message.dataset_id, message.key)


async def get_experiment_ids(asked: Asked, message: messages.OneId) -> messages.ExperimentIds:
    return messages.ExperimentIds(await asked.call.read(evaluation.experiments_of, asked.caller, message.dataset_id))


async def add_experiments(asked: Asked, message: messages.Experiments) -> messages.OneEvaluation:
    ids = await _experiments(asked, message.experiment_ids)
    return messages.OneEvaluation(
        shown(await asked.call.write(_add_experiments, asked.caller, message.dataset_id, ids))
    )


async def remove_experiments(asked: Asked, message: messages.Experiments) -> messages.OneEvaluation:
    ids = await _experiments(asked, message.experiment_ids)
    return messages.OneEvaluation(
        shown(await asked.call.write(evaluation.remove_experiments, asked.caller, message.dataset_id, ids))
    )


async def upsert_records(asked: Asked, message: messages.UpsertRecords) -> messages.Upserted:
    records = _decoded("records", message.records, list[dict[str, Any]])
    counts = await asked.call.write(evaluation.upsert_records, asked.caller, message.dataset_id, records)
    return messages.Upserted(*counts)


async def get_records(asked: Asked, message: messages.GetRecords) -> messages.RecordsPage:
    if message.max_results < 0:
        raise errors.InvalidValue("max_results", message.max_results)
    purpose = f"records of {message.dataset_id} for {asked.caller.user_id}"
    after = asked.tools.sealer.open(message.page_token, purpose) if message.page_token else None
    page = await asked.call.read(
        evaluation.records,
        asked.caller,
        message.dataset_id,
        after=None if after is None else (after[0], after[1]),
        limit=message.max_results or evaluation.MAX_RECORDS,
    )
    token = "" if page.position is None else asked.tools.sealer.seal(page.position, purpose)
    return messages.RecordsPage(msgspec.json.encode([_record(each) for each in page.records]).decode(), token)


async def delete_records(asked: Asked, message: messages.DeleteRecords) -> messages.Deleted:
    count = await asked.call.write(
        evaluation.delete_records, asked.caller, message.dataset_id, message.dataset_record_ids
    )
    return messages.Deleted(count)


def shown(dataset: EvaluationDataset, experiment_ids: Sequence[str] = ()) -> messages.Evaluation:
    """An evaluation dataset as MLflow writes it."""
    return messages.Evaluation(
        dataset_id=dataset.id,
        name=dataset.name,
        tags=json.dumps(dict(dataset.tags)),
        schema=dataset.schema,
        profile=dataset.profile,
        digest=dataset.digest,
        created_time=dataset.created_at,
        last_update_time=dataset.updated_at,
        created_by=dataset.created_by,
        last_updated_by=dataset.updated_by,
        experiment_ids=list(experiment_ids),
    )


def _record(record: Record) -> messages.Record:
    source = record.source or {}
    kind, data = source.get("source_type"), source.get("source_data") or {}
    return messages.Record(
        dataset_record_id=record.id,
        dataset_id=record.dataset_id,
        inputs=record.inputs,
        outputs=record.outputs,
        expectations=record.expectations,
        tags=record.tags,
        source=record.source,
        source_id=data.get("trace_id" if kind == "TRACE" else "source_id"),
        source_type=kind,
        created_time=record.created_at,
        last_update_time=record.updated_at,
        created_by=record.created_by,
        last_updated_by=record.updated_by,
    )


async def _experiments(asked: Asked, given: Sequence[str]) -> list[str]:
    return [await experiment_id_of(asked, experiment_id) for experiment_id in given]


def _create(
    connection: Writing, caller: Caller, project_id: str, name: str, *, tags: dict[str, Any], ids: list[str]
) -> EvaluationDataset:
    """A dataset belongs to the project of its experiments, else to the one that the request is about."""
    projects = {tracking.get_experiment(connection, caller, each, tracking.WRITE).project_id for each in ids}
    if len(projects) > 1:
        raise dataset_errors.SeveralProjects
    home = projects.pop() if projects else project_id
    caller.require(tracking.WRITE, home)
    return evaluation.create(connection, home, name, tags=tags, experiment_ids=ids)


def _add_experiments(connection: Writing, caller: Caller, dataset_id: str, ids: list[str]) -> EvaluationDataset:
    dataset = evaluation.get(connection, caller, dataset_id, tracking.WRITE, dataset_errors.MovedDatasetNotFound)
    for each in ids:
        if tracking.get_experiment(connection, caller, each, tracking.WRITE).project_id != dataset.project_id:
            raise dataset_errors.SeveralProjects
    return evaluation.add_experiments(connection, caller, dataset_id, ids)


def _object(name: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = _decoded(name, text, dict[str, Any])
    return found


def _decoded(name: str, text: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        raise dataset_errors.BadJson(name) from None


def _row(method: Any, path: str, scope: str, request: type[Any], handle: Any) -> Endpoint[Any]:
    return Endpoint(method=method, path=path, scope=scope, request=request, handle=handle)


ENDPOINTS: Final[list[Endpoint[Any]]] = [
    _row("POST", f"{_PATH}/create", tracking.WRITE, messages.CreateEvaluation, create_dataset),
    _row("GET", f"{_PATH}/search", tracking.READ, messages.SearchEvaluations, search_datasets),
    _row("POST", f"{_PATH}/search", tracking.READ, messages.SearchEvaluations, search_datasets),
    _row("GET", _ONE, tracking.READ, messages.OneId, get_dataset),
    _row("DELETE", _ONE, tracking.WRITE, messages.OneId, delete_dataset),
    _row("PATCH", f"{_ONE}/tags", tracking.WRITE, messages.SetTags, set_tags),
    _row("DELETE", f"{_ONE}/tags/{{key:str}}", tracking.WRITE, messages.DeleteTag, delete_tag),
    _row("POST", f"{_ONE}/records", tracking.WRITE, messages.UpsertRecords, upsert_records),
    _row("GET", f"{_ONE}/records", tracking.READ, messages.GetRecords, get_records),
    _row("DELETE", f"{_ONE}/records", tracking.WRITE, messages.DeleteRecords, delete_records),
    _row("GET", f"{_ONE}/experiment-ids", tracking.READ, messages.OneId, get_experiment_ids),
    _row("POST", f"{_ONE}/add-experiments", tracking.WRITE, messages.Experiments, add_experiments),
    _row("POST", f"{_ONE}/remove-experiments", tracking.WRITE, messages.Experiments, remove_experiments),
]
