"""What WeChat tells us → what we do → what we say: one table from event to handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from models.terms import Door, SubscriptionNews
from wxsvc import observe, wording
from wxsvc.chat import answers, pictures, scanner
from wxsvc.chat.push import Push
from wxsvc.db import Session
from wxsvc.house import House
from wxsvc.services import outbox, received_pushes, subscriptions
from wxsvc.services.door.checkins import Outcome, Scan, check_in
from wxsvc.services.people import following, persons, returning, staff
from wxsvc.texts import short_codes

log = observe.logger(__name__)

Handler = Callable[[House, Push, datetime], str | None]


def answer(house: House, push: Push, now: datetime) -> str | None:
    """The text to answer a push with; None for the empty acknowledgement, as for every unknown event."""
    handler = HANDLERS.get(push.event) if push.event else MESSAGES.get(push.kind, on_unread)
    return handler(house, push, now) if handler else None


def on_scan(house: House, push: Push, now: datetime) -> str | None:
    """A follower scanned a parametric code."""
    return _check_in(house, push, push.scene, Door.CODE, now)


def on_subscribe(house: House, push: Push, now: datetime) -> str | None:
    """Somebody followed the account, perhaps by scanning a parametric code: then it is a scan like any other."""
    with house.database.transaction() as session:
        following.follow(session, push.from_user, house.vault.lookup(push.from_user), push.created_at)
    if push.scene is None:
        return wording.reply("welcome")
    return _check_in(house, push, push.scene, Door.CODE, now)


def on_unsubscribe(house: House, push: Push, now: datetime) -> str | None:
    """Somebody left; WeChat takes no answer to this."""
    if len(openid := push.from_user) <= persons.LONGEST_OPENID:
        with house.database.transaction() as session:
            following.leave(session, openid, house.vault.lookup(openid), push.created_at)
            _tell_if_the_last_official_left(session)
    return None


def on_revoked(house: House, push: Push, now: datetime) -> str | None:
    """撤回授权 or 注销: whose, stands in an element of its own; the sender is not always that person.

    Where that element is missing, empty, or comes twice with different values, it is not known whose: nobody goes.
    """
    openid = push.told("OpenID")
    if not openid:
        log.warning("revocation names nobody")
    elif len(openid) <= persons.LONGEST_OPENID:
        with house.database.transaction() as session:
            following.revoke(session, openid, house.vault.lookups(openid), push.created_at)
            _tell_if_the_last_official_left(session)
    return None


def _tell_if_the_last_official_left(session: Session) -> None:
    if not staff.officials(session) and returning.suspended(session):
        log.error("the last provincial official has left: see 'wxsvc doctor'")


def on_scancode(house: House, push: Push, now: datetime) -> str | None:
    """The menu's scanner read something, which may be a code of ours."""
    return _done(house, scanner.scan_of(house, push, now))


def on_click(house: House, push: Push, now: datetime) -> str | None:
    """A menu entry was tapped that answers in the chat."""
    say = answers.BY_KEY.get(push.event_key)
    return (say or answers.guidance)(house, push.from_user, now)


def on_text(house: House, push: Push, now: datetime) -> str | None:
    """Five digits check in, one says what pictures show, a place brings officials its scorecard; else a short help."""
    typed = push.content.strip()
    if (code := short_codes.read(typed)) is not None:
        return _check_in(house, push, code, Door.SHORT_CODE, now)
    return (
        pictures.answer_to(house, push, typed, now)
        or answers.of_place(house, push.from_user, typed, now)
        or answers.guidance(house, push.from_user, now)
    )


def on_unread(house: House, push: Push, now: datetime) -> str | None:
    """What people send that no program of ours looks into (voice, a sticker): they are told what to send instead.

    A message is always somebody's, also of a type that WeChat has added since: whoever waits for an answer gets one.
    """
    return answers.guidance(house, push.from_user, now, "unread")


def on_send_finished(house: House, push: Push, now: datetime) -> str | None:
    """A template message arrived, or did not."""
    status = push.told("Status")
    if push.msg_id is not None and status is not None:
        with house.database.transaction() as session:
            outbox.result_came(session, push.msg_id, status, now)
    return None


def on_subscription(house: House, push: Push, now: datetime) -> str | None:
    """订阅通知: somebody agreed or refused in a page's window, or in the settings; or a message arrived.

    A row that does not say which of these tells nothing.
    """
    long = {each.id for each in house.settings.subscriptions.values() if each.is_long}

    def receive() -> None:
        for name, news in _SUBSCRIPTION_NEWS.items():
            for row in push.rows(name):
                told = row.get("SubscribeStatusString") or row.get("ErrorCode")
                of, template_id = push.from_user, row.get("TemplateId", "")
                if not told:
                    continue
                if news is SubscriptionNews.POPUP:
                    subscriptions.answered(session, of, template_id, told, now, is_long=template_id in long)
                elif news is SubscriptionNews.CHANGE:
                    subscriptions.changed(session, of, template_id, told, now)
                else:
                    subscriptions.sent(session, of, template_id, told, now)

    with house.database.transaction() as session:
        received_pushes.once(session, push.dedupe_key, now, receive)
    return None


_SUBSCRIPTION_NEWS: Final = {
    "SubscribeMsgPopupEvent": SubscriptionNews.POPUP,
    "SubscribeMsgChangeEvent": SubscriptionNews.CHANGE,
    "SubscribeMsgSentEvent": SubscriptionNews.SENT,
}

HANDLERS: Mapping[str, Handler] = {
    "scan": on_scan,
    "subscribe": on_subscribe,
    "unsubscribe": on_unsubscribe,
    "user_authorization_revoke": on_revoked,
    "user_authorization_cancellation": on_revoked,
    "scancode_waitmsg": on_scancode,
    "click": on_click,
    "templatesendjobfinish": on_send_finished,
    "subscribe_msg_popup_event": on_subscription,
    "subscribe_msg_change_event": on_subscription,
    "subscribe_msg_sent_event": on_subscription,
}
"""By the event's name."""

MESSAGES: Mapping[str, Handler] = {
    "text": on_text,
    "image": pictures.on_image,
}
"""By the message's type; every other one is ``on_unread``. An event of the same name (LOCATION tells every few seconds
where a phone is) is no message."""


def _check_in(house: House, push: Push, typed: str | None, door: Door, now: datetime) -> str | None:
    return _done(house, Scan(push.from_user, typed, door, push.created_at, now)) if typed else None


def _done(house: House, scan: Scan) -> str:
    outcome = house.database.for_scan(lambda connection: check_in(connection, scan, house.vault))
    observe.check_ins.labels(outcome.kind.value).inc()
    return told(house, outcome)


def told(house: House, outcome: Outcome) -> str:
    """The reply for what came of a scan, with the pages it points to."""
    base = house.settings.public_url
    return wording.reply(
        outcome.kind.value,
        outcome=outcome,
        enrol=f"{base}/enrol?activity={outcome.activity_code or ''}",
        choose=f"{base}/choose?activity={outcome.activity_code or ''}",
        receipt=f"{base}/receipt/{outcome.check_in_id}",
        page=f"{base}/c/{outcome.activity_code or ''}",
    )
