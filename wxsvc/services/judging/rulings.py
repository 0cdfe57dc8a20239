"""评定、认定: the points that people give, as the regulation's table says who gives them and how finely.

The website is ruled by the hub, 协同 by the province. For the two recognitions (在线服务, 产业平台融合) the hub gives
an opinion and the province confirms, 0 or full: two persons, whatever roles they hold. An official who decides
otherwise, or before the hub, has made a proposal (省工信厅意见), in force once another official says the same.
So it is with every override (改动): on any line, other points than those in force are a proposal until somebody else
who may rule the line says the same; what one person took back, the same person does not give anew alone.

Every ruling has its reason; changing one logs what it was. ``seen`` is the version of the row that a form showed: a
stale one is refused (``ruling_overtaken``, with what stands now and what was typed), idempotent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.recognition import Ruling
from models.terms import Role
from scoring.rules import RulingRule
from scoring.scheme import Indicator
from scoring.scheme_files import scheme_for
from scoring.terms import RuledBy
from scoring.words import name_of
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_fit, must_have_reason
from wxsvc.services.judging import line_bases, ruling_notices, second_persons
from wxsvc.services.judging.line_bases import Basis
from wxsvc.services.judging.ruling_versions import must_have_seen
from wxsvc.services.judging.stated_reasons import NOTHING, Stated, asked
from wxsvc.services.locks import hold_open
from wxsvc.services.refusal import Refused, must_be_found


class _Word(Struct, frozen=True):
    """What somebody says on a line: the points, why, what is stated apart; who, when, and the version that they saw."""

    points: Decimal
    reason: str
    stated: Stated
    by: Actor
    at: datetime
    seen: int | None


def give_opinion(
    session: Session,
    platform_id: int,
    year: int,
    indicator: str,
    points: Decimal,
    reason: str,
    by: Actor,
    now: datetime,
    seen: int | None = None,
    stated: Stated = NOTHING,
) -> Ruling:
    """The hub's opinion on a recognition, for the province to confirm; an official's is a proposal.

    Idempotent. Raises ``Refused``: ``not_ruled``, ``no_opinion_asked``, ``points_not_allowed``,
    ``reason_needed``, ``basis_needed``, ``against_opinion_needed``, ``ruling_overtaken``, and
    ``opinion_after_ruling`` once the province has decided.
    """
    by.must_review()
    line, rule = _line(session, platform_id, year, indicator)
    if rule.advised_by is None:
        raise Refused("no_opinion_asked")
    must_fit(points, line.full, rule.grain)
    given = must_have_reason(reason)
    row = _row(session, platform_id, year, indicator)
    basis = line_bases.of(session, platform_id, year, indicator, now)
    apart = asked(session, row, line, basis, points, stated, by)
    opinion = (row.opinion_points, row.opinion_reason, row.opinion_without_basis)
    if by.role is not Role.PROVINCE and opinion == (points, given, apart.kept.without_basis):
        return row
    if row.points is not None:
        must_have_seen(session, row, seen, points)
        raise Refused("opinion_after_ruling")
    apart.must_be_stated()
    if by.role is Role.PROVINCE:
        return _propose(session, row, _Word(points, given, apart.kept, by, now, seen))
    must_have_seen(session, row, seen, points)
    old = row.opinion_points
    row.opinion_points, row.opinion_reason, row.opinion_without_basis = points, given, apart.kept.without_basis
    row.opinion_at, row.opinion_by, row.opinion_role = now, by.person_id, Role.REVIEWER
    _note(session, row, "opinion_given", by, now, old=old, new=points, reason=given, stated=apart.kept)
    return row


def confirm(
    session: Session,
    platform_id: int,
    year: int,
    indicator: str,
    by: Actor,
    now: datetime,
    *,
    points: Decimal | None = None,
    reason: str | None = None,
    seen: int | None = None,
    stated: Stated = NOTHING,
) -> Ruling:
    """The province confirms the hub's opinion; to decide otherwise it gives its own points and a reason.

    Raises ``Refused``: ``opinion_first``, ``opinion_by_self``, ``points_without_proof`` with its ``item`` where the
    annex's paper is missing, ``basis_needed``, ``against_opinion_needed``, ``ruling_overtaken``.
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
    said = row.opinion_points if points is None else points
    return rule_on(session, platform_id, year, indicator, said, given, by, now, seen, stated)


