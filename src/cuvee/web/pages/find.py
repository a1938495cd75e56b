"""Quick find: projects, experiments, runs, models and endpoints by a part of their name, or by their id."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.db.session import Reading
from cuvee.projects import service as projects
from cuvee.registry import service as registry
from cuvee.serving import service as serving
from cuvee.tracking import search
from cuvee.web.page import Pages

#: Of each kind.
_MOST: Final = 6
_LONGEST: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A thing that was found, and where it is."""

    kind: str
    name: str
    url: str
    beside: str = ""


@get("/find", opt=scope("signed-in"), include_in_schema=False)
async def find(
    request: Request[Any, Any, Any],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    text: FromQuery[str] = "",
) -> Response[str]:
    """What the text could mean, as a list of links."""
    wanted = text.strip()[:_LONGEST].replace("\0", "")
    found = await call.read(_found, call.caller, wanted) if wanted else []
    return pages.part(request, "frame/found.html", text=wanted, found=found)


def _found(connection: Reading, caller: Caller, text: str) -> list[Found]:
    seen = caller.projects("projects:read")
    visible = {each.id: each.name for each in projects.list_all(connection) if seen is None or each.id in seen}
    models, _more = registry.search_models(connection, caller, name_has=text)
    return [
        *_first(_projects(visible, text)),
        *_tracked(connection, caller, visible, text),
        *_first(Found(kind="Model", name=each.name, url=f"/models/{_segment(each.name)}") for each in models),
        *_first(_endpoints(connection, caller, visible, text)),
    ]


def _projects(visible: dict[str, str], text: str) -> Iterator[Found]:
    for id_, name in visible.items():
        if _fits(text, name, id_):
            yield Found(kind="Project", name=name, url=f"/projects/{_segment(name)}")


def _tracked(connection: Reading, caller: Caller, visible: dict[str, str], text: str) -> Iterator[Found]:
    experiments, runs = search.by_name(connection, caller, text, most=_MOST)
    for each in experiments:
        beside = visible.get(each.project_id, "")
        yield Found(kind="Experiment", name=each.name, url=f"/experiments/{each.id}", beside=beside)
    for run in runs:
        url = f"/experiments/{run.info.experiment_id}/runs/{run.info.id}"
        yield Found(kind="Run", name=run.info.name, url=url, beside=run.info.id)


def _endpoints(connection: Reading, caller: Caller, visible: dict[str, str], text: str) -> Iterator[Found]:
    for each in serving.list_endpoints(connection, caller.projects("endpoints:read")):
        if _fits(text, each.name, each.id):
            beside = visible.get(each.project_id, "")
            yield Found(kind="Deployment", name=each.name, url=f"/deployments/{each.id}", beside=beside)


def _fits(text: str, name: str, id_: str) -> bool:
    return text.lower() in name.lower() or text == id_


def _first(found: Iterable[Found]) -> Iterator[Found]:
    return islice(found, _MOST)


def _segment(name: str) -> str:
    return quote(name, safe="")


ROUTES: Final = (find,)
