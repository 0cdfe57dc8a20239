"""签到: one scan, decided and written by one statement where it is plain. The hot path: no ORM, no outbound call.

SQLite reads and writes by one statement each. Whatever is not plain (``scans.write_plain``) is read and decided by
``_settle``.

``check_in`` runs on a connection of its own (``Database.check_in_connection``) or inside a session's transaction. The
unique index ``uq_check_ins_once`` allows one check-in per enterprise and activity; what is read before only chooses the
reply. The rows depend on when people scanned (WeChat's ``CreateTime``), not on when WeChat delivered the scans. The
same person, code and second is the same push: its repeat writes nothing, also after 撤销, 换一家 or 删除.

An example: Li and Wang stand for the same enterprise, and nobody else comes. Two pushes (*) are delivered late:

===========  ==========  =======  ==========================================================  ============
CreateTime   delivered   scanned  rows afterwards                                             reply
===========  ==========  =======  ==========================================================  ============
10:00:20     10:00:21    by Li    check-in: Li, 10:00:20                                      CHECKED_IN
10:00:20     10:00:27 *  by Li    the same; WeChat repeated the push                          ALREADY_IN
10:00:10     10:01:30 *  by Wang  check-in: Wang, 10:00:10; attendance: Li, 10:00:20          CHECKED_IN
10:02:00     10:02:01    by Li    the same; an attendance keeps its earliest time             COLLEAGUE
===========  ==========  =======  ==========================================================  ============
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from models.terms import Absence, Door, Refusal
from wxsvc.db import is_autocommit, together, violated
from wxsvc.services.activity import activity_codes
from wxsvc.services.door import checkin_sql as sql
from wxsvc.services.door import late_scans, scan_refusals, scans
from wxsvc.services.door.late_scans import TakeOver
from wxsvc.services.door.scans import REFUSED, ScanFacts
from wxsvc.services.door.scans import Scan as Scan  # who calls check_in knows it by this name
from wxsvc.services.people import following
from wxsvc.vault import Vault


class OutcomeKind(StrEnum):
    """The result of a scan; each has its reply (``templates/replies``) under the same word."""

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
    UNDONE_BY_COLLEAGUE = "undone_by_colleague"
    SCAN_ANEW = "scan_anew"
    FORGOTTEN = "forgotten"


class Outcome(Struct, frozen=True):
    """What the visitor is told. ``at`` is when the enterprise was checked in, also by an earlier scan."""

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


def check_in(connection: sa.Connection, scan: Scan, vault: Vault | None = None) -> Outcome:
    """Check the person's enterprise in at the activity of the code, once. Idempotent: a repeated scan writes nothing.

    Whether the window is open, and who was first, is decided by ``scanned_at``. The vault is given for WeChat's pushes,
    which may be delivered late and again: with it the scan may replace a later one (``late_scans``), belongs to whoever
    had the openid at that time (``following``), and writes nothing where it is a repeat (``_is_settled``).
    """
    for _ in range(_ATTEMPTS):
        written = _write_plain(connection, scan)
        if written is not None:
            return written
        facts = scans.read(connection, scan)
        code = _code_then(connection, facts, scan)
        if code is not None:
            return check_in(connection, replace(scan, typed=code, found_by=Door.PAGE), vault)
        if _is_in_doubt(facts, scan):
            with together(connection):
                facts = scans.read(connection, scan, _person_id(connection, scan, vault))
                outcome = _settle(connection, facts, scan, vault)
        else:
            outcome = _settle(connection, facts, scan, vault)
        if outcome is not None:
            return outcome
    raise RuntimeError("the check-in was changed by others after every read")


def _write_plain(connection: sa.Connection, scan: Scan) -> Outcome | None:
    """PostgreSQL settles the plain case by one statement; None where the scan is to be read first.

    As within a transaction, which a guard's refusal would end.
    """
    if not is_autocommit(connection) or scan.found_by is not None or scan.is_code_expired:
        return None
    try:
        found = scans.write_plain(connection, scan)
    except sa.exc.IntegrityError as error:
        if not violated(error, "platform_year_sealed"):
            raise
        return None
    if found is None:
        return None
    return Outcome(
        kind=OutcomeKind.CHECKED_IN if found.is_counted else OutcomeKind.CODE_PENDING,
        activity_code=found.activity_code,
        activity_title=found.activity_title,
        platform_name=found.platform_name,
        platform_phone=found.platform_phone,
        enterprise_name=found.enterprise_name,
        at=scan.scanned_at,
        opens_at=found.opens_at,
        closes_at=found.closes_at,
        check_in_id=found.check_in_id,
    )


_ATTEMPTS = 10
"""Each further attempt follows a change that another scan committed in between; ten in a row do not happen."""


def _is_in_doubt(facts: ScanFacts, scan: Scan) -> bool:
    """Whether the openid may have been another person's when it was scanned, or nobody's whom we know."""
    if facts.met_at is None or facts.met_at > scan.scanned_at:
        return True
    return facts.enterprise_id is None and not facts.is_no_enterprise


def _code_then(connection: sa.Connection, facts: ScanFacts, scan: Scan) -> str | None:
    """The activity's own code of a short code that was good when it was typed, and is no more."""
    if scan.door is not Door.SHORT_CODE or facts.activity_id is not None:
        return None
    if facts.wrong_tries >= scan_refusals.TYPED_CODES_A_MINUTE:
        return None
    return activity_codes.code_then(connection, scan.typed, scan.scanned_at)


