"""Signatures and the AES envelope of pushes, written from the protocol and not from the product's code.

Source: "Message encryption" page of the official documentation; the known-answer vectors in the tests.
"""

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
"""WeChat pads to a multiple of 32 bytes, not of AES's 16: pad values run from 1 to 32."""


class BadCiphertext(Exception):
    """An encrypted text that WeChat would not accept; the message says which check failed."""


def sign(*parts: str) -> str:
    """Return the signature of a push or reply: SHA-1 over the sorted, joined parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def sign_page(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """Return the JS-SDK signature of a page; ``url`` counts up to, and without, ``#``."""
    page = url.split("#", 1)[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Envelope:
    """AES-256-CBC under one account's EncodingAESKey (43 characters) and AppID."""

    def __init__(self, aes_key: str, app_id: str) -> None:
        key = base64.b64decode(aes_key + "=")
        if len(key) != 32:
            raise ValueError("an EncodingAESKey has 43 characters")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._app_id = app_id.encode()

    def encrypt(self, text: bytes, random16: bytes) -> str:
        """Return base64 of: 16 random bytes, 4-byte length, text, AppID, padding."""
        plain = random16 + len(text).to_bytes(4, "big") + text + self._app_id
        pad = BLOCK - len(plain) % BLOCK
        return self.encrypt_raw(plain + bytes([pad]) * pad)

    def encrypt_raw(self, padded: bytes) -> str:
        """Encrypt bytes that are already laid out and padded (well or, for a tampered push, badly)."""
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """Return the text; raise BadCiphertext on bad base64, blocks, padding, length or AppID."""
        try:
            data = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadCiphertext("base64") from error
        if not data or len(data) % 16:
            raise BadCiphertext("block size")
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        pad = plain[-1]
        if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
            raise BadCiphertext("padding")
        length = int.from_bytes(plain[16:20], "big")
        text, app_id = plain[20 : 20 + length], plain[20 + length : -pad]
        if len(text) != length:
            raise BadCiphertext("length")
        if app_id != self._app_id:
            raise BadCiphertext("AppID")
        return text
