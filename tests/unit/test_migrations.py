"""The schema has one truth: the history and the code's tables agree, on both databases."""

import pytest
from sqlalchemy import inspect, text

from cuvee import migrations
from cuvee.db.database import Database


def test_the_history_leads_to_the_tables_in_the_code(database: Database):
    with database.owner() as engine:
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
