"""Find a Chromium for the browser tests; on Debian, as root, install it: `python -m tests.tools.chromium`."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The program's path: what CUVEE_TEST_CHROMIUM says, else the first that is installed."""
    given = os.environ.get("CUVEE_TEST_CHROMIUM")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure() -> str:
    """The program's path, after installing it where that needs nobody's help."""
    with (Path(tempfile.gettempdir()) / "cuvee-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not find() and os.geteuid() == 0 and shutil.which("apt-get"):
            _install()
    path = find()
    if path is None or not Path(path).exists():
        sys.exit("The browser tests need Chromium: install it, or name one in CUVEE_TEST_CHROMIUM.")
    return path


def _install() -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *words], check=True, env=quiet, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.stdout.write(f"{ensure()}\n")
