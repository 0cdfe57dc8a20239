"""The cards that a 总表 is made of: ranked among all of their kind, chosen, sorted and cut by the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.platform import Platform
from models.scorecard import MonthScore, ScorecardRow, ScoreLineRow
from models.terms import Stage
from scoring.scheme import Scheme
from scoring.tally import place_of
from scoring.terms import Fact
from wxsvc.queries import holds
from wxsvc.services.counting import amendments
from wxsvc.services.reports.ranks import RANK
from wxsvc.services.years import day_of

_WAITS: Final = {"submitted": Stage.SUBMITTED, "returned": Stage.RETURNED, "unsubmitted": Stage.PUBLISHED}
_OF_THE_CARD: Final = sa.and_(
    ScoreLineRow.platform_id == ScorecardRow.platform_id, ScoreLineRow.year == ScorecardRow.year
)
_OF_CARD: Final = (
    "base",
    "bonus",
    "total",
    "awaited",
    "tally",
    "pending_stages",
    "readings",
    "as_of",
    "is_assessed",
)
"""Columns of a card that its line is made of."""


class CardPage(NamedTuple):
    """The cards of part ``number`` in their order, each with its platform, its rank and what is said of all that were
    chosen; ``of_all`` is how many cards the kind has."""

    cards: Sequence[Any]
    number: int
    of_all: int


def of(
    session: Session,
    year: int,
    scheme: Scheme,
    now: datetime,
    city: str,
    name: str,
    sort: str,
    number: int,
    per_part: int | None,
) -> CardPage:
    """The cards of a table as :func:`score_tables.of` is asked for it, in one statement; past the end the last part."""
    every = _ranked(session, year, scheme, sort.removeprefix("-"), now)
    chosen = _chosen(every, city, name, sort)
    number = number if per_part else 1
    cards = _cards(session, year, chosen, now, number, per_part)
    if per_part and number > 1 and not cards:
        first = _cards(session, year, chosen, now, 1, 1)
        number = -(-first[0].count // per_part) if first else 1
        cards = _cards(session, year, chosen, now, number, per_part)
    of_all = cards[0].of_all if cards else session.scalar(sa.select(sa.func.count()).select_from(every)) or 0
    return CardPage(cards, number, of_all)


def _ranked(session: Session, year: int, scheme: Scheme, column: str, now: datetime) -> sa.Subquery:
    """Every card of the kind with its rank among all, and the value of the column that it is to be sorted by."""
    return (
        sa.select(ScorecardRow.platform_id, ScorecardRow.as_of, Platform.code, Platform.name, Platform.region_code)
        .add_columns(
            RANK.label("rank"),
            sa.func.count().over().label("of_all"),
            sa.case((amendments.is_amended(ScorecardRow.platform_id, year), 1), else_=0).label("is_amended"),
            _value(session, year, scheme, column, now).label("value"),
        )
        .join(Platform, Platform.id == ScorecardRow.platform_id)
        .where(Platform.kind == scheme.kind, ScorecardRow.year == year)
        .subquery()
    )


def _chosen(every: sa.Subquery, city: str, name: str, sort: str) -> sa.Select[*tuple[Any, ...]]:
    """The cards of a city and of a name, in their order: what is not known is the least, equals stand by their code."""
    card, column = every.c, sort.removeprefix("-")
    orders = {"rank": (card.rank == 0, card.rank), "name": (card.name,), "code": (card.code,)}
    by = orders.get(column, (card.value.is_not(None), card.value))
    order = [each.desc() if sort.startswith("-") else each.asc() for each in by]
    query = sa.select(
        card.platform_id,
        card.rank,
        card.of_all,
        sa.func.count().over().label("count"),
        sa.func.min(card.as_of).over().label("oldest"),
        sa.func.max(card.is_amended).over().label("some_amended"),
        sa.func.row_number().over(order_by=[*order, card.code]).label("place"),
    ).order_by("place")
    if city:
        query = query.where(sa.func.substr(card.region_code, 1, 4) == city[:4])
    return query.where(holds(card.name, name)) if name else query


def _value(session: Session, year: int, scheme: Scheme, column: str, now: datetime) -> Any:
    """What a card has in a column of the table; nothing in one that there is not."""
    card, line = ScorecardRow, ScoreLineRow
    match column:
        case "base" | "bonus" | "total" | "awaited":
            return getattr(card, column)
        case "filled":
            return card.total + card.awaited
        case "ruled":
            return _ruled(scheme)
        case "counted":
            return card.base - _ruled(scheme)
        case "amended":
            changed = amendments.amended_cards(session, year).items()
            totals = {platform_id: sa.literal(each.total, card.total.type) for platform_id, each in changed}
            return sa.case(totals, value=card.platform_id, else_=card.total) if totals else card.total
        case "month":
            kept = aliased(MonthScore)
            return card.total - sa.select(kept.total).where(_of_last_month(kept, card, year, now)).scalar_subquery()
        case "year":
            before = aliased(ScorecardRow)
            return card.total - sa.select(before.total).where(_of_last_year(before, card, year)).scalar_subquery()
        case "participations":
            counted = scheme.counting(Fact.ACTIVITY_PARTICIPATIONS)
            return _sum(card.tally[place_of(fact)] for fact in (counted.counts if counted else ()))
        case "submitted" | "returned" | "unsubmitted":
            return _sum([card.pending_stages[_WAITS[column].value, Fact.ACTIVITY_PARTICIPATIONS.value]])
        case _ if column in {each.code for each in scheme.indicators}:
            return sa.select(line.points).where(_OF_THE_CARD, line.code == column).scalar_subquery()
    return sa.null()


def _ruled(scheme: Scheme) -> sa.ColumnElement[Decimal]:
    """评定得分 of a card."""
    line = ScoreLineRow
    given = sa.select(sa.func.sum(line.points)).where(_OF_THE_CARD, line.code.in_(scheme.rulings)).scalar_subquery()
    return sa.func.coalesce(given, sa.literal(Decimal(0), line.points.type))


def _sum(counts: Iterable[Any]) -> sa.ColumnElement[int]:
    """Counts in a column of JSON together; what is not there is none."""
    return sum((sa.func.coalesce(each.as_integer(), 0) for each in counts), sa.literal(0))


def _cards(
    session: Session,
    year: int,
    chosen: sa.Select[*tuple[Any, ...]],
    now: datetime,
    number: int,
    per_part: int | None,
) -> Sequence[Any]:
    """The cards of a part in their order, each with its platform, its rank and what is said of all of them."""
    part = (chosen.limit(per_part).offset((number - 1) * per_part) if per_part else chosen).subquery()
    before, kept = aliased(ScorecardRow), aliased(MonthScore)
    own = (getattr(ScorecardRow, name) for name in _OF_CARD)
    query = (
        sa.select(Platform, *own, before.total.label("last_year"), kept.total.label("last_month"))
        .add_columns(*(part.c[name] for name in ("rank", "of_all", "count", "oldest", "some_amended")))
        .select_from(part)
        .join(Platform, Platform.id == part.c.platform_id)
        .join(ScorecardRow, sa.and_(ScorecardRow.platform_id == part.c.platform_id, ScorecardRow.year == year))
    )
    own_former = former(query, part.c, before, kept, year, now)
    found: Sequence[Any] = session.execute(own_former.order_by(part.c.place)).all()
    return found


def former(query: Any, of: Any, before: Any, kept: Any, year: int, now: datetime) -> Any:
    """The query with the cards of the year before, and the totals of the end of the last month, where they are kept."""
    of_year, of_month = _of_last_year(before, of, year), _of_last_month(kept, of, year, now)
    return query.outerjoin(before, of_year).outerjoin(kept, of_month)


def _of_last_year(before: Any, of: Any, year: int) -> sa.ColumnElement[bool]:
    return sa.and_(before.platform_id == of.platform_id, before.year == year - 1)


def _of_last_month(kept: Any, of: Any, year: int, now: datetime) -> sa.ColumnElement[bool]:
    month = _month_before(day_of(now))
    return sa.and_(kept.platform_id == of.platform_id, kept.year == year, kept.month == month)


def _month_before(day: date) -> str:
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"
