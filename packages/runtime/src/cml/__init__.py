"""The modules that code written for CML imports, as far as Cuvée has them: data_v1, models_v1 and metrics_v1."""

from typing import NoReturn

_ELSEWHERE = {
    "workers_v1": "workers of a session",
    "utils_v1": "the legacy cdsw interface",
}


def __getattr__(name: str) -> NoReturn:
    if name in _ELSEWHERE:
        raise ImportError(f"Cuvée has no cml.{name} ({_ELSEWHERE[name]}).")
    raise AttributeError(f"module 'cml' has no attribute {name!r}")
