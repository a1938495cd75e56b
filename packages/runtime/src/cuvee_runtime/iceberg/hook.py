"""Has pyiceberg's REST catalogs report what runs read, from the moment on when somebody imports pyiceberg.

pyiceberg takes a catalog's class from a call's arguments alone, never from the environment; its table of catalogs is
what is left. It is imported by nobody who does not use it, so the entry is changed when it is.
"""

import os
from importlib import import_module
from types import ModuleType

from cuvee_runtime import imports

#: There in a session, where the platform's catalog is the default one.
_VARIABLE = "PYICEBERG_CATALOG__CUVEE__URI"


def install() -> None:
    """Do so, once, in a process of a session; nothing elsewhere."""
    if os.environ.get(_VARIABLE):
        imports.after("pyiceberg.catalog", _enter)


def _enter(module: ModuleType) -> None:
    """In place of the stock client, ours, which is one; other catalogs than the session's report to nobody."""

    def load(name: str, properties: dict[str, str]) -> object:
        # By name: it needs pyiceberg, which is only now there.
        adapter = import_module("cuvee_runtime.iceberg.catalog")
        return adapter.ReportingCatalog(name, **properties)

    module.AVAILABLE_CATALOGS[module.CatalogType.REST] = load
