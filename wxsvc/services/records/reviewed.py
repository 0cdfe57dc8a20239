"""申报: what every reviewed record has in common — added, corrected, withdrawn, submitted again.

Each noun has its file with an entry (what the form holds, with the year it belongs to); here is what happens to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.base import Dated
from models.collaboration import Filing
from models.record import Need
from models.terms import HANDED_IN, Stage, Subject
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import when
from wxsvc.services.demands import must_have_reason
from wxsvc.services.locks import hold_open
from wxsvc.services.records import need_notices
from wxsvc.services.records.backfilling import BACKFILL_DAYS, is_late
from wxsvc.services.records.need_notices import NeedNews
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import (
    RECORDS,
    Record,
    RecordT,
    concerned,
    find,
    find_own,
    gone,
    is_withdrawn,
    move_papers,
    note,
    write,
)


class Entry(Protocol):
    """What a form holds: a ``Struct`` whose fields are columns of the record, and the year that it belongs to."""

    __struct_fields__: ClassVar[tuple[str, ...]]

    @property
    def year(self) -> int:
        """考评年度."""
        ...


def columns(entry: Entry) -> dict[str, Any]:
    """What the entry says, by column, the year among them."""
    return {name: getattr(entry, name) for name in entry.__struct_fields__} | {"year": entry.year}


def submit(
    session: Session,
    model: type[RecordT],
    platform_id: int,
    entry: Entry,
    by: Actor,
    now: datetime,
    key: tuple[str, ...] = (),
    backfill_days: int = BACKFILL_DAYS,
) -> RecordT:
    """Submit what a form holds as a new record; see :func:`add`, with all that the entry says as ``same``."""
    values, table = columns(entry), cast(Any, model)
    row: RecordT = table(platform_id=platform_id, **values)
    return add(session, row, by, now, key=key, same=tuple(values), backfill_days=backfill_days)


def amend(
    session: Session,
    model: type[RecordT],
    record_id: int,
    entry: Entry,
    version: int,
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> RecordT:
    """Change a record to what a form holds; see :func:`correct`."""
    row = find(session, model, record_id)
    return correct(session, row, columns(entry), version, by, now, backfill_days=backfill_days)


def add(
    session: Session,
    row: RecordT,
    by: Actor,
    now: datetime,
    *,
    key: tuple[str, ...] = (),
    same: tuple[str, ...] = (),
    backfill_days: int = BACKFILL_DAYS,
) -> RecordT:
    """Submit a new record (待审核) of the platform's staff, or hand back the one that is already there.

    ``key`` names the columns that no two records of a platform share: the same again changes nothing when the columns
    ``same`` agree, else ``Refused("already_recorded")``; a voided one is ``Refused("record_withdrawn")`` or
    ``Refused("record_void")``. Without a key a record with equal ``same`` that is not void is the record. Entered more
    than ``backfill_days`` after its day, it is flagged (补录).
    """
    by.must_work_for(row.platform_id)
    hold_open(session, row.platform_id, when(row))
    if (found := _twin(session, row, key or same, is_keyed=bool(key))) is not None:
        return _repeated(found, row, same)
    _begin(row, by, now, backfill_days)
    session.add(row)
    session.flush()
    note(session, row, "added", by, now)
    return row


def add_new(
    session: Session, rows: Sequence[RecordT], by: Actor, now: datetime, backfill_days: int = BACKFILL_DAYS
) -> None:
    """Submit many records of the platform's staff that are known to be new, in years that the caller holds open."""
    for row in rows:
        by.must_work_for(row.platform_id)
        _begin(row, by, now, backfill_days)
    session.add_all(rows)
    session.flush()
    for row in rows:
        journal.record_of(session, row, "added", by, now)
    journal.touch(session, {each for row in rows for each in concerned(session, row)}, now)


