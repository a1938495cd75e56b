"""Compiles packages of an environment, run by that environment's Python: the standard library is all there is.

`python -I compiling.py PACKAGES < {folder: [module, …]}`: compiles the modules beside their sources, and links what
came of them into the folder, which appears whole.
"""

import importlib.util
import json
import os
import py_compile
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

_MODE = py_compile.PycInvalidationMode.CHECKED_HASH


def main(site: Path, wanted: dict[str, Sequence[str]]) -> None:
    """Compile package after package. One whose sources go away meanwhile is left."""
    for folder, modules in wanted.items():
        draft = Path(folder + f".{os.getpid()}.draft")
        draft.mkdir()
        try:
            for module in modules:
                _compile(site, module, draft)
            draft.rename(folder)
        except OSError:  # also when another platform was quicker
            shutil.rmtree(draft, ignore_errors=True)


def _compile(site: Path, module: str, draft: Path) -> None:
    source = site / module
    target = Path(importlib.util.cache_from_source(str(source)))
    kept = draft / target.relative_to(site)
    try:
        py_compile.compile(str(source), str(target), doraise=True, invalidation_mode=_MODE)
    except (py_compile.PyCompileError, SyntaxError, ValueError):
        return  # templates, and examples for other Pythons
    kept.parent.mkdir(parents=True, exist_ok=True)
    os.link(target, kept)


if __name__ == "__main__":
    os.nice(19)
    main(Path(sys.argv[1]), json.load(sys.stdin))
