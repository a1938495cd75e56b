"""What there is to learn: the tutorial, and the rest of the documentation that came with the platform."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.core import errors as core_errors
from cuvee.core import shipped
from cuvee.web.page import Crumb, Pages, Place

#: Folders of the documentation in the order in which they are of use, and what each is for.
_SECTIONS: Final = (
    ("tutorials", "Tutorials", "Follow one from beginning to end."),
    ("how-to", "How to", "Do one thing."),
    ("explanation", "Explanations", "Know why it is like that."),
    ("reference", "Reference", "Look something up."),
)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
#: The first heading, behind what a page says to its tests.
_TITLE: Final = re.compile(r"\A(?:\s*<!--.*?-->)*\s*#[ \t]+([^\n]+)", re.DOTALL)


class NoSuchPage(core_errors.NotFound):
    """There is no page of this name in the documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A page of the documentation."""

    section: str
    name: str
    title: str

    @property
    def url(self) -> str:
        return f"/learning/{self.section}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A folder of pages."""

    key: str
    title: str
    text: str
    lessons: Sequence[Lesson]


@get("/learning", opt=scope("signed-in"), include_in_schema=False)
async def show_learning(request: Request[Any, Any, Any], pages: NamedDependency[Pages]) -> Response[str]:
    """Everything there is to read, the tutorial first."""
    place = Place(title="Learning", entry="learning", crumbs=[Crumb(name="Learning")])
    return pages.show(request, "learning/index.html", place, sections=await asyncio.to_thread(_sections))


@get("/learning/{section:str}/{lesson:str}", opt=scope("signed-in"), include_in_schema=False)
async def show_lesson(
    section: FromPath[str], lesson: FromPath[str], request: Request[Any, Any, Any], pages: NamedDependency[Pages]
) -> Response[str]:
    """One page. Its links to other pages are as in the repository, with `.md`."""
    name = lesson.removesuffix(".md")
    title = next((title for key, title, _text in _SECTIONS if key == section), None)
    if title is None or not _NAME.fullmatch(name):
        raise NoSuchPage
    text = await asyncio.to_thread(_read, shipped.docs() / section / f"{name}.md")
    shown, body = _titled(text, name)
    crumbs = [Crumb(name="Learning", url="/learning"), Crumb(name=shown)]
    place = Place(title=shown, entry="learning", crumbs=crumbs)
    return pages.show(
        request, "learning/lesson.html", place, title=shown, text=body, section=section, section_title=title, name=name
    )


def _sections() -> list[Section]:
    root = shipped.docs()
    found = []
    for key, title, text in _SECTIONS:
        lessons = [_lesson(key, path) for path in sorted((root / key).glob("*.md"))]
        found.append(Section(key=key, title=title, text=text, lessons=lessons))
    return found


def _lesson(section: str, path: Path) -> Lesson:
    title, _rest = _titled(_read(path), path.stem)
    return Lesson(section=section, name=path.stem, title=title)


def _titled(text: str, otherwise: str) -> tuple[str, str]:
    """A page's title, and what comes after it."""
    found = _TITLE.match(text)
    return (found[1].strip(), text[found.end() :]) if found else (otherwise, text)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoSuchPage from None


ROUTES: Final = (show_learning, show_lesson)
