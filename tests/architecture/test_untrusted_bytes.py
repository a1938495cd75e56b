"""The platform's process makes no objects from users' bytes: models are loaded in workloads only."""

import ast
from pathlib import Path

import pytest

SOURCES = sorted((Path(__file__).parents[2] / "src" / "cuvee").rglob("*.py"))
#: Modules that run what they read, and functions that do.
MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "torch", "yaml"}
FUNCTIONS = {"eval", "exec", "__import__"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: "/".join(path.parts[-2:]))
def test_nothing_that_is_read_is_run(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not MODULES.intersection(name.name.partition(".")[0] for name in node.names)
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in MODULES
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FUNCTIONS
