# First experiment: learn how good a wine is from what was measured in it, and log what came out.
#
# Run the whole file with the play button, or a selection of it.
# ElasticNet is a linear model with two knobs: alpha says how strongly weights are held down,
# l1_ratio how much of that pushes them to exactly nought. How far off the model is, is logged
# as three metrics: rmse, mae and r2.

import sys

import numpy as np
from sklearn.linear_model import ElasticNet
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import train_test_split

import mlflow
import mlflow.sklearn
import wine


def errors_of(actual, predicted):
    rmse = np.sqrt(mean_squared_error(actual, predicted))
    return rmse, mean_absolute_error(actual, predicted), r2_score(actual, predicted)


# Runs go to this experiment until another one is set, here or in any other script of the session.

mlflow.set_experiment("wine-quality-test")

np.random.seed(40)

# Read the table.

table, source = wine.load()
print(f"{len(table)} wines from {source}")

# Keep a quarter of the wines aside, to judge the model by wines that it has not seen.

train, test = train_test_split(table)

train_x = train.drop(columns=["quality"])
test_x = test.drop(columns=["quality"])
train_y = train[["quality"]]
test_y = test[["quality"]]

# The knobs may be given as arguments; see what happens when you change them.

alpha = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
l1_ratio = float(sys.argv[2]) if len(sys.argv) > 2 else 0.5

# Everything logged in this block belongs to one run.

with mlflow.start_run():
    model = ElasticNet(alpha=alpha, l1_ratio=l1_ratio, random_state=42)
    model.fit(train_x, train_y)

    rmse, mae, r2 = errors_of(test_y, model.predict(test_x))

    print(f"ElasticNet (alpha={alpha:.2f}, l1_ratio={l1_ratio:.2f}):")
    print(f"  RMSE: {rmse}")
    print(f"  MAE: {mae}")
    print(f"  R2: {r2}")

    mlflow.set_tag("data.source", source)
    mlflow.log_param("alpha", alpha)
    mlflow.log_param("l1_ratio", l1_ratio)
    mlflow.log_metric("rmse", rmse)
    mlflow.log_metric("r2", r2)
    mlflow.log_metric("mae", mae)
