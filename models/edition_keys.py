"""The key of each edition, under which the trail keeps what it tells of persons: destroyed with the edition's data.

An edition holds a random secret; its key is made of the secret and the installation's index key, so that neither the
database alone nor the settings alone open anything. When the secret is destroyed, what was sealed stays where it is, the
chain over it still holds, and nobody reads it any more (crypto-erase; 个人信息保护法 第四十七条).
"""

import hashlib
import hmac
import os
import re
from base64 import b32encode, b64decode, b64encode
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Text, TypeDecorator

from models import keyring

SECRET_BYTES = 32
NONCE_BYTES = 12
_SEALED = re.compile(r"~([A-Z2-7]{8})~([A-Za-z0-9+/]+=*)")
_known: dict[str, "EditionKey"] = {}


class EditionKey:
    """The key made of an edition's secret; ``name`` stands before what it has sealed."""

    __slots__ = ("_cipher", "name")

    def __init__(self, secret: bytes) -> None:
        key = hmac.digest(keyring.current().index_key, b"edition\0" + secret, "sha256")
        self.name = b32encode(hashlib.sha256(b"name\0" + key).digest()).decode()[:8]
        self._cipher = AESGCM(key)

    def seal(self, text: str) -> str:
        """Return the text as it is stored."""
        nonce = os.urandom(NONCE_BYTES)
        body = self._cipher.encrypt(nonce, text.encode(), self.name.encode())
        return f"~{self.name}~{b64encode(nonce + body).decode()}"

    def open(self, body: str) -> str | None:
        """Return the text of what was stored; None when it was tampered with."""
        blob = b64decode(body)
        try:
            return self._cipher.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], self.name.encode()).decode()
        except InvalidTag:
            return None


def new_secret() -> bytes:
    """Make the secret of a new edition."""
    return os.urandom(SECRET_BYTES)


def know(secrets: Iterable[bytes]) -> None:
    """Hold the keys of these secrets, and no others: a destroyed one is forgotten by every process that looks again."""
    keys = [EditionKey(secret) for secret in secrets]
    held = {key.name: _known.get(key.name, key) for key in keys}
    for name in _known.keys() - held.keys():
        _known.pop(name, None)
    _known.update(held)


class Told(TypeDecorator[str]):
    """A text of the trail, sealed by its writer; read as it was written, or as ``gone`` when its key is no more."""

    impl = Text
    cache_ok = True

    def __init__(self, gone: str | None = None) -> None:
        super().__init__()
        self.gone = gone

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        found = _SEALED.fullmatch(value) if value is not None and value.startswith("~") else None
        if found is None:
            return value
        key = _known.get(found[1])
        opened = None if key is None else key.open(found[2])
        return self.gone if opened is None else opened
