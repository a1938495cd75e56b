"""What a session makes of settings that ask for Hive's metastore."""

from cuvee_runtime.spark.settings import mend

HIVE = {"spark.sql.catalog.spark_catalog.type": "hive"}


def test_hive_without_a_metastore_means_the_projects_catalog(caplog):
    options = {**HIVE, "spark.app.name": "a"}
    mend(options)

    assert options == {"spark.app.name": "a"}
    assert "spark_catalog stays the project's catalog" in caplog.text


def test_a_metastore_that_is_named_is_the_catalogs():
    options = {**HIVE, "spark.hadoop.hive.metastore.uris": "thrift://metastore:9083"}
    mend(options)

    assert options["spark.sql.catalog.spark_catalog.type"] == "hive"
    assert options["spark.sql.catalog.spark_catalog.uri"] == "thrift://metastore:9083"


def test_what_is_complete_or_of_another_kind_stays_as_it_is():
    for options in (
        {**HIVE, "spark.sql.catalog.spark_catalog.uri": "thrift://metastore:9083"},
        {"spark.sql.catalog.spark_catalog.type": "hadoop"},
        {"spark.sql.catalog.mine.type": "hive"},
    ):
        before = dict(options)
        mend(options)
        assert options == before
