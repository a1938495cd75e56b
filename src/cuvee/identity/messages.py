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


class ChangeUserRequest(Struct):
    """What is left out stays."""

    name: str | None = None
    email: str | None = None
    is_admin: bool | None = None


class ListUsersResponse(Struct):
    users: list[User]
    next_page_token: str


class SignInRequest(Struct):
    """One of the three ways in."""

    code: str = ""
    api_key: str = ""
    username: str = ""
    password: str = ""


class SignInResponse(Struct):
    username: str


class SignIn(Struct):
    """A browser that is signed in. An extension, as all about signing in."""

    id: str
    user_agent: str
    created_at: str
    seen_at: str
    expires_at: str
    #: Whether it is the browser that asks.
    is_current: bool


class ListSignInsResponse(Struct):
    sign_ins: list[SignIn]


class CreateSignInCodeRequest(Struct):
    #: The caller when empty.
    username: str = ""


class SignInCode(Struct):
    #: Where the code is used, below the platform's address; the code stands in the fragment.
    path: str
    expires_at: str


class ChangePasswordRequest(Struct):
    password: str = ""
    #: Not needed when there is none.
    old_password: str = ""
