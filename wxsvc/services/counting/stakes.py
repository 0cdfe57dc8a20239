"""通过后的得分变化: what approving one item that waits for review would bring, “通过后 +2（10→12）”.

The outlook's engine scores the card with the item's own facts added. That happens with every fold, when card and rows
are at hand anyway; a record's page looks it up here, and the queue joins the table. So thousands of items cost one
statement, and an item whose card was never folded has no stake rather than a wrong one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import ScorecardRow, StakeRow
from models.terms import RecordKey, Stage
from scoring.outlook import with_pending
from scoring.readings import Readings
from scoring.scheme_files import scheme_for
from scoring.scorecard import score
from scoring.tally import Tally
from scoring.words import points_text
from wxsvc.plain_rows import plain_rows
from wxsvc.services.counting.facts import CountStatus, FactRow


class Moved(Struct, frozen=True):
    """One line of the card that would move."""

    name: str
    before: Decimal
    after: Decimal


class Stake(Struct, frozen=True):
    """What one approval would bring one platform: ``gain`` of its total (caps included), and the lines that move."""

    platform: Platform
    gain: Decimal
    lines: tuple[Moved, ...]


def of_record(
    session: Session, key: RecordKey, platform_id: int, year: int
) -> tuple[Readings | None, tuple[Stake, ...]]:
    """The stakes of one item, and the readings of its own platform's card: None where it was never folded."""
    at_stake = sa.and_(StakeRow.subject == key[0].value, StakeRow.subject_id == key[1])
    query = (
        sa.select(ScorecardRow.readings, StakeRow, Platform)
        .select_from(ScorecardRow)
        .outerjoin(StakeRow, at_stake)
        .outerjoin(Platform, Platform.id == StakeRow.platform_id)
        .where(ScorecardRow.platform_id == platform_id, ScorecardRow.year == year)
        .order_by(StakeRow.platform_id != platform_id, StakeRow.platform_id)
    )
    rows = session.execute(query).all()
    if not rows:
        return None, ()
    stakes = tuple(_stake(row, platform) for _, row, platform in rows if row is not None)
    return Readings.from_words(rows[0][0]), stakes


def _stake(row: StakeRow, platform: Platform) -> Stake:
    scheme = scheme_for(platform.kind, row.year)
    lines = (Moved(scheme.indicator(code).name, Decimal(was), Decimal(then)) for code, was, then in row.lines)
    return Stake(platform, row.gain, tuple(lines))


_STORED: Final = (
    sa.select(*StakeRow.__table__.c)
    .where(StakeRow.platform_id.in_(sa.bindparam("platforms")), StakeRow.year == sa.bindparam("of_year"))
    .order_by(StakeRow.subject, StakeRow.subject_id)
)


def stored(session: Session, platform_ids: Collection[int], year: int) -> dict[int, list[dict[str, Any]]]:
    """The rows of the table by platform, in the order of :func:`values`, each by the names of its columns."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in plain_rows(session, _STORED, {"platforms": list(platform_ids), "of_year": year}):
        found.setdefault(row.platform_id, []).append(row._asdict())
    return found


def facts_at_stake(rows: Iterable[FactRow]) -> dict[RecordKey, dict[str, int]]:
    """The facts that each item which waits for review would add once it is approved; none where it would not count.

    An activity that lacks something adds its 家次, and itself as a 次 only once it is complete.
    """
    found: dict[RecordKey, dict[str, int]] = {}
    for row in rows:
        if row.stage is not Stage.SUBMITTED:
            continue
        adds = found.setdefault((row.subject, row.subject_id), {})
        if row.standing is CountStatus.PENDING and not row.lacks and row.amount:
            adds[str(row.fact)] = adds.get(row.fact, 0) + row.amount
    return found


def values(tally: Tally, by: Readings, at_stake: Mapping[RecordKey, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Rows of the table, without platform and year: the card scored anew with each item's facts; equal ones once."""
    if not at_stake:
        return []
    now, scored = score(tally, by), {}
    rows = []
    for (subject, subject_id), adds in sorted(at_stake.items()):
        key = frozenset(adds.items())
        if key not in scored:
            then = score(with_pending(tally, adds), by)
            lines = [
                [line.code, points_text(line.points), points_text(then.line(line.code).points)]
                for line in now.lines
                if then.line(line.code).points != line.points
            ]
            scored[key] = {"gain": then.total - now.total, "lines": lines}
        rows.append({"subject": subject.value, "subject_id": subject_id, **scored[key]})
    return rows
