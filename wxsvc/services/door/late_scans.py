"""迟到的推送: a scan that WeChat delivers after a later one of the same enterprise.

What counts is when people scanned. So the earlier scan becomes the check-in, and whoever held it was a colleague.
Never where staff decided something: what was voided, revived or entered stays, as does a sealed year.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.terms import Absence, Door, Stage
from wxsvc.db import together
from wxsvc.services.door import checkin_sql as sql
from wxsvc.vault import Vault

_UNREVIEWED = (Stage.PUBLISHED, Stage.RETURNED)


def may_be_first(row: Any, scanned_at: Any, door: Door) -> bool:
    """Whether this scan may have come before the check-in that was read; a repeat and whoever comes later did not."""
    if row.stage not in _UNREVIEWED or row.entered_by is not None or row.voided_at is not None:
        return False
    if row.checked_in_person_id is None or row.other_enterprise is not None:
        return False
    if scanned_at != row.checked_in_at:
        return bool(scanned_at < row.checked_in_at)
    return bool(row.checked_in_person_id != row.person_id or door.value < row.checked_in_door)


def take_over(connection: sa.Connection, row: Any, values: dict[str, Any], trace: str, vault: Vault) -> bool | None:
    """Make the scan the check-in: True when it is now, False when the other stays, None when to look again."""
    with together(connection):
        held = sql.held(connection, row.check_in_id)
        seen = (row.checked_in_person_id, row.checked_in_at, row.checked_in_door, None, None)
        if (held.person_id, held.checked_in_at, held.door, held.voided_at, held.undone_at) != seen:
            return None
        if held.is_touched or held.is_sealed:
            return False
        is_other = held.person_id != row.person_id
        if is_other and values["at"] == held.checked_in_at and not trace < _trace(held, vault):
            return False
        connection.execute(sql.TAKE_OVER, values | {"check_in_id": row.check_in_id, "person_id": row.person_id})
        if is_other:
            here = {"activity_id": row.activity_id, "enterprise_id": row.enterprise_id}
            connection.execute(sql.NO_COLLEAGUE, {"activity_id": row.activity_id, "person_id": row.person_id})
            came = {"person_id": held.person_id, "at": held.checked_in_at, "received_at": held.received_at}
            connection.execute(sql.ATTEND, here | came | {"absence": Absence.COLLEAGUE.value})
        return True


def _trace(held: Any, vault: Vault) -> str:
    """Of two who scanned in the same second the smaller fingerprint is first: it does not depend on deliveries."""
    return vault.lookup(held.openid) if held.openid else held.openid_hash or ""
