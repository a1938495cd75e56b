"""The protocol's datasets that runs used."""

from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.datasets import service as datasets
from cuvee.datasets.values import Dataset, Input
from cuvee.db.session import Writing
from cuvee.logged_models import service as logged_models
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.experiments import experiment_id_of
from cuvee.mlflow_api.messages import datasets as messages
from cuvee.tracking import service as tracking


async def log_inputs(asked: Asked, message: messages.LogInputs) -> None:
    await asked.call.write(_log_inputs, asked.caller, message)


async def search_datasets(asked: Asked, message: messages.SearchDatasets) -> messages.Summaries:
    ids = [await experiment_id_of(asked, experiment_id) for experiment_id in message.experiment_ids]
    found = await asked.call.read(datasets.search, asked.caller, ids)
    return messages.Summaries(
        [
            messages.Summary(experiment_id=each.experiment_id, name=each.name, digest=each.digest, context=each.context)
            for each in found
        ]
    )


def _log_inputs(connection: Writing, caller: Caller, message: messages.LogInputs) -> None:
    run = tracking.changing_run(connection, caller, message.run_id)
    inputs = [
        Input(
            dataset=Dataset(
                name=given.dataset.name,
                digest=given.dataset.digest,
                source_type=given.dataset.source_type,
                source=given.dataset.source,
                schema=given.dataset.schema,
                profile=given.dataset.profile,
            ),
            tags={tag.key: tag.value for tag in given.tags},
        )
        for given in message.datasets
    ]
    datasets.log_inputs(
        connection, project_id=run.project_id, experiment_id=run.experiment_id, run_id=run.id, inputs=inputs
    )
    logged_models.log_inputs(connection, run.project_id, run.id, [model.model_id for model in message.models])


ENDPOINTS: Final[list[Endpoint[Any]]] = [
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/log-inputs",
        scope=tracking.WRITE,
        request=messages.LogInputs,
        handle=log_inputs,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/experiments/search-datasets",
        scope=tracking.READ,
        request=messages.SearchDatasets,
        handle=search_datasets,
        prefixes=("/ajax-api",),
    ),
]
