"""另行说明: what a ruling must state apart from its ordinary reason — without its basis, or against the hub's opinion.

认定有效 speaks of a service or fusion that is there, 由省枢纽平台定期检查网站维护情况评定 of an inspection,
重点工作响应情况 of a response. 经省工信厅、省枢纽平台认定有效 names two: the reading ``recognition_needs``
says whether the province must say why it decides against the hub.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from models.platform import Platform
from models.recognition import Ruling
from models.terms import Role
from scoring.rules import RulingRule
from scoring.scheme import Indicator
from scoring.terms import Ground, RecognitionNeeds
from scoring.words import listed, name_of
from wxsvc.services.actor import Actor
from wxsvc.services.judging.line_bases import Basis
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings


class Stated(Struct, frozen=True):
    """The reasons that stand beside a ruling, opinion or proposal; None where nothing is stated."""

    without_basis: str | None = None
    against_opinion: str | None = None

    @property
    def told(self) -> dict[str, str]:
        """What is stated, by name, as the log has it."""
        return {name: said for name, said in asdict(self).items() if said}


NOTHING: Final = Stated()


class NeededReasons(Struct, frozen=True):
    """What must be stated with some points: the grounds they lack, the opinion they contradict; and what was stated."""

    lacking: tuple[Ground, ...]
    opinion: Decimal | None
    kept: Stated

    def must_be_stated(self) -> None:
        """Else ``Refused``: ``basis_needed`` (``lacking`` names what is not recorded), ``against_opinion_needed``."""
        if self.lacking and self.kept.without_basis is None:
            raise Refused("basis_needed", lacking=listed(name_of(each) for each in self.lacking))
        if self.opinion is not None and self.kept.against_opinion is None:
            raise Refused("against_opinion_needed", points=self.opinion)


def asked(
    session: Session, row: Ruling, line: Indicator, basis: Basis, points: Decimal, stated: Stated, by: Actor
) -> NeededReasons:
    """What these points ask for, and what of it is stated: now, or before by who spoke for the same points."""
    said = _said_before(row, points)
    decides = by.role is Role.PROVINCE and asks_both(
        session, session.get_one(Platform, row.platform_id), row.year, line
    )
    lacking = () if not points and is_recognition(line) else basis.lacking  # 不予认定 rests on nothing
    opinion = row.opinion_points if decides and row.opinion_points != points else None
    return NeededReasons(
        lacking,
        opinion,
        Stated(
            (_clean(stated.without_basis) or said.without_basis) if lacking else None,
            (_clean(stated.against_opinion) or said.against_opinion) if opinion is not None else None,
        ),
    )


def is_recognition(line: Indicator) -> bool:
    """认定有效的得10分: nothing or the full points."""
    return isinstance(line.rule, RulingRule) and line.rule.grain == line.full


def asks_both(session: Session, platform: Platform, year: int, line: Indicator) -> bool:
    """两家一致认定: the line is a recognition of two, and the province decides against the hub with a reason alone."""
    if not isinstance(line.rule, RulingRule) or line.rule.advised_by is None or not is_recognition(line):
        return False
    return readings.in_force(session, year, platform.kind).recognition_needs is RecognitionNeeds.BOTH


def _said_before(row: Ruling, points: Decimal) -> Stated:
    spoken = (
        (row.proposed_points, Stated(row.proposed_without_basis, row.proposed_against_opinion)),
        (row.points, Stated(row.without_basis, row.against_opinion)),
        (row.opinion_points, Stated(row.opinion_without_basis)),
    )
    return next((stated for said, stated in spoken if said == points), NOTHING)


def _clean(text: str | None) -> str | None:
    return text.strip() or None if text else None
