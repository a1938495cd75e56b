"""Has pyiceberg find the project's data connections, and its REST catalogs report what runs read.

pyiceberg takes a catalog's class from a call's arguments alone, never from the environment; its table of catalogs is
what is left. Its configuration is files and variables, where other processes would read the secrets of a connection: so
a name that stands in neither is asked for when it is used. Nobody imports pyiceberg who does not use it, so all of this
waits until somebody does.
"""

import functools
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from cuvee_runtime.connections import platform

_MODULE = "pyiceberg.catalog"
#: There in a session, where the platform's catalog is the default one.
_VARIABLE = "PYICEBERG_CATALOG__CUVEE__URI"
#: Who says one of these knows the catalog.
_SAID = frozenset({"type", "uri", "py-catalog-impl"})


def install() -> None:
    """Do so, once, in a process of a session; nothing elsewhere."""
    if not os.environ.get(_VARIABLE) or any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder())
    if _MODULE in sys.modules:
        _enter(sys.modules[_MODULE])


def _enter(module: ModuleType) -> None:
    """In place of the stock client, ours, which is one; other catalogs than the session's report to nobody."""

    def load(name: str, properties: dict[str, str]) -> object:
        # By name: it needs pyiceberg, which is only now there.
        adapter = import_module("cuvee_runtime.iceberg.catalog")
        return adapter.ReportingCatalog(name, **properties)

    module.AVAILABLE_CATALOGS[module.CatalogType.REST] = load
    vars(module)["load_catalog"] = _finding(module)


def _finding(module: ModuleType) -> Callable[..., Any]:
    """`load_catalog` that knows the project's data connections. What the user has configured comes first."""
    stock = module.load_catalog

    @functools.wraps(stock)
    def load_catalog(name: str | None = None, **properties: str | None) -> Any:
        if name is None or properties.keys() & _SAID or module.Config().get_catalog_config(name):
            return stock(name, **properties)
        try:
            given = platform.fetch(name)
        except platform.NoSuchConnection:
            return stock(name, **properties)  # which says in its own words that it does not know the name
        # A connection that is no catalog has no type, and is none of pyiceberg's business.
        return stock(name, **{**(given.properties if "type" in given.properties else {}), **properties})

    return load_catalog


class _Finder(MetaPathFinder):
    """Finds the one module as everybody else does, and sees when it is there."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _MODULE:
            return None
        found = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((each for each in found if each is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Another loader, and what is done after it."""

    def __init__(self, inner: Loader) -> None:
        self._inner = inner

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._inner.exec_module(module)
        _enter(module)
