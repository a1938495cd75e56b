"""The shape of the code, held in place. An exception stands in the ledger with its reason; the ledger only shrinks."""

import ast
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
LONGEST_FILE: Final = 400
LONGEST_FUNCTION: Final = 60

#: File → why it may be longer than LONGEST_FILE.
LEDGER: Final[dict[str, str]] = {}

FILES: Final = sorted(
    path
    for folder in ("src/cuvee", "packages/runtime/src")
    for path in (ROOT / folder).rglob("*.py")
    if "versions" not in path.parts
)
IDS: Final = [str(path.relative_to(ROOT)) for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_file_outgrows_a_sitting(path: Path):
    is_excused = str(path.relative_to(ROOT)) in LEDGER
    assert is_excused or len(path.read_text().splitlines()) <= LONGEST_FILE


def test_the_ledger_holds_only_files_that_need_it():
    for name in LEDGER:
        assert len((ROOT / name).read_text().splitlines()) > LONGEST_FILE


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_function_outgrows_a_screen(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} is {length} lines"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_every_module_says_what_it_is_for(path: Path):
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_import_of_ours_hides_in_a_function(path: Path):
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cuvee"):
                    pytest.fail(f"{function.name} imports {node.module}")


@pytest.mark.parametrize("room", sorted((ROOT / "src/cuvee").glob("*/room.py")), ids=lambda path: path.parent.name)
def test_every_room_has_a_page_about_itself(room: Path):
    assert (room.parent / "README.md").read_text().strip()
