"""Environments with stock MLflow clients, made once by uv and kept outside the repository."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

#: What client scripts import besides MLflow.
PACKAGES: Final = ("matplotlib", "pandas", "pillow", "psutil", "pyarrow", "scikit-learn", "xgboost")


def cache() -> Path:
    """Where environments are kept between runs of the tests."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "cuvee-tests"


def python_with(mlflow: str) -> Path:
    """An interpreter whose environment has this release of MLflow; made on the first use, by one test process."""
    wanted = [f"mlflow=={mlflow}", *PACKAGES]
    name = f"mlflow-{mlflow}-{hashlib.sha256(repr((wanted, sys.version_info[:2])).encode()).hexdigest()[:8]}"
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = cache() / name
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _run("venv", "--python", sys.executable, str(folder))
            _run("pip", "install", "--python", str(folder / "bin" / "python"), *wanted)
            (folder / "complete").touch()
    return folder / "bin" / "python"


def _run(*arguments: str) -> None:
    done = subprocess.run(["uv", *arguments], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
