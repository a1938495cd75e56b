"""What can go wrong with logged models, in MLflow's words."""

from cuvee.core import errors

#: What a model's name may not hold: it becomes a folder's name and part of an address.
FORBIDDEN = ("/", ":", ".", "%", '"', "'")


class ModelNotFound(errors.NotFound):
    """There is no such logged model."""

    def __init__(self, model_id: str) -> None:
        super().__init__(f"Logged model with ID '{model_id}' not found.")


class TagNotFound(errors.NotFound):
    """The model has no such tag."""

    def __init__(self, model_id: str, key: str) -> None:
        super().__init__(f"No tag with key {key!r} found for model with ID {model_id!r}.")


class BadModelName(errors.Invalid):
    """A model's name is not empty and has none of the characters in FORBIDDEN."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string "
            f"and cannot contain the following characters: {FORBIDDEN}"
        )


class TooLong(errors.Invalid):
    """A text is longer than it may be."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"'{what}' exceeds the maximum length of {limit} characters.")


class BadText(errors.Invalid):
    """A text holds NUL or half a character, which no database keeps."""


class ParamChanged(errors.Invalid):
    """A parameter of a model stays as it was logged first."""

    def __init__(self, key: str, old: str, new: str) -> None:
        super().__init__(f"Changing param values is not allowed. Param {key!r} has value {old!r}, not {new!r}.")


class BadStatus(errors.Invalid):
    """There is no such status."""

    def __init__(self, status: object) -> None:
        super().__init__(f"Unknown model status: {status}")


class BadOrder(errors.Invalid):
    """Models are not sorted by this."""

    def __init__(self, name: str, hint: str = "") -> None:
        super().__init__(f"Invalid order by field name: {name}{hint}")


class DatasetWithoutName(errors.Invalid):
    """`dataset_name` in the `datasets` clause must be specified."""


class RunInactive(errors.Invalid):
    """The run is deleted: restore it first."""
