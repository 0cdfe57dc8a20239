"""发件箱: which template message goes out next, and what became of each. The worker sends; the rows stand here.

A message is a copy of a notice that stands in the inbox, so none has to go out at any price: nothing is sent at night,
nothing is sent twice, and what is days old stays in the inbox alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.notice import Delivery, Notice, SendResult
from models.person import Person, StaffRole
from models.terms import DeliveryState, NoticePurpose, Role
from wxsvc.clock import BEIJING
from wxsvc.services import errands, subscriptions
from wxsvc.services.locks import insert_once
from wxsvc.services.notices import Recipients, audience_of

QUIET: Final = (time(22, 0), time(7, 0))
"""No message in these hours, Beijing time: nothing that we tell cannot wait until the morning, and a phone that rings
at night is a reason to refuse the account's messages for good."""

LEASE: Final = timedelta(minutes=2)
"""How long a claimed message is one worker's own; longer than any call to WeChat takes."""

LONGEST_WAIT: Final = timedelta(minutes=10)
"""How long after WeChat is back everything is on its way again."""

REPEATED_FOR: Final = timedelta(minutes=10)
"""WeChat knows a ``client_msg_id`` again for ten minutes; after that a repeat might ring twice."""

STALE: Final = timedelta(days=3)
"""After three days of silence (WeChat or worker away) a message is no news: the inbox has the notice."""

_SHOWN_DAYS: Final = 7


class OutgoingMessage(Struct, frozen=True):
    """A message that this worker alone may send now; its words are made of purpose, facts, time and audience."""

    delivery_id: int
    person_id: int
    openid: str
    client_msg_id: str
    purpose: NoticePurpose
    facts: Mapping[str, Any]
    made_at: datetime
    audience: Recipients


class OutboxState(Struct, frozen=True):
    """发件箱的情况: what waits and since when; of the last seven days, what failed and what nobody knows of."""

    waiting: int
    oldest_at: datetime | None
    """When the oldest of those that wait was told."""
    failed: Mapping[NoticePurpose, int]
    uncertain: int
    last_problem: str | None
    """For an operator: the newest failure's or delay's own words."""


def outbox_state(session: Session, now: datetime) -> OutboxState:
    """How the outbox stands, for the status page and ``wxsvc doctor``."""
    lately = Delivery.finished_at >= now - timedelta(days=_SHOWN_DAYS)
    ended = Delivery.state.in_([DeliveryState.FAILED, DeliveryState.UNCERTAIN])
    counted = session.execute(
        sa.select(Delivery.state, Notice.purpose, sa.func.count(), sa.func.min(Notice.made_at))
        .select_from(Delivery)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(sa.or_(Delivery.state == DeliveryState.WAITING, sa.and_(ended, lately)))
        .group_by(Delivery.state, Notice.purpose)
    ).all()
    waits = [(count, oldest) for state, _, count, oldest in counted if state is DeliveryState.WAITING]
    waiting, oldest_at = sum(count for count, _ in waits), min((oldest for _, oldest in waits), default=None)
    failed = {purpose: count for state, purpose, count, _ in counted if state is DeliveryState.FAILED}
    uncertain = sum(count for state, _, count, _ in counted if state is DeliveryState.UNCERTAIN)
    last_problem = session.scalar(
        sa.select(Delivery.problem)
        .where(
            Delivery.problem.is_not(None),
            sa.or_(Delivery.state == DeliveryState.WAITING, sa.and_(Delivery.state == DeliveryState.FAILED, lately)),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    return OutboxState(waiting, oldest_at, failed, uncertain, last_problem)


def waiting_seconds(session: Session, now: datetime) -> float:
    """How long ago the oldest notice was told that still waits to be sent; 0 when none does."""
    oldest = session.scalar(
        sa.select(sa.func.min(Notice.made_at))
        .join(Delivery, Delivery.notice_id == Notice.id)
        .where(Delivery.state == DeliveryState.WAITING)
    )
    return max((now - oldest).total_seconds(), 0.0) if oldest is not None else 0.0


def is_quiet(now: datetime) -> bool:
    """夜间: whether nothing may be sent now."""
    at = now.astimezone(BEIJING).time()
    return at >= QUIET[0] or at < QUIET[1]


def has_work(session: Session, now: datetime) -> bool:
    """Whether anything is to be sent or joined with its result: one cheap look, many times a minute."""
    is_due = sa.and_(Delivery.state == DeliveryState.WAITING, errands.is_due(Delivery, now))
    has_result = sa.and_(Delivery.state == DeliveryState.SENT, sa.exists().where(SendResult.msg_id == Delivery.msg_id))
    told = sa.exists().where(*subscriptions.TELLS_OF).correlate(Delivery)
    is_told = sa.and_(Delivery.subscription_id.is_not(None), Delivery.state.in_(subscriptions.OPEN), told)
    query = sa.select(Delivery.id).where(sa.or_(is_due, has_result, is_told))
    return session.scalar(query.limit(1)) is not None


def keep_in_inbox(session: Session, purposes: Collection[str], now: datetime) -> None:
    """What has no template, or is days old, stays in the inbox alone; ``purposes`` are those with a template."""
    unsendable = sa.select(Notice.id).where(
        sa.or_(Notice.purpose.not_in([NoticePurpose(each) for each in purposes]), Notice.made_at < now - STALE)
    )
    session.execute(
        sa.update(Delivery)
        .where(Delivery.state == DeliveryState.WAITING, Delivery.notice_id.in_(unsendable))
        .where(Delivery.first_tried_at.is_(None), errands.is_due(Delivery, now))
        .values(state=DeliveryState.INBOX_ONLY, finished_at=now)
    )


def take_back(session: Session, key: str, now: datetime) -> None:
    """The notice of this key is true no more: what of it still waits to be sent stays in the inbox alone."""
    of = sa.select(Notice.id).where(Notice.key == key)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.notice_id.in_(of), Delivery.state == DeliveryState.WAITING, Delivery.first_tried_at.is_(None))
        .values(state=DeliveryState.INBOX_ONLY, finished_at=now)
    )


