"""From a template to a reply: what every page has around it, and the headers that keep it safe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response

from cuvee.api.callers import Caller
from cuvee.core import errors
from cuvee.projects.values import Project
from cuvee.web import words
from cuvee.web.assets import Assets

AnyRequest = Request[Any, Any, Any]

_TEMPLATES: Final = Path(__file__).parent / "templates"
_HTML: Final = "text/html; charset=utf-8"
_THEMES: Final = frozenset({"light", "dark", "auto"})
#: What `?done=` says on the page that an action leads to, when nothing on it shows that it was done.
_DONE: Final = {
    "profile": "Your name and e-mail address were saved.",
    "password": "Your password was changed. Your other browsers were signed out.",
    "settings": "The settings are saved.",
    "connection": "The connection is saved.",
    "variables": "The variables are saved. What starts from now on finds them.",
    "rolled-back": "The table was rolled back. What was written since is still among its snapshots.",
}

#: Nothing of another host, no script that is not a file of ours, no frame around us (threats: D and E).
POLICY: Final = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "font-src 'self' data:; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "vary": "HX-Request, Cookie",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """A step of the way to a page; the last has no address."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the platform a page is: what the frame around it shows."""

    title: str
    #: Which entry of the left bar is marked.
    entry: str = ""
    crumbs: Sequence[Crumb] = ()
    #: The project that the page is in, if any: the left bar is the project's then.
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders templates; every page of the platform comes out of here."""

    assets: Assets
    #: What else `Content-Security-Policy` lets a page show in frames, such as the origin of users' content.
    frames: str = ""
    _environment: Environment = field(init=False)

    def __post_init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.do"],
        )
        environment.filters.update(
            markdown=words.markdown,
            size=words.size,
            duration=words.duration,
            number=words.number,
            moment=words.moment,
            segment=segment,
            path=lambda text: quote(str(text), safe="/"),
        )
        built = self.assets
        environment.globals.update(
            asset=built.asset, imports=built.imports, styles=built.styles, icon=built.icon, icons=built.icons
        )
        object.__setattr__(self, "_environment", environment)

    def show(
        self, request: AnyRequest, template: str, place: Place, *, status: int = 200, **values: object
    ) -> Response[str]:
        """A whole page."""
        caller: Caller | None = request.scope.get("user")
        done = _DONE.get(request.query_params.get("done", ""), "")
        framed = {"place": place, "user": caller, "theme": theme_of(request), "here": request.url.path, "done": done}
        return self._reply(template, {**framed, **values}, status)

    def part(
        self, request: AnyRequest, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response[str]:  # fmt: skip
        """A fragment that htmx puts into a page."""
        values = {"user": request.scope.get("user"), "here": request.url.path, **values}
        return self._reply(template, values, status, headers)

    def text(self, template: str, **values: object) -> str:
        """A template's text without a reply around it."""
        return self._environment.get_template(template).render(**values)

    def refusal(self, request: AnyRequest, error: errors.CuveeError) -> Response[Any]:
        """What went wrong, as a page; for htmx as a notice beside what was tried. A stranger is asked to sign in."""
        if isinstance(error, errors.Unauthenticated):
            return go(request, f"/sign-in?next={quote(_came_for(request), safe='')}")
        if is_htmx(request):
            return self.part(request, "refusal-part.html", status=error.status, error=error)
        place = Place(title=HTTPStatus(error.status).phrase)
        return self.show(request, "refusal.html", place, status=error.status, error=error)

    def _reply(
        self, template: str, values: Mapping[str, object], status: int, headers: Mapping[str, str] | None = None
    ) -> Response[str]:
        text = self.text(template, **values)
        policy = POLICY + (f"; frame-src {self.frames}" if self.frames else "")
        head = {**HEADERS, "content-security-policy": policy, **(headers or {})}
        return Response(text, status_code=status, media_type=_HTML, headers=head)


def segment(text: object) -> str:
    """A name as one segment of an address."""
    return quote(str(text), safe="")


def is_htmx(request: AnyRequest) -> bool:
    """Whether a script of ours asks, and puts the reply into the page."""
    return request.headers.get("hx-request") == "true"


def go(request: AnyRequest, url: str) -> Response[None]:
    """Lead on to where the result of an action is seen."""
    if is_htmx(request):
        return Response(None, status_code=200, headers={"hx-redirect": url})
    return Response(None, status_code=303, headers={"location": url})


def _came_for(request: AnyRequest) -> str:
    """The page that a stranger wanted to see; for anything but reading one, the start."""
    if request.method != "GET" or is_htmx(request):
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def theme_of(request: AnyRequest) -> str:
    """The theme that the reader chose in this browser."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in _THEMES else "auto"
