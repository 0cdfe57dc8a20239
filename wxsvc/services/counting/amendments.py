"""更正: a line of a sealed scorecard is put right by two people, with a reason; the sealed card itself stays as it is.

An amendment belongs to the snapshot that was sealed. Unsealed, the snapshot takes its amendments along: what they said
is then mended in the records themselves. Pages and documents show what was sealed, what holds since, and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.terms import NoticePurpose
from models.year_end import Amendment, PlatformSnapshot
from scoring.scheme import Scheme
from scoring.scheme_files import parse_scheme
from scoring.terms import Group
from scoring.words import points_text
from wxsvc.services import journal, notices, outbox
from wxsvc.services.actor import Actor
from wxsvc.services.counting import score_trace, snapshots
from wxsvc.services.demands import must_fit, must_have_reason
from wxsvc.services.locks import insert_once, lock
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find

LONGEST: Final = 500
GRAIN: Final = Decimal("0.001")
"""Points of an amendment are written to the thousandth, as the finest reading gives them: 1.5 for a hundred, 按比例."""


class Amended(Struct, frozen=True):
    """One amendment as pages and documents show it: the line's name, before, after, why, and whose."""

    row: Amendment
    platform: Platform
    year: int
    line: str

    @property
    def is_in_force(self) -> bool:
        """Confirmed by the second person."""
        return self.row.confirmed_at is not None


class SealedLine(Struct, frozen=True):
    """A line of a sealed card: what was sealed, and what holds since the amendments; the same without any."""

    code: str
    name: str
    group: Group
    full: Decimal
    working: str
    sealed: Decimal
    holds: Decimal


class SealedCard(Struct, frozen=True):
    """A sealed card and what the amendments in force make of it; ``total_sealed`` and ``total`` are the two sums."""

    snapshot: PlatformSnapshot
    lines: tuple[SealedLine, ...]
    base_sealed: Decimal
    bonus_sealed: Decimal
    base: Decimal
    bonus: Decimal

    @property
    def total_sealed(self) -> Decimal:
        """合计 as it was sealed."""
        return self.base_sealed + self.bonus_sealed

    @property
    def total(self) -> Decimal:
        """合计 as it holds now."""
        return self.base + self.bonus


def propose(
    session: Session, platform_id: int, year: int, code: str, after: Decimal, reason: str, by: Actor, now: datetime
) -> Amendment:
    """One official proposes what a line should have; what it has now is its ``before``; officials are told. Idempotent.

    Raises ``Refused``: ``year_not_sealed``, ``no_such_line``, ``reason_needed``, ``reason_too_long``,
    ``points_not_allowed``, ``amendment_no_change``, ``amendment_waits`` while another of the line is not
    decided.
    """
    snapshot = _held(session, platform_id, year, by)
    given = must_have_reason(reason)
    if len(given) > LONGEST:
        raise Refused("reason_too_long", most=LONGEST)
    found = card_of(session, snapshot)
    line = next((line for line in found.lines if line.code == code), None)
    if line is None:
        raise Refused("no_such_line")
    _must_change(line, after)
    is_new = insert_once(
        session,
        Amendment,
        snapshot_id=snapshot.id,
        code=code,
        before=line.holds,
        after=after,
        reason=given,
        proposed_at=now,
        proposed_by=by.person_id,
    )
    waiting = sa.select(Amendment).where(
        Amendment.snapshot_id == snapshot.id, Amendment.code == code, Amendment.is_waiting
    )
    row = session.scalars(waiting).one()
    if is_new:
        _note(session, row, snapshot, "proposed", by, now)
        platform = session.get_one(Platform, platform_id)
        facts = _facts(row, year, line, "amendment_proposed") | {"platform": platform.name, "code": platform.code}
        notices.tell(session, NoticePurpose.SEALED, _proposal(row), facts, now, but=by.person_id)
    elif (row.after, row.reason) != (after, given):
        raise Refused("amendment_waits")
    return row


