"""A model's folder among a run's artifacts: what it takes, how to load it, what was registered from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.artifacts.texts import text_of
from cuvee.core import errors
from cuvee.core.paths import RelativePath
from cuvee.db.session import Reading
from cuvee.logged_models import mlmodel
from cuvee.logged_models import service as logged_models
from cuvee.logged_models.mlmodel import MlModel
from cuvee.logged_models.values import LoggedModel
from cuvee.registry import service as registry
from cuvee.registry import versions
from cuvee.registry.values import ModelVersion, Window
from cuvee.tracking.values import RunInfo
from cuvee.web.artifact_views import Folder

_MLMODEL: Final = "MLmodel"
_MOST_REQUIREMENTS: Final = 64 * 1024
_MOST_EXAMPLE: Final = 64 * 1024
#: Names that the form offers to complete.
_MOST_NAMES: Final = 200


class BadTags(errors.Invalid):
    """A tag is a line of its own: `name=value`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """A folder with an MLmodel file in it."""

    run: RunInfo
    path: RelativePath
    mlmodel: MlModel
    #: Empty when there is none.
    requirements: str
    example: str
    #: What MLflow 3 logged it as.
    logged: LoggedModel | None
    versions: Sequence[ModelVersion]
    #: Names of registered models to which the caller may add a version.
    names: Sequence[str]

    @property
    def uri(self) -> str:
        """How MLflow's clients name it."""
        return f"runs:/{self.run.id}/{self.path}"

    @property
    def pandas_code(self) -> str:
        """Load it and predict on a table of pandas."""
        return (
            "import mlflow\nimport pandas as pd\n\n"
            f"logged_model = {self.uri!r}\n\n"
            "# Load the model as a PyFuncModel.\n"
            "loaded_model = mlflow.pyfunc.load_model(logged_model)\n\n"
            "# Predict on a pandas DataFrame.\n"
            "loaded_model.predict(pd.DataFrame(data))\n"
        )

    @property
    def spark_code(self) -> str:
        """Load it as a function of Spark and predict on a table of Spark."""
        return (
            "import mlflow\nfrom pyspark.sql.functions import struct\n\n"
            f"logged_model = {self.uri!r}\n\n"
            "# Load the model as a Spark UDF. Say result_type when the model does not return doubles.\n"
            "loaded_model = mlflow.pyfunc.spark_udf(spark, model_uri=logged_model)\n\n"
            "# Predict on a Spark DataFrame.\n"
            'df.withColumn("predictions", loaded_model(struct(*df.columns)))\n'
        )


async def look(call: Call, stores: Stores, run: RunInfo, path: RelativePath, folder: Folder) -> ModelFolder | None:
    """The model of a folder; None when it has no MLmodel file, and for the root, which can hold several."""
    if not path.names or (folder.offset == 0 and not _has_mlmodel(folder)):
        return None
    store = stores.of(run.project_id)
    place = RelativePath((run.experiment_id, run.id, "artifacts")) / path
    text = await text_of(store, place / RelativePath((_MLMODEL,)), mlmodel.MOST)
    if not text:
        return None
    read = mlmodel.read(text.encode())
    requirements = await text_of(store, place / RelativePath(("requirements.txt",)), _MOST_REQUIREMENTS)
    example = ""
    if read.example:
        try:
            example = await text_of(store, place / RelativePath.parse(read.example), _MOST_EXAMPLE)
        except errors.CuveeError:
            example = ""
    logged, made, names = await call.read(_known, call.caller, run, f"mlflow-artifacts:/{place}")
    return ModelFolder(
        run=run, path=path, mlmodel=read, requirements=requirements, example=example,
        logged=logged, versions=made, names=names,
    )  # fmt: skip


def tags(text: str) -> Mapping[str, str]:
    """Tags from lines of `name=value`.

    Raises:
        BadTags: when a line is not one.

    """
    pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
    if not all(equals and key.strip() for key, equals, _ in pairs):
        raise BadTags
    return {key.strip(): value.strip() for key, _, value in pairs}


def _has_mlmodel(folder: Folder) -> bool:
    return folder.has_more or any(entry.name == _MLMODEL and not entry.is_folder for entry in folder.entries)


def _known(
    connection: Reading, caller: Caller, run: RunInfo, location: str
) -> tuple[LoggedModel | None, list[ModelVersion], list[str]]:
    made = [
        version
        for version in versions.of_runs(connection, caller, [run.id]).get(run.id, [])
        if version.location == location
    ]
    models, _ = registry.search_models(connection, caller, window=Window(most=_MOST_NAMES))
    names = [model.name for model in models if registry.may_write(caller, model) and not registry.is_prompt(model)]
    return logged_models.find_at(connection, location), made, names
