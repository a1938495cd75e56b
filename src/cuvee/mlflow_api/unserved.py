"""What MLflow has and this platform does not: traces, scorers, webhooks, the gateway and more.

Clients fall back, or say so, when the answer is a 404 with MLflow's code for an unknown address. Whoever asks is
checked first, as everywhere.
"""

from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from cuvee.api.builder import scope
from cuvee.api.errors import NoSuchPath
from cuvee.mlflow_api.endpoint import PREFIXES

_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


async def _unserved() -> Any:
    raise NoSuchPath


#: One handler below each version of the protocol; whatever is served is found before it.
ROUTES: Final = [
    HTTPRouteHandler(
        [f"{prefix}/{version}/mlflow/{{rest:path}}" for prefix in PREFIXES],
        http_method=_METHODS,
        opt={**scope("signed-in"), "is_served": False},
        include_in_schema=False,
    )(_unserved)
    for version in ("2.0", "3.0")
]
