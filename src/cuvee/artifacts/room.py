"""How the artifacts room joins the house."""

from cuvee.api.builder import Room
from cuvee.artifacts.stores import Stores


def install(stores: Stores) -> Room:
    """The stores, for the doors that serve artifacts."""
    return Room(provides={"stores": stores})
