"""What a record is worth (计入): which line of the table it serves, what it adds, and why it adds nothing."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from models.platform import Platform
from models.terms import Stage, Subject
from scoring.scheme import Indicator
from scoring.terms import EvidenceItem
from scoring.words import name_of
from wxsvc import wording
from wxsvc.db import Session
from wxsvc.services import years
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.facts import CountStatus, FactRow
from wxsvc.services.records.kinds import KINDS, lines_of


class Worth(Struct, frozen=True):
    """One sentence about one record, and the sign it stands under: ``good``, ``wait``, ``bad`` or ``info``."""

    sign: str
    sentence: str


def of_year(session: Session, platform: Platform, year: int, subject: Subject) -> dict[int, FactRow]:
    """The rows of the score that records of this noun are, by the record's id; none where no line counts them.

    What counts in another year, whose period (考评期) has its day, is told as that year has it.
    """
    found: dict[int, FactRow] = {}
    for each in (year, *years.reaching_into(session, platform.id, year)):
        if KINDS[subject].facts and lines_of(platform.kind, each, subject):
            rows = scorecards.rows_of_kind(session, platform.id, each, subject)
            found |= {of: row for of, row in rows.items() if each == year or "outside_period" not in row.reasons}
    return found


def of_record(
    platform: Platform, subject: Subject, record: Any, row: FactRow | None, lacked: EvidenceItem | None
) -> Worth:
    """What is said of one record; ``row`` is its row of the score, where it has one, ``lacked`` the proof it lacks."""
    if record.stage is Stage.VOID:
        return _said("info", "withdrawn")
    lines = lines_of(platform.kind, record.year, subject)
    if not lines:
        return _said("info", "scores_nothing")
    if lacked is not None:
        stage = {"is_approved": record.stage is Stage.APPROVED, "is_returned": record.stage is Stage.RETURNED}
        return _said("bad", "no_proof", paper=name_of(lacked), **stage)
    if not KINDS[subject].facts:
        line = lines[0]
        return _said("good" if record.stage is Stage.APPROVED else "wait", "looked_at", line=line.name)
    if row is None:
        return _said("bad", "not_counted_now")
    if row.standing is CountStatus.NOT_COUNTED:
        reasons = "；".join(wording.sentence("pages", f"reason_{code}") for code in row.reasons)
        return _said("bad", "not_counted", reasons=reasons)
    if row.amount == 0:
        return _said("bad", "no_counted_enterprise")
    share = {"fact": name_of(row.fact), "amount": row.amount, "unit": _unit(lines, row.fact)}
    if row.standing is CountStatus.COUNTED:
        return _said("good", "counted", **share)
    return _said("wait", "to_mend" if record.stage is Stage.RETURNED else "pending", **share)


def _unit(lines: tuple[Indicator, ...], fact: str) -> str:
    return next(line.unit for line in lines if fact in line.counts)


def _said(sign: str, code: str, **facts: object) -> Worth:
    return Worth(sign, wording.sentence("own_records", f"worth_{code}", **facts))