def _person_id(connection: sa.Connection, scan: Scan, vault: Vault | None) -> int:
    if vault is None:
        return following.meet(connection, scan.openid, scan.scanned_at)
    return following.whose(connection, scan.openid, vault.lookup(scan.openid), scan.scanned_at)


def _settle(connection: sa.Connection, facts: ScanFacts, scan: Scan, vault: Vault | None) -> Outcome | None:
    """Write the result of the scan and return it; None when the rows have changed since they were read."""
    is_in = facts.check_in_id is not None and (facts.voided_at is None or scan.scanned_at <= facts.voided_at)
    refusal = scan_refusals.why_refused(facts, scan, is_in)
    if vault is not None and (_is_settled(facts, scan, is_in) or _was_here(connection, facts, scan)):
        return _said_again(facts, scan, refusal, is_in)
    if refusal is not None:
        scan_refusals.keep(connection, facts, scan, refusal)
        return _present(facts) if is_in else _outcome(_told(facts, refusal), facts)
    if is_in:
        return _already_in(connection, facts, scan, vault)
    absence = facts.absence
    if vault is not None and facts.is_undone_beside:
        connection.execute(sql.ATTEND, _arrival(facts, scan) | {"absence": Absence.COLLEAGUE.value})
        return _outcome(OutcomeKind.UNDONE_BY_COLLEAGUE, facts)
    if absence is not None:
        connection.execute(sql.ATTEND, _arrival(facts, scan) | {"absence": absence.value})
        return _outcome(OutcomeKind.ATTENDED, facts, scan.scanned_at, None, absence)
    return _write(connection, facts, scan)


def _is_settled(facts: ScanFacts, scan: Scan, is_in: bool) -> bool:
    """Whether the rows have this push already, or the sender undid since then what it would bring.

    So is a scan of somebody who was there when they made it, where the activity has changed since and takes in neither.
    """
    if facts.became is not None or facts.attended_at == scan.scanned_at or facts.undone_at is not None:
        return True
    came_at = facts.checked_in_at if is_in else facts.attended_at
    if came_at is None or came_at > scan.scanned_at:
        return False
    return all(scan_refusals.by_activity(facts, at) is not None for at in (came_at, scan.scanned_at))


def _was_here(connection: sa.Connection, facts: ScanFacts, scan: Scan) -> bool:
    """Whether the person was here before this scan, and stands since then for others than when they made it."""
    had_attended = facts.attended_at is not None and facts.attended_at <= scan.scanned_at
    if facts.other_enterprise is None and not had_attended:
        return False
    return bool(connection.scalar(sql.CHANGED_SINCE, {"person_id": facts.person_id, "at": scan.scanned_at}))


def _said_again(facts: ScanFacts, scan: Scan, refusal: Refusal | None, is_in: bool) -> Outcome:
    """What is told of a push that changes nothing: how it stands now, and what can be done about it."""
    if refusal is Refusal.CANCELLED:
        return _outcome(OutcomeKind.CANCELLED, facts)
    if is_in:
        return _present(facts)
    if facts.other_enterprise is not None and facts.became != REFUSED:
        return _outcome(OutcomeKind.ALREADY_IN, facts, scan.scanned_at)
    if refusal is not None:
        return _outcome(_told(facts, refusal), facts)
    if facts.undone_at is not None:
        return _outcome(OutcomeKind.UNDONE, facts)
    if facts.is_undone_beside:
        return _outcome(OutcomeKind.UNDONE_BY_COLLEAGUE, facts)
    if facts.absence is not None:
        return _outcome(OutcomeKind.ATTENDED, facts, scan.scanned_at, None, facts.absence)
    return _outcome(OutcomeKind.SCAN_ANEW, facts)


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


