"""From what the rooms keep to API v2's messages, and the numbers and times of those messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf, isinf, isnan

from cuvee.cml_api import errors, messages, questions
from cuvee.core import clock
from cuvee.datasets.values import Input
from cuvee.identity.messages import ShortUser
from cuvee.identity.routes import short
from cuvee.identity.values import User
from cuvee.registry.values import ModelVersion
from cuvee.tracking.values import Experiment, Point, Run, Tag


def experiment(found: Experiment, creator: User | None) -> messages.Experiment:
    """An experiment and who made it."""
    return messages.Experiment(
        id=found.id,
        project_id=found.project_id,
        name=found.name,
        artifact_location=found.artifact_location,
        created_at=clock.rfc3339(found.created_at),
        updated_at=clock.rfc3339(found.updated_at),
        tags=[messages.Tag(key, value) for key, value in found.tags.items()],
        lifecycle_stage=found.stage,
        user=short(creator),
    )


def run(
    found: Run,
    inputs: Sequence[Input] = (),
    versions: Sequence[ModelVersion] = (),
    files: Sequence[messages.FileInfo] = (),
) -> messages.ExperimentRun:
    """A run with what other rooms know about it."""
    info = found.info
    return messages.ExperimentRun(
        id=info.id,
        name=info.name,
        experiment_id=info.experiment_id,
        user=ShortUser(username=info.user_id),
        status=questions.written(info.status),
        start_time=clock.rfc3339(info.start_time) if info.start_time else None,
        end_time=clock.rfc3339(info.end_time) if info.end_time else None,
        artifact_uri=info.artifact_uri,
        data=messages.ExperimentRunData(
            metrics=[metric(last.key, last.point) for last in found.metrics],
            params=_pairs(found.params),
            tags=_pairs(found.tags),
            files=list(files),
            registered_model_metadata=[_registered(version, info.artifact_uri) for version in versions],
        ),
        inputs=messages.ExperimentRunInputs(dataset_inputs=[_input(each) for each in inputs]),
    )


def metric(key: str, point: Point) -> messages.Metric:
    """One value of a metric."""
    return messages.Metric(
        key=key, value=_written(point.value), timestamp=clock.rfc3339(point.timestamp), step=str(point.step)
    )


def tags(given: Sequence[messages.Tag]) -> list[Tag]:
    """Tags or parameters as the rooms take them."""
    return [Tag(tag.key, tag.value) for tag in given]


def milliseconds(text: str, otherwise: int) -> int:
    """A time of a request in milliseconds since the epoch; `otherwise` when there is none.

    Raises:
        BadTime: when it is not written as RFC 3339 has it.

    """
    if not text:
        return otherwise
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise errors.BadTime from None


def value(given: float | str) -> float:
    """A metric's value: a number, or what JSON has no number for, as text.

    Raises:
        BadNumber: when it is none.

    """
    try:
        return float(given)
    except ValueError:
        raise errors.BadNumber from None


def step(given: str | int) -> int:
    """An int64, which may come as text.

    Raises:
        BadNumber: when it is none.

    """
    try:
        number = int(given or 0)
    except ValueError:
        raise errors.BadNumber from None
    if not -(2**63) <= number < 2**63:
        raise errors.BadNumber
    return number


def _written(number: float) -> float | str:
    if isnan(number):
        return "NaN"
    if isinf(number):
        return "Infinity" if number == inf else "-Infinity"
    return number


def _pairs(found: Sequence[Tag]) -> list[messages.Tag]:
    return [messages.Tag(tag.key, tag.value) for tag in found]


def _registered(version: ModelVersion, artifact_uri: str) -> messages.RegisteredModelMetadata:
    return messages.RegisteredModelMetadata(
        model_path=version.location.removeprefix(artifact_uri).strip("/"),
        model_name=version.name,
        model_id=version.model_id,
        model_version_id=version.id,
        version_number=version.number,
        run_id=version.run_id,
        created_at=clock.rfc3339(version.created_at),
    )


def _input(used: Input) -> messages.DatasetInput:
    dataset = used.dataset
    tags: Mapping[str, str] = used.tags
    return messages.DatasetInput(
        tags=[messages.Tag(key, value) for key, value in tags.items()],
        dataset=messages.Dataset(
            name=dataset.name,
            digest=dataset.digest,
            source_type=dataset.source_type,
            source=dataset.source,
            schema=dataset.schema or "",
            profile=dataset.profile or "",
        ),
    )
