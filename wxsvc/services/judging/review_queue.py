"""待审事项: what waits for a verdict, doubts first, and how many there are (待审17件，其中9件无疑点，可一并通过).

One queue of everything that waits for the province: submitted records of every kind, approved activities with a part
that was confirmed only afterwards, 协办 whose evidence nobody has decided, and open disputes. What was sent back or not
handed in waits for the platforms: ``waiting_elsewhere``.

The database filters, orders and counts: however many wait, only the numbers and the entries that are shown are read,
and only of these it looks up whose they are, who has them and what they would bring, unless the filter asks for it.
Hints are dear, so the worker keeps them (``kept_hints``); those of a record that came or changed since are found at
once. So chat and page say the same, and no page is slow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.review_desk import WaitingRecord
from models.terms import Stage, Subject
from scoring.terms import PlatformKind
from wxsvc.services import counting_years
from wxsvc.services.actor import Actor
from wxsvc.services.judging import queue_filters, queue_rows, waiting_rows
from wxsvc.services.judging.queue_filters import EVERYTHING, Filter
from wxsvc.services.judging.queue_rows import FoundNow
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.records.hints import Hint
from wxsvc.services.reviewables import MODELS

PAGE: Final = 50
"""Entries on one page of the queue."""
_FIRST: Final = sa.bindparam("first", type_=sa.Integer)
_MOST: Final = sa.bindparam("most", type_=sa.Integer)
_Group: TypeAlias = tuple[str, int | None, str | None, int]
"""A noun, a year, words of hints, and how many of them wait."""


class QueueEntry(NamedTuple):
    """What waits: its key, what it is called, whose it is, since when, what is doubtful, and who has taken it."""

    noun: str
    record_id: int
    version: int
    year: int | None
    title: str
    since: datetime
    hints: tuple[Hint, ...] | None
    """疑点; None where nobody has looked for them yet."""
    platform_id: int
    platform_code: str
    platform_name: str
    platform_kind: PlatformKind
    region_code: str
    taken_by: int | None
    """The person who has it before them."""
    gain: Decimal | None
    """通过后 +n: the points that its platform would gain as its last fold has it; None where no table counts it."""

    @property
    def key(self) -> str:
        """Noun and number, as an address carries them."""
        return f"{self.noun}-{self.record_id}"

    @property
    def is_clean(self) -> bool:
        """无疑点: a record that may be approved together with others."""
        return self.hints == () and self.noun in MODELS

    @property
    def chosen(self) -> Chosen:
        """The record as it is shown now, for approving it together with others."""
        return Chosen(Subject(self.noun), self.record_id, self.version)


class QueueCounts(Struct, frozen=True):
    """How many wait: in all (待审), without doubts (无疑点), of each noun, with each hint; of which years."""

    total: int
    clean: int
    by_noun: Mapping[str, int]
    by_hint: Mapping[Hint, int]
    years: tuple[int, ...]

    @property
    def pages(self) -> int:
        """How many pages they fill; none fill one."""
        return max(1, -(-self.total // PAGE))


class Figures(Struct, frozen=True):
    """The numbers of all that waits, of what a filter takes of it, and of what it would take whatever the noun."""

    everything: QueueCounts
    taken: QueueCounts
    beside: QueueCounts


class QueuePage(Struct, frozen=True):
    """The numbers, and the entries that are shown."""

    figures: Figures
    entries: tuple[QueueEntry, ...]


class Following(Struct, frozen=True):
    """The entry to judge next, and the page that shows it once the one before is judged."""

    entry: QueueEntry
    page: int


def figures(session: Session, by: Actor, now: datetime, part: Filter = EVERYTHING) -> Figures:
    """How many wait for the province, provincial staff only: what chat and page count."""
    return look(session, by, now, part, most=0).figures


def waiting(
    session: Session, by: Actor, now: datetime, part: Filter = EVERYTHING, *, first: int = 0, most: int | None = None
) -> tuple[QueueEntry, ...]:
    """What a filter takes, provincial staff only: see :func:`look`."""
    return look(session, by, now, part, first=first, most=most).entries


def look(
    session: Session,
    by: Actor,
    now: datetime,
    part: Filter = EVERYTHING,
    *,
    first: int = 0,
    most: int | None = None,
    clean_before: bool = False,
) -> QueuePage:
    """The numbers and what a filter takes, provincial staff only: with doubts first, among equals the one that waits
    longest.

    At the ``most`` so many entries, from the ``first`` on, which is 0; of too many the clean ones rather, where they go
    ``clean_before`` the others (then from 0 alone). One statement once hints are kept: it counts all that waits in one
    pass, and finds the entries by the index of their order.
    """
    by.must_review()
    rows = _looked(session, now, part, (), first, most, clean_before)
    is_unlooked = any(row.id is None and row.hints is None and row.noun in waiting_rows.RECORDS for row in rows)
    if is_unlooked and (found := queue_rows.found_now(session)):
        rows = _looked(session, now, part, found, first, most, clean_before)
    groups = [row for row in rows if row.id is None]
    beside = [(row.noun, row.year, row.hints, row.beside) for row in groups if row.beside]
    counted = Figures(
        everything=_counted([(row.noun, row.year, row.hints, row.number) for row in groups]),
        taken=_counted([each for each in beside if part.noun in (None, each[0])]),
        beside=_counted(beside),
    )
    return QueuePage(counted, tuple(_entry(row) for row in rows if row.id is not None))


def _looked(
    session: Session, now: datetime, part: Filter, found: FoundNow, first: int, most: int | None, clean_before: bool
) -> Sequence[Any]:
    """How many there are of each noun, year and hints, and how many of these a filter takes ``beside`` its noun: rows
    without an id. Behind them the entries."""
    given = {queue_rows.MOMENT.key: now, _FIRST.key: first, _MOST.key: most}
    if part == EVERYTHING and not found and most is not None and not clean_before:
        return session.execute(_look_at_everything(has_entries=most > 0), given).all()
    queue = queue_rows.entries(found)
    conditions = queue_filters.conditions(session, queue, replace(part, noun=None), now)
    query = _look(queue, part, conditions, has_entries=most != 0, is_cut=most is not None, clean_before=clean_before)
    return session.execute(query, given).all()


@cache
def _look_at_everything(*, has_entries: bool) -> sa.Select[Any]:
    """The query of the whole queue, kept: pages and the chat ask for it most, and to make it takes as long as its
    answer."""
    queue = queue_rows.entries(())
    return _look(queue, EVERYTHING, (), has_entries=has_entries, is_cut=True, clean_before=False)


def _look(
    queue: sa.Subquery,
    part: Filter,
    conditions: Iterable[sa.ColumnElement[bool]],
    *,
    has_entries: bool,
    is_cut: bool,
    clean_before: bool,
) -> sa.Select[Any]:
    """The query of :func:`_looked`."""
    is_taken, most = sa.and_(sa.true(), *conditions), _MOST if is_cut else None
    page = _in_order(queue, part).where(is_taken, *([queue.c.noun == part.noun] if part.noun is not None else ()))
    if clean_before:
        # Each half in the order of the index.
        halves = (page.where(queue_filters.is_clean(queue) == which).limit(most).subquery() for which in (1, 0))
        both = sa.union_all(*(half.select() for half in halves)).subquery()
        page = sa.select(both).order_by(queue_filters.is_clean(both).desc(), *_places(both))
    page = page.offset(_FIRST).limit(most)
    entries = queue_rows.shown(page.subquery())
    key = {name: queue.c[name] for name in ("noun", "year", "hints")}
    of_group = key | {"since": sa.func.min(queue.c.since)}
    groups = sa.select(
        *(of_group.get(each.name, sa.cast(sa.null(), each.type)).label(each.name) for each in entries.c),
        sa.func.count().label("number"),
        sa.func.count().filter(is_taken).label("beside"),
    ).group_by(*key.values())
    rows = (sa.union_all(groups, sa.select(entries, sa.null(), sa.null())) if has_entries else groups).subquery()
    order = rows.c.id.is_not(None), *queue_filters.order(rows, part), rows.c.year, rows.c.hints
    return sa.select(rows).order_by(*order)


def following(session: Session, key: str, by: Actor, now: datetime, part: Filter) -> Following | None:
    """Which to judge after ``key``: the first behind it, else from the top, that nobody else has taken."""
    by.must_review()
    noun, _, record_id = key.rpartition("-")
    row = _next(session, now, part, by.person_id, noun, int(record_id), ())
    if (row is None or row.is_unlooked) and (found := queue_rows.found_now(session)):
        row = _next(session, now, part, by.person_id, noun, int(record_id), found)
    return Following(_entry(row), row.before // PAGE + 1) if row is not None else None


def noun_of_part(session: Session, activity_id: int, platform_id: int) -> str | None:
    """As what a platform's part waits: 协办认定, or the activity once more; None while it is judged with that."""
    part = sa.select(ActivityPlatform.awaits_review).join(Activity, Activity.id == ActivityPlatform.activity_id)
    is_late = session.scalar(
        part.where(
            Activity.id == activity_id, ActivityPlatform.platform_id == platform_id, Activity.stage == Stage.APPROVED
        )
    )
    return None if is_late is None else Subject.ACTIVITY.value if is_late else waiting_rows.ASSIST


