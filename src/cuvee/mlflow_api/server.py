"""What a client asks about the server itself, before it uses something that older servers lack."""

from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from cuvee.mlflow_api.endpoint import PREFIXES, fixed_route

#: The release of MLflow whose protocol this door speaks.
VERSION: Final = "3.17.2"


class Features(Struct, frozen=True):
    gateway: bool = False


class ServerInfo(Struct, frozen=True):
    """What this server can do."""

    store_type: str = "SqlStore"
    workspaces_enabled: bool = True
    trace_archival_enabled: bool = False
    multipart_uploads_enabled: bool = False
    multipart_downloads_enabled: bool = False
    presigned_upload_run_id_supported: bool = False
    presigned_upload_model_id_supported: bool = False
    features_enabled: Features = Features()


def routes(info: ServerInfo) -> list[HTTPRouteHandler]:
    """The addresses that everybody may ask, as with MLflow."""
    described = [f"{prefix}/3.0/mlflow/server-info" for prefix in PREFIXES]
    return [
        fixed_route(described, msgspec.json.encode(info), "application/json"),
        fixed_route(["/health"], b"OK", "text/plain"),
        fixed_route(["/version"], VERSION.encode(), "text/plain"),
    ]