def confirm(session: Session, amendment_id: int, by: Actor, now: datetime) -> Amendment:
    """The second person confirms: it holds from now on, and platform and other systems are told. Idempotent.

    Raises ``Refused``: ``amendment_two_people`` to the one who proposed it, ``amendment_withdrawn``,
    ``amendment_overtaken`` when the year was unsealed or the line amended meanwhile.
    """
    row, snapshot = _of(session, amendment_id, by)
    if row.confirmed_at is not None:
        return row
    if row.withdrawn_at is not None:
        raise Refused("amendment_withdrawn")
    if row.proposed_by == by.person_id:
        raise Refused("amendment_two_people")
    found = card_of(session, snapshot)
    if not snapshot.is_current or all((line.code, line.holds) != (row.code, row.before) for line in found.lines):
        raise Refused("amendment_overtaken")
    row.confirmed_at, row.confirmed_by = now, by.person_id
    session.flush()
    _note(session, row, snapshot, "confirmed", by, now)
    line = next(line for line in found.lines if line.code == row.code)
    facts = _facts(row, snapshot.year, line, "amended")
    key = f"amendment:{row.id}"
    outbox.take_back(session, _proposal(row), now)
    notices.tell(session, NoticePurpose.SEALED, key, facts, now, platform_id=snapshot.platform_id)
    score_trace.tell_systems(session, [snapshot.platform_id], snapshot.year, now)
    return row


def _proposal(row: Amendment) -> str:
    """The key of the notice to whoever may confirm it; taken back once nobody need."""
    return f"amendment:{row.id}:proposed"


def _facts(row: Amendment, year: int, line: SealedLine, deed: str) -> dict[str, Any]:
    points = {"before": points_text(row.before), "after": points_text(row.after)}
    return {"deed": deed, "year": year, "line": line.name, **points}


def withdraw(session: Session, amendment_id: int, by: Actor, now: datetime) -> Amendment:
    """不予更正 or 撤回, by either person before it is confirmed; idempotent. ``Refused("amendment_confirmed")``."""
    row, snapshot = _of(session, amendment_id, by)
    if row.confirmed_at is not None:
        raise Refused("amendment_confirmed")
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = now, by.person_id
        session.flush()
        _note(session, row, snapshot, "withdrawn", by, now)
        outbox.take_back(session, _proposal(row), now)
    return row


def of_year(session: Session, year: int, *, is_in_force: bool = True) -> list[Amended]:
    """更正 of what is sealed of the year, the oldest first; with ``is_in_force`` False those that wait, too."""
    query = _query().where(PlatformSnapshot.year == year)
    return _amended(session, query, is_in_force=is_in_force)


def of_platform(session: Session, platform_id: int, year: int) -> list[Amended]:
    """One platform's, confirmed and waiting, the oldest first."""
    query = _query().where(PlatformSnapshot.year == year, PlatformSnapshot.platform_id == platform_id)
    return _amended(session, query, is_in_force=False)


def amended_cards(session: Session, year: int) -> dict[int, SealedCard]:
    """The sealed cards of the year that an amendment in force has changed, by platform; one query where none has."""
    in_force = sa.select(Amendment.snapshot_id).where(Amendment.confirmed_at.is_not(None))
    query = sa.select(PlatformSnapshot).where(*_sealed(year), PlatformSnapshot.id.in_(in_force))
    return {row.platform_id: card_of(session, row) for row in session.scalars(query)}


def is_amended(platform_id: sa.SQLColumnExpression[int], year: int) -> sa.ColumnElement[bool]:
    """Whether an amendment in force has changed the sealed card of a query's platform."""
    of_platform = (PlatformSnapshot.platform_id == platform_id, Amendment.snapshot_id == PlatformSnapshot.id)
    return sa.exists().where(*_sealed(year), *of_platform, Amendment.confirmed_at.is_not(None))


def holding(row: Any, points: sa.SQLColumnExpression[Decimal]) -> sa.ColumnElement[Decimal]:
    """What a query's line has now: of a sealed card by its last amendment in force, else its ``points``.

    ``row`` is the table whose ``platform_id``, ``year`` and ``code`` name the line.
    """
    of_card = (PlatformSnapshot.platform_id == row.platform_id, PlatformSnapshot.year == row.year)
    amended = (
        sa.select(Amendment.after)
        .join(PlatformSnapshot, PlatformSnapshot.id == Amendment.snapshot_id)
        .where(*of_card, PlatformSnapshot.is_current, Amendment.code == row.code, Amendment.confirmed_at.is_not(None))
        .order_by(Amendment.id.desc())
        .limit(1)
        .correlate_except(Amendment, PlatformSnapshot)
        .scalar_subquery()
    )
    return sa.func.coalesce(amended, points)


def in_force_of(session: Session, platform_id: int, year: int) -> list[Amended]:
    """One platform's that hold, the oldest first."""
    query = _query().where(PlatformSnapshot.year == year, PlatformSnapshot.platform_id == platform_id)
    return _amended(session, query, is_in_force=True)


def card(session: Session, platform_id: int, year: int) -> SealedCard | None:
    """What was sealed of a platform's year and what holds since; None where no snapshot is sealed."""
    snapshot = snapshots.current_of(session, platform_id, year)
    return card_of(session, snapshot) if snapshot is not None else None


