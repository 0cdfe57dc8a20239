"""评定、认定: the points that people give, as the regulation's table says who gives them and how finely.

The website is ruled by the hub, 协同 by the province. For the two recognitions (在线服务, 产业平台融合) the hub gives
an opinion and the province confirms, 0 or full. Every ruling has its reason; changing one logs what it was.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.platform import Platform
from models.recognition import Ruling
from models.terms import NoticePurpose, Subject
from scoring.evidence import proof_of
from scoring.rules import Ruling as RulingRule
from scoring.scheme import Indicator
from scoring.scheme_files import scheme_for
from scoring.terms import IndicatorCode, RuledBy
from scoring.words import name_of, points_text
from wxsvc.services import journal, notices
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_fit, must_have_reason
from wxsvc.services.locks import hold_open
from wxsvc.services.records import evidence
from wxsvc.services.refusal import Refused


def give_opinion(
    session: Session,
    platform_id: int,
    year: int,
    indicator: IndicatorCode,
    points: Decimal,
    reason: str,
    by: Actor,
    now: datetime,
) -> Ruling:
    """The hub's opinion on a recognition, for the province to confirm; the same again is calm.

    Raises ``Refused``: ``not_ruled``, ``no_opinion_asked``, ``points_not_allowed``, ``reason_needed``, and
    ``opinion_after_ruling`` once the province has decided.
    """
    by.must_review()
    line, rule = _line(session, platform_id, year, indicator)
    if rule.advised_by is None:
        raise Refused("no_opinion_asked")
    must_fit(points, line.full, rule.grain)
    given = must_have_reason(reason)
    row = _row(session, platform_id, year, indicator)
    if (row.opinion_points, row.opinion_reason) == (points, given):
        return row
    if row.points is not None:
        raise Refused("opinion_after_ruling")
    old = row.opinion_points
    row.opinion_points, row.opinion_reason = points, given
    row.opinion_at, row.opinion_by = now, by.person_id
    _note(session, row, "ruling.opinion_given", by, now, old=old, new=points, reason=given)
    return row


def confirm(
    session: Session,
    platform_id: int,
    year: int,
    indicator: IndicatorCode,
    by: Actor,
    now: datetime,
    *,
    points: Decimal | None = None,
    reason: str | None = None,
) -> Ruling:
    """The province confirms the hub's opinion; to decide otherwise it gives its own points and a reason.

    Raises ``Refused``: ``opinion_first``, ``no_proof`` with its ``item`` for points without the annex's paper.
    """
    by.must_be_province()
    _, rule = _line(session, platform_id, year, indicator)
    if rule.advised_by is None:
        raise Refused("no_opinion_asked")
    row = _row(session, platform_id, year, indicator)
    if row.opinion_points is None:
        raise Refused("opinion_first")
    agrees = points is None or points == row.opinion_points
    given = reason or (row.opinion_reason if agrees else None)
    return rule_on(
        session, platform_id, year, indicator, row.opinion_points if points is None else points, given, by, now
    )


def rule_on(
    session: Session,
    platform_id: int,
    year: int,
    indicator: IndicatorCode,
    points: Decimal,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> Ruling:
    """Rule one line: the website by the hub (or the province), the others by the province. The same again is calm.

    Raises ``Refused``: ``not_allowed``, ``not_ruled`` of this kind of platform, ``points_not_allowed`` (with ``full``
    and ``grain``), ``reason_needed``, ``opinion_first``, ``no_proof``, ``year_sealed``.
    """
    line, rule = _line(session, platform_id, year, indicator)
    _must_rule(rule, by)
    must_fit(points, line.full, rule.grain)
    given = must_have_reason(reason)
    row = _row(session, platform_id, year, indicator)
    if (row.points, row.reason) == (points, given):
        return row
    if rule.advised_by is not None and row.opinion_points is None:
        raise Refused("opinion_first")
    if points:
        _must_be_proved(session, platform_id, year, indicator)
    old = row.points
    row.points, row.reason = points, given
    row.ruled_at, row.ruled_by = now, by.person_id
    _note(session, row, "ruling.given" if old is None else "ruling.changed", by, now, old=old, new=points, reason=given)
    _tell(session, row, line, "given" if old is None else "changed", points, given, now)
    return row


def withdraw(
    session: Session,
    platform_id: int,
    year: int,
    indicator: IndicatorCode,
    reason: str,
    by: Actor,
    now: datetime,
) -> Ruling:
    """Take a ruling back: the line is awaited (待评定) again; the opinion stays. Twice is calm."""
    line, rule = _line(session, platform_id, year, indicator)
    _must_rule(rule, by)
    given = must_have_reason(reason)
    row = _row(session, platform_id, year, indicator)
    if row.points is None:
        return row
    old = row.points
    row.points = row.reason = row.ruled_at = row.ruled_by = None
    _note(session, row, "ruling.withdrawn", by, now, old=old, new=None, reason=given)
    _tell(session, row, line, "withdrawn", old, given, now)
    return row


def _line(session: Session, platform_id: int, year: int, indicator: IndicatorCode) -> tuple[Indicator, RulingRule]:
    hold_open(session, platform_id, year)
    platform = session.get(Platform, platform_id)
    if platform is None:
        raise Refused("not_found")
    scheme = scheme_for(platform.kind, year)
    rule = scheme.rulings.get(indicator)
    if rule is None:
        raise Refused("not_ruled")
    return scheme.indicator(indicator), rule


def _must_rule(rule: RulingRule, by: Actor) -> None:
    if rule.ruled_by is RuledBy.REVIEWER:
        by.must_review()
    else:
        by.must_be_province()


def _must_be_proved(session: Session, platform_id: int, year: int, indicator: IndicatorCode) -> None:
    """不按要求提供则视为无: a recognition needs the annex's paper."""
    proof = proof_of(session.get_one(Platform, platform_id).kind, year, indicator)
    if proof is not None and not evidence.is_provided(session, platform_id, year, proof.item):
        raise Refused("no_proof", item=proof.item, paper=name_of(proof.item))