def correct(
    session: Session,
    row: RecordT,
    values: Mapping[str, Any],
    version: int,
    by: Actor,
    now: datetime,
    *,
    is_changed: bool = False,
    backfill_days: int = BACKFILL_DAYS,
) -> RecordT:
    """Change a record until it is approved; ``version`` is the one that the form was filled from.

    ``values`` may move the record to another year, and its papers with it; ``is_changed`` says that something beside
    its own columns changes too. Raises ``Refused``: ``edited_by_other``, ``record_approved``,
    ``record_void``, ``record_withdrawn``, ``already_recorded`` when its key is another record's.
    """
    by.must_work_for(row.platform_id)
    hold_open(session, row.platform_id, when(row), when(row, values))
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed and not is_changed:
        return row
    if row.stage is Stage.APPROVED:
        raise Refused("record_approved")
    if row.stage is Stage.VOID:
        raise gone(row)
    if row.version != version:
        raise Refused("edited_by_other")
    if isinstance(row, Dated):
        changed["is_backfilled"] = is_late(values.get(row.DAY, getattr(row, row.DAY)), row.created_at, backfill_days)
    before = concerned(session, row)
    try:
        with session.begin_nested():
            write(session, row, **changed)
    except IntegrityError as error:
        if not _is_taken(error):
            raise
        raise Refused("already_recorded") from error
    if "year" in changed:
        move_papers(session, row)
    note(session, row, "corrected", by, now, also=before, changed=sorted(changed.keys() & values.keys()))
    return row


def resubmit(session: Session, subject: Subject, record_id: int, by: Actor, now: datetime) -> Record:
    """Submit again what was sent back (已退回), or what the platform itself had withdrawn; idempotent."""
    row = _own(session, subject, record_id, by)
    if isinstance(row, Filing):  # a claim of another day: services.filings.file
        raise Refused("file_again")
    if row.stage in HANDED_IN:
        return row
    if row.stage is not Stage.RETURNED and not is_withdrawn(row):
        raise Refused("record_void")
    was_void = row.stage is Stage.VOID
    write(session, row, stage=Stage.SUBMITTED, submitted_at=now, return_reason=None)
    note(session, row, "resubmitted", by, now)
    if was_void and isinstance(row, Need) and row.is_from_enterprise:  # declined before, and now taken up after all
        need_notices.tell_enterprise(session, row, NeedNews.TAKEN_UP, now)
    return row


def withdraw(session: Session, subject: Subject, record_id: int, reason: str, by: Actor, now: datetime) -> Record:
    """The platform takes its own record back (作废) with a reason: entered by mistake, an order cancelled."""
    row = _own(session, subject, record_id, by)
    given = must_have_reason(reason)
    if row.stage is Stage.VOID:
        return row
    write(session, row, stage=Stage.VOID, return_reason=given, reviewed_at=None, reviewed_by=None)
    note(session, row, "withdrawn", by, now, reason=given)
    if isinstance(row, Need) and row.is_from_enterprise:
        need_notices.tell_enterprise(session, row, NeedNews.STOPPED, now, given)
    return row


def _begin(row: Record, by: Actor, now: datetime, backfill_days: int) -> None:
    row.stage, row.version = Stage.SUBMITTED, 1
    row.submitted_at = row.created_at = now
    row.created_by = by.person_id
    if isinstance(row, Dated):
        row.is_backfilled = is_late(getattr(row, row.DAY), now, backfill_days)


def _is_taken(error: IntegrityError) -> bool:
    """Whether a unique key refused the row, on either database."""
    return getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint failed" in str(error.orig)


def _own(session: Session, subject: Subject, record_id: int, by: Actor) -> Record:
    row = find_own(session, RECORDS[subject], record_id, by)
    hold_open(session, row.platform_id, when(row))
    return row


def _twin(session: Session, row: RecordT, named: tuple[str, ...], *, is_keyed: bool) -> RecordT | None:
    if not named:
        return None
    model: Any = type(row)
    query = sa.select(model).where(
        model.platform_id == row.platform_id,
        *(getattr(model, name).is_not_distinct_from(getattr(row, name)) for name in named),
    )
    if not is_keyed:
        query = query.where(model.stage != Stage.VOID).order_by(model.id)
    with session.no_autoflush:
        found: RecordT | None = session.scalars(query).first()
    return found


def _repeated(found: RecordT, row: RecordT, same: tuple[str, ...]) -> RecordT:
    if found.stage is Stage.VOID:
        raise gone(found)
    if any(getattr(found, name) != getattr(row, name) for name in same):
        raise Refused("already_recorded")
    return found
