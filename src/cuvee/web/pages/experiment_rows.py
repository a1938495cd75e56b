"""What the table of runs fetches while it is used, and what it does to the runs that were ticked."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.request import Call
from cuvee.core import errors
from cuvee.db.session import Reading
from cuvee.tracking import selection, windows
from cuvee.tracking.errors import BadFilter
from cuvee.tracking.values import Keys
from cuvee.web.page import HEADERS, AnyRequest, go
from cuvee.web.pages import experiment_address as address
from cuvee.web.pages import experiment_table as table
from cuvee.web.pages.experiment import PATH, READ, WRITE, groups_written

_DIGITS: Final = 15
_BACK: Final = ("view", "filter", "sort", "show", "columns", "group", "by")


class BadWindow(errors.Invalid):
    """A window of the table is asked for with whole numbers: `offset` and `limit`."""


@get(PATH + "/-/rows", opt=READ, include_in_schema=False)
async def rows(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Response[bytes]:
    """A stretch of the table as JSON: `offset`, `limit`; of the runs under `parent`, or of a group with `value`."""
    said = dict(request.query_params.items())
    wanted = address.wanted(f"/experiments/{experiment_id}", said)
    group = (wanted.group, said.get("value")) if wanted.group else None

    def read(connection: Reading) -> Any:
        columns = wanted.shown(windows.keys(connection, call.caller, experiment_id) if not wanted.columns else _NONE)
        return table.window(
            connection,
            call.caller,
            experiment_id,
            wanted,
            columns,
            parent=said.get("parent", wanted.parent) if group is None else None,
            group=group,
            offset=_number(said, "offset", 0),
            limit=min(_number(said, "limit", table.FIRST), table.MOST),
        )

    return await _answered(call, read)


@get(PATH + "/-/groups", opt=READ, include_in_schema=False)
async def groups(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Response[bytes]:
    """Runs by the value of the parameter `group`, with what the metric `by` is in each."""
    wanted = address.wanted(f"/experiments/{experiment_id}", dict(request.query_params.items()))

    def read(connection: Reading) -> Any:
        found = windows.groups(
            connection,
            call.caller,
            experiment_id,
            wanted.group,
            metric=wanted.by,
            filter_text=wanted.filter,
            view=wanted.runs,
        )
        return groups_written(found)

    return await _answered(call, read)


@get(PATH + "/-/ids", opt=READ, include_in_schema=False)
async def ids(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Response[bytes]:
    """The ids of all runs that fit, to tick them all."""
    wanted = address.wanted(f"/experiments/{experiment_id}", dict(request.query_params.items()))

    def read(connection: Reading) -> Any:
        return windows.ids(connection, call.caller, experiment_id, filter_text=wanted.filter, view=wanted.runs)

    return await _answered(call, read)


@post(PATH + "/-/runs/delete", opt=WRITE, include_in_schema=False)
async def delete_runs(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Response[Any]:
    """Put the ticked runs into the bin."""
    await call.write(selection.delete_runs, call.caller, await _ticked(request))
    return _back(request, experiment_id)


@post(PATH + "/-/runs/restore", opt=WRITE, include_in_schema=False)
async def restore_runs(
    request: Request[Any, Any, Any], call: NamedDependency[Call], experiment_id: FromPath[str]
) -> Response[Any]:
    """Take the ticked runs out of the bin."""
    await call.write(selection.restore_runs, call.caller, await _ticked(request))
    return _back(request, experiment_id)


_NONE: Final = Keys()


async def _answered(call: Call, read: Callable[[Reading], Any]) -> Response[bytes]:
    """The reply as JSON; a filter that cannot be read says where it is wrong."""
    status, body = 200, None
    try:
        body = await call.read(read)
    except BadFilter as error:
        start, end = error.span or (None, None)
        status, body = error.status, {"error": error.message, "hint": error.hint, "start": start, "end": end}
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json", headers=dict(HEADERS))


async def _ticked(request: AnyRequest) -> list[str]:
    """The runs of a form: one field for each, or several ids with commas between."""
    form = await request.form()
    return [each for text in form.getall("runs", []) for each in str(text).split(",") if each]


def _back(request: AnyRequest, experiment_id: str) -> Response[Any]:
    said = {name: value for name, value in request.query_params.items() if name in _BACK}
    return go(request, address.wanted(f"/experiments/{experiment_id}", said).url())


def _number(said: dict[str, str], name: str, otherwise: int) -> int:
    text = said.get(name, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise BadWindow
    return int(text)


ROUTES: Final = (rows, groups, ids, delete_runs, restore_runs)
