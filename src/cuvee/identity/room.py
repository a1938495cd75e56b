"""How the identity room joins the house."""

from functools import partial

from cuvee.api.builder import Room
from cuvee.db.database import Database
from cuvee.identity import routes, routes_sign_ins, routes_users
from cuvee.identity.authentication import Keys
from cuvee.identity.endings import Endings
from cuvee.identity.passwords import Passwords
from cuvee.identity.signing_in import SigningIn


def install(database: Database, keys: Keys) -> Room:
    """Routes for users, keys and sign-ins; `keys` is the same object that authenticates requests."""
    passwords = Passwords()
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
            routes_users.change_user,
            routes_users.close_account,
            routes_sign_ins.sign_in,
            routes_sign_ins.list_sign_ins,
            routes_sign_ins.end_sign_in,
            routes_sign_ins.end_sign_ins,
            routes_sign_ins.create_sign_in_code,
            routes_sign_ins.change_password,
        ],
        provides={
            "keys": keys,
            "signing_in": SigningIn(database=database, keys=keys, passwords=passwords),
        },
        on_shutdown=[passwords.close],
        wrappers=[partial(Endings, keys=keys)],
    )