def _next(
    session: Session, now: datetime, part: Filter, person_id: int | None, noun: str, record_id: int, found: FoundNow
) -> Any:
    """The entry, how many stand ``before`` it then, and whether some of all that waits were not looked at."""
    queue = queue_rows.entries(found)
    is_judged = sa.and_(queue.c.noun == noun, queue.c.id == record_id)
    is_taken = sa.and_(sa.true(), *queue_filters.conditions(session, queue, part, now))
    order = queue_filters.order(queue, part)
    judged = sa.select(*order).where(is_taken, is_judged).order_by(*order).limit(1)
    free = _in_order(queue, part).where(is_taken, ~is_judged, queue_filters.is_free(queue, person_id, now)).limit(1)
    behind = free.where(sa.tuple_(*order) > judged.scalar_subquery()).cte("behind")
    from_top = free.where(~sa.exists(behind.select())).subquery()
    rows = queue_rows.shown(sa.union_all(behind.select(), from_top.select()).subquery())
    is_before = sa.tuple_(*order) < sa.tuple_(*_places(rows))
    before = sa.select(sa.func.count()).where(is_taken, ~is_judged, is_before).correlate(rows)
    unlooked = sa.exists().where(WaitingRecord.hints.is_(None))
    asked = sa.select(rows, before.scalar_subquery().label("before"), unlooked.label("is_unlooked"))
    return session.execute(asked, {queue_rows.MOMENT.key: now}).first()


