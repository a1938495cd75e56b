"""The scripts, styles and icons that pages load."""

from dataclasses import dataclass, field
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markupsafe import Markup

from cuvee.api.builder import PUBLIC, scope
from cuvee.core import errors

_LONG: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Assets:
    """What was built, by the name of its entry."""

    files: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def built(cls) -> "Assets":
        """What the package brought along."""
        return cls()

    def asset(self, _entry: str) -> list[str]:
        """The addresses of an entry's scripts."""
        return []

    def styles(self, _entry: str) -> list[str]:
        """The addresses of an entry's styles."""
        return []

    def icon(self, _name: str) -> Markup:
        """An icon that says nothing to a reader of the screen."""
        return Markup("")


def static_files(assets: Assets) -> HTTPRouteHandler:
    """The route to what was built."""

    @get("/static/{name:str}", opt=scope(PUBLIC), include_in_schema=False)
    async def static_file(name: FromPath[str]) -> Response[bytes]:
        if name not in assets.files:
            raise errors.NotFound
        return Response(assets.files[name], headers={"cache-control": _LONG})

    return static_file
