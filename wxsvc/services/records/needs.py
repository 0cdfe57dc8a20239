"""需求与诉求: an enterprise's 对接需求 or 诉求 — open, matched, closed with a result; valid (有效) once approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.record import Need
from models.terms import NeedKind, NeedState, Stage
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.demands import must_exist, must_have_happened, must_say
from wxsvc.services.locks import hold_open
from wxsvc.services.marks import must_stand
from wxsvc.services.records import need_notices, reviewed
from wxsvc.services.records.backfilling import BACKFILL_DAYS
from wxsvc.services.records.need_notices import NeedNews
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find, find_own, gone, note, write

NEAR_DAYS: Final = timedelta(days=30)
NEAR_SAME: Final = 0.85
"""Share of equal text from which two needs of one enterprise within 30 days may be the same one."""


class NeedEntry(Struct, frozen=True):
    """What an enterprise of the region asks for; ``region_code`` is the enterprise's division."""

    kind: NeedKind
    enterprise_id: int
    region_code: str
    title: str
    content: str
    raised_on: date

    @property
    def year(self) -> int:
        """The year of the day it was raised on."""
        return self.raised_on.year


def add(
    session: Session, platform_id: int, entry: NeedEntry, by: Actor, now: datetime, backfill_days: int = BACKFILL_DAYS
) -> Need:
    """Submit a need or appeal; the very same again changes nothing, a near-same one is flagged ``possible_copy_of``.

    Raises ``Refused``: ``unknown_enterprise``, ``wrong_region``, ``text_needed``, ``day_in_future``, ``year_sealed``,
    ``need_not_taken_up`` when the enterprise itself asked for the very same, ``need_recalled`` when it took it back.
    """
    by.must_work_for(platform_id)
    _check(session, entry, now)
    row = reviewed.submit(session, Need, platform_id, entry, by, now, backfill_days=backfill_days)
    if row.stage is Stage.DRAFT:  # an enterprise asked for the very same: raised_needs.take_up
        raise Refused("need_not_taken_up")
    row.possible_copy_of = near_same(session, row)
    session.flush()
    return row


def correct(
    session: Session,
    need_id: int,
    entry: NeedEntry,
    version: int,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> Need:
    """Change a need until it is approved; raises ``Refused`` like :func:`reviewed.correct`."""
    _check(session, entry, now)
    row = find(session, Need, need_id)
    if row.stage is Stage.DRAFT:
        raise Refused("need_not_taken_up")
    values = reviewed.columns(entry)
    if entry.raised_on == row.raised_on:
        values["year"] = row.year  # raised_needs.carry_over: it may be in the year after
    reviewed.correct(session, row, values, version, by, now, backfill_days=backfill_days)
    row.possible_copy_of = near_same(session, row)
    session.flush()
    return row


def match(session: Session, need_id: int, result: str, by: Actor, now: datetime, version: int | None = None) -> Need:
    """已对接: with whom it was matched. Idempotent; ``version`` is the one that the form showed.

    Raises ``Refused``: ``need_closed``, ``edited_by_other`` and what every record refuses.
    """
    return _move(session, need_id, NeedState.MATCHED, result, by, now, version)


def close(session: Session, need_id: int, result: str, by: Actor, now: datetime, version: int | None = None) -> Need:
    """已办结 with a result; a need is matched first (``Refused("need_not_matched")``), an appeal may be answered."""
    return _move(session, need_id, NeedState.CLOSED, result, by, now, version)


def _move(
    session: Session, need_id: int, state: NeedState, result: str, by: Actor, now: datetime, version: int | None
) -> Need:
    row = find_own(session, Need, need_id, by)
    hold_open(session, row.platform_id, when(row))
    must_say(result)
    if (row.state, row.result) == (state, result):
        return row
    if row.stage is Stage.VOID:
        raise gone(row)
    if row.stage is Stage.DRAFT:
        raise Refused("need_not_taken_up")
    if row.state is NeedState.CLOSED:
        raise Refused("need_closed")
    if state is NeedState.CLOSED and row.state is NeedState.OPEN and row.kind is NeedKind.MATCHING:
        raise Refused("need_not_matched")
    must_stand(version, row.version)
    write(session, row, state=state, result=result)
    note(session, row, state.value, by, now)
    need_notices.tell_enterprise(session, row, NeedNews(state.value), now, result)
    return row


def _check(session: Session, entry: NeedEntry, now: datetime) -> None:
    must_say(entry.title, entry.content)
    must_have_happened(entry.raised_on, now)
    must_exist(session, [entry.enterprise_id])
    if len(entry.region_code) != 6 or not (entry.region_code.isascii() and entry.region_code.isdigit()):
        raise Refused("wrong_region")
    recalled = sa.select(Need.id).where(
        Need.enterprise_id == entry.enterprise_id,
        Need.kind == entry.kind,
        Need.content == entry.content,
        Need.recalled_at.is_not(None),
    )
    if session.scalar(recalled.limit(1)) is not None:
        raise Refused("need_recalled")


def near_same(session: Session, row: Need) -> int | None:
    """The earliest need of the enterprise, at any platform, that reads nearly the same within 30 days."""
    query = sa.select(Need.id, Need.title, Need.content).where(
        Need.enterprise_id == row.enterprise_id,
        Need.id < row.id,
        Need.stage != Stage.VOID,
        Need.raised_on.between(row.raised_on - NEAR_DAYS, row.raised_on + NEAR_DAYS),
    )
    if row.is_from_enterprise:  # what it raised once reaches several platforms
        is_at_once = sa.and_(Need.is_from_enterprise, Need.content == row.content, Need.raised_on == row.raised_on)
        query = query.where(sa.not_(sa.and_(is_at_once, Need.platform_id != row.platform_id)))
    for other in session.execute(query.order_by(Need.id)):
        if _is_near(row, other):
            return int(other.id)
    return None


def recorded_again(rows: Sequence[Any], platform_id: int) -> set[int]:
    """Of counted needs (rows with ``recorded_by`` and ``day``) that several platforms recorded of one enterprise,
    nearly the same, all but one: their ids.

    The one that stays is approved where any of them is, else the platform's own, else the earliest.
    """
    kept: dict[int, list[Any]] = {}
    again: set[int] = set()
    for row in sorted(rows, key=lambda row: (row.stage is not Stage.APPROVED, row.recorded_by != platform_id, row.id)):
        own = kept.setdefault(row.enterprise_id, [])
        others = (other for other in own if other.recorded_by != row.recorded_by)
        if any(abs(other.day - row.day) <= NEAR_DAYS and _is_near(other, row) for other in others):
            again.add(row.id)
        else:
            own.append(row)
    return again


def _is_near(one: Any, other: Any) -> bool:
    return _likeness(f"{one.title}\n{one.content}", f"{other.title}\n{other.content}") >= NEAR_SAME


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, _plain(one), _plain(other), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= NEAR_SAME else 0.0


def _plain(text: str) -> str:
    """Letters and digits alone, and no more of them than tells two needs apart."""
    return "".join(character for character in text.lower() if character.isalnum())[:1000]