def rule_on(
    session: Session,
    platform_id: int,
    year: int,
    indicator: str,
    points: Decimal,
    reason: str | None,
    by: Actor,
    now: datetime,
    seen: int | None = None,
    stated: Stated = NOTHING,
    *,
    only_propose: bool = False,
    is_told: bool = True,
) -> Ruling:
    """Rule one line: the website by the hub (or the province), the others by the province. Idempotent.

    On a line that needs two persons, and where other points are in force, points that nobody else has spoken for
    become a proposal: ``points`` of the row stay as they were. ``only_propose`` makes one on any line. Raises
    ``Refused``: ``not_allowed``, ``not_ruled`` of this kind of platform, ``points_not_allowed`` (with ``full`` and
    ``grain``), ``reason_needed``, ``opinion_by_self``, ``points_without_proof``, ``basis_needed``,
    ``against_opinion_needed`` (what is ``stated`` apart), ``year_sealed``, ``ruling_overtaken``.
    """
    line, rule = _line(session, platform_id, year, indicator)
    _must_rule(rule, by)
    must_fit(points, line.full, rule.grain)
    given = must_have_reason(reason)
    row = _row(session, platform_id, year, indicator)
    basis = line_bases.of(session, platform_id, year, indicator, now)
    apart = asked(session, row, line, basis, points, stated, by)
    word = _Word(points, given, apart.kept, by, now, seen)
    if _is_in_force(row, word):
        return row
    needs_two = rule.advised_by is not None or second_persons.overrides(row, points, by)
    other = second_persons.who_said(row, points, by)
    needs_another = only_propose or (needs_two and other is None)
    if needs_another and _has_proposed(row, word):
        return row
    must_have_seen(session, row, seen, points)
    if needs_another and (row.opinion_points, row.opinion_by) == (points, by.person_id):
        raise Refused("opinion_by_self")
    if points:
        _must_be_proved(basis)
    apart.must_be_stated()
    if needs_another:
        return _propose(session, row, word)
    deed = _put_in_force(session, row, word, other)
    if is_told:
        ruling_notices.tell(session, row, line, deed, points, given, now)
    return row


