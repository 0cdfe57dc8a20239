"""What a record is worth (计入): which line of the table it serves, what it adds, and why it adds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from models.platform import Platform
from models.terms import Stage, Subject
from scoring.rules import Bonus, Shortfall
from scoring.scheme import Indicator
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import Fact, IndicatorCode, PlatformKind
from scoring.words import name_of
from wxsvc import wording
from wxsvc.db import Session
from wxsvc.services.counting import scorecards
from wxsvc.services.counting.facts import FactRow, Standing
from wxsvc.services.records import evidence

COUNTED_AS: Final[Mapping[Subject, tuple[Fact, ...]]] = MappingProxyType(
    {
        Subject.OFFLINE_SERVICE: (Fact.OFFLINE_PARTICIPATIONS,),
        Subject.ONLINE_TRADE: (Fact.ONLINE_TRADES,),
        Subject.NEED: (Fact.NEEDS,),
        Subject.RESEARCH_REPORT: (Fact.RESEARCH_REPORTS,),
        Subject.BONUS_CLAIM: (Fact.BONUS_RESOURCES, Fact.BONUS_HONOURS, Fact.BONUS_PRESS),
    }
)
"""What the records of a noun are counted as."""

LOOKED_AT: Final[Mapping[Subject, IndicatorCode]] = MappingProxyType(
    {
        Subject.POST: IndicatorCode.WEBSITE,
        Subject.ONLINE_SERVICE: IndicatorCode.ONLINE_SERVICE,
        Subject.PLATFORM_FUSION: IndicatorCode.PLATFORM_FUSION,
        Subject.RESPONSE: IndicatorCode.COORDINATION,
    }
)
"""The line that people judge, looking at the records of a noun."""


@dataclass(frozen=True, slots=True)
class Worth:
    """One sentence about one record, and the sign it stands under: ``good``, ``wait``, ``bad`` or ``info``."""

    sign: str
    sentence: str


def lines_of(kind: PlatformKind, year: int, subject: Subject) -> tuple[Indicator, ...]:
    """The lines of the platform's table that records of this noun serve; none where they score nothing."""
    try:
        indicators = scheme_for(kind, year).indicators
    except NoSchemeError:
        return ()
    facts = set(COUNTED_AS.get(subject, ()))
    return tuple(
        line
        for line in indicators
        if line.code is LOOKED_AT.get(subject)
        or (isinstance(line.rule, Shortfall | Bonus) and facts & {*line.rule.counts})
    )


def of_year(session: Session, platform: Platform, year: int, subject: Subject) -> dict[int, FactRow]:
    """The rows of the score that records of this noun are, by the record's id; none where no line counts them."""
    if subject not in COUNTED_AS or not lines_of(platform.kind, year, subject):
        return {}
    return scorecards.rows_of_noun(session, platform.id, year, subject)


def of_record(session: Session, platform: Platform, subject: Subject, record: Any, row: FactRow | None) -> Worth:
    """What is said of one record; ``row`` is its row of the score, where it has one."""
    if record.stage is Stage.VOID:
        return _said("info", "withdrawn")
    lines = lines_of(platform.kind, record.year, subject)
    if not lines:
        return _said("info", "scores_nothing")
    if (item := evidence.lacking(session, record)) is not None:
        return _said("bad", "no_proof", paper=name_of(item))
    if subject in LOOKED_AT:
        line = lines[0]
        return _said("good" if record.stage is Stage.APPROVED else "wait", "looked_at", line=line.name)
    if row is None:
        return _said("bad", "not_counted_now")
    if row.standing is Standing.NOT_COUNTED:
        reasons = "；".join(wording.sentence("pages", f"reason_{code}") for code in row.reasons)
        return _said("bad", "not_counted", reasons=reasons)
    if row.amount == 0:
        return _said("bad", "no_counted_enterprise")
    share = {"fact": name_of(row.fact), "amount": row.amount, "unit": _unit(lines, row.fact)}
    if row.standing is Standing.COUNTED:
        return _said("good", "counted", **share)
    return _said("wait", "to_mend" if record.stage is Stage.RETURNED else "pending", **share)


def _unit(lines: tuple[Indicator, ...], fact: Fact) -> str:
    return next(rule.unit for line in lines if isinstance(rule := line.rule, Shortfall | Bonus) and fact in rule.counts)


def _said(sign: str, code: str, **facts: object) -> Worth:
    return Worth(sign, wording.sentence("own_records", f"worth_{code}", **facts))
