"""The protocol's experiments."""

from collections.abc import Mapping
from typing import Any, Final

from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.messages import experiments as messages
from cuvee.mlflow_api.messages.common import Shown
from cuvee.tracking import service as tracking
from cuvee.tracking.values import DEFAULT_ID, Experiment, Tag


async def experiment_id_of(asked: Asked, experiment_id: str) -> str:
    """The id that is meant: `0`, and none at all, stand for the project's experiment `Default`."""
    return await default_of(asked) if experiment_id in {"", DEFAULT_ID} else experiment_id


async def default_of(asked: Asked) -> str:
    """The id of the experiment `Default` of the project that the request is about, made when it is not there."""
    project_id = await asked.project()
    found = await asked.call.read(tracking.find_default, project_id)
    if found is None:
        return await asked.call.write(tracking.ensure_default, project_id)
    return found


async def create_experiment(asked: Asked, message: messages.CreateExperiment) -> messages.ExperimentId:
    await default_of(asked)
    made = await asked.call.write(
        tracking.create_experiment,
        asked.caller,
        await asked.project(),
        message.name,
        tags=[Tag(pair.key, pair.value) for pair in message.tags],
        artifact_location=message.artifact_location,
    )
    return messages.ExperimentId(made.id)


async def get_experiment(asked: Asked, message: messages.GetExperiment) -> messages.OneExperiment:
    experiment_id = await experiment_id_of(asked, message.experiment_id)
    return messages.OneExperiment(shown(await asked.call.read(tracking.get_experiment, asked.caller, experiment_id)))


async def get_experiment_by_name(asked: Asked, message: messages.GetExperimentByName) -> messages.OneExperiment:
    await default_of(asked)
    found = await asked.call.read(
        tracking.get_experiment_by_name, asked.caller, await asked.project(), message.experiment_name
    )
    return messages.OneExperiment(shown(found))


async def delete_experiment(asked: Asked, message: messages.DeleteExperiment) -> None:
    experiment_id = await experiment_id_of(asked, message.experiment_id)
    await asked.call.write(tracking.delete_experiment, asked.caller, experiment_id)


async def restore_experiment(asked: Asked, message: messages.RestoreExperiment) -> None:
    experiment_id = await experiment_id_of(asked, message.experiment_id)
    await asked.call.write(tracking.restore_experiment, asked.caller, experiment_id)


async def update_experiment(asked: Asked, message: messages.UpdateExperiment) -> None:
    experiment_id = await experiment_id_of(asked, message.experiment_id)
    await asked.call.write(tracking.rename_experiment, asked.caller, experiment_id, message.new_name)


async def set_experiment_tag(asked: Asked, message: messages.SetExperimentTag) -> None:
    experiment_id = await experiment_id_of(asked, message.experiment_id)
    tag = Tag(message.key, message.value)
    await asked.call.write(tracking.set_experiment_tag, asked.caller, experiment_id, tag)


async def delete_experiment_tag(asked: Asked, message: messages.DeleteExperimentTag) -> None:
    experiment_id = await experiment_id_of(asked, message.experiment_id)
    await asked.call.write(tracking.delete_experiment_tag, asked.caller, experiment_id, message.key)


def shown(experiment: Experiment) -> messages.Experiment:
    """An experiment as MLflow writes it."""
    return messages.Experiment(
        experiment_id=experiment.id,
        name=experiment.name,
        artifact_location=experiment.artifact_location,
        lifecycle_stage=experiment.stage,
        last_update_time=experiment.updated_at,
        creation_time=experiment.created_at,
        tags=pairs(experiment.tags),
    )


def pairs(tags: Mapping[str, str]) -> list[Shown]:
    """Tags as MLflow writes them."""
    return [Shown(key, value) for key, value in tags.items()]


ENDPOINTS: Final[list[Endpoint[Any]]] = [
    Endpoint(
        method="POST",
        path="/2.0/mlflow/experiments/create",
        scope=tracking.WRITE,
        request=messages.CreateExperiment,
        handle=create_experiment,
    ),
    Endpoint(
        method="GET",
        path="/2.0/mlflow/experiments/get",
        scope=tracking.READ,
        request=messages.GetExperiment,
        handle=get_experiment,
    ),
    Endpoint(
        method="GET",
        path="/2.0/mlflow/experiments/get-by-name",
        scope=tracking.READ,
        request=messages.GetExperimentByName,
        handle=get_experiment_by_name,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/experiments/delete",
        scope=tracking.WRITE,
        request=messages.DeleteExperiment,
        handle=delete_experiment,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/experiments/restore",
        scope=tracking.WRITE,
        request=messages.RestoreExperiment,
        handle=restore_experiment,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/experiments/update",
        scope=tracking.WRITE,
        request=messages.UpdateExperiment,
        handle=update_experiment,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/experiments/set-experiment-tag",
        scope=tracking.WRITE,
        request=messages.SetExperimentTag,
        handle=set_experiment_tag,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/experiments/delete-experiment-tag",
        scope=tracking.WRITE,
        request=messages.DeleteExperimentTag,
        handle=delete_experiment_tag,
    ),
]
