"""What can go wrong in tracking, in MLflow's words where it has some."""

import json
from posixpath import normpath
from typing import Final

from cuvee.core import errors

_BATCH: Final = "A batch logging request can contain at most {limit} {what}. Got {count} {what}."
_SPLIT: Final = " Please split up {what} across multiple requests and try again."

_PARAM_HELP: Final = """

The cause of this error is typically due to repeated calls
to an individual run_id event logging.

Incorrect Example:
---------------------------------------
with mlflow.start_run():
    mlflow.log_param("depth", 3)
    mlflow.log_param("depth", 5)
---------------------------------------

Which will throw an MlflowException for overwriting a
logged parameter.

Correct Example:
---------------------------------------
with mlflow.start_run():
    with mlflow.start_run(nested=True):
        mlflow.log_param("depth", 3)
    with mlflow.start_run(nested=True):
        mlflow.log_param("depth", 5)
---------------------------------------

Which will create a new nested run for each individual
model and prevent parameter key collisions within the
tracking store."""


class ExperimentNotFound(errors.NotFound):
    """There is no such experiment."""

    def __init__(self, experiment_id: str) -> None:
        super().__init__(f"No Experiment with id={experiment_id} exists")


class ExperimentNameNotFound(errors.NotFound):
    """There is no experiment of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Could not find experiment with name '{name}'")


class ExperimentExists(errors.AlreadyExists):
    """The project has an experiment of this name already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Experiment(name={name}) already exists.")


class ExperimentNotActive(errors.Invalid):
    """The experiment is deleted."""

    def __init__(self, experiment_id: str, stage: str) -> None:
        super().__init__(f"The experiment {experiment_id} must be in the 'active' state. Current state is {stage}.")


class DeletedExperimentKeepsName(errors.Conflict):
    """Cannot rename a non-active experiment."""


class BadExperimentName(errors.Invalid):
    """An experiment needs a name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Invalid experiment name: '{name}'")


class ForeignArtifactLocation(errors.Invalid):
    """Invalid artifact_location: an experiment's artifacts are kept in its project, leave the location out."""


class RunNotFound(errors.NotFound):
    """There is no such run."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Run with id={run_id} not found")


class RunNotActive(errors.Invalid):
    """The run is deleted."""

    def __init__(self, run_id: str, stage: str) -> None:
        super().__init__(f"The run {run_id} must be in the 'active' state. Current state is {stage}.")


class TwoRunNames(errors.Invalid):
    """The run's name and its name tag differ."""

    def __init__(self, name: str, tag: str) -> None:
        super().__init__(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            f"(run_name='{name}', mlflow.runName='{tag}')."
        )


class TagNotFound(errors.NotFound):
    """The thing has no tag of this name."""

    def __init__(self, key: str, what: str, thing_id: str) -> None:
        super().__init__(f"No tag with name: {key} in {what} with id {thing_id}")


class TooLong(errors.Invalid):
    """A text is longer than its place."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"'{what}' exceeds the maximum length of {limit} characters")


class BadCharacters(errors.Invalid):
    """A name has characters that names do not have."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(
            f"Invalid value {_shown(name)} for parameter '{path}' supplied: Names may only contain alphanumerics, "
            "underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
        )


class BadPathName(errors.Invalid):
    """A name that would be another one when read as a path."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(
            f"Invalid value {_shown(name)} for parameter '{path}' supplied: Names may be treated as files in certain "
            "cases, and must not resolve to other names when treated as such. This name would resolve to "
            f"{normpath(name)!r}"
        )


class BadTimestamp(errors.Invalid):
    """A timestamp before the epoch."""

    def __init__(self, path: str, timestamp: int, key: str, value: float) -> None:
        super().__init__(
            f"Invalid value {timestamp} for parameter '{path}' supplied: metric '{key}' (value={value}). "
            "Timestamp must be a nonnegative long (64-bit integer) "
        )


class TooMany(errors.Invalid):
    """A batch has more of something than one request may have."""

    def __init__(self, what: str, limit: int, count: int) -> None:
        super().__init__((_BATCH + _SPLIT).format(what=what, limit=limit, count=count))


class TooManyBytes(errors.Invalid):
    """A batch is larger than one request may be."""

    def __init__(self, limit: int, size: int) -> None:
        super().__init__(f"Batched logging API requests must be at most {limit} bytes, got a request of size {size}.")


class RepeatedParams(errors.Invalid):
    """One batch has a parameter twice."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(
            f"Duplicate parameter keys have been submitted: {keys}. Please ensure the request contains only one param "
            "value per param key."
        )


class ParamChanged(errors.Invalid):
    """A parameter has another value already."""

    def __init__(self, run_id: str, key: str, old: str, new: str) -> None:
        super().__init__(
            f"Changing param values is not allowed. Param with key='{key}' was already logged with value='{old}' for "
            f"run ID='{run_id}'. Attempted logging new value '{new}'."
        )


class ParamsChanged(errors.Invalid):
    """Parameters of a batch have other values already."""

    def __init__(self, run_id: str, changed: list[dict[str, str]]) -> None:
        super().__init__(
            f"Changing param values is not allowed. Params were already logged='{changed}' for run ID='{run_id}'."
        )


class MalformedModel(errors.Invalid):
    """The description of a model cannot be read."""


class BadPageSize(errors.Invalid):
    """A page has at least one entry, and not too many."""


class BadInterval(errors.Invalid):
    """The steps do not make an interval."""


class TooManyCurves(errors.Invalid):
    """These are more runs, metrics or points than one picture shows: choose fewer."""


class BadFilter(errors.Invalid):
    """The filter cannot be read."""

    def __init__(self, message: str = "", *, span: tuple[int, int] | None = None, hint: str = "") -> None:
        super().__init__(message)
        #: From which character up to which the filter's text is wrong, if that is known.
        self.span = span
        #: What would have fitted there.
        self.hint = hint


class BadOrder(errors.Invalid):
    """The order cannot be read."""


class BadColumn(errors.Invalid):
    """A column cannot be asked for."""


def _shown(value: str) -> str:
    return json.dumps(value)
