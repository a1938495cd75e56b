"""The protocol's runs."""

from typing import Any, Final

from msgspec import UNSET

from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.experiments import experiment_id_of
from cuvee.mlflow_api.messages import runs as messages
from cuvee.mlflow_api.messages.common import Shown, number
from cuvee.tracking import service as tracking
from cuvee.tracking.values import Run, RunInfo, Status, Tag

#: In the order of protobuf's numbers, from 1.
_STATUSES: Final = tuple(Status)


async def create_run(asked: Asked, message: messages.CreateRun) -> messages.OneRun:
    made = await asked.call.write(
        tracking.create_run,
        asked.caller,
        await experiment_id_of(asked, message.experiment_id),
        name=message.run_name,
        user_id=message.user_id,
        start_time=message.start_time,
        tags=[Tag(pair.key, pair.value) for pair in message.tags],
    )
    return messages.OneRun(shown(made))


async def get_run(asked: Asked, message: messages.GetRun) -> messages.OneRun:
    return messages.OneRun(shown(await asked.call.read(tracking.get_run, asked.caller, message.run_id)))


async def update_run(asked: Asked, message: messages.UpdateRun) -> messages.OneRunInfo:
    info = await asked.call.write(
        tracking.update_run,
        asked.caller,
        message.run_id,
        status=_status(message.status),
        end_time=None if message.end_time is UNSET else message.end_time,
        name=message.run_name,
    )
    return messages.OneRunInfo(shown_info(info))


async def delete_run(asked: Asked, message: messages.DeleteRun) -> None:
    await asked.call.write(tracking.delete_run, asked.caller, message.run_id)


async def restore_run(asked: Asked, message: messages.RestoreRun) -> None:
    await asked.call.write(tracking.restore_run, asked.caller, message.run_id)


async def set_tag(asked: Asked, message: messages.SetTag) -> None:
    await asked.call.write(tracking.set_tag, asked.caller, message.run_id, Tag(message.key, message.value))


async def delete_tag(asked: Asked, message: messages.DeleteTag) -> None:
    await asked.call.write(tracking.delete_tag, asked.caller, message.run_id, message.key)


async def log_model(asked: Asked, message: messages.LogModel) -> None:
    await asked.call.write(tracking.log_model, asked.caller, message.run_id, message.model_json)


def shown(run: Run) -> messages.Run:
    """A run as MLflow writes it."""
    return messages.Run(
        info=shown_info(run.info),
        data=messages.RunData(
            metrics=[
                messages.MetricShown(key=key, value=number(point.value), timestamp=point.timestamp, step=point.step)
                for key, point in run.metrics
            ],
            params=[Shown(*pair) for pair in run.params],
            tags=[Shown(*pair) for pair in run.tags],
        ),
        inputs=messages.Inputs(),
    )


def shown_info(info: RunInfo) -> messages.RunInfo:
    """What a run is, as MLflow writes it."""
    return messages.RunInfo(
        run_uuid=info.id,
        experiment_id=info.experiment_id,
        run_name=info.name,
        user_id=info.user_id,
        status=info.status,
        start_time=info.start_time,
        end_time=info.end_time or 0,
        artifact_uri=info.artifact_uri,
        lifecycle_stage=info.stage,
        run_id=info.id,
    )


def _status(given: str | int) -> Status | None:
    """A status by its name or protobuf's number."""
    if given == "":
        return None
    if isinstance(given, str) and given in Status.__members__:
        return Status(given)
    if isinstance(given, int) and 1 <= given <= len(_STATUSES):
        return _STATUSES[given - 1]
    raise errors.InvalidValue("status", given)


ENDPOINTS: Final[list[Endpoint[Any]]] = [
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/create",
        scope=tracking.WRITE,
        request=messages.CreateRun,
        handle=create_run,
    ),
    Endpoint(method="GET", path="/2.0/mlflow/runs/get", scope=tracking.READ, request=messages.GetRun, handle=get_run),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/update",
        scope=tracking.WRITE,
        request=messages.UpdateRun,
        handle=update_run,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/delete",
        scope=tracking.WRITE,
        request=messages.DeleteRun,
        handle=delete_run,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/restore",
        scope=tracking.WRITE,
        request=messages.RestoreRun,
        handle=restore_run,
    ),
    Endpoint(
        method="POST", path="/2.0/mlflow/runs/set-tag", scope=tracking.WRITE, request=messages.SetTag, handle=set_tag
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/delete-tag",
        scope=tracking.WRITE,
        request=messages.DeleteTag,
        handle=delete_tag,
    ),
    Endpoint(
        method="POST",
        path="/2.0/mlflow/runs/log-model",
        scope=tracking.WRITE,
        request=messages.LogModel,
        handle=log_model,
    ),
]
