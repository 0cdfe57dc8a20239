"""The truth of one platform-year, as rows: what counts, what waits for review, what does not count and why.

The tally is the sum of these rows and a page shows the very same rows, so a number and its list cannot disagree.

A query reads the records of calendar years, of all platforms that are judged alike at once; the assessment period
(考评期) then decides, here and for all kinds, which of them a year counts. A period that crosses the year's end reads
both calendar years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.platform import Platform
from models.terms import Subject
from scoring.readings import Readings
from scoring.scheme import Scheme, SchemeError
from wxsvc.queries import remembered
from wxsvc.services import years
from wxsvc.services.counting import activity_counts, alike, record_counts
from wxsvc.services.counting.activity_counts import CATEGORY_FACT as CATEGORY_FACT
from wxsvc.services.counting.alike import PLATFORMS, YEARS, Judged
from wxsvc.services.counting.fact_rows import CountStatus as CountStatus
from wxsvc.services.counting.fact_rows import FactRow as FactRow
from wxsvc.services.counting.fact_rows import sums as sums
from wxsvc.services.counting.record_counts import RecordCount
from wxsvc.services.years import AssessmentPeriod


def facts(
    session: Session, platform: Platform, year: int, readings: Readings, period: AssessmentPeriod | None = None
) -> list[FactRow]:
    """Every row that may count for this platform in this year, read from the truth; its ``period`` may be at hand."""
    period = period or years.assessment_period(session, platform.id, year)
    return of_all(session, [Judged(platform, readings, period)], year)[platform.id]


def of_all(session: Session, found: Sequence[Judged], year: int) -> dict[int, list[FactRow]]:
    """The same of many platforms, by their ids, in a handful of statements however many there are."""
    return _assessed(session, found, year, record_counts.COUNTS)


def of_facts(
    session: Session,
    platform: Platform,
    year: int,
    readings: Readings,
    wanted: Iterable[str],
    period: AssessmentPeriod | None = None,
) -> list[FactRow]:
    """The rows of some facts alone, as of one line; the queries of the others are not asked."""
    names = {str(fact) for fact in wanted}
    own = [count for count in record_counts.COUNTS if names & {str(fact) for fact in count.facts}]
    period = period or years.assessment_period(session, platform.id, year)
    rows = _assessed(
        session, [Judged(platform, readings, period)], year, own, takes_activities=bool(names & _OF_ACTIVITIES)
    )
    return [row for row in rows[platform.id] if str(row.fact) in names]


def of_kind(session: Session, platform: Platform, year: int, readings: Readings, subject: Subject) -> list[FactRow]:
    """The rows of one kind of record alone; none where such records are not counted."""

    def asked() -> list[FactRow]:
        own = [count for count in record_counts.COUNTS if count.subject is subject]
        judged = Judged(platform, readings, years.assessment_period(session, platform.id, year))
        rows = _assessed(session, [judged], year, own, takes_activities=subject is Subject.ACTIVITY)
        return rows[platform.id]

    return remembered(session, ("facts of a kind", platform.id, year, readings, subject), asked)


def _assessed(
    session: Session,
    found: Sequence[Judged],
    year: int,
    counts: Sequence[RecordCount],
    *,
    takes_activities: bool = True,
) -> dict[int, list[FactRow]]:
    """考评期为每年度1月1日-12月31日: what lies outside does not count, an activity by its end, a record by its day."""
    rows: dict[int, list[FactRow]] = {each.platform.id: [] for each in found}
    of = {each.platform.id: (each.period, frozenset(each.calendar_years(year))) for each in found}
    for platform_id, in_years, row in _told(session, found, year, counts, takes_activities=takes_activities):
        period, own_years = of[platform_id]
        if year not in in_years and (own_years.isdisjoint(in_years) or (row.day and row.day.year not in in_years)):
            continue  # what names another year than its day's counts in that one alone
        if row.day is None or period.holds(row.day) or "awarded_in_another_year" in row.reasons:
            rows[platform_id].append(row)
        elif year in in_years:
            outside = replace(row, standing=CountStatus.NOT_COUNTED, reasons=(*row.reasons, "outside_period"))
            rows[platform_id].append(outside)
    return rows


def _told(
    session: Session, found: Sequence[Judged], year: int, counts: Sequence[RecordCount], *, takes_activities: bool
) -> Iterator[tuple[int, tuple[int, ...], FactRow]]:
    """The rows of all calendar years that any of them looks at."""

    def given(alike_ones: Sequence[Judged]) -> dict[str, list[int]]:
        calendar_years = {each for one in alike_ones for each in one.calendar_years(year)}
        return {PLATFORMS.key: [each.platform.id for each in alike_ones], YEARS.key: sorted(calendar_years)}

    if takes_activities:
        by = {each.platform.id: each.readings for each in found}
        for way, alike_ones in alike.grouped(found, alike.way_at_activities).items():
            yield from activity_counts.rows(session, way, given(alike_ones), by)
    for way, alike_ones in alike.grouped(found).items():
        periods = {each.platform.id: each.period for each in alike_ones}
        yield from record_counts.rows(session, way, given(alike_ones), counts, periods)


_OF_ACTIVITIES = {str(fact) for fact in activity_counts.FACTS}


def must_be_countable(scheme: Scheme) -> None:
    """Every fact that a table counts is yielded by some query. Raises SchemeError, naming table, line and fact."""
    known = {*activity_counts.FACTS, *(fact for count in record_counts.COUNTS for fact in count.facts)}
    for line in scheme.indicators:
        if unknown := set(line.counts) - known:
            raise SchemeError(f"{scheme.name}: {line.code}: no query counts {', '.join(sorted(unknown))}")
