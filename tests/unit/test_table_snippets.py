"""Code that reads a table, whatever the table is called."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from cuvee.data.values import Table
from cuvee.web import table_snippets

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/\\"), min_size=1, max_size=20)


def table(*parts: str) -> Table:
    return Table(
        uuid="", project_id="", namespace=parts[:-1], name=parts[-1], location="", metadata_location="",
        snapshot_id=None, schema_id=0, created_at=0, updated_at=0,
    )  # fmt: skip


@given(NAMES, NAMES)
def test_the_name_in_the_code_is_the_tables(namespace: str, name: str):
    code = dict(table_snippets.reading(table(namespace, name), 7))["pyiceberg"]
    (named,) = (
        each.args[0]
        for each in ast.walk(ast.parse(code))
        if isinstance(each, ast.Call) and getattr(each.func, "attr", "") == "load_table"
    )
    found = ast.literal_eval(named)

    assert (found if isinstance(found, tuple) else tuple(found.split("."))) == (namespace, name)


@given(NAMES)
def test_a_name_cannot_leave_its_quotes_in_sql(name: str):
    sql = dict(table_snippets.reading(table("default", name), None))["Spark SQL"].removeprefix("SELECT * FROM default.")

    assert sql == name or (sql[0] == sql[-1] == "`" and "`" not in sql[1:-1].replace("``", ""))


def test_without_a_snapshot_the_table_is_read_as_it_is():
    assert all(
        "snapshot" not in code.lower() for _name, code in table_snippets.reading(table("default", "wines"), None)
    )
