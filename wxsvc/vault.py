"""The vault (加密): phones, names of persons and WeChat's token as they lie in the database.

Keys are derived from the secret of the settings. To change the secret, put the new one in ``WXSVC_SECRET_KEY`` and the
former one in ``WXSVC_OLD_SECRET_KEYS``: what was closed with it still opens, and ``wxsvc db reseal`` closes it anew.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from wxsvc.keys import KeyPurpose, derived


class VaultError(Exception):
    """A text that none of our secrets opens: it was altered, or the secret that closed it is no longer configured."""

    def __init__(self) -> None:
        super().__init__(
            "an encrypted text cannot be opened: it was altered, or the secret that closed it is missing from "
            "WXSVC_SECRET_KEY and WXSVC_OLD_SECRET_KEYS"
        )


class Unreadable(str):
    """What is shown in place of a text that none of our secrets opens (无法解密): no name, and no number to call."""

    __slots__ = ()


class Vault:
    """Encrypts with the first secret, decrypts with any of them. Safe to share between threads."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("a vault needs at least one secret")
        self._each = [Fernet(base64.urlsafe_b64encode(derived(secret, KeyPurpose.DATA))) for secret in secrets]
        self._boxes = MultiFernet(self._each)
        self._index_keys = [derived(secret, KeyPurpose.LOOK_UPS) for secret in secrets]

    def encrypt(self, text: str) -> str:
        """The text closed, as ASCII. Twice the same text gives two different results."""
        return self._boxes.encrypt(text.encode()).decode()

    def decrypt(self, closed: str) -> str:
        """The text as it was. Raises :class:`VaultError`."""
        try:
            return self._boxes.decrypt(closed.encode()).decode()
        except InvalidToken:
            raise VaultError from None

    def opened_by(self, closed: str) -> int | None:
        """Which secret opens it: 0 is the one in use, 1 the former one …; None when none of them does."""
        for place, box in enumerate(self._each):
            try:
                box.decrypt(closed.encode())
            except InvalidToken:
                continue
            return place
        return None

    def renew(self, closed: str) -> str:
        """The same text, closed with the secret in use today. Raises :class:`VaultError`."""
        return self.encrypt(self.decrypt(closed))

    def lookup(self, text: str) -> str:
        """A keyed fingerprint (32 hexadecimal digits) to find an encrypted value by, which tells nothing about it."""
        return self.lookups(text)[0]

    def lookups(self, text: str) -> list[str]:
        """The fingerprint under every secret, the one in use first: rows written before a change are found too."""
        return [hmac.digest(key, text.encode(), "sha256").hex()[:32] for key in self._index_keys]
