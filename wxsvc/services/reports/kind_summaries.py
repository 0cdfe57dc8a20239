"""得分概况: one kind of platform in a few figures, as the account's menu tells it to the province."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.scorecard import ScorecardRow
from scoring.tally import Tally
from scoring.terms import Fact, PlatformKind
from wxsvc.services.counting.facts import CATEGORY_FACT
from wxsvc.services.counting.scorecards import Pending, pending_of


class KindSummary(Struct, frozen=True):
    """One kind of platform in a few figures: what counted, the range of the totals, and what is still open.

    ``participations`` (家次), ``activities`` (次) and ``needs`` (条) are the counted facts of all its platforms.
    """

    kind: PlatformKind
    platforms: int
    lowest: Decimal
    median: Decimal
    highest: Decimal
    awaited: Decimal
    participations: int
    activities: int
    needs: int
    pending: Pending
    as_of: datetime


def of_year(session: Session, year: int) -> list[KindSummary]:
    """Each kind that has a card in the year: one query, whatever waits."""
    cards = session.execute(
        sa.select(Platform.kind, ScorecardRow)
        .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .where(ScorecardRow.year == year)
    ).all()
    of_kind = {kind: [card for each, card in cards if each is kind] for kind in PlatformKind}
    return [_summary(kind, found) for kind, found in of_kind.items() if found]


def _summary(kind: PlatformKind, cards: Sequence[ScorecardRow]) -> KindSummary:
    totals = [card.total for card in cards]
    tallies = [Tally.from_dict(card.tally) for card in cards]
    waits = [pending_of(card, (Fact.ACTIVITY_PARTICIPATIONS,)) for card in cards]

    def counted(facts: Iterable[str]) -> int:
        return sum(tally.count(fact) for tally in tallies for fact in facts)

    return KindSummary(
        kind=kind,
        platforms=len(cards),
        lowest=min(totals),
        median=median(totals),
        highest=max(totals),
        awaited=sum((card.awaited for card in cards), Decimal(0)),
        participations=counted(tallies[0].scheme.indicator("participations").counts),
        activities=counted(CATEGORY_FACT.values()),
        needs=counted((Fact.NEEDS,)),
        pending=Pending(
            sum(each.submitted for each in waits),
            sum(each.returned for each in waits),
            sum(each.unsubmitted for each in waits),
        ),
        as_of=min(card.as_of for card in cards),
    )
