"""Has pyiceberg find the project's data connections, and what runs read and write noted.

Its configuration is files and variables, where other processes would read the secrets of a connection: so a name that
stands in neither is asked for when it is used. Nobody imports pyiceberg who does not use it, so all of this waits until
somebody does.
"""

import functools
import os
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from cuvee_runtime import imports
from cuvee_runtime.connections import metastores, platform

#: There in a session, where the platform's catalog is the default one.
_VARIABLE = "PYICEBERG_CATALOG__CUVEE__URI"
#: Who says one of these knows the catalog.
_SAID = frozenset({"type", "uri", "py-catalog-impl"})


def install() -> None:
    """Do so, once, in a process of a session; nothing elsewhere."""
    if os.environ.get(_VARIABLE):
        # With a planner of its own, what Polars reads is not seen.
        os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")
        imports.after("pyiceberg.catalog", _enter)


def _enter(module: ModuleType) -> None:
    # By name: it needs pyiceberg, which is only now there.
    import_module("cuvee_runtime.iceberg.watching").watch()
    vars(module)["load_catalog"] = _finding(module)


def _finding(module: ModuleType) -> Callable[..., Any]:
    """`load_catalog` that knows the project's data connections. What the user has configured comes first."""
    stock = module.load_catalog

    @functools.wraps(stock)
    def load_catalog(name: str | None = None, **properties: str | None) -> Any:
        if name is None or properties.keys() & _SAID or module.Config().get_catalog_config(name):
            return stock(name, **properties)
        try:
            given = metastores.answering(platform.fetch(name))
        except platform.NoSuchConnection:
            return stock(name, **properties)  # which says in its own words that it does not know the name
        # A connection that is no catalog has no type, and is none of pyiceberg's business.
        return stock(name, **{**(given.properties if "type" in given.properties else {}), **properties})

    return load_catalog
