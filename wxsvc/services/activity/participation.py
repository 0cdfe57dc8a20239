"""联合活动: every platform's part (主办 承办 协办) in an activity; it counts for a platform once confirmed by it.

What the reviewer decides on one part, beside the activity itself, is here too: 认定协办, 确认计入.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.activity import Activity, ActivityPlatform
from models.platform import Platform
from models.terms import NoticePurpose, Stage, Verdict
from scoring.terms import ActivityCategory, Part
from scoring.words import name_of
from wxsvc.services import counting_years, locks, notices
from wxsvc.services.activity.activity_forms import ActivityForm
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import When
from wxsvc.services.demands import must_have_reason
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find, note
from wxsvc.services.years import last_day_of


class Host(Struct, frozen=True):
    """A platform's part (主办 承办 协办) in an activity."""

    platform: Platform
    part: Part
    is_confirmed: bool
    awaits_review: bool = False
    """Confirmed after the approval: the reviewer confirms it or not."""
    is_accepted: bool = False
    """协办 whose evidence was accepted."""
    refusal: str | None = None
    """Why the evidence of a 协办 was refused."""

    @property
    def seen(self) -> str:
        """The mark of what a form shows of it."""
        return mark(self.part.value, self.is_confirmed, self.awaits_review, self.is_accepted, self.refusal)


def parts_of(session: Session, activity_id: int) -> dict[int, ActivityPlatform]:
    """Every platform's part, confirmed or only asked for, by platform id."""
    found = session.scalars(sa.select(ActivityPlatform).where(ActivityPlatform.activity_id == activity_id))
    return {row.platform_id: row for row in found}


Hosted: TypeAlias = tuple[Activity, Platform, list[Host]]
"""An activity, the platform that published it, and every platform with a part, confirmed or only asked for, by code."""


def with_hosts(session: Session, activity_id: int) -> Hosted | None:
    """An activity and whose it is; None where there is none."""
    return _with_hosts(session, Activity.id == activity_id)


def published_with_hosts(session: Session, code: str) -> Hosted | None:
    """The same by the activity's code, cancelled ones too; None for a draft."""
    return _with_hosts(session, Activity.code == code, Activity.stage != Stage.DRAFT)


