"""How the proxy joins the house."""

from cuvee.api.builder import Room
from cuvee.proxy.forward import Proxy


def install(proxy: Proxy) -> Room:
    """The proxy, opened with the platform and closed with it. It has no paths of its own: rooms above give them."""
    return Room(provides={"proxy": proxy}, on_startup=[proxy.open], on_shutdown=[proxy.close])
