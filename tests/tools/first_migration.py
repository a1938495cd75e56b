"""Writes the first schema revision from the tables in the code."""

import tempfile
from pathlib import Path

from cuvee import migrations
from cuvee.db.engine import make_engine

with tempfile.TemporaryDirectory() as folder:
    migrations.write_first(make_engine(f"sqlite:///{Path(folder) / 'empty.db'}", writes=True, connections=1))
