"""Keys by purpose (密钥): one secret of the settings, and a key of its own for each use, so that none serves two.

Sessions and tokens (cookies, desk codes, screen codes) · data at rest (names, phones, WeChat's token) · look-ups
(fingerprints of openids). Former secrets open data and are looked up with; sessions and tokens know the newest alone.
"""

from __future__ import annotations

from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class KeyPurpose(StrEnum):
    """What a key is for. The words are part of the derivation: another word makes another key."""

    TOKENS = "sessions and tokens"
    DATA = "vault encryption"
    LOOK_UPS = "vault lookup"


def derived(secret: str, purpose: KeyPurpose) -> bytes:
    """The key of 32 bytes that this secret gives for this purpose."""
    info = f"wxsvc {purpose.value}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())