def _row(session: Session, platform_id: int, year: int, indicator: IndicatorCode) -> Ruling:
    """The line's row as it is now that the platform's year is held; made when it is first asked for."""
    found = session.scalar(
        sa.select(Ruling)
        .where(Ruling.platform_id == platform_id, Ruling.year == year, Ruling.indicator == indicator)
        .execution_options(populate_existing=True)
    )
    if found is None:
        found = Ruling(platform_id=platform_id, year=year, indicator=indicator)
        session.add(found)
        session.flush()
    return found


def _tell(
    session: Session, row: Ruling, line: Indicator, deed: str, points: Decimal, reason: str, now: datetime
) -> None:
    """The platform hears of every ruling, of a changed and of a withdrawn one too."""
    facts = {
        "deed": deed,
        "year": row.year,
        "indicator": row.indicator.value,
        "name": line.name,
        "points": points_text(points),
        "full": points_text(line.full),
        "reason": reason,
    }
    key = f"ruling:{row.id}:{deed}:{now.isoformat()}"
    notices.tell(session, NoticePurpose.RULING, key, facts, now, platform_id=row.platform_id)


def _note(
    session: Session,
    row: Ruling,
    deed: str,
    by: Actor,
    now: datetime,
    *,
    old: Decimal | None,
    new: Decimal | None,
    reason: str,
) -> None:
    session.flush()
    journal.record(
        session,
        deed,
        Subject.RULING,
        row.id,
        by=by,
        now=now,
        platform_id=row.platform_id,
        indicator=row.indicator.value,
        old=None if old is None else str(old),
        new=None if new is None else str(new),
        reason=reason,
    )
    journal.touch(session, [(row.platform_id, row.year)], now)
