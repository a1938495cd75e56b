"""An experiment's runs as a table for other programs: streamed, so that ten or ten million take the same memory."""

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.db.session import Reading
from cuvee.tracking import service as tracking
from cuvee.tracking import windows
from cuvee.tracking.conditions import Column, Entity
from cuvee.tracking.values import Line
from cuvee.web.page import HEADERS
from cuvee.web.pages import experiment_address as address
from cuvee.web.pages.experiment import PATH, READ

_AT_ONCE: Final = 500
_FIXED: Final = ("run_id", "name", "status", "user", "start_time", "end_time", "duration_ms")
#: What a spreadsheet takes for a formula, also in its wide forms.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TITLES: Final = {Entity.PARAM: "params", Entity.METRIC: "metrics", Entity.TAG: "tags"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The runs and columns of a download."""

    caller: Caller
    experiment_id: str
    wanted: address.Wanted
    columns: Sequence[Column]


@get(PATH + "/-/runs.csv", opt=READ, include_in_schema=False)
async def download(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Stream:
    """The runs that fit the filter with all that was logged to them, the newest first."""
    wanted = address.wanted(f"/experiments/{experiment_id}", dict(request.query_params.items()))

    def first(connection: Reading) -> tuple[str, Asked, list[Line]]:
        experiment = tracking.get_experiment(connection, call.caller, experiment_id)
        columns = _columns(connection, call.caller, experiment_id)
        asked = Asked(caller=call.caller, experiment_id=experiment_id, wanted=wanted, columns=columns)
        return experiment.name, asked, _lines(connection, asked)

    name, asked, lines = await call.read(first)

    async def text() -> AsyncIterator[str]:
        yield "\ufeff" + _written([[*_FIXED, *(f"{_TITLES[each.entity]}.{each.key}" for each in asked.columns)]])
        some: Sequence[Line] = lines
        while some:
            yield _written([_row(line) for line in some])
            some = await call.read(_lines, asked, some[-1].info.id)

    disposition = f"attachment; filename=\"runs.csv\"; filename*=UTF-8''{quote(f'{name}.csv', safe='')}"
    headers = {**HEADERS, "content-disposition": disposition}
    return Stream(text(), media_type="text/csv", headers=headers)


def neutral(text: str) -> str:
    """A text that no spreadsheet calculates: what looks like a formula gets an apostrophe. A plain number stays one."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _columns(connection: Reading, caller: Caller, experiment_id: str) -> list[Column]:
    """Everything that was logged to any of the runs; parameters first."""
    keys = windows.keys(connection, caller, experiment_id, among=None, limit=windows.MOST_DOWNLOADED)
    by_kind = ((Entity.PARAM, keys.params), (Entity.METRIC, keys.metrics), (Entity.TAG, keys.tags))
    return [Column(entity=entity, key=key) for entity, some in by_kind for key in sorted(some)]


def _lines(connection: Reading, asked: Asked, before: str = "") -> list[Line]:
    return windows.following(
        connection,
        asked.caller,
        asked.experiment_id,
        columns=asked.columns,
        filter_text=asked.wanted.filter,
        view=asked.wanted.runs,
        before=before,
        limit=_AT_ONCE,
    )


def _row(line: Line) -> list[str]:
    info = line.info
    ended = info.end_time
    fixed = [info.id, neutral(info.name), info.status, neutral(info.user_id), clock.rfc3339(info.start_time)]
    times = [clock.rfc3339(ended), str(ended - info.start_time)] if ended is not None else ["", ""]
    return [*fixed, *times, *(_cell(value) for value in line.cells)]


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    return neutral(value) if isinstance(value, str) else repr(value)


def _written(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


ROUTES: Final = (download,)