def _in_order(queue: sa.Subquery, part: Filter) -> sa.Select[Any]:
    """The rows of the queue in its order, and their places in it: what they are ordered by."""
    order = queue_filters.order(queue, part)
    places = (each.label(f"place_{number}") for number, each in enumerate(order))
    return sa.select(*(queue.c[each.name] for each in waiting_rows.waits().c), *places).order_by(*order)


def _places(rows: sa.Subquery) -> list[sa.ColumnElement[Any]]:
    return [each for each in rows.c if each.name.startswith("place_")]


def waiting_count(session: Session, year: int, *, is_period_set: bool) -> int:
    """待审 that counts in one year: how many records and assists wait, in one query.

    Where no platform ``is_period_set``, for a year as near as the one before or after, each counts in its own year.
    """
    waits = waiting_rows.waits()
    asked = sa.select(sa.func.count()).select_from(waits)
    if not is_period_set:
        return session.scalar(asked.where(waits.c.year == year)) or 0

    def is_of_year(noun: str, table: Any, counts: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists().where(waits.c.noun == noun, table.id == waits.c.id, counts)

    of_part = counting_years.column(Activity, waits.c.platform_id) == year
    of_year = [
        is_of_year(waiting_rows.ASSIST, Activity, of_part),
        *(is_of_year(noun.value, table, counting_years.counts_in(table, year)) for noun, table in MODELS.items()),
    ]
    near = waits.c.year.between(year - 1, year + 1)
    return session.scalar(asked.where(near, sa.or_(*of_year))) or 0


@cache
def _hints(words: str) -> tuple[Hint, ...]:
    kept = words.split(",")
    return tuple(hint for hint in Hint if hint in kept)


def _counted(rows: Collection[_Group]) -> QueueCounts:
    by_noun: Counter[str] = Counter()
    by_hint: Counter[Hint] = Counter()
    for noun, _, words, number in rows:
        by_noun[noun] += number
        for hint in _hints(words or ""):
            by_hint[hint] += number
    clean = sum(number for _, _, words, number in rows if words == "")
    years = {year for _, year, _, _ in rows if year is not None}
    return QueueCounts(by_noun.total(), clean, by_noun, by_hint, tuple(sorted(years)))


def _entry(row: Any) -> QueueEntry:
    return QueueEntry(
        row.noun,
        row.id,
        row.version,
        row.year,
        waiting_rows.title(row.noun, row.title, row.more) if row.more else row.title,
        row.since,
        _hints(row.hints or "") if row.hints is not None or row.noun not in waiting_rows.RECORDS else None,
        row.platform_id,
        row.code,
        row.name,
        row.kind,
        row.region_code,
        row.taken_by,
        row.gain,
    )
