"""Which Spark a model's packages ask for."""

import pytest

from cuvee.runtimes import addons


@pytest.mark.parametrize(
    ("line", "identifier"),
    [
        ("pyspark==4.0.3", "spark-4.0"),
        ("pyspark[connect]==4.1.0 --hash=sha256:00", "spark-4.0"),
        ("pyspark~=3.4", "spark-3.5"),
        ("PySpark == 3.5.1", "spark-3.5"),
        ("pyspark", "spark-4.0"),
        ("pyspark>=3.3", "spark-4.0"),
        ("pyspark; python_version > '3'", "spark-4.0"),
        ("pyspark-client==4.0.0", None),
        ("pyspark-extension==2.0", None),
        ("notpyspark==4.0", None),
        ("pandas==2.2", None),
    ],
)
def test_packages_that_name_pyspark_ask_for_its_add_on(line: str, identifier: str | None):
    found = addons.asked_by(["numpy==2.0", line])

    assert (found and found.identifier) == identifier
