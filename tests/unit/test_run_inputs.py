"""What a run's page says of a dataset: of a snapshot what is to be known, of everything else its source."""

import json
from typing import Any

from cuvee.core.ids import new_id
from cuvee.datasets.values import Dataset, Input
from cuvee.projects.values import Project
from cuvee.web import run_inputs
from cuvee.web.run_inputs import ShownInput

UUID = "9c12d441-03fe-4693-9a96-a0705ddf69c1"


def shown(source: Any, kind: str = "iceberg") -> ShownInput:
    project = Project(
        id=new_id(), slug="cellar", name="The cellar", owner_id="ann", creator_id="ann", created_at=0, updated_at=0
    )
    if isinstance(source, dict) and source.get("warehouse") == "here":
        source["warehouse"] = project.id
    dataset = Dataset(name="wines", digest="d", source_type=kind, source=json.dumps(source))
    [found] = run_inputs.shown(project, [Input(dataset=dataset, tags={"mlflow.data.context": "training"})])
    return found


def test_a_snapshot_is_told_in_words_and_leads_to_its_table():
    found = shown(
        {
            "table_uuid": UUID, "snapshot_id": 17, "warehouse": "here", "row_count": 6497,
            "row_filter": "quality >= 5", "columns": ["alcohol", "quality"],
        }
    )  # fmt: skip

    assert found.text == "snapshot 17, 6,497 rows in all, those where quality >= 5, columns alcohol, quality"
    assert found.url == f"/projects/The%20cellar/data/tables/{UUID}?snapshot=17"
    assert found.lineage == f"/lineage?node=snapshot%3A{UUID}%2F17"
    assert found.used_for == "training"


def test_a_snapshot_of_another_catalog_has_no_page():
    found = shown({"table_uuid": UUID, "snapshot_id": 17, "warehouse": "elsewhere"})

    assert (found.text, found.url) == ("snapshot 17", "")


def test_what_is_no_snapshot_is_shown_as_it_was_written():
    for source in ({"uri": "s3://bucket/wines.csv"}, {"table_uuid": UUID}, {"table_uuid": UUID, "snapshot_id": "x"}):
        found = shown(source)
        assert (found.text, found.lineage, found.kind) == (json.dumps(source), "", "iceberg")
    odd = {"table_uuid": UUID, "snapshot_id": 17, "columns": 5}
    assert (shown(odd).text, shown(odd).lineage) == (json.dumps(odd), "")
