"""Where a page may lead on to, when its address says so."""

import re
from typing import Final
from urllib.parse import quote

#: One slash, and then none that a browser would take for the beginning of a host's name. Browsers leave control
#: characters out of addresses before they read them, and read backslashes as slashes.
_LOCAL: Final = re.compile(r"/(?!/)[^\\\x00-\x1f\x7f\ud800-\udfff]*")
#: What has a meaning in an address stays as it is.
_MEANT: Final = "/?#%&=+:;,@!$'()*~[]"
_LONGEST: Final = 4_096


def local(text: str, otherwise: str = "/") -> str:
    """The address of a page of ours that a caller's text names, as it goes into `Location`.

    >>> local("/projects/DEV?tab=files"), local("//evil.com"), local("https:evil.com")
    ('/projects/DEV?tab=files', '/', '/')
    """
    if len(text) > _LONGEST or not _LOCAL.fullmatch(text):
        return otherwise
    return quote(text, safe=_MEANT)
