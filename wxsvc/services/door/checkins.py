"""签到: one scan, decided by one read and written by one statement. The hot path: no ORM, no outbound call.

``check_in`` runs on a connection of its own (``Database.check_in_connection``) or inside a session's transaction. The
index ``uq_check_ins_once`` is the guarantee; everything read before is only there to answer well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from models.terms import Absence, Door, Refusal, Stage
from wxsvc.services.door import checkin_sql as sql

TYPED_CODES_A_MINUTE = 5
"""Wrong short codes one person may type within a minute before even a right one has to wait."""

OWN_SCAN, WEAKER, LATE = 1, 2, 3
GRADE_OF = dict.fromkeys(sql.READ, OWN_SCAN) | {Door.PAGE: WEAKER}
"""证据等级 of a visitor's own scan: whoever opens a printed address need not have stood before it."""

_OPEN_STAGES = frozenset({Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED})


class OutcomeKind(StrEnum):
    """What came of a scan; each has its reply (``templates/replies``) under the same word."""

    CHECKED_IN = "checked_in"
    ALREADY_IN = "already_in"
    COLLEAGUE = "colleague"
    FIRST_VISIT = "first_visit"
    CHOOSE = "choose"
    SECOND_ENTERPRISE = "second_enterprise"
    ATTENDED = "attended"
    CODE_PENDING = "code_pending"
    TOO_EARLY = "too_early"
    OVER = "over"
    CANCELLED = "cancelled"
    VOIDED = "voided"
    UNKNOWN_CODE = "unknown_code"
    TOO_MANY_TRIES = "too_many_tries"
    CODE_EXPIRED = "code_expired"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the visitor is told. ``at`` is the first check-in's time where there is one (already in, colleague)."""

    kind: OutcomeKind
    activity_code: str | None = None
    activity_title: str | None = None
    platform_name: str | None = None
    platform_phone: str | None = None
    enterprise_name: str | None = None
    at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    check_in_id: int | None = None
    absence: Absence | None = None

    @property
    def is_in(self) -> bool:
        """Whether the enterprise is checked in now, by this scan or an earlier one."""
        return self.kind in (
            OutcomeKind.CHECKED_IN,
            OutcomeKind.ALREADY_IN,
            OutcomeKind.COLLEAGUE,
            OutcomeKind.CODE_PENDING,
        )


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan as it came: who, which code by which door, when in WeChat's clock and when in ours.

    ``typed`` is the scene for the door ``CODE``, the five digits for ``SHORT_CODE``, and the activity's own code for
    ``MENU``, ``PAGE`` and ``SCREEN``. A former scan that is completed has the activity's own code too, and says so by
    ``found_by``: short codes wander from one activity to the next.
    """

    openid: str
    typed: str
    door: Door
    scanned_at: datetime
    received_at: datetime
    evidence_grade: int | None = None
    """By default what the door is worth."""
    found_by: Door | None = None
    is_code_expired: bool = False
    """Whether the code was read from a screen that shows another one since."""


def check_in(connection: sa.Connection, scan: Scan) -> Outcome:
    """Check the person's enterprise in at the activity of the code, once. A repeat is a calm success.

    The window is judged by ``scanned_at``.
    """
    row = connection.execute(
        sql.READ[scan.found_by or scan.door],
        {
            "openid": scan.openid,
            "typed": scan.typed,
            "minute_ago": scan.received_at - timedelta(minutes=1),
        },
    ).one()
    kind = _decide(row, scan)
    if kind is OutcomeKind.CHECKED_IN or (kind is OutcomeKind.CODE_PENDING and row.check_in_id is None):
        return _write(connection, row, scan, kind)
    if kind is OutcomeKind.COLLEAGUE:
        _attend(connection, row, scan, Absence.COLLEAGUE)
        return _outcome(kind, row, row.checked_in_at, row.check_in_id)
    if kind is OutcomeKind.ATTENDED:
        absence = _absence(row)
        _attend(connection, row, scan, absence)
        return _outcome(kind, row, scan.scanned_at, None, absence)
    if kind in _REFUSALS:
        _refuse(connection, row, scan, _REFUSALS[kind])
        return _outcome(kind, row)
    return _outcome(kind, row, row.checked_in_at, row.check_in_id)


_REFUSALS = {
    OutcomeKind.FIRST_VISIT: Refusal.NOT_ENROLLED,
    OutcomeKind.CHOOSE: Refusal.CHOOSE,
    OutcomeKind.SECOND_ENTERPRISE: Refusal.SECOND_ENTERPRISE,
    OutcomeKind.TOO_EARLY: Refusal.TOO_EARLY,
    OutcomeKind.OVER: Refusal.OVER,
    OutcomeKind.CANCELLED: Refusal.CANCELLED,
    OutcomeKind.VOIDED: Refusal.VOIDED,
    OutcomeKind.UNKNOWN_CODE: Refusal.UNKNOWN_CODE,
    OutcomeKind.TOO_MANY_TRIES: Refusal.TOO_MANY_TRIES,
    OutcomeKind.CODE_EXPIRED: Refusal.CODE_EXPIRED,
}


def _decide(row: Any, scan: Scan) -> OutcomeKind:
    """What this scan comes to, from the one row that was read. The order is what the visitor most needs to hear."""
    if row.wrong_tries >= TYPED_CODES_A_MINUTE:
        return OutcomeKind.TOO_MANY_TRIES
    if row.activity_id is None or row.stage == Stage.DRAFT:
        return OutcomeKind.UNKNOWN_CODE
    if row.stage == Stage.VOID:
        return OutcomeKind.CANCELLED
    if row.check_in_id is not None and row.voided_at is None:
        if row.checked_in_person_id != row.person_id:
            return OutcomeKind.COLLEAGUE
        return OutcomeKind.ALREADY_IN if row.is_counted else OutcomeKind.CODE_PENDING
    if scan.scanned_at < row.opens_at:
        return OutcomeKind.TOO_EARLY
    if scan.scanned_at > row.closes_at or row.stage not in _OPEN_STAGES:
        return OutcomeKind.OVER
    if scan.is_code_expired:
        return OutcomeKind.CODE_EXPIRED
    if row.enterprise_id is None:
        if row.is_no_enterprise:
            return OutcomeKind.ATTENDED
        return OutcomeKind.CHOOSE if row.contacts else OutcomeKind.FIRST_VISIT
    if row.check_in_id is not None:
        return OutcomeKind.VOIDED
    if row.is_own or (row.uscc is not None and not row.is_counted):
        return OutcomeKind.ATTENDED
    if row.other_enterprise is not None:
        return OutcomeKind.SECOND_ENTERPRISE
    return OutcomeKind.CHECKED_IN if row.is_counted else OutcomeKind.CODE_PENDING


def _absence(row: Any) -> Absence:
    if row.enterprise_id is None:
        return Absence.NOT_AN_ENTERPRISE
    return Absence.OWN_PEOPLE if row.is_own else Absence.PUBLIC_BODY


def _write(connection: sa.Connection, row: Any, scan: Scan, kind: OutcomeKind) -> Outcome:
    """Insert or ignore, with the row of the work list; only a race's loser reads again."""
    check_in_id = sql.insert_once(
        connection,
        {
            "activity_id": row.activity_id,
            "enterprise_id": row.enterprise_id,
            "person_id": row.person_id,
            "door": scan.door.value,
            "evidence_grade": scan.evidence_grade or GRADE_OF[scan.door],
            "checked_in_at": scan.scanned_at,
            "received_at": scan.received_at,
            "entered_by": None,
            "year": row.year,
        },
    )
    if check_in_id is not None:
        return _outcome(kind, row, scan.scanned_at, check_in_id)
    winner = connection.execute(
        sql.WINNER, {"activity_id": row.activity_id, "enterprise_id": row.enterprise_id}
    ).one_or_none()
    if winner is None:  # undone in this very moment: the next scan is free to try
        return _outcome(OutcomeKind.CHOOSE, row)
    if winner.person_id == row.person_id:
        return _outcome(OutcomeKind.ALREADY_IN, row, winner.checked_in_at, winner.id)
    _attend(connection, row, scan, Absence.COLLEAGUE)
    return _outcome(OutcomeKind.COLLEAGUE, row, winner.checked_in_at, winner.id)


