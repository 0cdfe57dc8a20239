"""推送: other systems are told that something changed, at an address of theirs. Officials and operators hold the list.

What is told stands in the transaction of what happened; the worker sends it (``worker/webhooks.py``). An event names
what changed and no figures: its receiver reads those by its key, so that late or doubled events do no harm.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.person import Person
from models.platform import Platform
from models.terms import WebhookEvent, WebhookState
from models.webhook import Webhook, WebhookDelivery
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused, must_be_found
from wxsvc.site_visits import is_public
from wxsvc.vault import Vault

BEGINS: Final = "whsec_"
"""How every secret begins."""
LONGEST_NAME: Final = 60
LONGEST_URL: Final = 500
_SHOWN: Final = 50


class ListedWebhook(Struct, frozen=True):
    """An address as officials see it. ``maker`` is sealed, ``last`` is the newest delivery, ``waiting`` counts."""

    webhook: Webhook
    maker: str | None
    last: WebhookDelivery | None
    waiting: int

    @property
    def events(self) -> tuple[WebhookEvent, ...]:
        """What it is told, in the order of ``WebhookEvent``."""
        return tuple(event for event in WebhookEvent if event.value in self.webhook.events)


class ToldDelivery(Struct, frozen=True):
    """推送记录: one delivery, and the title of the activity or the name of the platform that it tells of."""

    row: WebhookDelivery
    about: str


def make(
    session: Session, system: str, url: str, events: Collection[WebhookEvent], by: Actor, now: datetime, *, vault: Vault
) -> tuple[int, str]:
    """A new address of a system: its number, and the secret that signs what is sent, shown this once.

    Raises ``Refused``: ``system_needs_name``, ``webhook_needs_https``, ``webhook_needs_public``,
    ``webhook_needs_event``.
    """
    by.must_be_province()
    system, url = " ".join(system.split()), url.strip()
    if not 1 <= len(system) <= LONGEST_NAME:
        raise Refused("system_needs_name", most=LONGEST_NAME)
    must_take_pushes(url)
    if not events:
        raise Refused("webhook_needs_event")
    secret = BEGINS + secrets.token_urlsafe(32)
    webhook = Webhook(
        system=system,
        url=url,
        secret_sealed=vault.encrypt(secret),
        events=[event.value for event in WebhookEvent if event in events],
        made_at=now,
        made_by=by.person_id,
    )
    session.add(webhook)
    journal.record_of(session, webhook, "made", by, now)
    return webhook.id, secret


def end(session: Session, webhook_id: int, by: Actor, now: datetime) -> Webhook:
    """停用: nothing is sent there any more, what waits is given up. Idempotent. Raises ``Refused("not_found")``."""
    by.must_be_province()
    webhook = must_be_found(session.get(Webhook, webhook_id, with_for_update=True, populate_existing=True))
    if not webhook.is_ended:
        webhook.ended_at, webhook.ended_by = now, by.person_id
        session.execute(
            sa.update(WebhookDelivery)
            .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == WebhookState.WAITING)
            .values(state=WebhookState.GIVEN_UP, finished_at=now)
            .execution_options(synchronize_session=False)
        )
        journal.record_of(session, webhook, "ended", by, now)
    return webhook


def failing(session: Session, since: datetime) -> Sequence[Webhook]:
    """The addresses in use where nothing has arrived since then or longer, the longest first."""
    query = sa.select(Webhook).where(~Webhook.is_ended, Webhook.failing_since <= since)
    return session.scalars(query.order_by(Webhook.failing_since, Webhook.id)).all()


def listed(session: Session, by: Actor, system: str = "") -> Sequence[ListedWebhook]:
    """Every address of the systems with this in their name, those in use first, the newest of either first."""
    by.must_review()
    newest = (
        sa.select(sa.func.max(WebhookDelivery.id))
        .where(WebhookDelivery.webhook_id == Webhook.id)
        .correlate(Webhook)
        .scalar_subquery()
    )
    waiting = (
        sa.select(sa.func.count())
        .where(WebhookDelivery.webhook_id == Webhook.id, WebhookDelivery.state == WebhookState.WAITING)
        .correlate(Webhook)
        .scalar_subquery()
    )
    query = (
        sa.select(Webhook, Person.name_sealed, WebhookDelivery, waiting)
        .outerjoin(Person, Person.id == Webhook.made_by)
        .outerjoin(WebhookDelivery, WebhookDelivery.id == newest)
        .where(Webhook.system.icontains(system, autoescape=True))
        .order_by(Webhook.is_ended, Webhook.id.desc())
    )
    return [ListedWebhook(*row) for row in session.execute(query)]


def deliveries(session: Session, webhook_id: int, by: Actor) -> tuple[Webhook, Sequence[ToldDelivery]]:
    """推送记录: an address with what was last sent there, the newest first. Raises ``Refused("not_found")``."""
    by.must_review()
    webhook = must_be_found(session.get(Webhook, webhook_id))
    query = sa.select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    rows = session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(_SHOWN)).all()
    names: dict[tuple[str, str], str] = {}
    for noun, code, name in (("activity", Activity.code, Activity.title), ("platform", Platform.code, Platform.name)):
        codes = {row.facts[noun] for row in rows if noun in row.facts}
        names |= {(noun, key): said for key, said in session.execute(sa.select(code, name).where(code.in_(codes)))}
    return webhook, [ToldDelivery(row, names[_subject(row.facts)]) for row in rows]


def _subject(facts: Mapping[str, Any]) -> tuple[str, str]:
    noun = "activity" if "activity" in facts else "platform"
    return noun, facts[noun]


def tell(session: Session, event: WebhookEvent, subjects: Mapping[str, dict[str, Any]], now: datetime) -> None:
    """Tell every system that wants to hear of it; ``subjects`` are the facts of each event by what it is about.

    What waits and was not begun yet is not told again. Touching its row holds it until this transaction ends, so it
    is not sent before what it tells of can be read.
    """
    wanted = _listeners(session, event)
    if not (subjects and wanted):
        return
    waits = (
        sa.update(WebhookDelivery)
        .where(
            WebhookDelivery.event == event,
            WebhookDelivery.key.in_(subjects),
            WebhookDelivery.webhook_id.in_(wanted),
            WebhookDelivery.state == WebhookState.WAITING,
            WebhookDelivery.claimed_at.is_(None),
        )
        .values(made_at=now)
        .returning(WebhookDelivery.webhook_id, WebhookDelivery.key)
        .execution_options(synchronize_session=False)
    )
    held = {(row.webhook_id, row.key) for row in session.execute(waits)}
    rows = [
        {"webhook_id": webhook_id, "event": event, "key": key, "facts": facts, "made_at": now, "tries": 0}
        for webhook_id in wanted
        for key, facts in subjects.items()
        if (webhook_id, key) not in held
    ]
    if rows:
        session.execute(sa.insert(WebhookDelivery), [row | {"state": WebhookState.WAITING} for row in rows])


def has_listeners(session: Session, event: WebhookEvent) -> bool:
    """Whether any system wants to hear of it."""
    return bool(_listeners(session, event))


def _listeners(session: Session, event: WebhookEvent) -> list[int]:
    query = sa.select(Webhook.id, Webhook.events).where(~Webhook.is_ended).order_by(Webhook.id)
    return [row.id for row in session.execute(query) if event.value in row.events]


def must_take_pushes(url: str) -> None:
    """An address that takes what is pushed; else ``Refused``: ``webhook_needs_https``, ``webhook_needs_public``.

    A name may lead to a private network all the same: whoever sends looks at the address each time.
    """
    if not _is_https(url.strip()):
        raise Refused("webhook_needs_https", most=LONGEST_URL)
    if not _may_be_public(urlsplit(url.strip()).hostname or ""):
        raise Refused("webhook_needs_public")


def _may_be_public(host: str) -> bool:
    try:
        return is_public(ip_address(host))
    except ValueError:  # a name: those of the world have a dot
        return "." in host.strip(".")


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_good and "@" not in parts.netloc and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
