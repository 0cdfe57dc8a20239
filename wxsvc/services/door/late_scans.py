"""迟到的推送: a scan that WeChat delivers after a later scan of the same enterprise.

The check-in belongs to the earliest scan. So the late scan takes it over, and the person who had it becomes a
colleague's attendance (到场). What staff decided stays: a check-in that they voided, revived or entered, a sealed year.
"""

from __future__ import annotations

from enum import Enum

import sqlalchemy as sa

from models.terms import Absence, Stage
from wxsvc.db import together
from wxsvc.services.door import checkin_sql as sql
from wxsvc.services.door.scans import Scan, ScanFacts
from wxsvc.vault import Vault

_UNREVIEWED = (Stage.PUBLISHED, Stage.RETURNED)


class TakeOver(Enum):
    """Whether a scan took the check-in over."""

    DONE = "done"
    NOT_DUE = "not due"
    """The check-in stays: it is the earlier one, or staff decided something about it."""
    CHANGED = "changed"
    """The check-in is no longer as it was read; nothing was written, read again."""


def take_over(connection: sa.Connection, facts: ScanFacts, scan: Scan, vault: Vault) -> TakeOver:
    """Make this scan the enterprise's check-in if it is earlier than the one that was read.

    A repeated or later scan is answered from ``facts``, without a statement. For any other the check-in is locked first
    and compared with what was read.
    """
    if not _may_be_earlier(facts, scan):
        return TakeOver.NOT_DUE
    with together(connection):
        held = sql.held(connection, facts.check_in_id)
        read = (facts.checked_in_person_id, facts.checked_in_at, facts.checked_in_door, None, None)
        if (held.person_id, held.checked_in_at, held.door, held.voided_at, held.undone_at) != read:
            return TakeOver.CHANGED
        if held.is_touched or held.is_sealed or not _is_earlier(held, facts, scan, vault):
            return TakeOver.NOT_DUE
        connection.execute(
            sql.TAKE_OVER,
            {
                "check_in_id": facts.check_in_id,
                "person_id": facts.person_id,
                "door": scan.door.value,
                "evidence_grade": scan.grade,
                "at": scan.scanned_at,
                "received_at": scan.received_at,
            },
        )
        if held.person_id != facts.person_id:
            here = {"activity_id": facts.activity_id, "enterprise_id": facts.enterprise_id}
            connection.execute(sql.NO_COLLEAGUE, {"activity_id": facts.activity_id, "person_id": facts.person_id})
            came = {"person_id": held.person_id, "at": held.checked_in_at, "received_at": held.received_at}
            connection.execute(sql.ATTEND, here | came | {"absence": Absence.COLLEAGUE.value})
        return TakeOver.DONE


def _may_be_earlier(facts: ScanFacts, scan: Scan) -> bool:
    """Whether the scan may be earlier, by what was read; for two people in the same second ``_is_earlier`` decides.

    For one person in the same second it is the door's name, so that every order of delivery ends in the same row.
    """
    if facts.stage not in _UNREVIEWED or facts.entered_by is not None or facts.voided_at is not None:
        return False
    if facts.checked_in_person_id is None or facts.checked_in_at is None or facts.checked_in_door is None:
        return False
    if facts.other_enterprise is not None or facts.is_undone_beside:
        return False
    if scan.scanned_at != facts.checked_in_at:
        return scan.scanned_at < facts.checked_in_at
    return facts.checked_in_person_id != facts.person_id or scan.door.value < facts.checked_in_door


def _is_earlier(held: sql.HeldCheckIn, facts: ScanFacts, scan: Scan, vault: Vault) -> bool:
    """Of two people who scanned in the same second the one whose openid has the smaller hash counts as the earlier.

    That order is arbitrary, but the same whichever of the two is delivered first.
    """
    if held.person_id == facts.person_id or scan.scanned_at != held.checked_in_at:
        return True
    trace = vault.lookup(held.openid) if held.openid else held.openid_hash or ""
    return vault.lookup(scan.openid) < trace
