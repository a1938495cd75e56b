"""A window of an experiment's runs, as the page's rows and as the table's script fetches them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from cuvee.api.callers import Caller
from cuvee.db.session import Reading
from cuvee.logged_models import search as logged_models
from cuvee.registry import versions
from cuvee.tracking import windows
from cuvee.tracking.values import Line, Window
from cuvee.web.pages.experiment_address import Shown, Wanted

#: Rows that come with the page, and that its script may ask for at once.
FIRST: Final = 50
MOST: Final = 500

#: A row as JSON: id, name, status, stage, start, end, runs under it, cells.
Row = list[Any]


def window(
    connection: Reading,
    caller: Caller,
    experiment_id: str,
    wanted: Wanted,
    columns: Sequence[Shown],
    *,
    parent: str | None,
    group: tuple[str, str | None] | None = None,
    offset: int = 0,
    limit: int = FIRST,
) -> dict[str, Any]:
    """Rows `offset` to `offset + limit` of the table: a fixed number of queries.

    Raises:
        BadFilter: when the filter cannot be read.

    """
    found = windows.window(
        connection,
        caller,
        experiment_id,
        columns=[each.column for each in columns if each.column],
        filter_text=wanted.filter,
        order_by=wanted.order_by,
        view=wanted.runs,
        parent=parent,
        group=group,
        offset=offset,
        limit=limit,
    )
    models = _models(connection, caller, experiment_id, found) if any(each.name == "models" for each in columns) else {}
    rows = [_row(line, columns, models) for line in found.lines]
    return {"total": found.total, "folded": found.folded, "offset": offset, "rows": rows}


def _row(line: Line, columns: Sequence[Shown], models: Mapping[str, Sequence[tuple[str, str]]]) -> Row:
    info = line.info
    logged = iter(line.cells)
    extras = {"user": info.user_id, "id": info.id, "models": models.get(info.id, ())}
    cells = [_cell(next(logged)) if each.column else extras[each.name] for each in columns]
    return [info.id, info.name, info.status, info.stage, info.start_time, info.end_time, line.children, cells]


def _cell(value: float | str | None) -> float | str | None:
    """What JSON has no number for is a text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def _models(connection: Reading, caller: Caller, experiment_id: str, found: Window) -> dict[str, list[tuple[str, str]]]:
    """Run id → the versions registered from it with their addresses, then the models that it logged."""
    ids = [line.info.id for line in found.lines]
    if not ids:
        return {}
    registered = versions.of_runs(connection, caller, ids)
    listed = ", ".join(f"'{run_id}'" for run_id in ids)
    logged = logged_models.search(
        connection,
        caller,
        experiment_ids=[experiment_id],
        filter_text=f"source_run_id IN ({listed})",
        limit=windows.MOST_ROWS,
    )
    of_run: dict[str, list[tuple[str, str]]] = {
        run_id: [
            (f"{each.name} v{each.number}", f"/models/{quote(each.name, safe='')}/versions/{each.number}")
            for each in some
        ]
        for run_id, some in registered.items()
    }
    for model in logged.models:
        if model.source_run_id:
            of_run.setdefault(model.source_run_id, []).append((model.name, ""))
    return of_run
