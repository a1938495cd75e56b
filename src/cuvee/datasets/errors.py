"""What can go wrong with datasets, in MLflow's words."""

from cuvee.core import errors


class TooLong(errors.Invalid):
    """A text is longer than it may be."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"'{what}' exceeds the maximum length of {limit} characters.")


class BadText(errors.Invalid):
    """A text holds NUL or half a character, which no database keeps."""


class NoExperiments(errors.Invalid):
    """SearchDatasets request must specify at least one experiment_id."""


class TooManyExperiments(errors.Invalid):
    """A search names too many experiments."""

    def __init__(self, limit: int, count: int) -> None:
        super().__init__(
            f"SearchDatasets request cannot specify more than {limit} experiment_ids. Received {count} experiment_ids."
        )


class DatasetNotFound(errors.NotFound):
    """There is no such evaluation dataset."""

    def __init__(self, dataset_id: str) -> None:
        super().__init__(f"Evaluation dataset with id '{dataset_id}' not found")


class TaggedDatasetNotFound(DatasetNotFound):
    """`DatasetNotFound`, as MLflow says it when tags are set."""

    def __init__(self, dataset_id: str) -> None:
        errors.NotFound.__init__(self, f"Could not find evaluation dataset with ID {dataset_id}")


class MovedDatasetNotFound(DatasetNotFound):
    """`DatasetNotFound`, as MLflow says it when experiments are added or removed."""

    def __init__(self, dataset_id: str) -> None:
        errors.NotFound.__init__(self, f"Dataset '{dataset_id}' not found")


class BadDatasetName(errors.Invalid):
    """An evaluation dataset has a name."""


class BadJson(errors.Invalid):
    """A field that holds JSON cannot be read."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Invalid value for parameter '{what}': expected JSON of the documented shape.")


class BadOrder(errors.Invalid):
    """Evaluation datasets are sorted by name, created_time or last_update_time, each with ASC or DESC."""


class SeveralProjects(errors.Invalid):
    """An evaluation dataset belongs to one project: its experiments are of that project."""
