"""The schema has one truth: the history and the code's tables agree, on both databases."""

import pytest
from sqlalchemy import Engine, inspect, text

from cuvee import migrations
from cuvee.db.database import Database


def schema(engine: Engine) -> dict[str, object]:
    """All that the database says of its tables."""
    found = inspect(engine)
    asked = [found.get_columns, found.get_indexes, found.get_foreign_keys, found.get_unique_constraints]
    return {
        name: ([sorted(map(str, ask(name))) for ask in asked], found.get_pk_constraint(name))
        for name in found.get_table_names()
    }


def test_an_empty_database_gets_what_the_history_leads_to(database: Database):
    with database.owner() as engine:
        made = schema(engine)
        migrations.downgrade(engine)
        assert list(schema(engine)) in ([], ["alembic_version"])
        migrations.upgrade(engine)

        assert schema(engine) == made


def test_the_history_leads_to_the_tables_in_the_code(database: Database):
    with database.owner() as engine:
        migrations.downgrade(engine)
        migrations.upgrade(engine)

        migrations.check(engine)


def test_going_back_leaves_nothing(database: Database):
    with database.owner() as engine:
        migrations.downgrade(engine)

        assert inspect(engine).get_table_names() in ([], ["alembic_version"])


def test_a_database_of_a_newer_version_is_refused(database: Database):
    database.write_now(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num='9'")) and None
    )

    with database.owner() as engine, pytest.raises(migrations.NewerDatabase):
        migrations.upgrade(engine)


def test_the_newest_revision_is_the_one_that_alembic_would_go_to(database: Database):
    with database.owner() as engine, engine.begin() as connection:
        assert migrations.current(connection) == migrations.head()
