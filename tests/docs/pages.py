"""Reads a documentation page as a program: its fenced blocks, in order.

- `console`: a line that begins with `$ ` is a command, `> ` goes on with it; below is what it prints, `...` stands for
  anything. A command must end well, unless a comment at its end says `# exits with 1`.
- `python`: run in one interpreter for the whole page; a `text` block right after it is what it prints.
- `file NAME`: written to NAME in the folder in which the page's commands run.

Other blocks are for reading. A page that begins with `<!-- not run: reason -->` is not run.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FENCE: Final = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_EXIT: Final = re.compile(r"\s+# exits with (\d+)$")
NOT_RUN: Final = re.compile(r"\A<!-- not run: .+ -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block."""

    kind: str
    #: What stands behind the kind.
    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a console block."""

    line: str
    exit_code: int
    #: None when the page does not say.
    printed: str | None


def is_run(page: Path) -> bool:
    return NOT_RUN.match(page.read_text()) is None


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found = []
    for match in _FENCE.finditer(text):
        kind, _, name = match["info"].strip().partition(" ")
        found.append(Block(kind=kind, name=name, text=match["text"], line=text.count("\n", 0, match.start()) + 1))
    return found


def commands(block: Block) -> list[Command]:
    found: list[Command] = []
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        first, *rest = part.splitlines()
        while rest and rest[0].startswith("> "):
            first = first.removesuffix("\\") + rest.pop(0)[2:]
        exits = _EXIT.search(first)
        found.append(
            Command(
                line=_EXIT.sub("", first),
                exit_code=int(exits[1]) if exits else 0,
                printed="\n".join(rest) if rest else None,
            )
        )
    return found


def matches(expected: str, printed: str) -> bool:
    """Whether what was printed is what the page shows; runs of blanks count as one."""
    pattern = ".*".join(re.escape(_squeezed(part)) for part in expected.split("..."))
    return re.fullmatch(pattern, _squeezed(printed), re.DOTALL) is not None


def _squeezed(text: str) -> str:
    return re.sub(r"[ \t]+", " ", "\n".join(line.rstrip() for line in text.splitlines()).strip("\n"))
