"""满意度: one tap of an enterprise that was checked in, and a few words if it likes; changeable. It counts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn, Satisfaction
from models.terms import Grade
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_hold_no_identity_number
from wxsvc.services.locks import insert_once
from wxsvc.services.people import persons
from wxsvc.services.refusal import Refused

LONGEST: Final = 100
"""Characters of what an enterprise adds."""


class ActivitySatisfaction(Struct, frozen=True):
    """What those who came say of an activity (满意度)."""

    came: int
    """Firms checked in, each of which may answer."""
    counts: Mapping[Grade, int]
    words: tuple[str, ...]
    """What they added, the newest first, without their names."""

    @property
    def answered(self) -> int:
        """How many of them did."""
        return sum(self.counts.values())


def rate(session: Session, check_in_id: int, grade: Grade, words: str, by: Actor, now: datetime) -> Satisfaction:
    """评价 by the person whose check-in it is; the same enterprise's later word takes the place of its former one.

    Raises ``Refused``: ``not_allowed``; ``rating_needs_check_in`` once it is undone or voided;
    ``identity_number_written``; ``rating_too_long``.
    """
    persons.must_be_here(session, by.person_id)
    row = session.get(CheckIn, check_in_id)
    if row is None or row.person_id is None or row.person_id != by.person_id:
        raise Refused("not_allowed")
    if not row.is_live:
        raise Refused("rating_needs_check_in")
    said = words.strip()
    must_hold_no_identity_number(said)
    if len(said) > LONGEST:
        raise Refused("rating_too_long", most=LONGEST)
    key = (row.activity_id, row.enterprise_id)
    insert_once(session, Satisfaction, activity_id=key[0], enterprise_id=key[1], grade=grade, words="", rated_at=now)
    found = session.get_one(Satisfaction, key, with_for_update=True, populate_existing=True)
    found.grade, found.words, found.rated_at = grade, said, now
    session.flush()
    activity = session.get_one(Activity, row.activity_id)
    journal.record_of(session, activity, "rated", by, now, enterprise_id=row.enterprise_id)
    return found


def of_enterprise(session: Session, activity_id: int, enterprise_id: int) -> Satisfaction | None:
    """What an enterprise said of an activity."""
    return session.get(Satisfaction, (activity_id, enterprise_id))


def of_activity(session: Session, activity_id: int) -> ActivitySatisfaction:
    """What those who are checked in now say; whoever was taken out of the list is not among them."""
    said = sa.and_(Satisfaction.activity_id == CheckIn.activity_id, Satisfaction.enterprise_id == CheckIn.enterprise_id)
    writer = sa.case((Satisfaction.words != "", Satisfaction.enterprise_id))
    key = Satisfaction.grade, Satisfaction.words, writer  # each that wrote something, the others by their grade
    query = (
        sa.select(Satisfaction.grade, Satisfaction.words, sa.func.count().label("n"))
        .select_from(CheckIn)
        .outerjoin(Satisfaction, said)
        .where(CheckIn.activity_id == activity_id, CheckIn.is_live)
        .group_by(*key)
        .order_by(sa.func.max(Satisfaction.rated_at).desc(), writer)
    )
    rows = session.execute(query).all()
    counts = {grade: sum(row.n for row in rows if row.grade is grade) for grade in Grade}
    return ActivitySatisfaction(sum(row.n for row in rows), counts, tuple(row.words for row in rows if row.words))