def card_of(session: Session, snapshot: PlatformSnapshot) -> SealedCard:
    """A snapshot's card with its amendments in force; the bonus rows share their cap as ever."""
    content = json.loads(snapshot.document)
    scheme = _scheme(content)
    query = sa.select(Amendment.code, Amendment.after).where(
        Amendment.snapshot_id == snapshot.id, Amendment.confirmed_at.is_not(None)
    )
    holds = {row.code: row.after for row in session.execute(query.order_by(Amendment.id))}
    lines = tuple(_lines(content["card"]["lines"], scheme, holds))

    def total(points: Iterable[SealedLine]) -> Decimal:
        return sum((line.holds for line in points), Decimal(0))

    return SealedCard(
        snapshot,
        lines,
        Decimal(content["card"]["base"]),
        Decimal(content["card"]["bonus"]),
        total(line for line in lines if line.group is not Group.BONUS),
        min(total(line for line in lines if line.group is Group.BONUS), scheme.bonus_cap),
    )


def _sealed(year: int) -> tuple[sa.ColumnExpressionArgument[bool], ...]:
    return (PlatformSnapshot.year == year, PlatformSnapshot.is_current)


def _lines(kept: Iterable[dict[str, Any]], scheme: Scheme, holds: dict[str, Decimal]) -> Iterable[SealedLine]:
    for each in kept:
        yield SealedLine(
            code=each["code"],
            name=scheme.indicator(each["code"]).name,
            group=Group(each["group"]),
            full=Decimal(each["full"]),
            working=each["working"],
            sealed=Decimal(each["points"]),
            holds=holds.get(each["code"], Decimal(each["points"])),
        )


def _scheme(content: dict[str, Any]) -> Scheme:
    return parse_scheme(content["scheme"]["name"], content["scheme"]["text"])


def _query() -> sa.Select[Amendment, PlatformSnapshot, Platform]:
    return (
        sa.select(Amendment, PlatformSnapshot, Platform)
        .join(PlatformSnapshot, PlatformSnapshot.id == Amendment.snapshot_id)
        .join(Platform, Platform.id == PlatformSnapshot.platform_id)
        .where(PlatformSnapshot.is_current)
        .order_by(Amendment.id)
    )


def _amended(
    session: Session, query: sa.Select[Amendment, PlatformSnapshot, Platform], *, is_in_force: bool
) -> list[Amended]:
    if is_in_force:
        query = query.where(Amendment.confirmed_at.is_not(None))
    else:
        query = query.where(Amendment.withdrawn_at.is_(None))
    return [
        Amended(row, platform, snapshot.year, _scheme(json.loads(snapshot.document)).indicator(row.code).name)
        for row, snapshot, platform in session.execute(query)
    ]


def must_fit_line(session: Session, platform_id: int, year: int, code: str, after: Decimal) -> None:
    """What :func:`propose` asks of the points, for a page that tells every fault at once."""
    snapshot = snapshots.current_of(session, platform_id, year)
    lines = card_of(session, snapshot).lines if snapshot is not None else ()
    for line in lines:
        if line.code == code:
            _must_change(line, after)


def _must_change(line: SealedLine, after: Decimal) -> None:
    must_fit(after, line.full, GRAIN)
    if after == line.holds:
        raise Refused("amendment_no_change")


def _held(session: Session, platform_id: int, year: int, by: Actor) -> PlatformSnapshot:
    """What is sealed, under the platform-year's lock; only a person of the province amends."""
    by.must_be_an_official()
    find(session, Platform, platform_id)
    lock(session, platform_id, year)
    snapshot = snapshots.current_of(session, platform_id, year)
    if snapshot is None:
        raise Refused("year_not_sealed", year=year)
    return snapshot


def _of(session: Session, amendment_id: int, by: Actor) -> tuple[Amendment, PlatformSnapshot]:
    by.must_be_an_official()
    row = find(session, Amendment, amendment_id)
    snapshot = session.get_one(PlatformSnapshot, row.snapshot_id)
    lock(session, snapshot.platform_id, snapshot.year)
    session.refresh(row)
    session.refresh(snapshot)
    return row, snapshot


def _note(session: Session, row: Amendment, snapshot: PlatformSnapshot, deed: str, by: Actor, now: datetime) -> None:
    before, after = points_text(row.before), points_text(row.after)
    change: dict[str, Any] = {"indicator": row.code, "before": before, "after": after, "reason": row.reason}
    journal.record_year(session, f"amendment.{deed}", snapshot.platform_id, snapshot.year, by, now, **change)
