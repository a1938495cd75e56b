"""API v2's door to users and keys."""

from datetime import datetime

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.db.session import Reading, Writing
from cuvee.identity import errors, messages, service, store
from cuvee.identity.authentication import Keys
from cuvee.identity.values import ApiKey, Audience, User


def short(user: User | None) -> messages.ShortUser:
    """A user as other things show who made them; nobody when the account is gone."""
    if user is None:
        return messages.ShortUser()
    return messages.ShortUser(username=user.username, name=user.name, email=user.email)


@post("/api/v2/auth/validate_key", opt=scope("signed-in"), status_code=200)
async def validate_api_key(
    data: JSONBody[messages.ValidateApiKeyRequest], call: NamedDependency[Call]
) -> messages.ValidateApiKeyResponse:
    """Say whether the key in use is for an audience."""
    fits = not data.audience or call.caller.may("endpoints:call" if data.audience == "Application" else "keys:own")
    why = "" if fits else f"The key is not for the audience {data.audience}."
    return messages.ValidateApiKeyResponse(valid=fits, username=call.caller.username, message=why)


@get("/api/v2/users/{username:str}/v2_keys", opt=scope("keys:own"))
async def list_v2_keys(username: FromPath[str], call: NamedDependency[Call]) -> messages.ListV2KeysResponse:
    """A user's keys, without their secrets."""
    return messages.ListV2KeysResponse(keys=[_shown(key) for key in await call.read(_keys_of, call.caller, username)])


@post("/api/v2/users/{username:str}/v2_keys", opt=scope("keys:own"), status_code=200)
async def create_v2_key(
    username: FromPath[str],
    data: JSONBody[messages.CreateV2KeyRequest],
    call: NamedDependency[Call],
    keys: NamedDependency[Keys],
) -> messages.CreateV2KeyResponse:
    """Create a key. Its secret is in this reply and nowhere else."""
    audiences = [_audience(name) for name in data.audiences] or [Audience.API, Audience.APPLICATION]
    expires_at = _moment(data.expiry_date)

    def create(connection: Writing) -> tuple[ApiKey, str]:
        user = service.reachable(connection, call.caller, username)
        return service.create_key(
            connection,
            user,
            comment=data.comments,
            audiences=audiences,
            project_id=call.caller.bound_project or data.project_id,
            expires_at=expires_at,
        )

    key, secret = await call.write(create)
    keys.forget()
    shown = _shown(key)
    return messages.CreateV2KeyResponse(
        api_key=secret,
        key_id=shown.key_id,
        created_at=shown.created_at,
        expiry_date=shown.expiry_date,
        comments=shown.comments,
        audiences=shown.audiences,
    )


@delete("/api/v2/users/{username:str}/v2_keys", opt=scope("keys:own"), status_code=200)
async def delete_v2_keys(
    username: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> messages.Empty:
    """Delete all keys of a user, the one in use among them."""
    await call.write(
        lambda connection: store.delete_keys(connection, service.reachable(connection, call.caller, username).id)
    )
    keys.forget()
    return messages.Empty()


@delete("/api/v2/users/{username:str}/v2_keys/{key_id:str}", opt=scope("keys:own"), status_code=200)
async def delete_v2_key(
    username: FromPath[str], key_id: FromPath[str], call: NamedDependency[Call], keys: NamedDependency[Keys]
) -> messages.Empty:
    """Delete a key: it stops at once."""

    def remove(connection: Writing) -> None:
        service.delete_key(connection, service.reachable(connection, call.caller, username), key_id)

    await call.write(remove)
    keys.forget()
    return messages.Empty()


def _keys_of(connection: Reading, caller: Caller, username: str) -> list[ApiKey]:
    return store.list_keys(connection, service.reachable(connection, caller, username).id)


def _audience(name: str) -> Audience:
    try:
        return Audience(name)
    except ValueError:
        raise errors.BadAudience from None


def _moment(text: str) -> int:
    if not text:
        return 0
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise errors.BadExpiry from None


def _shown(key: ApiKey) -> messages.V2KeyDetails:
    return messages.V2KeyDetails(
        key_id=key.id,
        created_at=clock.rfc3339(key.created_at),
        expiry_date=clock.rfc3339(key.expires_at) if key.expires_at else "",
        comments=key.comment,
        audiences=list(key.audiences),
    )