def _told(facts: ScanFacts, refusal: Refusal) -> OutcomeKind:
    """What the visitor is told of a refusal; after too many wrong codes only that, not whether this one exists.

    Who has left the enterprise that they checked in here is not asked for another one: that is for staff to confirm.
    """
    if facts.wrong_tries >= scan_refusals.TYPED_CODES_A_MINUTE:
        return OutcomeKind.TOO_MANY_TRIES
    is_asked_whom = refusal in (Refusal.NOT_ENROLLED, Refusal.CHOOSE)
    if is_asked_whom and facts.is_forgotten:
        return OutcomeKind.FORGOTTEN
    return _KINDS[Refusal.SECOND_ENTERPRISE if is_asked_whom and facts.other_enterprise else refusal]


def _present(facts: ScanFacts) -> Outcome:
    """The enterprise was checked in before: by this person, or by a colleague; staff may have taken it out since."""
    if facts.voided_at is not None:
        return _outcome(OutcomeKind.VOIDED, facts)
    is_own = facts.checked_in_person_id == facts.person_id
    kind = _in(facts, OutcomeKind.ALREADY_IN) if is_own else OutcomeKind.COLLEAGUE
    return _outcome(kind, facts, facts.checked_in_at, facts.check_in_id)


def _in(facts: ScanFacts, kind: OutcomeKind) -> OutcomeKind:
    return kind if facts.is_counted else OutcomeKind.CODE_PENDING


def _already_in(connection: sa.Connection, facts: ScanFacts, scan: Scan, vault: Vault | None) -> Outcome | None:
    """The enterprise is checked in: by a scan later than this one, by this very person, or by a colleague."""
    if vault is not None:
        taken_over = late_scans.take_over(connection, facts, scan, vault)
        if taken_over is TakeOver.CHANGED:
            return None
        if taken_over is TakeOver.DONE:
            return _outcome(_in(facts, OutcomeKind.CHECKED_IN), facts, scan.scanned_at, facts.check_in_id)
    if facts.checked_in_person_id != facts.person_id:
        sql.attend_beside(connection, _arrival(facts, scan) | {"check_in_id": facts.check_in_id})
    return _present(facts)


def _write(connection: sa.Connection, facts: ScanFacts, scan: Scan) -> Outcome | None:
    """Insert the check-in and its row of the work list; None when another scan inserted one since the read."""
    try:
        check_in_id = sql.insert_once(
            connection,
            {
                "activity_id": facts.activity_id,
                "enterprise_id": facts.enterprise_id,
                "person_id": facts.person_id,
                "door": scan.door.value,
                "evidence_grade": scan.grade,
                "checked_in_at": scan.scanned_at,
                "received_at": scan.received_at,
                "entered_by": None,
                "year": facts.year,
            },
        )
    except sa.exc.IntegrityError as error:
        if not violated(error, "platform_year_sealed"):
            raise
        return _outcome(OutcomeKind.OVER, facts)
    if check_in_id is None:
        return None
    return _outcome(_in(facts, OutcomeKind.CHECKED_IN), facts, scan.scanned_at, check_in_id)


def _arrival(facts: ScanFacts, scan: Scan) -> dict[str, Any]:
    return {
        "activity_id": facts.activity_id,
        "person_id": facts.person_id,
        "enterprise_id": facts.enterprise_id,
        "at": scan.scanned_at,
        "received_at": scan.received_at,
    }


def _outcome(
    kind: OutcomeKind,
    facts: ScanFacts,
    at: datetime | None = None,
    check_in_id: int | None = None,
    absence: Absence | None = None,
) -> Outcome:
    second = kind is OutcomeKind.SECOND_ENTERPRISE
    return Outcome(
        kind=kind,
        activity_code=facts.code,
        activity_title=facts.title,
        platform_name=facts.platform_name,
        platform_phone=facts.platform_phone,
        enterprise_name=facts.other_enterprise if second else facts.enterprise_name,
        at=at,
        opens_at=facts.opens_at,
        closes_at=facts.closes_at,
        check_in_id=check_in_id,
        absence=absence,
    )
