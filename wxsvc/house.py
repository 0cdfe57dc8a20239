"""The parts of one process: settings, database, clock, and the ways to WeChat, the files and the vault.

``create_app`` hands them to pages and chat, the worker to its jobs, a command to what it does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec import Struct

from wxsvc.clock import Clock
from wxsvc.db import Database
from wxsvc.files import Files
from wxsvc.services import key_checks
from wxsvc.settings import Settings
from wxsvc.vault import Vault
from wxsvc.wechat.token_store import DatabaseStore

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway


Answer = TypeVar("Answer")


class House(Struct, frozen=True, dict=True):
    """The parts; what reaches out is made when first asked for."""

    settings: Settings
    database: Database
    clock: Clock

    @cached_property
    def gateway(self) -> Gateway:
        """The way to WeChat, or to the simulator in its place. Never call it within a transaction."""
        from wxsvc.wechat.gateway import Gateway

        chosen = self.settings
        return Gateway(
            chosen.wechat_app_id,
            chosen.wechat_app_secret,
            DatabaseStore(self.database, self.vault),
            self.clock.now,
            api_base_url=chosen.wechat_api_base_url,
            open_base_url=chosen.wechat_open_base_url,
            mp_base_url=chosen.wechat_mp_base_url,
        )

    @cached_property
    def files(self) -> Files:
        """Photos and papers."""
        return Files(self.settings.files_dir, self.settings.max_upload_mb * 2**20)

    @cached_property
    def vault(self) -> Vault:
        """Opens names, phones and WeChat's token."""
        return Vault(self.settings.secret_keys)

    def settle_key(self) -> None:
        """Make sure that the secret fits the database, and note a new one there. Raises ``WrongKey``.

        Whoever goes on with a wrong one would close new names and phones so that nobody opens them with the old ones.
        """
        with self.database.transaction() as session:
            key_checks.settle(session, self.vault, self.now())

    def hourly(self, name: str, ask: Callable[[], Answer]) -> Answer:
        """What ``ask`` answers, by a ``name`` of its own, asked again in another hour: for what changes once a year."""
        return self.while_same(name, self.now().replace(minute=0, second=0, microsecond=0), ask)

    def while_same(self, name: str, state: object, ask: Callable[[], Answer]) -> Answer:
        """What ``ask`` answers, asked again when the ``state`` that it follows from is another; the last one is kept.

        The state is read before the answer, so that what changes between them is asked for again.
        """
        before, answer = vars(self).get(name, (None, None))
        if before != state:
            answer = ask()
            vars(self)[name] = (state, answer)
        return cast("Answer", answer)

    def now(self) -> datetime:
        """The present instant."""
        return self.clock.now()
