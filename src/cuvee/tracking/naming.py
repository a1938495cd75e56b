"""Names for runs that were given none: an adjective, a noun and a number, such as `brisk-larch-204`."""

import secrets
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ADJECTIVES: Final = _words(
    """
    able amber apt bold brave bright brisk calm clear clever crisp deep eager early even fair fine firm fresh
    gentle glad golden grand green hardy honest keen kind lively loyal lucid lucky mellow merry mild neat nimble
    noble open plain polite proud quick quiet rapid rare ready rich ripe round serene sharp silent smart smooth
    sober spry steady still stout sunny sure sweet swift tall tidy true vivid warm wise witty young
    """
)
_NOUNS: Final = _words(
    """
    alder ash aspen badger barley beech birch bison brook cedar cherry clover cork cove crane crow deer dove
    elder elm falcon fern finch fox glade grape grouse hare hawk hazel heron hill holly ibis ivy jay juniper
    lake larch lark linden lynx maple marten meadow mint moss oak olive otter owl pear pine plover plum quail
    quince raven reed robin rowan sage seal shore sorrel sparrow spruce stork swan tern thyme trout vale vine
    wren yew
    """
)


def random_name() -> str:
    """A name that is easy to say, and unlikely to be there twice."""
    return f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_NOUNS)}-{secrets.randbelow(1000)}"
