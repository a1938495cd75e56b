"""The protocol's runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import UNSET

from cuvee.api.callers import Caller
from cuvee.datasets import service as datasets
from cuvee.datasets.values import Input
from cuvee.db.session import Reading
from cuvee.logged_models import service as logged_models
from cuvee.logged_models.values import Link
from cuvee.mlflow_api import errors
from cuvee.mlflow_api.endpoint import Asked, Endpoint
from cuvee.mlflow_api.experiments import experiment_id_of
from cuvee.mlflow_api.messages import runs as messages
from cuvee.mlflow_api.messages.common import Shown, number
from cuvee.tracking import legacy_models
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
    return messages.OneRun(shown(made, Links()))


async def get_run(asked: Asked, message: messages.GetRun) -> messages.OneRun:
    run, links = await asked.call.read_briefly(_run_with_links, asked.caller, message.run_id)
    return messages.OneRun(shown(run, links))


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
    await asked.call.write(legacy_models.log_model, asked.caller, message.run_id, message.model_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Run → what it used and made. None of it is known of a run that was just created."""

    datasets: Mapping[str, Sequence[Input]] = field(default_factory=dict)
    used: Mapping[str, Sequence[Link]] = field(default_factory=dict)
    #: None when it was not asked for.
    made: Mapping[str, Sequence[Link]] | None = None


def shown_all(connection: Reading, found: Sequence[Run]) -> list[messages.Run]:
    """Runs that the caller may see, as MLflow writes them: two queries, however many there are."""
    links = _links(connection, [run.info.id for run in found])
    return [shown(run, links) for run in found]


def _run_with_links(connection: Reading, caller: Caller, run_id: str) -> tuple[Run, Links]:
    """One crossing to a reader for everything that a run's page shows."""
    run = tracking.get_run(connection, caller, run_id)
    return run, _links(connection, [run.info.id])


def _links(connection: Reading, run_ids: Sequence[str]) -> Links:
    models = logged_models.links_of(connection, run_ids)
    return Links(datasets=datasets.inputs_of(connection, run_ids), used=models.used, made=models.made)


def shown(run: Run, links: Links) -> messages.Run:
    """A run as MLflow writes it."""
    run_id = run.info.id
    return messages.Run(
        info=shown_info(run.info),
        data=messages.RunData(
            metrics=[
                messages.MetricShown(last.key, number(last.value), last.timestamp, last.step) for last in run.metrics
            ],
            params=list(run.params),
            tags=list(run.tags),
        ),
        inputs=messages.Inputs(
            dataset_inputs=[_shown_input(each) for each in links.datasets.get(run_id, ())],
            model_inputs=[messages.ModelInput(link.model_id) for link in links.used.get(run_id, ())],
        ),
        outputs=None
        if links.made is None
        else messages.Outputs([messages.ModelOutput(link.model_id, link.step) for link in links.made.get(run_id, ())]),
    )


def _shown_input(used: Input) -> messages.DatasetInput:
    dataset = used.dataset
    return messages.DatasetInput(
        tags=[Shown(key, value) for key, value in used.tags.items()],
        dataset=messages.Dataset(
            name=dataset.name,
            digest=dataset.digest,
            source_type=dataset.source_type,
            source=dataset.source,
            schema=dataset.schema or "",
            profile=dataset.profile or "",
        ),
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
    Endpoint(
        method="GET",
        path="/2.0/mlflow/runs/get",
        scope=tracking.READ,
        request=messages.GetRun,
        handle=get_run,
        is_hot=True,
    ),
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
