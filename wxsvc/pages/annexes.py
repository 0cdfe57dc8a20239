"""附件2 item by item, as the platform itself and whoever reviews are shown it: papers, and the records they prove."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from models.collaboration import Evidence
from models.platform import Platform
from models.terms import Stage
from scoring.scheme_files import NoSchemeError, scheme_for
from wxsvc.db import Session
from wxsvc.services.records import evidence
from wxsvc.services.records.evidence import CheckedItem
from wxsvc.services.records.kinds import kind_of
from wxsvc.services.reviewables import RECORDS


class ProofPaper(Struct, frozen=True):
    """One paper, and the record that it proves, when it proves one."""

    paper: Evidence
    record: Any = None

    @property
    def of(self) -> str | None:
        """What the record is called."""
        return kind_of(self.record).title(self.record) if self.record is not None else None


class AnnexItem(Struct, frozen=True):
    """One item of the checklist as a page shows it; ``line`` is the name of the line that rests on it."""

    checked: CheckedItem
    proofs: tuple[ProofPaper, ...]
    line: str | None


def items(session: Session, platform: Platform, year: int) -> list[AnnexItem]:
    """The checklist of a platform's year; empty before the first rules."""
    try:
        names = {line.code: line.name for line in scheme_for(platform.kind, year).indicators}
        checked = evidence.checklist(session, platform.id, year)
    except NoSchemeError:
        return []
    return [
        AnnexItem(each, tuple(_proof(session, paper) for paper in each.papers), names.get(each.asked.proves or ""))
        for each in checked
    ]


def _proof(session: Session, paper: Evidence) -> ProofPaper:
    table: Any = RECORDS.get(paper.subject) if paper.subject is not None else None
    record = session.get(table, paper.subject_id) if table is not None else None
    return ProofPaper(paper, None if record is None or record.stage is Stage.DRAFT else record)
