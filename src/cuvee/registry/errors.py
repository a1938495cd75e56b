"""What can go wrong in the registry; where MLflow has a sentence for it, that sentence."""

from typing import Self

from cuvee.core import errors


class ModelNotFound(errors.NotFound):
    """Registered Model not found."""

    @classmethod
    def named(cls, name: str) -> Self:
        return cls(f"Registered Model with name={name} not found")


class VersionNotFound(errors.NotFound):
    """Model Version not found."""

    @classmethod
    def numbered(cls, name: str, number: int | str) -> Self:
        return cls(f"Model Version (name={name}, version={number}) not found")


class AliasNotFound(errors.Invalid):
    """Registered model alias not found."""

    @classmethod
    def named(cls, alias: str) -> Self:
        return cls(f"Registered model alias {alias} not found.")


class ModelExists(errors.AlreadyExists):
    """A registered model of this name exists already."""


class NotYourModel(errors.Denied):
    """Only the owner of a registered model, administrators and contributors of its project may change it."""


class NotYours(errors.Denied):
    """Only the owner of a registered model and administrators may hand it over or say who sees it."""


class AliasMoved(errors.Conflict):
    """The alias does not point at the version you expected: somebody moved it. Look again, then decide."""


class BadName(errors.Invalid):
    """A registered model has a name of 1 to 256 characters without `/` and `:`."""


class BadTag(errors.Invalid):
    """A tag has a key of 1 to 250 and a value of up to 100,000 characters."""


class BadAlias(errors.Invalid):
    """An alias has 1 to 255 letters, digits, `_` and `-`."""


class BadStage(errors.Invalid):
    """A stage is None, Staging, Production or Archived."""


class BadVersion(errors.Invalid):
    """A version is a whole number."""


class BadSource(errors.Invalid):
    """A model version comes from a run, a logged model or another version of this platform."""

    @classmethod
    def of(cls, source: str) -> Self:
        return cls(
            f"Invalid model version source: '{source}'. Give runs:/<run id>/<path>, models:/<model id>, "
            "models:/<name>/<version> or mlflow-artifacts:/<path> of a run or logged model that you may read."
        )

    @classmethod
    def outside(cls, source: str, parameter: str) -> Self:
        return cls(
            f"Invalid model version source: '{source}'. The {parameter} request parameter must "
            "identify the resource that contains the source."
        )


class BadText(errors.Invalid):
    """A text is longer than can be kept."""


class BadPageSize(errors.Invalid):
    """A page has at least one entry."""

    @classmethod
    def of(cls, size: int) -> Self:
        return cls(f"Invalid value for max_results. It must be a positive integer, but got {size}")


class BadFilter(errors.Invalid):
    """The filter cannot be read."""


class BadOrder(errors.Invalid):
    """The list cannot be ordered by this."""


class RunElsewhere(errors.NotFound):
    """This experiment of this project has no such run."""


class BadVisibility(errors.Invalid):
    """A registered model is PRIVATE or PUBLIC."""


class NoModelThere(errors.Invalid):
    """There is no model at this path of the run: no MLmodel file and no logged model of this name."""


class ProjectHoldsVersions(errors.Conflict):
    """Registered model versions have their files in this project: delete them first."""
