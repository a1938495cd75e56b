"""The tutorial's text names lines of its scripts: what it says stands there."""

from pathlib import Path

import pytest

from cuvee.core import shipped

CODE = shipped.template("tutorial") / "code"


@pytest.mark.parametrize(
    ("script", "line", "text"),
    [
        ("01_Experiment.py", 27, "mlflow.set_experiment("),
        ("01_Experiment.py", 52, "mlflow.start_run("),
        ("02_Experiment_log_model.py", 49, "alpha = 0.6"),
        ("02_Experiment_log_model.py", 50, "l1_ratio = 0.6"),
        ("02_Experiment_log_model.py", 71, "mlflow.sklearn.log_model("),
        ("01_Active_Experiment.py", 1, "import mlflow"),
        ("01_Active_Experiment.py", 3, 'mlflow.set_experiment("example-experiment")'),
        ("01_Active_Experiment.py", 5, "mlflow.start_run()"),
        ("01_Active_Experiment.py", 7, "run = mlflow.active_run()"),
        ("01_Active_Experiment.py", 9, "mlflow.end_run()"),
        ("02_Log_Artifacts_Tags.py", 22, "mlflow.start_run("),
        ("02_Log_Artifacts_Tags.py", 24, "mlflow.set_tags(tags)"),
        ("02_Log_Artifacts_Tags.py", 27, "mlflow.log_artifacts("),
        ("03_Get_Experiment.py", 3, "client = mlflow.tracking.MlflowClient()"),
        ("03_Get_Experiment.py", 6, "experiment_id = "),
        ("03_Get_Experiment.py", 7, "client.get_experiment(experiment_id)"),
        ("04_Predict_Batch.py", 3, "logged_model = "),
        ("04_Predict_Batch.py", 5, "mlflow.pyfunc.load_model(logged_model)"),
        ("04_Predict_Batch.py", 11, ".predict("),
        ("05_Auto_Model_Registration.py", 71, 'registered_model_name="Auto-Deployed Model"'),
        ("06_Spark_Iceberg_Example.py", 26, "spark = ("),
        ("06_Spark_Iceberg_Example.py", 35, ")"),
        ("06_Spark_Iceberg_Example.py", 39, "df = spark.createDataFrame("),
        ("06_Spark_Iceberg_Example.py", 51, "df.writeTo(TABLE)"),
        ("06_Spark_Iceberg_Example.py", 55, "snapshots = spark.sql("),
        ("06_Spark_Iceberg_Example.py", 60, "committed_at = "),
        ("06_Spark_Iceberg_Example.py", 67, "# print("),
        ("06_Spark_Iceberg_Example.py", 69, "# spark.sql("),
        ("06_Spark_Iceberg_Example.py", 70, "INSERT INTO"),
        ("06_Spark_Iceberg_Example.py", 76, "# snapshots = "),
        ("06_Spark_Iceberg_Example.py", 77, "# history = "),
        ("06_Spark_Iceberg_Example.py", 81, "# committed_at = "),
        ("06_Spark_Iceberg_Example.py", 85, "# # "),
        ("06_Spark_Iceberg_Example.py", 86, "# snapshot_id = "),
        ("06_Spark_Iceberg_Example.py", 87, '# df = spark.read.option("snapshot-id", snapshot_id)'),
        ("06_Spark_Iceberg_Example.py", 90, "# committed_at = "),
        ("06_Spark_Iceberg_Example.py", 92, "tags = {"),
        ("06_Spark_Iceberg_Example.py", 97, "}"),
        ("06_Spark_Iceberg_Example.py", 100, "mlflow.start_run("),
        ("06_Spark_Iceberg_Example.py", 117, "print("),
    ],
)
def test_a_line_that_the_tutorial_names_says_what_it_names(script: str, line: int, text: str):
    assert text in (CODE / script).read_text().splitlines()[line - 1]


@pytest.mark.parametrize("script", sorted(CODE.glob("*.py")), ids=lambda path: path.name)
def test_a_script_is_python(script: Path):
    compile(script.read_text(), script.name, "exec")