def _attend(connection: sa.Connection, row: Any, scan: Scan, absence: Absence) -> None:
    connection.execute(
        sql.ATTEND,
        {
            "activity_id": row.activity_id,
            "person_id": row.person_id,
            "enterprise_id": row.enterprise_id,
            "absence": absence.value,
            "at": scan.scanned_at,
            "received_at": scan.received_at,
        },
    )


def _refuse(connection: sa.Connection, row: Any, scan: Scan, refusal: Refusal) -> None:
    if row.person_id is None:
        connection.execute(sql.MEET, {"openid": scan.openid, "at": scan.received_at})
    connection.execute(
        sql.REFUSE,
        {
            "activity_id": row.activity_id,
            "openid": scan.openid,
            "typed": scan.typed[:64],
            "door": scan.door.value,
            "refusal": refusal.value,
            "at": scan.scanned_at,
            "received_at": scan.received_at,
        },
    )


def _outcome(
    kind: OutcomeKind,
    row: Any,
    at: datetime | None = None,
    check_in_id: int | None = None,
    absence: Absence | None = None,
) -> Outcome:
    second = kind is OutcomeKind.SECOND_ENTERPRISE
    return Outcome(
        kind=kind,
        activity_code=row.code,
        activity_title=row.title,
        platform_name=row.platform_name,
        platform_phone=row.platform_phone,
        enterprise_name=row.other_enterprise if second else row.enterprise_name,
        at=at,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        check_in_id=check_in_id,
        absence=absence,
    )
