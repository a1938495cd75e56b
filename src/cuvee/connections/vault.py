"""Keeps secrets so that the database alone does not tell them: sealed with a key that lies in the home.

Whoever has a copy of the database, or of a backup of it, has nothing; whoever has the home as well has everything.
"""

import os
import secrets
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from cuvee.connections import errors

FILE: Final = "connections.key"


class Vault:
    """Seals and opens secrets. The library behind it is imported, and the key made, when the first secret comes."""

    def __init__(self, home: Path) -> None:
        self._file = home / FILE
        self._lock: Any = None

    def sealed(self, values: Mapping[str, str]) -> dict[str, bytes]:
        """Secrets as they are stored."""
        return {name: self._fernet().encrypt(value.encode()) for name, value in values.items()}

    def opened(self, values: Mapping[str, bytes]) -> dict[str, str]:
        """Secrets as they were.

        Raises:
            SecretsUnreadable: when they were sealed with another key, or changed since.

        """
        if not values:
            return {}
        library, lock = import_module("cryptography.fernet"), self._fernet()
        try:
            return {name: lock.decrypt(value).decode() for name, value in values.items()}
        except library.InvalidToken:
            raise errors.SecretsUnreadable from None

    def _fernet(self) -> Any:
        if self._lock is None:
            self._lock = import_module("cryptography.fernet").Fernet(self._key())
        return self._lock

    def _key(self) -> bytes:
        """The key, made when there is none. Of two who make one at once, the first counts."""
        if not self._file.exists():
            draft = self._file.with_name(f".{FILE}.{secrets.token_hex(4)}")
            _write_private(draft, import_module("cryptography.fernet").Fernet.generate_key())
            try:
                os.link(draft, self._file)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return self._file.read_bytes()


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