def next_out(session: Session, now: datetime) -> OutgoingMessage | None:
    """Claim the next message for as long as a send may take, or None. Commit before sending.

    Of two workers that want the same one, the comparison in the update lets one have it.
    """
    while True:
        due = (Delivery.state == DeliveryState.WAITING, errands.is_due(Delivery, now))
        order = (Delivery.first_tried_at.is_(None), Delivery.tries, Delivery.id)  # a lost answer is asked for first
        found = session.scalar(sa.select(Delivery.id).where(*due).order_by(*order).limit(1))
        if found is None:
            return None
        claimed = session.scalar(
            sa.update(Delivery)
            .where(Delivery.id == found, *due)
            .values(try_after=now + LEASE)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        if claimed is not None and (outgoing := _outgoing(session, claimed, now)) is not None:
            return outgoing


def sent(session: Session, delivery_id: int, msg_id: str, now: datetime) -> None:
    """WeChat took it under its number; whether it arrived is said by the result event."""
    row = _held(session, delivery_id)
    row.state, row.msg_id, row.finished_at = DeliveryState.SENT, msg_id, now
    errands.done(row)


def sent_by_subscription(session: Session, delivery_id: int, now: datetime) -> None:
    """WeChat took a subscription notice; whether it arrived is said by an event that names person and template."""
    row = _held(session, delivery_id)
    row.state, row.finished_at = DeliveryState.SENT, now
    errands.done(row)


def trying_by_subscription(session: Session, delivery_id: int, template_id: str, now: datetime) -> None:
    """It is about to be sent, once: should nobody write down what came of it, its fate is uncertain."""
    row = _held(session, delivery_id)
    row.subscription_id, row.first_tried_at = template_id, now


def not_tried(session: Session, delivery_id: int) -> None:
    """It surely did not go out: it may be tried again."""
    row = _held(session, delivery_id)
    row.subscription_id = row.first_tried_at = None


def not_subscribed(session: Session, delivery_id: int, now: datetime) -> None:
    """The person has not agreed to one more of these messages: the inbox has the notice."""
    _finish(_held(session, delivery_id), DeliveryState.INBOX_ONLY, now)


def uncertain(session: Session, delivery_id: int, problem: str, now: datetime) -> None:
    """The answer got lost, and the same again might ring twice: nobody knows whether it arrived."""
    _finish(_held(session, delivery_id), DeliveryState.UNCERTAIN, now, problem)


def try_later(
    session: Session,
    delivery_id: int,
    problem: str,
    now: datetime,
    *,
    may_have_arrived: bool,
    until: datetime | None = None,
) -> None:
    """WeChat is away, slow or busy: after a while again, under the same ``client_msg_id``, and the others not before.

    So one message finds out whether WeChat is back, and only that one's fate may become uncertain.
    """
    row = _held(session, delivery_id)
    if may_have_arrived and row.first_tried_at is None:
        row.first_tried_at = now
    errands.failed(row, problem, now, until)
    row.try_after = min(row.try_after or now, now + LONGEST_WAIT) if until is None else until
    session.flush()
    _put_off(session, row.try_after)


def try_tomorrow(session: Session, delivery_id: int, problem: str, now: datetime) -> None:
    """The day's quota is spent, for this message and all the others: five past midnight in Beijing it begins anew."""
    local = now.astimezone(BEIJING)
    morning = datetime.combine(local.date() + timedelta(days=1), time(0, 5), BEIJING)
    errands.failed(_held(session, delivery_id), problem, now, until=morning)
    session.flush()
    _put_off(session, morning)


def not_following(session: Session, delivery_id: int, now: datetime) -> None:
    """43004: not a follower, whatever we thought."""
    row = _held(session, delivery_id)
    session.get_one(Person, row.person_id).is_following = False
    _finish(row, DeliveryState.NOT_FOLLOWING, now)


def declined(session: Session, delivery_id: int, now: datetime) -> None:
    """43101: the person does not want these messages. The inbox has the notice."""
    _finish(_held(session, delivery_id), DeliveryState.DECLINED, now)


def failed(session: Session, delivery_id: int, problem: str, now: datetime) -> None:
    """Template, values or permission are wrong: an operator has to look, and ``problem`` says where."""
    _finish(_held(session, delivery_id), DeliveryState.FAILED, now, problem)


def result_came(session: Session, msg_id: str, status: str, now: datetime) -> None:
    """TEMPLATESENDJOBFINISH: kept once. It may come before the send's own answer, so :func:`settle` joins the two."""
    insert_once(session, SendResult, msg_id=msg_id, status=status[:64], received_at=now)


def settle(session: Session, now: datetime) -> int:
    """Bring what was sent together with the results that came; how many. Looking again mends any order of arrival."""
    met = session.execute(
        sa.select(Delivery, SendResult.status)
        .join(SendResult, SendResult.msg_id == Delivery.msg_id)
        .where(Delivery.state == DeliveryState.SENT)
        .with_for_update(of=Delivery)
    ).all()
    for row, status in met:
        word = "".join(status.split()).lower()  # "failed:user block" has been seen with and without blanks
        if word == "success":
            _finish(row, DeliveryState.ARRIVED, now)
        elif "userblock" in word:
            _finish(row, DeliveryState.DECLINED, now)
        else:
            _finish(row, DeliveryState.FAILED, now, status)
    return len(met)


def _outgoing(session: Session, delivery_id: int, now: datetime) -> OutgoingMessage | None:
    """The claimed message as it is to be sent; None, and its end written down, where it must not be sent."""
    row = _held(session, delivery_id)
    notice, person = session.get_one(Notice, row.notice_id), session.get_one(Person, row.person_id)
    is_over = row.subscription_id is not None or now - (row.first_tried_at or now) >= REPEATED_FOR
    if row.first_tried_at is not None and is_over:
        _finish(row, DeliveryState.UNCERTAIN, now, row.problem)
    elif person.openid is None:
        _finish(row, DeliveryState.NOT_FOLLOWING, now)
    elif not _is_concerned(session, notice, row.person_id):
        _finish(row, DeliveryState.INBOX_ONLY, now)
    else:
        return OutgoingMessage(
            row.id,
            row.person_id,
            person.openid,
            row.client_msg_id,
            notice.purpose,
            notice.facts,
            notice.made_at,
            audience_of(notice),
        )
    session.flush()
    return None


def _is_concerned(session: Session, notice: Notice, person_id: int) -> bool:
    """Whoever left the staff since is told nothing of its affairs any more."""
    if notice.person_id is not None:
        return True
    held = sa.select(StaffRole.id).where(StaffRole.person_id == person_id, StaffRole.is_held)
    if notice.platform_id is not None:
        held = held.where(StaffRole.platform_id == notice.platform_id)
    else:
        held = held.where(StaffRole.role.in_([Role.REVIEWER, Role.PROVINCE]))
    return session.scalar(held.limit(1)) is not None


def _put_off(session: Session, until: datetime) -> None:
    """Nothing else goes out before then, save what another worker is sending: its own answer will tell."""
    waits = (Delivery.state == DeliveryState.WAITING, Delivery.first_tried_at.is_(None))
    sooner = sa.or_(Delivery.try_after.is_(None), Delivery.try_after < until)
    session.execute(sa.update(Delivery).where(*waits, sooner).values(try_after=until))


def _held(session: Session, delivery_id: int) -> Delivery:
    return session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)


def _finish(row: Delivery, state: DeliveryState, now: datetime, problem: str | None = None) -> None:
    row.state, row.finished_at, row.try_after = state, now, None
    row.problem = problem[: errands.LONGEST_PROBLEM] if problem else None
