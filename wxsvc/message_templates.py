"""模板 in the account: what a message may be about, and how a setting names a template and what each of its keys holds.

A setting is the id, ``long`` for a long-term subscription, then ``key=word`` for every key: ``TPL-1 long thing2=what``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

PURPOSES: Final = (
    "review", "filing", "unfinished", "ruling", "sealed", "dispute", "announcement", "role", "need", "signup",
)  # fmt: skip
"""What a message may be about."""

NOTICE_WORDS: Final = ("what", "result", "note", "when")
"""What every notice says in a message (``templates/notices.toml``)."""

DEFAULT_KEYS: Final = {"thing1": "what", "phrase2": "result", "time3": "when", "thing4": "note"}
"""Which key of a template holds which word, unless the setting says otherwise."""

_LONG: Final = "long"
_KEYS: Final = rf"(\s+[a-z_]+[0-9]*=({'|'.join(NOTICE_WORDS)}))*"


class MessageTemplate(Struct, frozen=True):
    """模板 of one purpose: its id in the account, and which of its keys holds which word."""

    id: str
    keys: Mapping[str, str]
    is_long: bool = False
    """长期订阅: agreed to once, for any number of messages. Of template messages without meaning."""


def template_of(value: str | None, *, by_subscription: bool) -> MessageTemplate | None:
    """The template that a setting names; None for none. Raises ``ValueError`` with what the setting must look like."""
    if value is None:
        return None
    head = rf"[\w-]{{1,64}}(\s+{_LONG})?" if by_subscription else r"\S+"
    if not re.fullmatch(head + _KEYS, value):
        between = f", then {_LONG} for a long-term one" if by_subscription else ""
        raise ValueError(f"is a template id{between}, then key=word, where word is one of {', '.join(NOTICE_WORDS)}")
    template_id, *more = value.split()
    keys = dict(each.split("=", 1) for each in more if each != _LONG)
    return MessageTemplate(template_id, keys or DEFAULT_KEYS, _LONG in more)


class TemplateSettings(BaseModel):
    """The settings that name templates; :class:`wxsvc.settings.Settings` has them with all others."""

    model_config = ConfigDict(defer_build=True)  # nobody reads these alone

    # Template messages (模板消息), one per purpose; without one the notice stays in the account's inbox
    template_review: str | None = None
    template_filing: str | None = None
    template_unfinished: str | None = None
    template_ruling: str | None = None
    template_sealed: str | None = None
    template_dispute: str | None = None
    template_announcement: str | None = None
    template_role: str | None = None
    template_signup: str | None = None
    template_need: str | None = None

    # Subscription notices (订阅通知), for purposes that have no template message: who agreed hears
    subscribe_review: str | None = None
    subscribe_filing: str | None = None
    subscribe_unfinished: str | None = None
    subscribe_ruling: str | None = None
    subscribe_sealed: str | None = None
    subscribe_dispute: str | None = None
    subscribe_announcement: str | None = None
    subscribe_role: str | None = None
    subscribe_need: str | None = None
    subscribe_signup: str | None = None

    @field_validator(*(f"{way}_{purpose}" for way in ("template", "subscribe") for purpose in PURPOSES))
    @classmethod
    def _template(cls, value: str | None, info: ValidationInfo) -> str | None:
        template_of(value, by_subscription=str(info.field_name).startswith("subscribe"))
        return value

    @property
    def templates(self) -> dict[str, MessageTemplate]:
        """The template per purpose (``review``, ``filing`` …), only for the purposes that have one."""
        return self._chosen("template")

    @property
    def subscriptions(self) -> dict[str, MessageTemplate]:
        """The template of subscription notices per purpose, only for the purposes that go that way."""
        return self._chosen("subscribe")

    def _chosen(self, way: str) -> dict[str, MessageTemplate]:
        named = {each: getattr(self, f"{way}_{each}") for each in PURPOSES}
        found = {each: template_of(value, by_subscription=way == "subscribe") for each, value in named.items()}
        return {purpose: template for purpose, template in found.items() if template is not None}

    @property
    def template_ids(self) -> dict[str, str]:
        """Template id per purpose, only for the purposes that have one."""
        return {purpose: template.id for purpose, template in self.templates.items()}
