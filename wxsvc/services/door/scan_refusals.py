"""Why a scan is no check-in, and the row that keeps it for staff who help at the door."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.terms import Refusal, Stage
from wxsvc.services.door import checkin_sql as sql
from wxsvc.services.door.scans import Scan, ScanFacts

TYPED_CODES_A_MINUTE = 5
"""After so many wrong short codes within a minute a person's next one is refused, even if it is right."""

_OPEN_STAGES = frozenset({Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED})


def why_refused(facts: ScanFacts, scan: Scan, is_in: bool) -> Refusal | None:
    """Why this scan is refused, or None. The first reason that applies is the one that the visitor is told.

    What depends on the code and the time alone is refused even if the enterprise is checked in already, so that the
    rows do not depend on which of two scans WeChat delivered first. The limit on guessed codes is the one exception.
    """
    reason = by_activity(facts, scan.scanned_at)
    if reason is not None:
        return reason
    if scan.is_code_expired:
        return Refusal.CODE_EXPIRED
    if is_in:
        return None
    if facts.wrong_tries >= TYPED_CODES_A_MINUTE:
        return Refusal.TOO_MANY_TRIES
    if facts.enterprise_id is None:
        if facts.is_no_enterprise:
            return None
        return Refusal.CHOOSE if facts.must_choose else Refusal.NOT_ENROLLED
    if facts.check_in_id is not None:
        return Refusal.VOIDED
    if facts.absence is not None:
        return None
    return Refusal.SECOND_ENTERPRISE if facts.other_enterprise is not None else None


def by_activity(facts: ScanFacts, at: datetime) -> Refusal | None:
    """Why the activity takes nobody in who scans at that time, or None."""
    if facts.activity_id is None or facts.stage == Stage.DRAFT:
        return Refusal.UNKNOWN_CODE
    if facts.stage == Stage.VOID:
        return Refusal.CANCELLED
    if facts.opens_at is None or at < facts.opens_at:
        return Refusal.TOO_EARLY
    if facts.closes_at is None or at > facts.closes_at or facts.stage not in _OPEN_STAGES:
        return Refusal.OVER
    return None


def keep(connection: sa.Connection, facts: ScanFacts, scan: Scan, refusal: Refusal) -> None:
    """Keep the refused scan, for staff who help at the door. Beyond the limit of wrong codes none is kept, only counted
    in the metric of scans."""
    if facts.wrong_tries >= TYPED_CODES_A_MINUTE:
        return
    values = {
        "activity_id": facts.activity_id,
        "person_id": facts.person_id,
        "typed": scan.typed[:64],
        "door": scan.door.value,
        "refusal": refusal.value,
        "at": scan.scanned_at,
        "received_at": scan.received_at,
    }
    if refusal is Refusal.UNKNOWN_CODE:
        minute = {"minute_ago": scan.scanned_at - timedelta(minutes=1), "most": TYPED_CODES_A_MINUTE}
        connection.execute(sql.REFUSE_UNKNOWN, values | minute)
    else:
        connection.execute(sql.REFUSE, values)
