"""A session's Jupyter Server, as it is started."""

import subprocess
import sys


def imported(module: str) -> str:
    """What is imported until the server says its version."""
    command = [sys.executable, "-X", "importtime", "-m", module, "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr


def test_it_starts_without_a_grammar_that_nobody_asks():
    assert "jsonschema" in imported("cuvee_runtime.jupyter")
    assert "lark" in imported("jupyter_server"), "the grammar is gone by itself: so can cuvee_runtime.jupyter"
    assert "lark" not in imported("cuvee_runtime.jupyter")
