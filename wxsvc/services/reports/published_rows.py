"""明细 and 未计入: the rows behind the cards of a publication, one platform after the other, in the same snapshot.

家次 are told enterprise by enterprise where those who count now are as many as the record's row says; in a sealed year
of which an enterprise was merged since, the row of the record stands alone, as it was sealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy.orm import Session

from models.terms import Subject
from scoring.scheme import Indicator
from wxsvc.services.counting import left_out, sealed_rows, told_apart
from wxsvc.services.counting.facts import CountStatus, FactRow, facts
from wxsvc.services.reports.publications import Publication, PublishedCard


class PublishedRow(Struct, frozen=True):
    """One row: of a record, or of one enterprise in it (``name``, ``uscc``), with what it adds in the line's unit."""

    card: PublishedCard
    indicator: Indicator | None
    row: FactRow
    amount: int
    name: str | None = None
    uscc: str | None = None


def counted(session: Session, publication: Publication, card: PublishedCard) -> Iterator[PublishedRow]:
    """明细: every row of one platform that counts; by indicator they add up to what its lines count.

    What a reading (口径) keeps out of the points stands under :func:`not_counted`.
    """
    rows = [row for row in _rows(session, publication, card) if row.standing is CountStatus.COUNTED and row.amount]
    behind = _enterprises(session, card, rows)
    for line in card.lines:
        own = line.indicator.counted_under(card.row.rests_on)
        for row in (row for row in rows if row.fact in own):
            told = behind.get((row.fact, row.subject_id), [])
            if len(told) == row.amount:
                yield from (PublishedRow(card, line.indicator, row, 1, *each) for each in told)
            else:
                yield PublishedRow(card, line.indicator, row, row.amount)


def not_counted(session: Session, publication: Publication, card: PublishedCard) -> Iterator[PublishedRow]:
    """未计入: every row of one platform that adds nothing, with the codes of its reasons."""
    rows = sealed_rows.of(session, card.platform.id, publication.year, is_left_out=True)
    if rows is None:
        rows = left_out.of(session, card.platform, publication.year, card.row.rests_on)
    for row in rows:
        found = (line.indicator for line in card.lines if row.fact in line.indicator.counts)
        yield PublishedRow(card, next(found, None), row, row.amount)


def _rows(session: Session, publication: Publication, card: PublishedCard) -> list[FactRow]:
    kept = sealed_rows.of(session, card.platform.id, publication.year)
    return facts(session, card.platform, publication.year, card.row.rests_on) if kept is None else kept


def _enterprises(
    session: Session, card: PublishedCard, rows: list[FactRow]
) -> dict[tuple[str, int], list[tuple[str, str | None]]]:
    """Who stands behind each record that is counted in 家次: names and codes, by fact and record."""
    keys: dict[tuple[str, Subject], list[int]] = defaultdict(list)
    for row in rows:
        if row.fact in told_apart.FACTS:
            keys[row.fact, row.subject].append(row.subject_id)
    found: dict[tuple[str, int], list[tuple[str, str | None]]] = defaultdict(list)
    for (fact, subject), ids in keys.items():
        for record_id, name, uscc in told_apart.counted(session, card.platform, card.row.rests_on, subject, ids):
            found[fact, record_id].append((name, uscc))
    return found
