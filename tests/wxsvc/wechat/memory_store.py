"""A store of credentials for one process: the gateway's tests need no database."""

from __future__ import annotations

from wxsvc.wechat.tokens import Credential


class MemoryStore:
    """Credentials by name, in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, Credential] = {}

    def get(self, name: str) -> Credential | None:
        """The stored credential, however old."""
        return self._kept.get(name)

    def put(self, name: str, credential: Credential) -> None:
        """Store it, unless one that was fetched later is there."""
        present = self._kept.get(name)
        if present is None or present.fetched_at <= credential.fetched_at:
            self._kept[name] = credential
