"""Messages about artifacts."""

from msgspec import Struct, field

from cuvee.mlflow_api.decoding import Message
from cuvee.mlflow_api.messages.common import Int64


class ListArtifacts(Message):
    run_id: str
    run_uuid: str = ""
    path: str = ""
    page_token: str = ""


class ListModelArtifacts(Message):
    model_id: str
    artifact_directory_path: str = ""
    page_token: str = ""


class PresignDownload(Message):
    run_id: str
    path: str
    expiration: Int64 = 900


class PresignUpload(Message):
    path: str
    run_id: str = ""
    model_id: str = ""
    expiration: Int64 = 900


class CreateUpload(Message):
    #: The file's name on the client's disk, of which the last part counts.
    path: str
    num_parts: Int64 = 0


class UploadedPart(Message):
    part_number: Int64 = 0
    etag: str = ""
    url: str = ""


class CompleteUpload(Message):
    path: str
    parts: list[UploadedPart]
    upload_id: str = ""


class AbortUpload(Message):
    path: str
    upload_id: str = ""


class File(Struct, omit_defaults=True, frozen=True, kw_only=True):
    path: str
    is_dir: bool
    file_size: int = 0


class Files(Struct, omit_defaults=True, frozen=True, kw_only=True):
    root_uri: str = ""
    files: list[File] = field(default_factory=list)


class Credential(Struct, frozen=True, kw_only=True):
    """Where one part is to be sent."""

    url: str
    part_number: int


class Upload(Struct, frozen=True, kw_only=True):
    upload_id: str
    credentials: list[Credential]