def _with_hosts(session: Session, *which: sa.ColumnElement[bool]) -> Hosted | None:
    publishes = aliased(Platform)
    query = (
        sa.select(Activity, publishes, ActivityPlatform, Platform)
        .join(publishes, publishes.id == Activity.platform_id)
        .outerjoin(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
        .outerjoin(Platform, Platform.id == ActivityPlatform.platform_id)
        .where(*which)
        .order_by(Platform.code)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    return rows[0][0], rows[0][1], [_host(part, platform) for _, _, part, platform in rows if part is not None]


def _host(row: ActivityPlatform, platform: Platform) -> Host:
    return Host(
        platform,
        row.part,
        is_confirmed=row.confirmed_at is not None,
        awaits_review=row.awaits_review,
        is_accepted=row.assist_accepted_at is not None,
        refusal=row.assist_refusal,
    )


def must_all_be_open(session: Session, activity: Activity, *also: When, form: ActivityForm | None = None) -> None:
    """The year in which the activity counts, and those of its other times, take changes at every platform of it.

    Held with them are those that the form asks for a part: whoever holds one place and then asks for a smaller one
    may wait for ever.
    """
    having_part = {activity.platform_id, *parts_of(session, activity.id)}
    times = [each for each in (counting_years.when(activity), *also) if each.year is not None]
    _lock(session, having_part | _named(session, form), times)
    for platform_id in sorted(having_part):
        counting_years.must_be_open(session, platform_id, *times)


def hold(session: Session, form: ActivityForm, columns: Mapping[str, Any]) -> None:
    """The own platform's year takes changes; held with it are the partners', all in one order."""
    if columns["year"] is not None:
        at = When(columns["year"], last_day_of(columns["ends_at"]))
        _lock(session, {form.platform_id} | _named(session, form), [at])
        counting_years.must_be_open(session, form.platform_id, at)


def _lock(session: Session, platform_ids: Iterable[int], times: Sequence[When]) -> None:
    places = (locks.concerning(session, each, times) for each in platform_ids)
    locks.lock_all(session, set().union(*places))


def _named(session: Session, form: ActivityForm | None) -> set[int]:
    if form is None or not form.partners:
        return set()
    named = [partner.platform_id for partner in form.partners]
    return set(session.scalars(sa.select(Platform.id).where(Platform.id.in_(named))))


def settle(session: Session, activity: Activity, form: ActivityForm, now: datetime, by: Actor) -> None:
    """Bring the parts into line with the form: the own one confirmed at once, new partners asked, others let go.

    A draft asks nobody yet. Raises ``Refused``: ``partner_unknown``, ``partner_closed`` for one that nobody is at any
    more, ``part_confirmed`` when a partner who has confirmed would be dropped or given another part, ``year_sealed``.
    """
    wanted = _wanted(session, form)
    present = parts_of(session, activity.id)
    for platform_id, asked in present.items():
        if platform_id != form.platform_id and asked.confirmed_at and wanted.get(platform_id) is not asked.part:
            raise Refused("part_confirmed", platform=session.get_one(Platform, platform_id).name)
        if platform_id not in wanted:
            session.delete(asked)
    for platform_id, part in wanted.items():
        row = present.get(platform_id) or _ask(session, activity, platform_id, part, now)
        row.part = part
        if platform_id == form.platform_id and activity.stage is not Stage.DRAFT and row.confirmed_at is None:
            row.confirmed_at, row.confirmed_by = now, by.person_id
    session.flush()


def confirm_part(
    session: Session, activity_id: int, platform_id: int, by: Actor, now: datetime, shown: Part | None = None
) -> ActivityPlatform:
    """确认参与 by the platform that was asked; the activity counts for it from now on. Idempotent.

    What was confirmed after the approval waits for the reviewer (``accept_part``): nobody has judged it.
    ``shown`` is the part that the form showed. Raises ``Refused``: ``not_allowed``, ``part_not_asked``,
    ``activity_void``, ``year_sealed``, ``edited_by_other`` where another part is asked for by now.
    """
    activity, row = _asked(session, activity_id, platform_id, by)
    if row is None:
        raise Refused("part_not_asked")
    if row.confirmed_at is None:
        if activity.stage is Stage.VOID:
            raise Refused("activity_void")
        if shown not in (None, row.part):
            raise Refused("edited_by_other")
        row.confirmed_at, row.confirmed_by = now, by.person_id
        row.awaits_review = activity.stage is Stage.APPROVED
        session.flush()
        note(session, activity, "part_confirmed", by, now, of=platform_id)
    return row


def decline_part(session: Session, activity_id: int, platform_id: int, by: Actor, now: datetime) -> None:
    """不参与, or 退出 after having confirmed, until the part is approved. Idempotent; the log keeps it.

    Raises ``Refused``: ``not_allowed``, ``part_not_asked`` for the publisher itself, ``activity_approved``.
    """
    activity, row = _asked(session, activity_id, platform_id, by)
    if platform_id == activity.platform_id:
        raise Refused("part_not_asked")
    if row is None:
        return
    if row.confirmed_at is not None and activity.stage is Stage.APPROVED and not row.awaits_review:
        raise Refused("activity_approved")
    note(session, activity, "part_declined", by, now, of=platform_id, part=row.part.value)
    session.delete(row)
    session.flush()


def accept_assist(
    session: Session, activity_id: int, platform_id: int, by: Actor, now: datetime, shown: str | None = None
) -> ActivityPlatform:
    """认定协办: the reviewer accepts the evidence of a 协办 in 其他类 (平台组织开展), so that it counts. Idempotent.

    ``shown`` as :attr:`Host.seen` has it, here and below. Raises ``Refused``: ``not_allowed``,
    ``assist_only_in_other``, ``assist_not_confirmed``, ``year_sealed``, ``edited_by_other``.
    """
    activity, row = _assisting(session, activity_id, platform_id, by)
    if row.confirmed_at is None:
        raise Refused("assist_not_confirmed")
    if row.assist_accepted_at is None:
        _must_be_as_shown(session, row, shown)
        row.assist_accepted_at, row.assist_accepted_by, row.assist_refusal = now, by.person_id, None
        row.awaits_review = False
        note(session, activity, "assist_accepted", by, now, of=platform_id)
        _tell(session, activity, row, Verdict.APPROVED, None, now)
    return row


def reject_assist(
    session: Session,
    activity_id: int,
    platform_id: int,
    reason: str,
    by: Actor,
    now: datetime,
    shown: str | None = None,
) -> ActivityPlatform:
    """不予认定: refuse the evidence of a 协办, or take its acceptance back, with a reason that its platform reads.

    Idempotent. Raises ``Refused``: ``not_allowed``, ``assist_only_in_other``, ``reason_needed``, ``year_sealed``,
    ``edited_by_other``.
    """
    activity, row = _assisting(session, activity_id, platform_id, by)
    given = must_have_reason(reason)
    if row.assist_refusal != given:
        _must_be_as_shown(session, row, shown)
        row.assist_accepted_at, row.assist_accepted_by, row.assist_refusal = None, None, given
        row.awaits_review = False
        note(session, activity, "assist_rejected", by, now, of=platform_id, reason=given)
        _tell(session, activity, row, Verdict.RETURNED, given, now)
    return row


def accept_part(session: Session, activity_id: int, platform_id: int, by: Actor, now: datetime) -> ActivityPlatform:
    """确认计入: a part that its platform confirmed after the approval counts from now on. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``part_not_asked``, ``year_sealed``.
    """
    activity, row = _part(session, activity_id, platform_id, by)
    if row.awaits_review:
        row.awaits_review = False
        note(session, activity, "part_accepted", by, now, of=platform_id)
        _tell(session, activity, row, Verdict.APPROVED, None, now)
    return row


def reject_part(
    session: Session, activity_id: int, platform_id: int, reason: str, by: Actor, now: datetime
) -> ActivityPlatform | None:
    """不予确认: a part that waits for the reviewer is struck out, with a reason that its platform reads.

    Idempotent. Raises ``Refused``: ``not_allowed``, ``reason_needed``, ``part_judged`` where it does not wait.
    """
    by.must_review()
    given = must_have_reason(reason)
    if session.get(ActivityPlatform, (activity_id, platform_id)) is None:
        return None
    activity, row = _part(session, activity_id, platform_id, by)
    if not row.awaits_review:
        raise Refused("part_judged")
    note(session, activity, "part_rejected", by, now, of=platform_id, part=row.part.value, reason=given)
    _tell(session, activity, row, Verdict.VOIDED, given, now)
    session.delete(row)
    session.flush()
    return None


def _wanted(session: Session, form: ActivityForm) -> dict[int, Part]:
    partners = {partner.platform_id: partner.part for partner in form.partners}
    known = session.scalar(sa.select(sa.func.count()).where(Platform.id.in_(partners)))
    if form.platform_id in partners or known != len(form.partners):
        raise Refused("partner_unknown")
    return partners | ({form.platform_id: form.part} if form.part else {})


def _ask(session: Session, activity: Activity, platform_id: int, part: Part, now: datetime) -> ActivityPlatform:
    asked = session.get_one(Platform, platform_id)
    if asked.is_closed:  # nobody is there who could confirm
        raise Refused("partner_closed", platform=asked.name)
    if activity.year is not None:
        locks.hold_open(session, platform_id, counting_years.when(activity))
    row = ActivityPlatform(activity_id=activity.id, platform_id=platform_id, part=part, asked_at=now)
    session.add(row)
    return row


def _must_be_as_shown(session: Session, row: ActivityPlatform, shown: str | None) -> None:
    must_stand(shown, _host(row, session.get_one(Platform, row.platform_id)).seen)


def _asked(session: Session, activity_id: int, platform_id: int, by: Actor) -> tuple[Activity, ActivityPlatform | None]:
    by.must_work_for(platform_id)
    activity = find(session, Activity, activity_id)
    if activity.stage is Stage.DRAFT:
        raise Refused("part_not_asked")
    must_all_be_open(session, activity)
    return activity, session.get(ActivityPlatform, (activity_id, platform_id))


def _part(session: Session, activity_id: int, platform_id: int, by: Actor) -> tuple[Activity, ActivityPlatform]:
    by.must_review()
    activity = find(session, Activity, activity_id)
    must_all_be_open(session, activity)
    row = session.get(ActivityPlatform, (activity_id, platform_id))
    if row is None or activity.stage is Stage.DRAFT:
        raise Refused("part_not_asked")
    return activity, row


def _assisting(session: Session, activity_id: int, platform_id: int, by: Actor) -> tuple[Activity, ActivityPlatform]:
    by.must_review()
    activity = find(session, Activity, activity_id)
    row = session.get(ActivityPlatform, (activity_id, platform_id))
    if row is None or row.part is not Part.ASSIST or activity.category is not ActivityCategory.OTHER:
        raise Refused("assist_only_in_other")
    return _part(session, activity_id, platform_id, by)


def _tell(
    session: Session, activity: Activity, row: ActivityPlatform, verdict: Verdict, reason: str | None, now: datetime
) -> None:
    """Tell the platform that has the part."""
    facts = {"verdict": verdict.value, "part": name_of(row.part), "title": activity.title, "reason": reason, "count": 1}
    session.flush()
    key = f"part:{activity.id}:{row.platform_id}:{verdict}:{now.isoformat()}"
    notices.tell(session, NoticePurpose.REVIEW, key, facts, now, platform_id=row.platform_id)
