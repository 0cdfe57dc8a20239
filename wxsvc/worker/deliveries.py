"""Deliveries (通知发送): what waits in the outbox goes out, each message by one worker and once.

Each purpose goes by template message or by subscription notice, as the settings say.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from wxsvc import observe, wording
from wxsvc.house import House
from wxsvc.message_templates import MessageTemplate
from wxsvc.services import outbox, subscriptions
from wxsvc.services.outbox import OutgoingMessage
from wxsvc.wechat import notices
from wxsvc.wechat.errors import Paused, WeChatError
from wxsvc.wechat.notices import BadValues, Fate, TemplateMessage

AT_ONCE: Final = 50
"""Messages of one run: a letter to the whole province leaves the worker free for others in between."""


def send_notices(house: House) -> int:
    """Send what waits, by day; returns how many WeChat took. Costs one read when nothing does.

    Trouble at WeChat ends the run: what goes wrong with one message would go wrong with the next.
    """
    with house.database.read() as session:
        if not outbox.has_work(session, house.now()):
            return 0
    with house.database.transaction() as session:
        outbox.settle(session, house.now())
        subscriptions.settle(session, house.now())
        purposes = house.settings.templates.keys() | house.settings.subscriptions.keys()
        outbox.keep_in_inbox(session, purposes, house.now())
    taken = 0
    for _ in range(AT_ONCE):
        if outbox.is_quiet(house.now()):
            break
        with house.database.transaction() as session:
            outgoing = outbox.next_out(session, house.now())
        if outgoing is None:
            break
        fate = _send(house, outgoing)
        observe.deliveries.labels(fate or "taken").inc()
        if fate in (Fate.LATER, Fate.TOMORROW):
            break
        taken += fate is None
    if taken:
        observe.logger("worker").info("notices sent", notices=taken)
    return taken


def message_of(house: House, outgoing: OutgoingMessage) -> TemplateMessage:
    """The message in words, under the keys of its template."""
    template = (house.settings.templates | house.settings.subscriptions)[outgoing.purpose]
    told = wording.notice(outgoing.purpose, outgoing.facts, outgoing.made_at, outgoing.audience)
    values = {key: told.values[word] for key, word in template.keys.items()}
    page = house.settings.public_url + told.page
    return TemplateMessage(outgoing.openid, template.id, notices.fitted(values), outgoing.client_msg_id, page)


def _send(house: House, outgoing: OutgoingMessage) -> Fate | None:
    """Send one message, outside any transaction, and write down what came of it; None when WeChat took it."""
    subscription = house.settings.subscriptions.get(outgoing.purpose)
    if subscription is not None:
        return _send_subscribed(house, outgoing, subscription)
    try:
        msg_id = notices.send(house.gateway, message_of(house, outgoing))
    except (WeChatError, BadValues) as failure:
        return _not_sent(house, outgoing, failure)
    except Exception as defect:
        return _without_words(house, outgoing, defect)
    with house.database.transaction() as session:
        outbox.sent(session, outgoing.delivery_id, msg_id, house.now())
    return None


def _send_subscribed(house: House, outgoing: OutgoingMessage, subscription: MessageTemplate) -> Fate | None:
    """The same by subscription: only to who agreed, and one agreement is used up, unless it surely did not go out."""
    whose, is_long = (outgoing.person_id, subscription.id), subscription.is_long
    with house.database.transaction() as session:
        if not subscriptions.take(session, *whose, is_long=is_long):
            outbox.not_subscribed(session, outgoing.delivery_id, house.now())
            return Fate.UNSUBSCRIBED
        outbox.trying_by_subscription(session, outgoing.delivery_id, subscription.id, house.now())
    try:
        notices.send_subscribed(house.gateway, message_of(house, outgoing))
    except (WeChatError, BadValues) as failure:
        if isinstance(failure, WeChatError) and notices.may_have_arrived(failure):
            with house.database.transaction() as session:
                problem = observe.scrubbed(f"{type(failure).__name__}: {failure}")
                outbox.uncertain(session, outgoing.delivery_id, problem, house.now())
            return Fate.LATER
        with house.database.transaction() as session:
            if notices.fate_of(failure) is Fate.DECLINED:
                subscriptions.refused(session, *whose, house.now())
            else:
                subscriptions.give_back(session, *whose, is_long=is_long)
            outbox.not_tried(session, outgoing.delivery_id)
        return _not_sent(house, outgoing, failure)
    except Exception as defect:
        with house.database.transaction() as session:
            subscriptions.give_back(session, *whose, is_long=is_long)
        return _without_words(house, outgoing, defect)
    with house.database.transaction() as session:
        outbox.sent_by_subscription(session, outgoing.delivery_id, house.now())
    return None


def _without_words(house: House, outgoing: OutgoingMessage, defect: Exception) -> Fate:
    """A notice that cannot be put into words must not stand in the way of all the others."""
    observe.logger("worker").exception("notice without words", purpose=outgoing.purpose.value)
    with house.database.transaction() as session:
        outbox.failed(session, outgoing.delivery_id, f"{type(defect).__name__}: {defect}", house.now())
    return Fate.MEND


def _not_sent(house: House, outgoing: OutgoingMessage, failure: WeChatError | BadValues) -> Fate:
    fate, now = notices.fate_of(failure), house.now()
    problem = observe.scrubbed(f"{type(failure).__name__}: {failure}")
    with house.database.transaction() as session:
        match fate:
            case Fate.NOT_FOLLOWING:
                outbox.not_following(session, outgoing.delivery_id, now)
            case Fate.DECLINED:
                outbox.declined(session, outgoing.delivery_id, now)
            case Fate.TOMORROW:
                outbox.try_tomorrow(session, outgoing.delivery_id, problem, now)
            case Fate.MEND:
                outbox.failed(session, outgoing.delivery_id, problem, now)
            case Fate.LATER:
                is_lost = isinstance(failure, WeChatError) and notices.may_have_arrived(failure)
                until = now + timedelta(seconds=failure.seconds) if isinstance(failure, Paused) else None
                outbox.try_later(session, outgoing.delivery_id, problem, now, may_have_arrived=is_lost, until=until)
    return fate
