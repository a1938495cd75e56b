# A model that is trained on an Iceberg table. Which state of the table it was is logged with it, and can be had again.
#
# Three experiments in one file. It needs a session with Spark: "Enable Spark". For the first, run the file as it is.
# For the second, make lines 51 to 60 comments and take the comment signs off lines 67 to 81. For the third, make lines
# 67 to 81 comments again, take the signs off lines 85 to 90, and write the first run's snapshot id on line 86.
# In the editor, Ctrl+/ does it for the lines that are marked.

import mlflow
import mlflow.spark
from pyspark.ml import Pipeline
from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession

TABLE = "spark_catalog.default.wine_tasting"

mlflow.set_experiment("spark-iceberg")

# The extensions give SQL what Iceberg can do, such as CALL and VERSION AS OF. The catalog that Spark has anyway,
# spark_catalog, learns to keep Iceberg tables: here they are the project's tables.
#
# A session with Spark has all this without being told. The settings stand here so that the file is complete.


spark = (
    SparkSession.builder
    .appName("spark-iceberg")
    # the classes come with the session
    .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
    # tables that are not Iceberg's stay Spark's own
    .config("spark.sql.catalog.spark_catalog", "org.apache.iceberg.spark.SparkSessionCatalog")
    # the same session when there is one already
    .getOrCreate()
)

# Eight wines and what tasters thought of them.

df = spark.createDataFrame(
    [
        (12.8, 3.33, 0.66, 7), (9.4, 3.51, 0.70, 5),
        (9.8, 3.20, 0.88, 5), (11.2, 3.16, 0.28, 6),
        (10.5, 3.35, 0.50, 6), (12.1, 3.28, 0.36, 7),
        (9.0, 3.60, 0.92, 4), (10.0, 3.39, 0.58, 5),
    ],
    "alcohol DOUBLE, ph DOUBLE, volatile_acidity DOUBLE, quality INT",
)

# Experiment 1: the wines become a table.
# Every write makes a snapshot, and the table says which there are.
df.writeTo(TABLE).using("iceberg").createOrReplace()

df = spark.table(TABLE)

snapshots = spark.sql(f"SELECT * FROM {TABLE}.snapshots ORDER BY committed_at")
history = spark.sql(f"SELECT * FROM {TABLE}.history ORDER BY made_current_at")
history.show()
snapshot_id = snapshots.tail(1)[0]["snapshot_id"]
parent_id = snapshots.tail(1)[0]["parent_id"]
committed_at = snapshots.tail(1)[0]["committed_at"]



# Experiment 2: four wines more. The snapshot that this makes has the one before as its parent.


# print(f"{spark.table(TABLE).count()} wines before the insert")
#
# spark.sql(f"""
#     INSERT INTO {TABLE} VALUES
#         (13.1, 3.25, 0.31, 8), (9.2, 3.48, 0.84, 4),
#         (11.7, 3.30, 0.41, 6), (10.2, 3.42, 0.60, 5)
# """)
# df = spark.table(TABLE)
#
# snapshots = spark.sql(f"SELECT * FROM {TABLE}.snapshots ORDER BY committed_at")
# history = spark.sql(f"SELECT * FROM {TABLE}.history ORDER BY made_current_at")
#
# snapshot_id = snapshots.tail(1)[0]["snapshot_id"]
# parent_id = snapshots.tail(1)[0]["parent_id"]
# committed_at = snapshots.tail(1)[0]["committed_at"]


# Experiment 3: the table as it was in the first experiment.
# # the id is a tag of the first run
# snapshot_id = 1234567890123456789
# df = spark.read.option("snapshot-id", snapshot_id).table(TABLE)
# snapshot = spark.sql(f"SELECT * FROM {TABLE}.snapshots WHERE snapshot_id = {snapshot_id}").first()
# parent_id = snapshot["parent_id"]
# committed_at = snapshot["committed_at"]

tags = {
    "iceberg_snapshot_id": snapshot_id,
    "iceberg_parent_id": parent_id,
    "iceberg_snapshot_committed_at": committed_at,
    "row_count": df.count(),
}

# What is logged here belongs to one run: how the model was made, how good it is, the model, and what it learnt from.
with mlflow.start_run():
    mlflow.set_tags(tags)

    measured = VectorAssembler(inputCols=["alcohol", "ph", "volatile_acidity"], outputCol="features")
    linear = LinearRegression(labelCol="quality", regParam=0.1)
    model = Pipeline(stages=[measured, linear]).fit(df)

    judge = RegressionEvaluator(labelCol="quality", metricName="rmse")
    rmse = judge.evaluate(model.transform(df))

    mlflow.log_param("regParam", linear.getRegParam())
    mlflow.log_metric("rmse", rmse)

    example = df.drop("quality").limit(3).toPandas()
    signature = mlflow.models.infer_signature(example, model.transform(df.limit(3)).select("prediction").toPandas())
    packages = mlflow.spark.get_default_pip_requirements()  # else MLflow starts another Spark to find them out
    mlflow.spark.log_model(model, "model", signature=signature, pip_requirements=packages)
    print(f"{tags['row_count']} wines of snapshot {snapshot_id}: RMSE {rmse:.3f}")
