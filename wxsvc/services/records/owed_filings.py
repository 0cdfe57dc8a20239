"""报送 of many platforms at once: what each owes, who has handed it in, and how each obligation stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Filing
from models.terms import HANDED_IN
from scoring.deadlines import Deadline
from scoring.readings import Readings
from scoring.terms import Obligation
from wxsvc.plain_rows import plain_rows
from wxsvc.services import years
from wxsvc.services.records import filings
from wxsvc.services.records.filings import FilingStatus
from wxsvc.services.regulation import calendars, readings

_HANDED_IN: Final = (
    sa.select(Filing.obligation, Filing.period)
    .add_columns(sa.func.aggregate_strings(sa.cast(Filing.platform_id, sa.String), ",").label("platform_ids"))
    .where(Filing.year.in_(sa.bindparam("years")), Filing.platform_id.in_(sa.bindparam("platforms")))
    .where(Filing.stage.in_(HANDED_IN))
    .group_by(Filing.obligation, Filing.period)
)


def of_platforms(session: Session, found: Sequence[Any], year: int, now: datetime) -> dict[int, list[FilingStatus]]:
    """:func:`filings.state` of many platforms at once, in a handful of queries; nothing where nothing is assessed.

    ``filing`` of each is a row of :func:`filings.claims_of`.
    """
    claims = filings.claims_of(session, (each.id for each in found), year)
    return {
        platform_id: filings.standings(owed, claims.get(platform_id, {}), by, year, now)
        for (owed, by), ids in owing(session, found, year).items()
        for platform_id in ids
    }


Owing: TypeAlias = Mapping[tuple[tuple[Deadline, ...], Readings], Sequence[int]]
"""The platforms by what they owe and the readings that they are judged by: most of them the same."""


def owing(session: Session, found: Iterable[Any], year: int) -> Owing:
    """What these platforms owe, or rows with their columns, in a handful of queries.

    Raises :class:`scoring.scheme_files.NoSchemeError` for a year before the first rules.
    """
    every = list(found)
    periods = years.assessment_periods(session, every, year)
    in_force = readings.in_force_by_kind(session, year, {each.kind for each in every})
    sealed = readings.of_sealed(session, year)
    alike: dict[tuple[years.AssessmentPeriod, Readings], list[int]] = defaultdict(list)
    for each in every:
        alike[periods[each.id], sealed.get(each.id, in_force[each.kind])].append(each.id)
    named = calendars.named_days(session)
    owed: dict[tuple[tuple[Deadline, ...], Readings], list[int]] = defaultdict(list)
    for (period, by), ids in alike.items():
        owed[filings.owed_by(period, year, named, by), by] += ids
    return dict(owed)


def handed_in(session: Session, owed: Owing) -> dict[tuple[Obligation, str], set[int]]:
    """Which platforms have handed in each obligation of those that they owe; one query.

    One text for each obligation: a row for each of thousands of filings would cost more than what it says.
    """
    given = {
        "platforms": [platform_id for ids in owed.values() for platform_id in ids],
        "years": sorted({due.nominal_on.year for deadlines, _ in owed for due in deadlines}),
    }
    rows = plain_rows(session, _HANDED_IN, given) if given["years"] else ()
    return {(row.obligation, row.period): set(map(int, row.platform_ids.split(","))) for row in rows}
