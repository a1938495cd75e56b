"""How the identity room joins the house."""

from cuvee.api.builder import Room
from cuvee.identity import routes
from cuvee.identity.authentication import Keys


def install(keys: Keys) -> Room:
    """Routes for keys; `keys` is the same object that authenticates requests."""
    return Room(
        routes=[
            routes.validate_api_key,
            routes.list_v2_keys,
            routes.create_v2_key,
            routes.delete_v2_keys,
            routes.delete_v2_key,
        ],
        provides={"keys": keys},
    )
