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
from wxsvc.db import together, violated
from wxsvc.services.door import checkin_sql as sql
from wxsvc.services.door import late_scans
from wxsvc.services.people import following
from wxsvc.vault import Vault

TYPED_CODES_A_MINUTE = 5
"""Wrong short codes one person may type within a minute before even a right one has to wait."""

OWN_SCAN, WEAKER, LATE = 1, 2, 3
GRADE_OF = dict.fromkeys(sql.DOORS, OWN_SCAN) | {Door.PAGE: WEAKER}
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
    UNDONE = "undone"


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


def check_in(connection: sa.Connection, scan: Scan, vault: Vault | None = None) -> Outcome:
    """Check the person's enterprise in at the activity of the code, once. A repeat is a calm success.

    The window is judged by ``scanned_at``, and so is who was first. With the vault, as for pushes, it is also asked
    whether the person left in these minutes: WeChat delivers late.
    """
    for _ in range(_LOOKS):
        row = _read(connection, scan)
        if _is_in_doubt(row, scan):
            with together(connection):
                row = _read(connection, scan, _person_id(connection, scan, vault))
                outcome = _settle(connection, row, scan, vault)
        else:
            outcome = _settle(connection, row, scan, vault)
        if outcome is not None:
            return outcome
    raise RuntimeError("a check-in changed under every look at it")


_LOOKS = 10
"""A look that finds the place just taken looks again; each has another one's success behind it."""


def _read(connection: sa.Connection, scan: Scan, person_id: int | None = None) -> Any:
    door = scan.found_by or scan.door
    found: dict[str, Any] = {"typed": scan.typed}
    if door is Door.SHORT_CODE:
        found |= {"scanned_at": scan.scanned_at, "minute_ago": scan.scanned_at - timedelta(minutes=1)}
    return sql.read(connection, door, found | ({"person_id": person_id} if person_id else {"openid": scan.openid}))


def _is_in_doubt(row: Any, scan: Scan) -> bool:
    """Whether it may have been somebody else at that time, or nobody whom we knew."""
    if row.person_id is None or row.met_at > scan.scanned_at:
        return True
    return row.enterprise_id is None and not row.is_no_enterprise


def _person_id(connection: sa.Connection, scan: Scan, vault: Vault | None) -> int:
    if vault is None:
        return following.meet(connection, scan.openid, scan.scanned_at)
    return following.whose(connection, scan.openid, vault.lookup(scan.openid), scan.scanned_at)


def _settle(connection: sa.Connection, row: Any, scan: Scan, vault: Vault | None) -> Outcome | None:
    """Write what the scan comes to, and say it; None when somebody else was faster and it must be looked at again."""
    is_in = row.check_in_id is not None and (row.voided_at is None or scan.scanned_at <= row.voided_at)
    refusal = _refusal(row, scan, is_in)
    if refusal is not None:
        _refuse(connection, row, scan, refusal)
        return _present(row) if is_in else _outcome(_told(row, refusal), row)
    if is_in:
        return _beside(connection, row, scan, vault)
    if vault is not None and row.undone_at is not None and scan.scanned_at < row.undone_at:
        return _outcome(OutcomeKind.UNDONE, row)
    if row.enterprise_id is None or row.is_own or (row.uscc is not None and not row.is_counted):
        absence = _absence(row)
        connection.execute(sql.ATTEND, _arrival(row, scan) | {"absence": absence.value})
        return _outcome(OutcomeKind.ATTENDED, row, scan.scanned_at, None, absence)
    return _write(connection, row, scan)


_KINDS = {
    Refusal.NOT_ENROLLED: OutcomeKind.FIRST_VISIT,
    Refusal.CHOOSE: OutcomeKind.CHOOSE,
    Refusal.SECOND_ENTERPRISE: OutcomeKind.SECOND_ENTERPRISE,
    Refusal.TOO_EARLY: OutcomeKind.TOO_EARLY,
    Refusal.OVER: OutcomeKind.OVER,
    Refusal.CANCELLED: OutcomeKind.CANCELLED,
    Refusal.VOIDED: OutcomeKind.VOIDED,
    Refusal.UNKNOWN_CODE: OutcomeKind.UNKNOWN_CODE,
    Refusal.TOO_MANY_TRIES: OutcomeKind.TOO_MANY_TRIES,
    Refusal.CODE_EXPIRED: OutcomeKind.CODE_EXPIRED,
}


