"""Where a browser arrives."""

from typing import Final

from litestar import Response, get

from cuvee.api.builder import scope


@get("/", opt=scope("signed-in"), include_in_schema=False)
async def start() -> Response[None]:
    """The projects are the first page."""
    return Response(None, status_code=302, headers={"location": "/projects"})


ROUTES: Final = (start,)
