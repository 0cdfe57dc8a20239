"""台账: the records of one noun as their platform lists them, what came back first."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from msgspec import Struct

from models.platform import Platform
from models.recognition import ServiceItem
from models.terms import Stage, Subject
from wxsvc.db import Session
from wxsvc.pages.platform.own_records import worth
from wxsvc.pages.platform.own_records.worth import Worth
from wxsvc.services.people import enterprises
from wxsvc.services.records import offline_services, online_services, proofs, record_lists
from wxsvc.services.records.kinds import KINDS

SHOWN: Final = 50
"""Records on one page of a list."""
STAGES: Final = (Stage.RETURNED, Stage.SUBMITTED, Stage.APPROVED, Stage.VOID)
"""The stages of a record, in the order in which they want a hand."""


class RecordItem(Struct, frozen=True):
    """One line of the list."""

    subject: Subject
    record: Any
    day: date | None
    enterprises: tuple[str, ...]
    worth: Worth
    item: ServiceItem | None = None
    """What an online service is an offer of; the list calls it by that."""


class RecordPage(Struct, frozen=True):
    """One page of a list, and how many there are in each stage."""

    items: tuple[RecordItem, ...]
    counts: dict[Stage, int]
    number: int
    is_last: bool


def page(
    session: Session, platform: Platform, subject: Subject, year: int, stage: Stage | None, number: int
) -> RecordPage:
    """The records of a year, of one stage or of all; the newest first."""
    counts = record_lists.stage_counts(session, subject, platform.id, year)
    rows = record_lists.of_year(
        session, subject, platform.id, year, stage=stage, limit=SHOWN + 1, offset=(number - 1) * SHOWN
    )
    return RecordPage(
        tuple(items(session, platform, subject, year, rows[:SHOWN])),
        {each: counts.get(each, 0) for each in STAGES},
        number,
        len(rows) <= SHOWN,
    )


def items(session: Session, platform: Platform, subject: Subject, year: int, rows: Any) -> list[RecordItem]:
    """Records as lines of a list."""
    scored = worth.of_year(session, platform, year, subject)
    names = _enterprises(session, subject, rows)
    lacked = proofs.lacked_by(session, platform, rows)
    is_offer = subject is Subject.ONLINE_SERVICE
    offered = online_services.items_by_id(session, {row.service_item_id for row in rows}) if is_offer else {}
    return [
        RecordItem(
            subject,
            row,
            KINDS[subject].day_of(row),
            names.get(row.id, ()),
            worth.of_record(platform, subject, row, scored.get(row.id), lacked.get(row.id)),
            offered[row.service_item_id] if is_offer else None,
        )
        for row in rows
    ]


def _enterprises(session: Session, subject: Subject, rows: Any) -> dict[int, tuple[str, ...]]:
    """The names of the enterprises of each record, where its noun has any."""
    if subject is Subject.OFFLINE_SERVICE:
        served = offline_services.served(session, [row.id for row in rows])
        return {service_id: tuple(each.name for each in found) for service_id, found in served.items()}
    if subject in (Subject.ONLINE_TRADE, Subject.NEED):
        names = {each.id: each.name for each in enterprises.by_ids(session, {row.enterprise_id for row in rows})}
        return {row.id: (names[row.enterprise_id],) for row in rows}
    return {}
