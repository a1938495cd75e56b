"""Pictures of an experiment's runs: a metric's curves of the first runs, and a parameter against a metric."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.tracking import windows
from cuvee.tracking.conditions import Column
from cuvee.tracking.values import Keys, Line, RunInfo
from cuvee.web.pages.experiment_address import Wanted

#: Runs that curves are drawn of, and metrics.
MOST_CURVES: Final = 20
MOST_METRICS: Final = 6
#: Runs that become dots.
MOST_DOTS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What the page draws."""

    #: The runs whose curves are drawn, and how many fit.
    runs: Sequence[RunInfo]
    total: int
    metrics: Sequence[str]
    #: What the scatter has along and up; empty when there is nothing to draw.
    across: str
    up: str
    #: Each a label, an address, two numbers.
    dots: Sequence[dict[str, Any]]
    #: Runs that lack one of the two, or have a text there.
    left_out: int

    def source(self, metric: str) -> str:
        """Where the curves of a metric come from."""
        return "/compare/-/curves?" + urlencode([*(("run", run.id) for run in self.runs), ("key", metric)])


def read(connection: Reading, caller: Caller, experiment_id: str, wanted: Wanted, keys: Keys) -> Charts:
    """The runs of the address, the first ones first.

    Raises:
        BadFilter: when the filter cannot be read.

    """
    metrics = _metrics(wanted, keys)
    across = wanted.others.get("across") or next((f"params.{key}" for key in keys.params), "")
    up = wanted.others.get("up") or next((f"metrics.{key}" for key in metrics), "")
    columns = [found for name in (across, up) if (found := windows.column(name))]
    window = windows.window(
        connection,
        caller,
        experiment_id,
        columns=columns,
        filter_text=wanted.filter,
        order_by=wanted.order_by,
        view=wanted.runs,
        limit=MOST_DOTS,
    )
    dots = _dots(wanted.path, window.lines, columns)
    return Charts(
        runs=[line.info for line in window.lines[:MOST_CURVES]],
        total=window.total,
        metrics=metrics,
        across=across,
        up=up,
        dots=dots,
        left_out=len(window.lines) - len(dots),
    )


def _metrics(wanted: Wanted, keys: Keys) -> list[str]:
    chosen = [name for name in wanted.others.get("metrics", "").split(",") if name]
    own = [key for key in keys.metrics if not key.startswith("system/")]
    return (chosen or own[:1])[:MOST_METRICS]


def _dots(path: str, lines: Sequence[Line], columns: Sequence[Column]) -> list[dict[str, Any]]:
    if len(columns) < 2:  # noqa: PLR2004 - along and up
        return []
    placed = ((line.info, [_number(cell) for cell in line.cells]) for line in lines)
    return [
        {"label": info.name, "href": f"{path}/runs/{info.id}", "x": cells[0], "y": cells[1]}
        for info, cells in placed
        if None not in cells
    ]


def _number(cell: float | str | None) -> float | None:
    try:
        number = float(cell) if cell is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
