"""What activities are counted as: each its 家次, and itself as one 次 of its category."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.terms import Stage, Subject
from scoring.readings import Readings
from scoring.terms import ActivityCategory, Fact, Part
from wxsvc.plain_rows import plain_rows
from wxsvc.services.counting import activity_rows, alike
from wxsvc.services.counting.alike import MIDNIGHTS, YEARS, Way
from wxsvc.services.counting.fact_rows import CountStatus, FactRow, standing_of
from wxsvc.services.years import last_day_of

CATEGORY_FACT: Final = {category: Fact(f"activities.{category.value}") for category in ActivityCategory}
FACTS: Final = (Fact.ACTIVITY_PARTICIPATIONS, *CATEGORY_FACT.values())


def rows(
    session: Session, way: Way, given: Mapping[str, Any], by: Mapping[int, Readings]
) -> Iterator[tuple[int, tuple[int, ...], FactRow]]:
    """Two rows of each activity, with whose they are and the calendar years that the activity belongs to.

    ``by`` are the readings of each platform.
    """
    midnights = [alike.midnight_after(year) for year in given[YEARS.key]]
    for row in plain_rows(session, _query(way), {**given, MIDNIGHTS.key: midnights}):
        day = last_day_of(row.ends_at)
        is_at_midnight = row.ends_at == alike.midnight_after(day.year)
        in_years = (row.year, day.year) if is_at_midnight else (row.year,)
        for told in _told(row, day, by[row.platform_id]):
            yield row.platform_id, in_years, told


@lru_cache(maxsize=64)
def _query(way: Way) -> sa.Select[*tuple[Any, ...]]:
    """An activity that ended at 24:00 on 31 December, too: an earlier release wrote it down under the next year."""
    of_years = sa.or_(Activity.year.in_(YEARS), Activity.ends_at.in_(MIDNIGHTS))
    return activity_rows.query(way, of_years, alike.is_countable(Activity.stage))


def _told(row: Any, day: Any, readings: Readings) -> Iterable[FactRow]:
    """平台主办、承办: what the platform only assists (协办) adds no 家次 unless ``assist_counts`` says so."""
    stage = Stage.SUBMITTED if row.stage is Stage.APPROVED and row.awaits_review else row.stage
    standing = standing_of(stage)

    def made(fact: str, amount: int, reasons: tuple[str, ...], lacks: tuple[str, ...] = ()) -> FactRow:
        own = CountStatus.NOT_COUNTED if reasons else standing
        return FactRow(fact, amount, own, Subject.ACTIVITY, row.id, row.title, day, reasons, stage, lacks)

    unconfirmed = () if row.confirmed_at is not None else ("part_unconfirmed",)
    assists = row.part is Part.ASSIST and not readings.assist_counts
    yield made(
        Fact.ACTIVITY_PARTICIPATIONS, row.enterprises, unconfirmed + (("reading_assist_counts",) if assists else ())
    )
    lacks = activity_rows.lacks(row, readings)
    # An activity still under review may become complete: until it is approved, what it lacks is advice.
    reasons = (
        unconfirmed
        + _part_counts(row)
        + (tuple(f"lacks_{code}" for code in lacks) if row.stage is Stage.APPROVED else ())
    )
    yield made(CATEGORY_FACT[row.category], 1, reasons, lacks)


def _part_counts(row: Any) -> tuple[str, ...]:
    """主办 and 承办 count for all categories; 协办 for 其他 alone (平台组织开展), once its evidence is accepted."""
    if row.part is not Part.ASSIST:
        return ()
    if row.category is not ActivityCategory.OTHER:
        return ("assist_in_named_category",)
    if row.assist_accepted_at is not None:
        return ()
    return ("assist_refused",) if row.assist_refusal is not None else ("assist_not_accepted",)
