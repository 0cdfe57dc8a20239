"""名单的各行: what matching alone could not settle, settled by hand, line by line or all that are plain at once.

Two people may work on one list: whoever settles a line that looks different by now is told so. Nothing counts yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.roster import Roster, RosterRow
from models.terms import RosterMatch
from scoring import uscc as codes
from wxsvc.services import kept_enterprises
from wxsvc.services.actor import Actor
from wxsvc.services.door import roster_matching, rosters
from wxsvc.services.people import enterprises
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find

AT_ONCE: Final = 100
"""Enterprises that are registered in one transaction."""


def choose(session: Session, row_id: int, enterprise_id: int, seen: int | None, by: Actor, now: datetime) -> RosterRow:
    """人工选定: this line means that enterprise. ``seen`` is the enterprise that the page showed for it, if any.

    Raises ``Refused``: ``unknown_enterprise``, ``edited_by_other``, ``roster_confirmed``, ``roster_discarded`` …
    """
    row = _open_row(session, row_id, by)
    meant = kept_enterprises.find(session, enterprise_id)
    if meant is None:
        raise Refused("unknown_enterprise")
    enterprise_id = meant.id
    if row.enterprise_id == enterprise_id and not row.is_skipped:
        return row
    if row.enterprise_id != seen:
        raise Refused("edited_by_other")
    row.matching, row.enterprise_id, row.is_skipped = RosterMatch.HAND, enterprise_id, False
    _record(session, row, "line_chosen", by, now, enterprise=enterprise_id)
    return row


def register(
    session: Session, row_id: int, form: EnterpriseForm, seen: int | None, by: Actor, now: datetime
) -> RosterRow:
    """登记新企业 for one line from its licence; one that we know by its code is chosen. Raises as ``enterprises``."""
    _open_row(session, row_id, by)
    return choose(session, row_id, enterprises.register(session, form, by, now).id, seen, by, now)


def skip(session: Session, row_id: int, by: Actor, now: datetime) -> RosterRow:
    """跳过: this line counts nothing. Idempotent."""
    row = _open_row(session, row_id, by)
    if not row.is_skipped:
        row.is_skipped = True
        _record(session, row, "line_skipped", by, now)
    return row


def reopen(session: Session, row_id: int, by: Actor, now: datetime) -> RosterRow:
    """重新处理: back to what matching alone finds."""
    row = _open_row(session, row_id, by)
    (found,) = roster_matching.match(session, [row])
    asked = row.is_skipped or row.is_hidden
    if (asked, row.matching, row.enterprise_id) == (False, found.matching, found.enterprise_id):
        return row
    row.is_skipped, row.is_hidden, row.matching, row.enterprise_id = False, False, found.matching, found.enterprise_id
    _record(session, row, "line_reopened", by, now)
    return row


def adopt(session: Session, roster_id: int, by: Actor, now: datetime) -> int:
    """采用建议: every open line with one safe proposal takes it; how many did."""
    roster = _open(session, roster_id, by)
    rows = _meant(_open_rows(session, roster))
    proposals = roster_matching.propose(session, rows)
    taken = [(row, each.enterprises[0]) for row, each in zip(rows, proposals, strict=True) if each.is_safe]
    for row, enterprise in taken:
        row.matching, row.enterprise_id = RosterMatch.HAND, enterprise.id
    _record_all(session, roster, "proposals_adopted", by, now, len(taken))
    return len(taken)


def register_new(
    session: Session, roster_id: int, region_code: str | None, by: Actor, now: datetime, most: int = AT_ONCE
) -> int:
    """批量登记: open lines with a likely name and a right code that nobody of the same name has; how many were.

    At most ``most``, and who asks goes on until fewer were: on SQLite every scan waits while this writes. Raises
    ``Refused("wrong_region")``.
    """
    roster = _open(session, roster_id, by)
    rows = _meant(_open_rows(session, roster))
    done = 0
    for row, proposal in zip(rows, roster_matching.propose(session, rows), strict=True):
        if done == most:
            break
        if roster_matching.is_plainly_new(row) and not proposal.enterprises:
            form = EnterpriseForm(row.name, codes.normalise(row.uscc), region_code=region_code or None)
            row.matching, row.enterprise_id = RosterMatch.HAND, enterprises.register(session, form, by, now).id
            done += 1
    _record_all(session, roster, "enterprises_registered", by, now, done)
    return done


def take_hidden(session: Session, roster_id: int, by: Actor, now: datetime) -> int:
    """隐藏的行一并处理: every open hidden line is matched as the others were; how many were."""
    roster = _open(session, roster_id, by)
    rows = _hidden(_open_rows(session, roster))
    for row, found in zip(rows, roster_matching.match(session, rows), strict=True):
        row.is_hidden, row.matching, row.enterprise_id = False, found.matching, found.enterprise_id
    _record_all(session, roster, "hidden_taken", by, now, len(rows))
    return len(rows)


def skip_hidden(session: Session, roster_id: int, by: Actor, now: datetime) -> int:
    """隐藏的行不计入: every open hidden line is skipped; how many were."""
    roster = _open(session, roster_id, by)
    rows = _hidden(_open_rows(session, roster))
    for row in rows:
        row.is_skipped = True
    _record_all(session, roster, "hidden_skipped", by, now, len(rows))
    return len(rows)


def skip_rest(session: Session, roster_id: int, by: Actor, now: datetime) -> int:
    """其余全部跳过: every open line; how many were."""
    roster = _open(session, roster_id, by)
    rows = _open_rows(session, roster)
    for row in rows:
        row.is_skipped = True
    _record_all(session, roster, "rest_skipped", by, now, len(rows))
    return len(rows)


def _open(session: Session, roster_id: int, by: Actor) -> Roster:
    roster = rosters.held(session, roster_id, by)
    if roster.confirmed_at is not None:
        raise Refused("roster_confirmed")
    if roster.discarded_at is not None:
        raise Refused("roster_discarded")
    return roster


def _open_row(session: Session, row_id: int, by: Actor) -> RosterRow:
    row = find(session, RosterRow, row_id)
    _open(session, row.roster_id, by)
    session.refresh(row)
    return row


def _open_rows(session: Session, roster: Roster) -> Sequence[RosterRow]:
    """The lines that want a hand."""
    return session.scalars(
        sa.select(RosterRow)
        .where(RosterRow.roster_id == roster.id, RosterRow.enterprise_id.is_(None), RosterRow.is_skipped.is_(False))
        .order_by(RosterRow.line)
    ).all()


def _hidden(rows: Sequence[RosterRow]) -> Sequence[RosterRow]:
    return [row for row in rows if row.is_hidden]


def _meant(rows: Sequence[RosterRow]) -> Sequence[RosterRow]:
    """Those that nobody needs to be asked about."""
    return [row for row in rows if not row.is_hidden]


def _record(session: Session, row: RosterRow, deed: str, by: Actor, now: datetime, **details: int) -> None:
    session.flush()
    rosters.record(session, deed, find(session, Roster, row.roster_id), by, now, line=row.line, **details)


def _record_all(session: Session, roster: Roster, deed: str, by: Actor, now: datetime, lines: int) -> None:
    session.flush()
    if lines:
        rosters.record(session, deed, roster, by, now, lines=lines)
