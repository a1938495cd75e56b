"""`cuvee project files`: what is in a project's folder."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

import click

from cuvee.cli.client import quoted
from cuvee.cli.here import Here, connected
from cuvee.core import errors

_COLUMNS: Final = {"path": "Path", "is_dir": "Folder", "file_size": "Bytes", "modified_at": "Changed"}


class InTheWay(errors.CuveeError):
    """There is something of this name already."""


@click.group()
def command() -> None:
    """List, upload, download, move and delete files."""


@command.command("list")
@connected
@click.argument("project")
@click.argument("path", default="")
def list_files(here: Here, project: str, path: str) -> None:
    """What is in a folder of the project."""
    here.table(here.api.get(_address(here, project, path))["files"], _COLUMNS)


@command.command()
@connected
@click.argument("project")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--to", default="", help="The folder in the project; its top when not given.")
def upload(here: Here, project: str, sources: tuple[Path, ...], to: str) -> None:
    """Upload files, and folders with what is in them."""
    address = _address(here, project)
    files = [(file, PurePosixPath(to) / name) for source in sources for file, name in _below(source)]
    with here.progress("Uploading", sum(file.stat().st_size for file, _name in files)) as advance:
        for file, name in files:
            with file.open("rb") as stream:
                here.api.upload(f"{address}/{quoted(str(name))}", stream, file.stat().st_size, advance)
    here.done(f"Uploaded {_counted(len(files))}.", {"files": [str(name) for _file, name in files]})


@command.command()
@connected
@click.argument("project")
@click.argument("path")
@click.option("--to", type=click.Path(path_type=Path), help="Where to; the path's last name here when not given.")
def download(here: Here, project: str, path: str, to: Path | None) -> None:
    """Download a file, or a folder with what is in it."""
    address = _address(here, project)
    target = to or Path(PurePosixPath(path).name or project)
    if target.exists():
        raise InTheWay(f"{target} is there already: choose another place with --to.")
    found = list(_walk(here, address, path.strip("/")))
    with here.progress("Downloading", sum(int(file["file_size"]) for file in found)) as advance:
        for file in found:
            place = target / PurePosixPath(file["path"]).relative_to(path.strip("/"))
            place.parent.mkdir(parents=True, exist_ok=True)
            with (
                here.api.download(f"{address}/{quoted(file['path'])}:download") as (_size, parts),
                place.open("xb") as stream,
            ):
                for part in parts:
                    stream.write(part)
                    advance(len(part))
    here.done(f"Downloaded {_counted(len(found))} to {target}.", {"files": [file["path"] for file in found]})


@command.command()
@connected
@click.argument("project")
@click.argument("path")
@click.argument("to")
def move(here: Here, project: str, path: str, to: str) -> None:
    """Move or rename a file or a folder within the project."""
    here.done(f"Moved {path} to {to}.", here.api.patch(_address(here, project, path), {"path": to}))


@command.command()
@connected
@click.argument("project")
@click.argument("path")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(here: Here, project: str, path: str, yes: bool) -> None:
    """Delete a file, or a folder with everything in it."""
    address = _address(here, project, path)
    here.confirm(f"Delete {path}?", yes=yes)
    here.done(f"Deleted {path}.", here.api.delete(address))


def _address(here: Here, project: str, path: str = "") -> str:
    top = f"/api/v2/projects/{here.api.project(project)['id']}/files"
    return f"{top}/{quoted(path)}" if path else top


def _below(source: Path) -> Iterator[tuple[Path, str]]:
    """A file, or every file in a folder, with its path from where the source stands; links are left out."""
    if not source.is_dir():
        yield source, source.name
        return
    for folder, _folders, names in os.walk(source):
        for path in sorted(Path(folder) / name for name in names):
            if path.is_file() and not path.is_symlink():
                yield path, str(PurePosixPath(source.resolve().name) / path.relative_to(source))


def _walk(here: Here, address: str, path: str) -> Iterator[dict[str, Any]]:
    """Every file at or below a path."""
    for file in here.api.get(f"{address}/{quoted(path)}" if path else address)["files"]:
        if file["is_dir"]:
            yield from _walk(here, address, file["path"])
        else:
            yield file


def _counted(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
