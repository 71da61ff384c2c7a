"""The code on a badge and the list of void cards: signed, so that a gate without a network can tell ours from forged.

Ed25519 (RFC 8032) under a key derived from the installation's index key: whoever holds the public key checks, only we
sign. A code is ``card number.signature`` in unpadded base64url.
"""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models import keyring

LONGEST = 200
SIGNATURE_BYTES = 64


class Forged(ValueError):
    """A code that this installation did not sign."""


@lru_cache(maxsize=4)
def _key(index_key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(index_key, b"badge signature", hashlib.sha256))


def _private() -> Ed25519PrivateKey:
    return _key(keyring.current().index_key)


def public_key() -> str:
    """Return the key that gates check with, as hex of 32 bytes."""
    return _private().public_key().public_bytes_raw().hex()


def sign(purpose: str, text: str) -> str:
    """Sign a text for one purpose; a signature for another purpose does not fit."""
    return base64.urlsafe_b64encode(_private().sign(f"{purpose}\0{text}".encode())).rstrip(b"=").decode()


def fits(purpose: str, text: str, signature: str) -> bool:
    """Whether the signature is ours, for this purpose and this very text, in its one canonical spelling."""
    try:
        raw = base64.b64decode(f"{signature}==", altchars=b"-_", validate=True)
        _private().public_key().verify(raw, f"{purpose}\0{text}".encode())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == signature


def code_of(card_no: str) -> str:
    """Return what a badge's QR carries."""
    return f"{card_no}.{sign('badge', card_no)}"


def card_no_of(code: str) -> str:
    """Return the number of the card whose code this is; raise Forged for anything we did not sign."""
    card_no, dot, signature = code.partition(".")
    if not dot or len(code) > LONGEST or not code.isascii() or not fits("badge", card_no, signature):
        raise Forged(code[:20])
    return card_no
