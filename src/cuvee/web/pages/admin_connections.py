"""Site administration: the data connections that every project has."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.connections import forms, kinds, service
from cuvee.connections.vault import Vault
from cuvee.web import connection_forms
from cuvee.web.page import Crumb, Pages, Place, go
from cuvee.web.pages.connections import chosen, form_of

AnyRequest = Request[Any, Any, Any]

_BASE: Final = "/admin/connections"
_ONE: Final = _BASE + "/{connection_name:str}"
_ADMIN: Final = scope(service.ADMIN)


@get(_BASE, opt=_ADMIN, include_in_schema=False)
async def show_shared(request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages]) -> Response[str]:
    """What everybody has."""
    call.caller.require_site(service.ADMIN)
    return pages.show(
        request,
        "data/connections.html",
        _place(),
        base=_BASE,
        project=None,
        found=await call.read(service.shared),
        shapes=kinds.SHAPES,
        may_change=True,
    )


@get(_BASE + "/-/new", opt=_ADMIN, include_in_schema=False)
async def show_new_shared(
    request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages], kind: FromQuery[str] = ""
) -> Response[str]:
    """The form for a new connection; the kinds when none is chosen."""
    call.caller.require_site(service.ADMIN)
    place = _place("New connection")
    if (wanted := chosen(kind)) is None:
        return pages.show(request, "data/kinds.html", place, base=_BASE, project=None, shapes=kinds.SHAPES)
    return pages.show(
        request, "data/connection-new.html", place, base=_BASE, project=None, connection=None, **form_of(wanted)
    )


@post(_BASE, opt=_ADMIN, include_in_schema=False)
async def create_shared(
    request: AnyRequest, call: NamedDependency[Call], vault: NamedDependency[Vault]
) -> Response[None]:
    """Make a connection that everybody has."""
    call.caller.require_site(service.ADMIN)
    form = await request.form()
    made = await call.write(
        service.create,
        call.caller,
        vault,
        project_id=service.EVERYBODY,
        kind=forms.kind(str(form.get("kind", ""))),
        draft=connection_forms.draft(form),
    )
    return go(request, f"{_BASE}/{quote(made.name)}")


@get(_ONE, opt=_ADMIN, include_in_schema=False)
async def show_shared_connection(
    connection_name: FromPath[str], request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages]
) -> Response[str]:
    """One connection and the form that changes it."""
    call.caller.require_site(service.ADMIN)
    found = await call.read(service.get_shared, connection_name)
    [listed] = await call.read(forms.listed, [found])
    return pages.show(
        request,
        "data/connection.html",
        _place(found.name),
        base=_BASE,
        project=None,
        connection=found,
        creator=listed.creator,
        may_change=True,
        snippet=connection_forms.snippet(found),
        trial=connection_forms.trial(found),
        may_run=False,
        sessions=[],
        **form_of(found.kind),
    )


@post(_ONE, opt=_ADMIN, include_in_schema=False)
async def change_shared(
    connection_name: FromPath[str], request: AnyRequest, call: NamedDependency[Call], vault: NamedDependency[Vault]
) -> Response[None]:
    """Change a connection that everybody has."""
    call.caller.require_site(service.ADMIN)
    old = await call.read(service.get_shared, connection_name)
    changed = await call.write(
        service.update,
        call.caller,
        vault,
        project_id=service.EVERYBODY,
        text=connection_name,
        draft=connection_forms.draft(await request.form(), old),
    )
    return go(request, f"{_BASE}/{quote(changed.name)}?done=connection")


@post(_ONE + "/-/delete", opt=_ADMIN, include_in_schema=False)
async def delete_shared(
    connection_name: FromPath[str], request: AnyRequest, call: NamedDependency[Call]
) -> Response[None]:
    """Delete a connection that everybody has."""
    await call.write(service.delete, call.caller, service.EVERYBODY, connection_name)
    return go(request, _BASE)


def _place(*further: str) -> Place:
    way = [
        Crumb(name="Site administration", url="/admin"),
        Crumb(name="Data connections", url=_BASE if further else ""),
    ]
    title = " · ".join([*further, "Data connections"])
    return Place(title=title, entry="admin", crumbs=[*way, *(Crumb(name=name) for name in further)])


ROUTES: Final = (
    show_shared,
    show_new_shared,
    create_shared,
    show_shared_connection,
    change_shared,
    delete_shared,
)