def _refusal(row: Any, scan: Scan, is_in: bool) -> Refusal | None:
    """Why this scan is no arrival, from the one row that was read. The order is what the visitor most needs to hear.

    What the code and the clock decide is refused whether or not the enterprise is in: the row must not depend on which
    of two scans WeChat delivered first. Only the limit on guessing does, as it must.
    """
    if row.activity_id is None or row.stage == Stage.DRAFT:
        return Refusal.UNKNOWN_CODE
    if row.stage == Stage.VOID:
        return Refusal.CANCELLED
    if scan.scanned_at < row.opens_at:
        return Refusal.TOO_EARLY
    if scan.scanned_at > row.closes_at or row.stage not in _OPEN_STAGES:
        return Refusal.OVER
    if scan.is_code_expired:
        return Refusal.CODE_EXPIRED
    if is_in:
        return None
    if row.wrong_tries >= TYPED_CODES_A_MINUTE:
        return Refusal.TOO_MANY_TRIES
    if row.enterprise_id is None:
        if row.is_no_enterprise:
            return None
        return Refusal.CHOOSE if row.contacts else Refusal.NOT_ENROLLED
    if row.check_in_id is not None:
        return Refusal.VOIDED
    if row.is_own or (row.uscc is not None and not row.is_counted):
        return None
    return Refusal.SECOND_ENTERPRISE if row.other_enterprise is not None else None


def _told(row: Any, refusal: Refusal) -> OutcomeKind:
    """Who types too many wrong codes does not hear which of them was right."""
    return OutcomeKind.TOO_MANY_TRIES if row.wrong_tries >= TYPED_CODES_A_MINUTE else _KINDS[refusal]


def _present(row: Any) -> Outcome:
    """The enterprise is in: by this person's scan, or by a colleague's."""
    kind = OutcomeKind.COLLEAGUE if row.checked_in_person_id != row.person_id else _in(row, OutcomeKind.ALREADY_IN)
    return _outcome(kind, row, row.checked_in_at, row.check_in_id)


def _in(row: Any, kind: OutcomeKind) -> OutcomeKind:
    return kind if row.is_counted else OutcomeKind.CODE_PENDING


def _beside(connection: sa.Connection, row: Any, scan: Scan, vault: Vault | None) -> Outcome | None:
    """The enterprise is in already: by a later scan than this one, by this very person, or by a colleague."""
    if vault is not None and late_scans.may_be_first(row, scan.scanned_at, scan.door):
        arrival = _arrival(row, scan) | {"door": scan.door.value, "evidence_grade": _grade(scan)}
        is_first = late_scans.take_over(connection, row, arrival, vault.lookup(scan.openid), vault)
        if is_first is None:
            return None
        if is_first:
            return _outcome(_in(row, OutcomeKind.CHECKED_IN), row, scan.scanned_at, row.check_in_id)
    if row.checked_in_person_id != row.person_id:
        sql.attend_beside(connection, _arrival(row, scan) | {"check_in_id": row.check_in_id})
    return _present(row)


def _grade(scan: Scan) -> int:
    return scan.evidence_grade or GRADE_OF[scan.door]


def _absence(row: Any) -> Absence:
    if row.enterprise_id is None:
        return Absence.NOT_AN_ENTERPRISE
    return Absence.OWN_PEOPLE if row.is_own else Absence.PUBLIC_BODY


def _write(connection: sa.Connection, row: Any, scan: Scan) -> Outcome | None:
    """Insert or ignore, with the row of the work list; only a race's loser reads again."""
    try:
        check_in_id = sql.insert_once(
            connection,
            {
                "activity_id": row.activity_id,
                "enterprise_id": row.enterprise_id,
                "person_id": row.person_id,
                "door": scan.door.value,
                "evidence_grade": _grade(scan),
                "checked_in_at": scan.scanned_at,
                "received_at": scan.received_at,
                "entered_by": None,
                "year": row.year,
            },
        )
    except sa.exc.IntegrityError as error:
        if not violated(error, "platform_year_sealed"):
            raise
        return _outcome(OutcomeKind.OVER, row)
    if check_in_id is None:
        return None
    return _outcome(_in(row, OutcomeKind.CHECKED_IN), row, scan.scanned_at, check_in_id)


def _arrival(row: Any, scan: Scan) -> dict[str, Any]:
    return {
        "activity_id": row.activity_id,
        "person_id": row.person_id,
        "enterprise_id": row.enterprise_id,
        "at": scan.scanned_at,
        "received_at": scan.received_at,
    }


def _refuse(connection: sa.Connection, row: Any, scan: Scan, refusal: Refusal) -> None:
    connection.execute(
        sql.REFUSE,
        {
            "activity_id": row.activity_id,
            "person_id": row.person_id,
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
