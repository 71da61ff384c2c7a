"""The key ring that seals personal numbers (SECURITY D02-D05, GB/T 39786 storage confidentiality).

A sealed value is ``version byte | key id byte | 12-byte nonce | AES-256-GCM ciphertext``; its associated data is
``table.column:ref`` of the row, so a value moved to another row or column, or changed by a bit, fails loudly; of a whole
file that is kept for a while it is ``table.column``.
Exact search and uniqueness use a keyed index (HMAC-SHA-256 under its own key), never the number itself.
"""

import hashlib
import hmac
import os
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = 1
NONCE_BYTES = 12
INDEX_CHARS = 26  # 128 bits in base32: unguessable and collision-free for 10^9 numbers
TAIL_CHARS = 10  # 48 bits over the last four characters


class SealBroken(Exception):
    """A sealed value was changed, moved to another row, or sealed under a key we do not hold."""


class SealedText:
    """An encrypted column value as it lies in the database; it never prints what it holds."""

    __slots__ = ("blob",)

    def __init__(self, blob: bytes) -> None:
        self.blob = blob

    def __repr__(self) -> str:
        return "<sealed>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealedText) and self.blob == other.blob

    def __hash__(self) -> int:
        return hash(self.blob)


@dataclass(frozen=True)
class KeyRing:
    """Data keys by id (32 bytes each), the id that seals new values, and the key of the blind index."""

    keys: Mapping[int, bytes]
    active: int
    index_key: bytes

    def __post_init__(self) -> None:
        if self.active not in self.keys or any(len(key) != 32 for key in self.keys.values()):
            raise ValueError("key ring: the active key must be present and every data key must have 32 bytes")
        if len(self.index_key) < 32:
            raise ValueError("key ring: the index key must have at least 32 bytes")

    def seal(self, plain: str, place: str) -> SealedText:
        """Encrypt ``plain`` for ``place`` (``table.column:ref``)."""
        return SealedText(self.seal_bytes(plain.encode(), place))

    def seal_bytes(self, plain: bytes, place: str) -> bytes:
        """Encrypt a file for ``place``."""
        nonce = os.urandom(NONCE_BYTES)
        return (
            bytes((FORMAT, self.active)) + nonce + _cipher(self.keys[self.active]).encrypt(nonce, plain, place.encode())
        )

    def open(self, sealed: SealedText, place: str) -> str:
        """Decrypt; raise SealBroken when the value does not belong to ``place`` or was altered."""
        return self.open_bytes(sealed.blob, place).decode()

    def open_bytes(self, blob: bytes, place: str) -> bytes:
        """Decrypt a file; raise SealBroken likewise."""
        key = self.keys.get(blob[1]) if len(blob) > NONCE_BYTES + 2 and blob[0] == FORMAT else None
        if key is None:
            raise SealBroken(place)
        try:
            return _cipher(key).decrypt(blob[2 : 2 + NONCE_BYTES], blob[2 + NONCE_BYTES :], place.encode())
        except InvalidTag as error:
            raise SealBroken(place) from error

    def index(self, plain: str, purpose: str, chars: int = INDEX_CHARS) -> str:
        """Keyed hash of a normalised value for exact search; ``purpose`` keeps two columns' indexes apart."""
        digest = hmac.digest(self.index_key, f"{purpose}\0{plain}".encode(), hashlib.sha256)
        return b32encode(digest).decode()[:chars]

    def kept(self, index: str) -> str:
        """Return the hash that outlives a number's index: it says that two editions had the same number, and finds nobody."""
        return self.index(index, "kept")


_ciphers: dict[bytes, AESGCM] = {}
_current: list[KeyRing] = []


def _cipher(key: bytes) -> AESGCM:
    if key not in _ciphers:
        _ciphers[key] = AESGCM(key)
    return _ciphers[key]


def use(ring: KeyRing) -> None:
    """Make ``ring`` the process's key ring; called once when the program starts."""
    _current[:] = [ring]


def current() -> KeyRing:
    """Return the key ring in use; raise RuntimeError when the program was started without one."""
    if not _current:
        raise RuntimeError("no key ring: call models.keyring.use() first")
    return _current[0]
