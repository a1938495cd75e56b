"""The scripts, styles and icons that pages load: what the build left in `static`, named by their content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markupsafe import Markup

from cuvee.api.builder import PUBLIC, scope
from cuvee.core import errors

_STATIC: Final = Path(__file__).parent / "static"
_HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "same-origin",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}
_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".png": "image/png",
}
_ENCODINGS: Final = {"br": "br", "gz": "gzip"}


class NotBuilt(errors.Misconfigured):
    """The scripts and styles of the pages are not built. Run `uv run just pages`."""


class UnknownAsset(errors.Misconfigured):
    """A page asks for a script, style or icon that was not built."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of page loads."""

    script: str
    imports: tuple[str, ...]
    styles: tuple[str, ...]
    #: What its script fetches by itself, when it is needed.
    later: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the build wrote down: `static/manifest.json`."""

    entries: dict[str, Entry]
    sprite: str
    icons: frozenset[str]
    #: File names, each with the compressed forms beside it.
    files: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file with its compressed forms, by the encoding's name; the plain one is under the empty name."""

    media_type: str
    forms: Mapping[str, bytes]

    def answer(self, accepted: str) -> Response[bytes]:
        """The smallest form that the reader takes."""
        taken = _taken(accepted)
        encoding = next((name for name in ("br", "gzip") if name in self.forms and name in taken), "")
        said = {"content-encoding": encoding} if encoding else {}
        return Response(self.forms[encoding], media_type=self.media_type, headers={**_HEADERS, **said})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """What was built, read once. `asset`, `imports`, `styles` and `icon` are for templates."""

    manifest: Manifest
    files: Mapping[str, File]

    @classmethod
    def built(cls, static: Path = _STATIC) -> "Assets":
        """What the package brought along.

        Raises:
            NotBuilt: when there is nothing, or not all of it.

        """
        try:
            manifest = msgspec.json.decode((static / "manifest.json").read_bytes(), type=Manifest)
            files = {name: _read(static, name, forms) for name, forms in manifest.files.items()}
        except (OSError, msgspec.DecodeError) as error:
            raise NotBuilt from error
        return cls(manifest=manifest, files=files)

    def asset(self, entry: str) -> Sequence[str]:
        """The addresses of an entry's scripts; what they import is fetched by them."""
        script = self._entry(entry).script
        return [_url(script)] if script else []

    def imports(self, entry: str) -> Sequence[str]:
        """The addresses of what an entry's script imports, for `<link rel="modulepreload">`."""
        return [_url(name) for name in self._entry(entry).imports]

    def styles(self, entry: str) -> Sequence[str]:
        """The addresses of an entry's styles."""
        return [_url(name) for name in self._entry(entry).styles]

    def icons(self) -> str:
        """The address of the sprite, for scripts that draw icons."""
        return _url(self.manifest.sprite)

    def icon(self, name: str) -> Markup:
        """An icon of Tabler's; it says nothing to a screen reader, so a button needs a label beside it.

        Raises:
            UnknownAsset: when the build did not find the name in any page.

        """
        if name not in self.manifest.icons:
            raise UnknownAsset(f"The icon {name!r} was not built. Run `uv run just pages`.")
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(self.icons(), name)

    def _entry(self, name: str) -> Entry:
        try:
            return self.manifest.entries[name]
        except KeyError as error:
            raise UnknownAsset(f"The entry {name!r} was not built. Run `uv run just pages`.") from error


def static_files(assets: Assets) -> HTTPRouteHandler:
    """The route to what was built. A name is looked up, never made into a path."""

    @get("/static/{name:str}", opt=scope(PUBLIC), include_in_schema=False)
    async def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        file = assets.files.get(name)
        if file is None:
            raise errors.NotFound
        return file.answer(request.headers.get("accept-encoding", ""))

    return static_file


def _read(static: Path, name: str, forms: Sequence[str]) -> File:
    path = static / name
    compressed = {_ENCODINGS[form]: path.with_name(f"{name}.{form}").read_bytes() for form in forms}
    media_type = _TYPES.get(path.suffix, "application/octet-stream")
    return File(media_type=media_type, forms={"": path.read_bytes(), **compressed})


def _url(name: str) -> str:
    return f"/static/{name}"


def _taken(accepted: str) -> frozenset[str]:
    """The encodings of an `Accept-Encoding` that are not refused with `q=0`."""
    offers = [offer.partition(";") for offer in accepted.lower().split(",")]
    return frozenset(
        name.strip() for name, _, weight in offers if weight.strip() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    )
