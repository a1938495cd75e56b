"""Draws a report of the tutorial as the README's picture: `python -m tests.tools.picture REPORT.json`."""

import io
import re
import sys
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.text import Text

from cuvee.cli.tutorial.report import Report

PICTURE: Final = Path(__file__).parents[2] / "docs" / "pictures" / "tutorial.svg"
_WIDE: Final = 118
_DETAIL: Final = 52


def draw(report: Report) -> str:
    console = Console(record=True, width=_WIDE, file=io.StringIO())
    console.print(Text("$ uv run cuvee tutorial", style="bold"))
    for number, step in enumerate(report.steps, start=1):
        head = Text(f"✓ {number:2d}/{len(report.steps)}  ", style="green")
        detail = step.detail if len(step.detail) <= _DETAIL else step.detail[: _DETAIL - 1] + "…"
        console.print(head + Text(f"{step.name:<40} {step.seconds:6.2f} s  {detail}", style="default"))
    console.print(Text(f"\nPrediction: {report.prediction}", style="bold"))
    # A picture of ours asks no other host for a font.
    return re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="cuvee tutorial"), flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Report)))
