"""How the identity room joins the house."""

from cuvee.api.builder import Room
from cuvee.identity import routes, routes_users
from cuvee.identity.authentication import Keys


def install(keys: Keys) -> Room:
    """Routes for users and keys; `keys` is the same object that authenticates requests."""
    return Room(
        routes=[
            routes.validate_api_key,
            routes.list_v2_keys,
            routes.create_v2_key,
            routes.delete_v2_keys,
            routes.delete_v2_key,
            routes_users.list_users,
            routes_users.get_short_user,
            routes_users.add_user,
            routes_users.close_account,
        ],
        provides={"keys": keys},
    )
