"""Page tokens: where a list goes on, sealed so that a caller can neither read another's nor make one up."""

import base64
import binascii
import hashlib
import hmac
from typing import Any, Final

import msgspec

from cuvee.core import errors

_SEAL: Final = 16


class BadPageToken(errors.Invalid):
    """Invalid page token: it is not one that this list, asked in the same way, gave to you."""


class Sealer:
    """Seals positions into tokens. A token opens only with the same purpose (a list and whose it is)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, position: Any, purpose: str) -> str:
        """A token for a position that msgspec can write as JSON."""
        body = msgspec.json.encode(position)
        return base64.urlsafe_b64encode(self._mark(body, purpose) + body).decode().rstrip("=")

    def open(self, token: str, purpose: str) -> Any:
        """The position that was sealed.

        Raises:
            BadPageToken: when the token was made for something else, or not here.

        """
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            raise BadPageToken from None
        mark, body = raw[:_SEAL], raw[_SEAL:]
        if not hmac.compare_digest(mark, self._mark(body, purpose)):
            raise BadPageToken
        return msgspec.json.decode(body)

    def _mark(self, body: bytes, purpose: str) -> bytes:
        return hmac.new(self._secret, purpose.encode() + b"\0" + body, hashlib.sha256).digest()[:_SEAL]
