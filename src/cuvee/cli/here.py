"""What a command works with: the platform, and a way to show what it says, for people or for scripts."""

import functools
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from cuvee.cli import client, options

#: Seconds between two questions about how far something is.
_AGAIN: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """One call of a command."""

    api: client.Client
    #: Print one JSON document and nothing else.
    as_json: bool

    def table(self, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
        """A list. `columns` is field → heading; a field may go inwards, such as `owner.username`."""
        if self.as_json:
            _print_json(list(rows))
            return
        cells = [[_text(_field(row, name)) for name in columns] for row in rows]
        if sys.stdout.isatty():
            _print_rich(list(columns.values()), cells)
        else:
            _print_plain([*columns.values()], cells)

    def record(self, row: Mapping[str, Any], fields: Mapping[str, str]) -> None:
        """One thing: a line a field."""
        if self.as_json:
            _print_json(row)
            return
        width = max(map(len, fields.values()))
        for name, heading in fields.items():
            click.echo(f"{heading.ljust(width)}  {_text(_field(row, name))}".rstrip())

    def done(self, sentence: str, reply: Mapping[str, Any] | None = None) -> None:
        """Say that something was done; scripts get the reply."""
        if self.as_json:
            _print_json(reply or {})
        else:
            click.echo(sentence)

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """A bar on a terminal, nothing elsewhere; gives a function that is told how much more is done."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda _more: None
            return
        bars = import_module("rich.progress")
        console = import_module("rich.console").Console(stderr=True)
        with bars.Progress(console=console, transient=True) as progress:
            task = progress.add_task(what, total=total)
            yield lambda more: progress.advance(task, more)

    def wait(self, ask: Callable[[], dict[str, Any]], until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask again and again until the answer is one; shows `creation_message` and `creation_percent` on the way."""
        answer = ask()
        with self.progress("Working", 100) as advance:
            shown = 0
            while not until(answer):
                time.sleep(_AGAIN)
                answer = ask()
                advance(int(answer.get("creation_percent", 0)) - shown)
                shown = int(answer.get("creation_percent", 0))
        return answer

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something is lost, unless told not to."""
        yes or click.confirm(question, abort=True, err=True)


def connected(function: Callable[..., None]) -> Callable[..., None]:
    """A command that talks to the platform: gets a `Here` first, and the options `--home` and `--json`."""

    @functools.wraps(function)
    def command(home: Path | None, as_json: bool, **arguments: Any) -> None:
        function(Here(api=client.find(home), as_json=as_json), **arguments)

    as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
    return as_json(options.home(command))


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _print_rich(headings: list[str], cells: list[list[str]]) -> None:
    # Imported by name, when there is a terminal: it costs more than all the rest of a command.
    table = import_module("rich.table").Table(*headings, box=None, pad_edge=False, header_style="bold")
    escape = import_module("rich.markup").escape
    for row in cells:
        table.add_row(*map(escape, row))
    import_module("rich.console").Console().print(table)


def _print_plain(headings: list[str], cells: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for row in [headings, *cells]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _field(row: Mapping[str, Any], name: str) -> Any:
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str:
    """One line, without what could steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(character if character.isprintable() else " " for character in text)
