"""Estimators that need no names get an array, all others a frame; the answer is the same."""

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import ElasticNet
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from wine import COLUMNS, wines

from cuvee_runtime.scoring import sklearn_arrays


class Own(ElasticNet):
    """Somebody's own, which may look at names."""


def fitted(estimator):
    return estimator.fit(*wines())


@pytest.mark.parametrize(
    "estimator",
    [
        ElasticNet(),
        RandomForestRegressor(n_estimators=3),
        make_pipeline(StandardScaler(), ElasticNet()),
        GridSearchCV(ElasticNet(), {"alpha": [0.1, 1.0]}, cv=2),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_plain_estimator_answers_an_array_as_it_answers_a_frame(estimator):
    frame, _ = wines()
    fitted(estimator)

    function = sklearn_arrays.predict_function(estimator, "predict", COLUMNS)

    np.testing.assert_array_equal(function(frame.to_numpy()), estimator.predict(frame))


@pytest.mark.parametrize(
    "estimator",
    [
        Own(),
        HistGradientBoostingRegressor(max_iter=2),
        make_pipeline(ColumnTransformer([("scale", StandardScaler(), ["pH"])]), ElasticNet()),
        make_pipeline(StandardScaler().set_output(transform="pandas"), ElasticNet()),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_what_may_look_at_names_gets_its_frame(estimator):
    assert sklearn_arrays.predict_function(fitted(estimator), "predict", COLUMNS) is None


def test_another_order_of_columns_gets_a_frame():
    assert sklearn_arrays.predict_function(fitted(ElasticNet()), "predict", COLUMNS[::-1]) is None
