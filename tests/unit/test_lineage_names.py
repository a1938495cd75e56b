"""What runs and data are called in OpenLineage events, whatever clients wrote."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.datasets.values import CONTEXT_TAG, Dataset, Input
from cuvee.lineage.openlineage import datasets, naming


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("s3a://lake/wines/red", ("s3://lake", "wines/red")),
        ("gs://lake/wines/", ("gs://lake", "wines")),
        ("hdfs://node:8020/wines", ("hdfs://node:8020", "/wines")),
        ("abfss://box@account.dfs.core.windows.net/a", ("abfss://box@account.dfs.core.windows.net", "a")),
        ("file:///data/my%20wines/", ("file", "/data/my wines")),
        ("/data/wines", ("file", "/data/wines")),
        ("https://me:secret@example.com/a.csv?sig=secret#part", ("https://example.com", "/a.csv")),
        ("wines.csv", None),
        ("http://[::1/a", None),
        ("", None),
    ],
)
def test_data_is_named_by_its_place(uri: str, name: tuple[str, str] | None):
    assert naming.place(uri) == name


@pytest.mark.parametrize(
    ("given_url", "shown"),
    [
        ("https://me:secret@example.com/wines.git?token=secret", "https://example.com/wines.git"),
        ("ssh://git@example.com/wines.git", "ssh://example.com/wines.git"),
        ("git@example.com:winery/wines.git", "ssh://example.com/winery/wines.git"),
        ("/home/me/wines", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_a_repository_is_named_without_what_opens_it(given_url: str, shown: str):
    assert naming.without_secrets(given_url) == shown


def test_a_run_has_always_the_same_uuid_and_no_event_has_it():
    assert naming.run_uuid("0p3z-9k2m-71ay-b0hx") == "aad7f733-8803-540d-8771-84574f7d441d"
    assert naming.event_uuid("0p3z-9k2m-71ay-b0hx") != naming.run_uuid("0p3z-9k2m-71ay-b0hx")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ODD = st.sampled_from(["s3://a/b", "file:///x", "//[", "\ud800"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | ODD,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)
SOURCES = TEXTS | st.dictionaries(
    st.sampled_from(["uri", "url", "path", "catalog", "table", "metadata_location", "row_count", "snapshot_id"]), VALUES
).map(json.dumps)


@given(
    kind=st.sampled_from(["iceberg", "local", "http", "s3", "code", ""]),
    source=SOURCES,
    schema=st.none() | TEXTS | st.fixed_dictionaries({"mlflow_colspec": VALUES}).map(json.dumps),
    profile=st.none() | TEXTS | st.fixed_dictionaries({"num_rows": VALUES}).map(json.dumps),
    context=st.none() | st.sampled_from(["training", "write"]),
)
def test_whatever_a_client_wrote_becomes_a_dataset_with_a_name(kind, source, schema, profile, context):
    dataset = Dataset(name="data", digest="d", source_type=kind, source=source, schema=schema, profile=profile)
    tags = {} if context is None else {CONTEXT_TAG: context}
    told = datasets.of_input(Input(dataset=dataset, tags=tags), {}, "cuvee/wines")

    read = json.loads(msgspec.json.encode(told))
    assert read["namespace"]
    assert read["name"]
    assert all(facet["_schemaURL"] for facet in read["facets"].values())
