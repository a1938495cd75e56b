"""Passwords: which are refused, and how they are hashed and checked."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import argon2

from cuvee.identity import errors

_SHORTEST: Final = 8
_LONGEST: Final = 1_000
#: How many hashes are computed at the same time. Each takes 64 MiB and a tenth of a second; the others wait.
_AT_ONCE: Final = 2


def accepted(password: str, username: str) -> str:
    """A password as it is hashed: the same however a keyboard composed its letters.

    Raises:
        BadPassword: when it is too short, too long, only spaces, the user name, or holds a NUL or half a character.

    """
    text = unicodedata.normalize("NFKC", password)
    is_plain = "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
    is_guessed = text.strip().casefold() in {"", username.casefold()}
    if not is_plain or is_guessed or not _SHORTEST <= len(text) <= _LONGEST:
        raise errors.BadPassword
    return text


class Passwords:
    """Hashes and checks passwords with Argon2id, off the event loop and few at a time."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="cuvee-password")

    async def hash(self, password: str) -> str:
        """What is kept of an accepted password."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def fits(self, password: str, kept: str) -> bool:
        """Whether this is the password. Without one to compare with, the answer is no, after as much work."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._fits, password, kept)

    async def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def _fits(self, password: str, kept: str) -> bool:
        text = unicodedata.normalize("NFKC", password[:_LONGEST]).encode("utf-8", "replace")
        if not kept:
            self._hasher.hash(text)
            return False
        try:
            return self._hasher.verify(kept, text)
        except argon2.exceptions.VerifyMismatchError:
            return False