def withdraw(
    session: Session,
    platform_id: int,
    year: int,
    indicator: str,
    reason: str,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> Ruling:
    """Take a ruling or a proposal back: the line is awaited (待评定) again; the hub's opinion stays. Idempotent."""
    line, rule = _line(session, platform_id, year, indicator)
    _must_rule(rule, by)
    given = must_have_reason(reason)
    row = _row(session, platform_id, year, indicator)
    if row.points is None and row.proposed_points is None:
        return row
    must_have_seen(session, row, seen, None)
    old = row.points
    row.points = row.reason = row.ruled_at = row.ruled_by = row.ruled_with = None
    row.without_basis = row.against_opinion = None
    row.withdrawn_by = by.person_id if old is not None else row.withdrawn_by
    _settle(row)
    _note(session, row, "withdrawn", by, now, old=old, new=None, reason=given)
    if old is not None:
        ruling_notices.tell(session, row, line, "withdrawn", old, given, now)
    return row


def _is_in_force(row: Ruling, word: _Word) -> bool:
    """Just this is in force, and nothing else is proposed."""
    stated = Stated(row.without_basis, row.against_opinion)
    return (row.points, row.reason, stated, row.proposed_points) == (word.points, word.reason, word.stated, None)


def _put_in_force(session: Session, row: Ruling, word: _Word, other: int | None) -> str:
    """From now on these points count, for which the ``other`` person has spoken too; the deed, as the log has it."""
    old, stated = row.points, word.stated
    row.points, row.reason = word.points, word.reason
    row.without_basis, row.against_opinion = stated.without_basis, stated.against_opinion
    row.ruled_at, row.ruled_by, row.ruled_with = word.at, word.by.person_id, other
    row.withdrawn_by = None
    _settle(row)
    deed = "given" if old is None else "changed"
    _note(session, row, deed, word.by, word.at, old=old, new=word.points, reason=word.reason, stated=stated)
    return deed


def _has_proposed(row: Ruling, word: _Word) -> bool:
    proposed = (row.proposed_points, row.proposed_reason, row.proposed_by)
    apart = Stated(row.proposed_without_basis, row.proposed_against_opinion)
    return (*proposed, apart) == (word.points, word.reason, word.by.person_id, word.stated)


def _propose(session: Session, row: Ruling, word: _Word) -> Ruling:
    """省工信厅意见: an official's word, for another official to confirm; idempotent."""
    if _has_proposed(row, word):
        return row
    must_have_seen(session, row, word.seen, word.points)
    old, stated = row.proposed_points, word.stated
    row.proposed_points, row.proposed_reason = word.points, word.reason
    row.proposed_at, row.proposed_by = word.at, word.by.person_id
    row.proposed_without_basis, row.proposed_against_opinion = stated.without_basis, stated.against_opinion
    _note(session, row, "proposed", word.by, word.at, old=old, new=word.points, reason=word.reason, stated=stated)
    return row


def _settle(row: Ruling) -> None:
    """Nothing waits for another official any more."""
    row.proposed_points = row.proposed_reason = row.proposed_at = row.proposed_by = None
    row.proposed_without_basis = row.proposed_against_opinion = None


def take_back(
    session: Session, platform_id: int, year: int, indicator: str, by: Actor, now: datetime, seen: int | None = None
) -> Ruling:
    """Take back what only waits for confirmation: the proposal, else an opinion; points in force stay. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``not_ruled``, ``year_sealed``, ``ruling_overtaken``.
    """
    by.must_review()
    _, rule = _line(session, platform_id, year, indicator)
    row = _row(session, platform_id, year, indicator)
    waits = row.proposed_points if row.proposed_points is not None else row.opinion_points
    if waits is None or (row.proposed_points is None and row.points is not None):
        return row
    must_have_seen(session, row, seen, None)
    if row.proposed_points is not None:
        _must_rule(rule, by)
        _settle(row)
    else:
        row.opinion_points = row.opinion_reason = row.opinion_at = row.opinion_by = row.opinion_role = None
        row.opinion_without_basis = None
    _note(session, row, "taken_back", by, now, old=waits, new=row.points, reason="")
    return row


def of_year(session: Session, year: int, platform_ids: Collection[int] | None = None) -> Sequence[Ruling]:
    """Every ruling of a year, given or begun; of these platforms, or of all."""
    query = sa.select(Ruling).where(Ruling.year == year)
    return session.scalars(query if platform_ids is None else query.where(Ruling.platform_id.in_(platform_ids))).all()


def of_line(session: Session, platform_id: int, year: int, indicator: str) -> Ruling | None:
    """What was said so far on one line of a platform's year."""
    stands = (Ruling.platform_id == platform_id, Ruling.year == year, Ruling.indicator == indicator)
    return session.scalar(sa.select(Ruling).where(*stands))


def _line(session: Session, platform_id: int, year: int, indicator: str) -> tuple[Indicator, RulingRule]:
    hold_open(session, platform_id, year)
    scheme = scheme_for(must_be_found(session.get(Platform, platform_id)).kind, year)
    rule = scheme.rulings.get(indicator)
    if rule is None:
        raise Refused("not_ruled")
    return scheme.indicator(indicator), rule


def _must_rule(rule: RulingRule, by: Actor) -> None:
    if rule.ruled_by is RuledBy.REVIEWER:
        by.must_review()
    else:
        by.must_be_province()


def _must_be_proved(basis: Basis) -> None:
    """不按要求提供则视为无: a recognition needs the annex's paper."""
    if (proof := basis.proof) is not None and not basis.papers:
        raise Refused("points_without_proof", item=proof.item, paper=name_of(proof.item))


def _row(session: Session, platform_id: int, year: int, indicator: str) -> Ruling:
    """The line's row as it is now that the platform's year is held; made when it is first asked for."""
    found = session.scalar(
        sa.select(Ruling)
        .where(Ruling.platform_id == platform_id, Ruling.year == year, Ruling.indicator == indicator)
        .execution_options(populate_existing=True)
    )
    if found is None:
        found = Ruling(platform_id=platform_id, year=year, indicator=indicator, version=0)
        session.add(found)
        session.flush()
    return found


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
    stated: Stated = NOTHING,
) -> None:
    row.version += 1
    points = {"old": None if old is None else str(old), "new": None if new is None else str(new)}
    about = {"indicator": row.indicator, **points, "reason": reason, **stated.told}
    journal.record_of(session, row, deed, by, now, platform_id=row.platform_id, **about)
    journal.touch(session, [(row.platform_id, row.year)], now)
