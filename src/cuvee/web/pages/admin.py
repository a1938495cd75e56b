"""Site administration: users, what runs, runtimes and profiles, the disk."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.compute import profiles
from cuvee.compute.reconcile import Workloads
from cuvee.compute.values import Profile, Workload
from cuvee.core.settings import Settings
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.identity import sign_ins
from cuvee.identity.authentication import Keys
from cuvee.identity.values import SignInCode, User
from cuvee.projects import service as projects
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Runtime
from cuvee.web import disk, forms
from cuvee.web.page import Crumb, Pages, Place, go

AnyRequest = Request[Any, Any, Any]

ADMIN: Final = scope("users:admin")
_PLACE: Final = Place(title="Site administration", entry="admin", crumbs=[Crumb(name="Site administration")])
#: Projects whose folders are shown by themselves.
_LARGEST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A link that the administrator hands to somebody; it is shown once."""

    username: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who and what workloads belong to."""

    users: Sequence[User]
    #: Id → name.
    projects: Mapping[str, str]

    @property
    def names(self) -> dict[str, str]:
        return {user.id: user.username for user in self.users}


@get("/admin", opt=ADMIN, include_in_schema=False)
async def show(
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    workloads: NamedDependency[Workloads],
    runtimes: NamedDependency[Runtimes],
) -> Response[str]:
    """The whole platform, for administrators."""
    return await _page(request, call, pages, workloads, runtimes)


@get("/admin/-/disk", opt=ADMIN, include_in_schema=False)
async def show_disk(
    request: AnyRequest, call: NamedDependency[Call], pages: NamedDependency[Pages], settings: NamedDependency[Settings]
) -> Response[str]:
    """What the home takes on the disk. Counting may take seconds, so the page asks for it by itself."""
    call.caller.require_site("users:admin")
    known = await call.read(_known)
    found = await asyncio.to_thread(disk.taken, _places(settings, known.projects))
    by_project = {known.projects[name]: size for name, size in found.items() if name in known.projects}
    largest = sorted(by_project.items(), key=lambda item: -item[1].size)[:_LARGEST]
    parts = [(name, size) for name, size in found.items() if name not in known.projects]
    total = await asyncio.to_thread(shutil.disk_usage, settings.home)
    of_projects = disk.Taken(
        size=sum(size.size for size in by_project.values()), is_more=any(size.is_more for size in by_project.values())
    )
    parts = [("Projects", of_projects), *parts]
    return pages.part(request, "admin/disk.html", parts=parts, largest=largest, disk=total, home=str(settings.home))


@post("/admin/users", opt=ADMIN, include_in_schema=False, status_code=200)
async def add_user(
    request: AnyRequest,
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    keys: NamedDependency[Keys],
    *,
    workloads: NamedDependency[Workloads],
    runtimes: NamedDependency[Runtimes],
) -> Response[str]:
    """Open an account; the page that answers shows the link that signs its owner in."""
    call.caller.require_site("users:admin")
    form = {name: text.strip() for name, text in (await forms.texts(request)).items()}
    username = form.get("username", "")

    def add(connection: Writing) -> SignInCode:
        user = identity.add_user(
            connection,
            username,
            name=form.get("name", ""),
            email=form.get("email", ""),
            is_admin=form.get("is_admin") == "on",
        )
        return sign_ins.create_code(connection, user, lifetime=sign_ins.HANDED_CODE)

    code = await call.write(add)
    keys.forget()
    return await _page(request, call, pages, workloads, runtimes, handed=_handed(request, username, code))


@post("/admin/users/{username:str}/link", opt=ADMIN, include_in_schema=False, status_code=200)
async def make_link(
    request: AnyRequest,
    username: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    *,
    workloads: NamedDependency[Workloads],
    runtimes: NamedDependency[Runtimes],
) -> Response[str]:
    """A link that signs somebody in, once, within a day."""

    def create(connection: Writing) -> SignInCode:
        user = identity.reachable(connection, call.caller, username)
        return sign_ins.create_code(connection, user, lifetime=sign_ins.HANDED_CODE)

    call.caller.require_site("users:admin")
    code = await call.write(create)
    return await _page(request, call, pages, workloads, runtimes, handed=_handed(request, username, code))


@post("/admin/users/{username:str}/rank", opt=ADMIN, include_in_schema=False)
async def set_rank(
    request: AnyRequest, username: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> Response[None]:
    """Make somebody an administrator, or no longer one."""
    call.caller.require_site("users:admin")
    form = await forms.texts(request)
    await call.write(identity.set_admin, username, is_admin=form.get("is_admin") == "1")
    keys.forget()
    return go(request, "/admin")


@post("/admin/users/{username:str}/close", opt=ADMIN, include_in_schema=False)
async def close_account(
    request: AnyRequest, username: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> Response[None]:
    """Close an account."""
    call.caller.require_site("users:admin")
    await call.write(identity.close_account, username)
    keys.forget()
    return go(request, "/admin")


async def _page(
    request: AnyRequest,
    call: Call,
    pages: Pages,
    workloads: Workloads,
    runtimes: Runtimes,
    *,
    handed: Handed | None = None,
) -> Response[str]:
    call.caller.require_site("users:admin")
    known = await call.read(_known)
    live = workloads.live()
    return pages.show(
        request,
        "admin/page.html",
        _PLACE,
        known=known,
        handed=handed,
        workloads=live,
        in_use=_in_use(live),
        machine=profiles.machine(),
        profiles=[(each, profiles.fits(each)) for each in profiles.PROFILES],
        runtimes=[_standing(runtimes, each) for each in await runtimes.all()],
    )


def _standing(runtimes: Runtimes, runtime: Runtime) -> tuple[Runtime, str, str]:
    progress, message = runtimes.progress(runtime)
    return runtime, progress, message


def _in_use(live: Sequence[Workload]) -> Profile:
    """What all workloads together were promised."""
    return Profile(cpu=sum(each.profile.cpu for each in live), memory=sum(each.profile.memory for each in live))


def _known(connection: Reading) -> Known:
    names = {project.id: project.name for project in projects.list_all(connection)}
    return Known(users=identity.list_users(connection), projects=names)


def _handed(request: AnyRequest, username: str, code: SignInCode) -> Handed:
    return Handed(username=username, url=str(request.base_url).rstrip("/") + sign_ins.link(code))


def _places(settings: Settings, known: Mapping[str, str]) -> dict[str, Sequence[Path]]:
    """What is counted, the projects (by id) first; their environments lie elsewhere."""
    home = settings.home
    return {
        **{id_: [projects.directory(home, id_)] for id_ in known},
        "Database": [home / f"cuvee.db{end}" for end in ("", "-wal", "-shm")],
        "Workloads' logs": [home / "workloads"],
        "Builds": [home / "builds"],
        "Environments": [settings.environments],  # the most files, so last
    }


ROUTES: Final = (show, show_disk, add_user, make_link, set_rank, close_account)
