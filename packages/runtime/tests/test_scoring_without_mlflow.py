"""scikit-learn models that are loaded without MLflow are what MLflow would have made of them."""

import shutil
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from wine import COLUMNS

from cuvee_runtime.scoring import answers, pyfunc, sklearn_models
from cuvee_runtime.scoring.errors import ScoringError
from cuvee_runtime.scoring.values import Form, Kind

PLAIN = ["wine", "labels", "shares", "trusted"]
OTHERS = ["unsigned", "tensor", "boosted", "failing", "powers", "mirror", "totals", "hinted"]
_relaxed = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_cells = some.sampled_from(
    [None, 0, 1, -3, 2.5, 9.1, 2**40, 1e300, True, "white", "red", "blue", "3.5", "x", "", [1], {"a": 1}]
)
_names = some.sampled_from([*COLUMNS[:3], "pH", "alcohol", "grape", "year", "other"])
_records = some.lists(some.dictionaries(_names, _cells, max_size=6), max_size=3)


def rows(columns):
    """Rows that are mostly right, in the order of the columns or another."""
    good = some.sampled_from([1, 2.5, 9.1, 2001])
    width = some.lists(good | _cells, min_size=len(columns), max_size=len(columns))
    data = some.lists(width | some.lists(good, min_size=len(columns), max_size=len(columns)), min_size=1, max_size=4)
    return some.fixed_dictionaries({"columns": some.just(columns) | some.permutations(columns), "data": data})


_splits = rows(COLUMNS) | rows(["pH", "alcohol", "grape", "year"]) | rows(["pH", "grape", "year"])
_forms = (
    some.builds(Form, kind=some.just(Kind.SPLIT), value=_splits, params=some.sampled_from([None, {}, {"a": 1}, 3]))
    | some.builds(Form, kind=some.sampled_from([Kind.RECORDS, Kind.INSTANCES, Kind.INPUTS]), value=_records)
    | some.builds(Form, kind=some.sampled_from([Kind.INPUTS, Kind.RECORD]), value=some.dictionaries(_names, _cells))
)


@pytest.fixture(scope="session")
def pairs(models):
    """Each model twice: loaded without MLflow, and by it."""
    return {name: (sklearn_models.load(str(models / name)), pyfunc.load(str(models / name))) for name in PLAIN}


def outcome(servable, form):
    """What a caller would see."""
    try:
        answer = servable.predict(servable.prepare(form))
    except ScoringError as error:
        return type(error), error.message
    except Exception as error:  # noqa: BLE001 - the model's own, which is hidden from callers
        return type(error)
    return type(answer), str(getattr(answer, "dtype", "")), answers.encode(answer)


@pytest.mark.parametrize("name", PLAIN)
@_relaxed
@given(form=_forms)
def test_the_answer_and_the_refusal_are_those_of_mlflow(pairs, name, form):
    ours, theirs = pairs[name]

    assert outcome(ours, form) == outcome(theirs, form)


@pytest.mark.parametrize("name", PLAIN)
def test_the_declared_columns_are_those_of_mlflow(pairs, name):
    ours, theirs = pairs[name]

    assert (ours.platform, ours.inputs, ours.outputs) == (theirs.platform, theirs.inputs, theirs.outputs)


@pytest.mark.parametrize("name", OTHERS)
def test_other_models_are_left_to_mlflow(models, name):
    assert sklearn_models.load(str(models / name)) is None


@pytest.mark.parametrize(
    "change",
    [
        ("python_version:", "code: code\n    python_version:"),
        ("is_signature_from_type_hint: false", "is_signature_from_type_hint: true"),
        ("params: null", "params: '[{}]'"),
        ("serialization_format: cloudpickle", "serialization_format: other"),
        ("model_uuid:", "metadata:\n  mlflow.model.external: true\nmodel_uuid:"),
        ("flavors:", "flavors: ["),
    ],
)
def test_a_model_that_says_more_is_left_to_mlflow(models, tmp_path, change):
    copy = shutil.copytree(models / "wine", tmp_path / "wine")
    described = (copy / "MLmodel").read_text()
    assert change[0] in described
    (copy / "MLmodel").write_text(described.replace(*change))

    assert sklearn_models.load(str(copy)) is None


def test_where_pickles_may_be_forbidden_mlflow_decides(models, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")

    assert sklearn_models.load(str(models / "wine")) is None


@pytest.mark.parametrize("name", PLAIN)
def test_mlflow_is_not_imported(models, name):
    program = (
        "import sys\nfrom cuvee_runtime.scoring import command, sklearn_models\n"
        f"assert sklearn_models.load({str(models / name)!r})\n"
        "print({'mlflow'} & sys.modules.keys())"
    )

    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout == "set()\n"
