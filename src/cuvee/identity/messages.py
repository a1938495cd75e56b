"""Users and keys as API v2 writes them."""

from msgspec import Struct, field


class ShortUser(Struct):
    username: str = ""
    name: str = ""
    email: str = ""


class ValidateApiKeyRequest(Struct):
    audience: str = ""


class ValidateApiKeyResponse(Struct):
    valid: bool
    username: str
    message: str


class CreateV2KeyRequest(Struct):
    username: str = ""
    #: RFC 3339; never when empty.
    expiry_date: str = ""
    comments: str = ""
    audiences: list[str] = field(default_factory=list)
    #: An extension: the name or id of the only project that the key is to open.
    project_id: str = ""


class CreateV2KeyResponse(Struct):
    api_key: str
    key_id: str
    created_at: str
    expiry_date: str
    comments: str
    audiences: list[str]


class V2KeyDetails(Struct):
    key_id: str
    created_at: str
    expiry_date: str
    comments: str
    audiences: list[str]


class ListV2KeysResponse(Struct):
    keys: list[V2KeyDetails]


class Empty(Struct):
    """`{}`."""


class User(Struct):
    """An account. An extension: CML's users come from elsewhere."""

    id: str
    username: str
    name: str
    email: str
    is_admin: bool
    created_at: str
    #: Empty while the account is open.
    closed_at: str


class AddUserRequest(Struct):
    username: str = ""
    name: str = ""
    email: str = ""
    is_admin: bool = False


class ListUsersResponse(Struct):
    users: list[User]
    next_page_token: str
