"""Who came to an activity and is no 家次, which scans were refused, and its papers: all beside its check-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.checkin import Attendance, RefusedScan
from models.collaboration import Evidence
from models.enterprise import Enterprise
from models.person import Contact, Person
from models.roster import Roster
from models.terms import Subject
from scoring.terms import EvidenceItem


class Came(StrEnum):
    """Why somebody who came, or tried to, is no check-in: 到场未计 · 扫码未成功."""

    PRESENT = "present"
    REFUSED = "refused"


class NotIn(Struct, frozen=True):
    """One arrival without a 家次 (到场), or one scan that was refused; ``reason`` is a word of Absence or Refusal."""

    how: Came
    reason: str
    at: datetime
    person: str | None
    """Sealed."""
    enterprise_name: str | None


def not_in(session: Session, activity_id: int) -> Sequence[NotIn]:
    """Who came without a 家次, and which scans were refused and not made good since, by reason and time."""

    def told(table: Any, how: Came, reason: Any, at: Any, enterprise: Any) -> sa.Select[Any]:
        return (
            sa.select(
                sa.literal(how.value).label("how"),
                sa.cast(reason, sa.String).label("reason"),
                at.label("at"),
                Person.name_sealed.label("person"),
                Enterprise.name.label("enterprise_name"),
            )
            .select_from(table)
            .outerjoin(Person, Person.id == table.person_id)
            .outerjoin(Contact, sa.and_(Contact.person_id == table.person_id, Contact.is_current))
            .outerjoin(Enterprise, Enterprise.id == enterprise)
            .where(table.activity_id == activity_id)
        )

    present = told(Attendance, Came.PRESENT, Attendance.absence, Attendance.attended_at, Attendance.enterprise_id)
    refused = told(RefusedScan, Came.REFUSED, RefusedScan.refusal, RefusedScan.scanned_at, Contact.enterprise_id)
    both = sa.union_all(present, refused.where(RefusedScan.completed_by.is_(None))).subquery()
    rows = session.execute(sa.select(both).order_by(both.c.how, both.c.reason, both.c.at))
    return [NotIn(Came(row.how), row.reason, row.at, row.person, row.enterprise_name) for row in rows]


class Document(Struct, frozen=True):
    """A paper under an activity, or (no ``item``) a list that was entered afterwards and confirmed."""

    id: int
    created_at: datetime
    sha256: str | None
    title: str | None
    item: EvidenceItem | None
    link: str | None
    is_scan: bool | None


def documents(session: Session, activity_id: int) -> list[Document]:
    """Papers and confirmed lists of one activity, in order of arrival; one statement."""
    papers = sa.select(
        Evidence.id,
        Evidence.created_at,
        Evidence.sha256,
        Evidence.title,
        sa.cast(Evidence.item, sa.String).label("item"),
        Evidence.link,
        Evidence.is_scan,
    ).where(Evidence.subject == Subject.ACTIVITY, Evidence.subject_id == activity_id, Evidence.withdrawn_at.is_(None))
    lists = sa.select(
        Roster.id,
        Roster.confirmed_at.label("created_at"),
        Roster.sha256,
        *(sa.cast(sa.null(), sa.Text).label(name) for name in ("title", "item", "link")),
        sa.cast(sa.null(), sa.Boolean).label("is_scan"),
    ).where(Roster.activity_id == activity_id, Roster.confirmed_at.is_not(None), Roster.discarded_at.is_(None))
    both = sa.union_all(papers, lists).subquery()
    rows = session.execute(sa.select(both).order_by(both.c.created_at, both.c.id))
    return [
        Document(
            each.id,
            each.created_at,
            each.sha256,
            each.title,
            EvidenceItem(each.item) if each.item else None,
            each.link,
            each.is_scan,
        )
        for each in rows
    ]
