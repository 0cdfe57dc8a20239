"""待审事项: what waits for a verdict, doubts first, and how many there are (待审17件，其中9件无疑点，可一并通过).

One queue of everything that waits for the province: submitted records of every kind, approved activities with a part
that was confirmed only afterwards, 协办 whose evidence nobody has decided, and open disputes. What was sent back or not
handed in waits for the platforms: :func:`elsewhere`.

The database filters, orders and counts: however many wait, only the numbers and the entries that are shown are read.
Hints are dear, so the worker keeps them (``kept_hints``); those of a record that came or changed since are found at
once. So chat and page say the same, and no page is slow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.platform import Platform
from models.review_desk import KeptHints, ReviewTake
from models.scorecard import Stake
from models.terms import DisputeState, Stage, Subject
from models.types import RowId
from scoring.terms import ActivityCategory, PlatformKind
from wxsvc.queries import holds, remembered
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_hints, takes
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.records.doubts import ASSIST_WAITS
from wxsvc.services.records.hints import Hint
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import MODELS

PAGE: Final = 50
"""Entries on one page of the queue."""
LOOKED_AT_ONCE: Final = 50
"""Records that the worker has not looked at yet and whose hints are found at once; it soon looks at the others."""
ASSIST: Final = "assist"
"""协办认定: the evidence of a 协办 in an activity that is approved already."""
DISPUTE: Final = "dispute"
"""企业异议."""
NOUNS: Final = (*(subject.value for subject in MODELS), ASSIST, DISPUTE)
"""Everything that can wait, by its word."""
_RECORDS: Final = tuple(subject.value for subject in MODELS)
"""What a reviewer judges; only these have hints and may be taken."""
_Group: TypeAlias = tuple[str, int | None, str | None, int]
"""A noun, a year, words of hints, and how many of them wait."""
_Looked: TypeAlias = tuple[tuple[str, int, str], ...]
"""Records with the words of their hints: noun, id, words."""
_NOW: Final = "hints found now"
"""What a session that only reads remembers them by."""


@dataclass(frozen=True, slots=True)
class Filter:
    """筛选: which part of the queue; what is None or empty narrows nothing.

    ``city`` is the code of a 市州 (its first four digits tell), ``older`` days of waiting, ``text`` part of a title or
    of the platform's name. ``is_clean`` leaves the clean ones or the others, ``free_for`` the records that nobody but
    this person has taken. ``by_stake`` puts first what would bring its platform the most points.
    """

    noun: str | None = None
    kind: PlatformKind | None = None
    city: str | None = None
    platform: str | None = None
    hint: Hint | None = None
    is_clean: bool | None = None
    older: int | None = None
    text: str = ""
    year: int | None = None
    free_for: int | None = None
    by_stake: bool = False


EVERYTHING: Final = Filter()
"""The whole queue."""


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


@dataclass(frozen=True, slots=True)
class Counts:
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


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of all that waits, of what a filter takes of it, and of what it would take whatever the noun."""

    everything: Counts
    taken: Counts
    beside: Counts


@dataclass(frozen=True, slots=True)
class Following:
    """The entry to judge next, and the page that shows it once the one before is judged."""

    entry: QueueEntry
    page: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What waits for the platforms: 已退回 to be mended, 未提交 of what is drafted or held."""

    returned: int
    unsubmitted: int


def figures(session: Session, by: Actor, now: datetime, part: Filter = EVERYTHING) -> Figures:
    """How many wait for the province, provincial staff only: what chat and page count. One statement once hints are
    kept."""
    by.must_review()
    rows = _grouped(session, now, part, ())
    is_unlooked = any(words is None and noun in _RECORDS for noun, _, words, _, _ in rows)
    if found := remembered(session, _NOW, lambda: _found(session) if is_unlooked else ()):
        rows = _grouped(session, now, part, found)
    beside = [(noun, year, words, number) for noun, year, words, _, number in rows if number]
    return Figures(
        everything=_counted([(noun, year, words, number) for noun, year, words, number, _ in rows]),
        taken=_counted([each for each in beside if part.noun in (None, each[0])]),
        beside=_counted(beside),
    )


def waiting(
    session: Session, by: Actor, now: datetime, part: Filter = EVERYTHING, *, first: int = 0, most: int | None = None
) -> tuple[QueueEntry, ...]:
    """What a filter takes, provincial staff only: with doubts first, among equals the one that waits longest.

    At the ``most`` so many entries, from the ``first`` on, which is 0.
    """
    by.must_review()
    queue = _queue(now, remembered(session, _NOW, lambda: _found(session)))
    asked = sa.select(queue).where(*_conditions(session, queue, part, now)).order_by(*_order(queue, part))
    return tuple(_entry(row) for row in session.execute(asked.offset(first).limit(most)))


def _grouped(session: Session, now: datetime, part: Filter, found: _Looked) -> list[tuple[Any, ...]]:
    queue = _queue(now, found)
    whatever_noun = _conditions(session, queue, replace(part, noun=None), now)
    key = queue.c.noun, queue.c.year, queue.c.hints
    asked = (
        sa.select(*key, sa.func.count(), sa.func.count().filter(*whatever_noun))
        .group_by(*key)
        .order_by(_is_clean(queue), sa.func.min(queue.c.since), *key)
    )
    return [tuple(row) for row in session.execute(asked)]


def following(session: Session, key: str, by: Actor, now: datetime, part: Filter) -> Following | None:
    """Which to judge after ``key``: the first behind it, else from the top, that nobody else has taken."""
    by.must_review()
    noun, _, record_id = key.rpartition("-")
    queue = _queue(now, remembered(session, _NOW, lambda: _found(session)))
    order = _order(queue, part)
    is_judged = sa.and_(queue.c.noun == noun, queue.c.id == int(record_id))
    place = sa.func.row_number().over(order_by=order)
    passed = sa.func.sum(sa.case((is_judged, 1), else_=0)).over(order_by=order)
    ranked = (
        sa.select(queue, is_judged.label("is_judged"), place.label("place"), passed.label("passed"))
        .where(*_conditions(session, queue, part, now))
        .subquery()
    )
    asked = (
        sa.select(ranked)
        .where(~ranked.c.is_judged, _is_free(ranked, by.person_id))
        .order_by(sa.case((ranked.c.passed > 0, 0), else_=1), ranked.c.place)
        .limit(1)
    )
    row = session.execute(asked).first()
    return Following(_entry(row), (row.place - 1 - row.passed) // PAGE + 1) if row is not None else None


def versions(session: Session) -> Mapping[review_hints.Key, int]:
    """Every record that waits, and its version."""
    waits = _waits()
    rows = session.execute(sa.select(waits.c.noun, waits.c.id, waits.c.version).where(waits.c.noun.in_(_RECORDS)))
    return {(Subject(noun), record_id): version for noun, record_id, version in rows}


def elsewhere(session: Session, by: Actor) -> Elsewhere:
    """How many records of all kinds wait for their platforms, not for us."""
    by.must_review()
    stages = [Stage.RETURNED, Stage.DRAFT, Stage.PUBLISHED]
    of_each: list[sa.Select[Any]] = [
        sa.select(sa.type_coerce(model.stage, sa.String).label("stage")).where(model.stage.in_(stages))
        for model in MODELS.values()
    ]
    found = sa.union_all(*of_each).subquery()
    query = sa.select(found.c.stage, sa.func.count().label("number")).group_by(found.c.stage)
    counted = {row.stage: row.number for row in session.execute(query)}
    returned = counted.pop(Stage.RETURNED.value, 0)
    return Elsewhere(returned, sum(counted.values()))


def waiting_count(session: Session, year: int) -> int:
    """待审 of one year: how many records and assists wait, in one query."""
    waits = _waits()
    return session.scalar(sa.select(sa.func.count()).select_from(waits).where(waits.c.year == year)) or 0


@cache
def _hints(words: str) -> tuple[Hint, ...]:
    kept = words.split(",")
    return tuple(hint for hint in Hint if hint in kept)


def _counted(rows: Collection[_Group]) -> Counts:
    by_noun: Counter[str] = Counter()
    by_hint: Counter[Hint] = Counter()
    for noun, _, words, number in rows:
        by_noun[noun] += number
        for hint in _hints(words or ""):
            by_hint[hint] += number
    clean = sum(number for _, _, words, number in rows if words == "")
    years = {year for _, year, _, _ in rows if year is not None}
    return Counts(by_noun.total(), clean, by_noun, by_hint, tuple(sorted(years)))


def _entry(row: Any) -> QueueEntry:
    return QueueEntry(
        row.noun,
        row.id,
        row.version,
        row.year,
        _title(row.noun, row.title, row.more) if row.more else row.title,
        row.since,
        _hints(row.hints or "") if row.hints is not None or row.noun not in _RECORDS else None,
        row.platform_id,
        row.code,
        row.name,
        row.kind,
        row.region_code,
        row.taken_by,
        row.gain,
    )


def _title(noun: str, *values: str) -> str:
    """What a record of a kind that needs two columns for it is called."""
    kind = KINDS[Subject(noun)]
    return kind.title(SimpleNamespace(**dict(zip(kind.titled_by, values, strict=True))))


def _queue(now: datetime, found: _Looked) -> sa.Subquery:
    """Each row that waits, its platform, the words of its hints, who has it, what it would bring.

    The hints are those kept of this version; else those that were ``found`` now.
    """
    waits = _waits()
    hints: Any = KeptHints.hints
    if found:
        columns = sa.column("noun", sa.String), sa.column("id", RowId), sa.column("hints", sa.String)
        looked = sa.values(*columns, name="found_now").data(list(found)).cte("found_now")
        hints = sa.func.coalesce(KeptHints.hints, looked.c.hints)
    taken = sa.and_(
        sa.type_coerce(ReviewTake.subject, sa.String) == waits.c.noun,
        ReviewTake.subject_id == waits.c.id,
        ReviewTake.ends_at > now,
        takes.IS_REVIEWER,
    )
    at_stake = sa.and_(
        Stake.platform_id == waits.c.platform_id,
        Stake.year == waits.c.year,
        Stake.subject == waits.c.noun,
        Stake.subject_id == waits.c.id,
    )
    query = (
        sa.select(
            waits,
            Platform.code,
            Platform.name,
            Platform.kind,
            Platform.region_code,
            hints.label("hints"),
            ReviewTake.person_id.label("taken_by"),
            Stake.gain,
        )
        .join(Platform, Platform.id == waits.c.platform_id)
        .outerjoin(KeptHints, _is_kept(waits))
        .outerjoin(ReviewTake, taken)
        .outerjoin(Stake, at_stake)
    )
    if found:
        query = query.outerjoin(looked, sa.and_(looked.c.noun == waits.c.noun, looked.c.id == waits.c.id))
    return query.subquery()


def _found(session: Session) -> _Looked:
    """The hints of records that nobody has looked at, those that wait longest first: noun, id, and the words."""
    waits = _waits()
    unknown = (
        sa.select(waits.c.noun, waits.c.id)
        .outerjoin(KeptHints, _is_kept(waits))
        .where(KeptHints.hints.is_(None), waits.c.noun.in_(_RECORDS))
        .order_by(waits.c.since, waits.c.noun, waits.c.id)
        .limit(LOOKED_AT_ONCE)
    )
    keys = [(Subject(noun), record_id) for noun, record_id in session.execute(unknown)]
    hints = review_hints.of(session, keys) if keys else {}
    return tuple((noun.value, record_id, ",".join(hints.get((noun, record_id), ()))) for noun, record_id in keys)


def _is_kept(waits: sa.Subquery) -> sa.ColumnElement[bool]:
    return sa.and_(
        sa.type_coerce(KeptHints.subject, sa.String) == waits.c.noun,
        KeptHints.subject_id == waits.c.id,
        KeptHints.version == waits.c.version,
    )


def _is_clean(queue: sa.Subquery) -> sa.ColumnElement[int]:
    return sa.case((queue.c.hints == "", 1), else_=0)


def _is_free(queue: sa.Subquery, person_id: int | None) -> sa.ColumnElement[bool]:
    return sa.or_(queue.c.taken_by.is_(None), queue.c.taken_by == person_id)


def _order(queue: sa.Subquery, part: Filter) -> list[sa.ColumnElement[Any]]:
    by_gain = [sa.func.coalesce(queue.c.gain, 0).desc()] if part.by_stake else []
    return [*by_gain, _is_clean(queue), queue.c.since, queue.c.noun, queue.c.id, queue.c.platform_id]


def _conditions(session: Session, queue: sa.Subquery, part: Filter, now: datetime) -> list[sa.ColumnElement[bool]]:
    """What a filter asks of an entry."""
    found: list[sa.ColumnElement[bool]] = []
    if part.noun is not None:
        found.append(queue.c.noun == part.noun)
    if part.kind is not None:
        found.append(queue.c.kind == part.kind)
    if part.city is not None:
        found.append(sa.func.substr(queue.c.region_code, 1, 4) == part.city[:4])
    if part.platform is not None:
        found.append(queue.c.code == part.platform)
    if part.hint is not None:
        found.append(holds(sa.literal(",") + queue.c.hints + ",", f",{part.hint},"))
    if part.is_clean is not None:
        found.append(_is_clean(queue) == int(part.is_clean))
    if part.older is not None:
        found.append(queue.c.since <= now - timedelta(days=part.older))
    if part.year is not None:
        found.append(queue.c.year == part.year)
    if part.free_for is not None:
        found += [queue.c.noun.in_(_RECORDS), _is_free(queue, part.free_for)]
    if part.text:
        called = _called(session, queue) + " " + queue.c.name
        found.append(holds(sa.func.lower(called), part.text.lower()))
    return found


def _called(session: Session, queue: sa.Subquery) -> sa.ColumnElement[str]:
    """The title of an entry; for those of two columns the few that there are, as our words have them."""
    two = {subject: kind.titled_by for subject, kind in KINDS.items() if len(kind.titled_by) > 1}
    names: list[tuple[sa.ColumnElement[bool], str]] = []
    for subject, (title, more) in two.items():
        model: Any = MODELS[subject]
        columns = (sa.cast(getattr(model, name), sa.Text) for name in (title, more))
        for pair in session.execute(sa.select(*columns).where(model.stage == Stage.SUBMITTED).distinct()):
            is_it = sa.and_(queue.c.noun == subject.value, queue.c.title == pair[0], queue.c.more == pair[1])
            names.append((is_it, _title(subject, *pair)))
    return sa.case(*names, else_=queue.c.title) if names else queue.c.title


@cache
def _waits() -> sa.Subquery:
    return sa.union_all(*(_records(subject) for subject in MODELS), _late_parts(), _assists(), _disputes()).subquery()


def _records(subject: Subject) -> sa.Select[Any]:
    model: Any = MODELS[subject]
    return _record(subject).where(model.stage == Stage.SUBMITTED)


def _late_parts() -> sa.Select[Any]:
    """Approved activities with a part that was confirmed only afterwards."""
    late = sa.select(ActivityPlatform.activity_id).where(ActivityPlatform.awaits_review)
    return _record(Subject.ACTIVITY).where(Activity.stage == Stage.APPROVED, Activity.id.in_(late))


def _record(subject: Subject) -> sa.Select[Any]:
    model: Any = MODELS[subject]
    since = sa.func.coalesce(model.submitted_at, model.created_at, type_=model.created_at.type)
    title, *more = (getattr(model, column) for column in KINDS[subject].titled_by)
    return _row(subject.value, model.id, model.version, model.platform_id, model.year, title, since, *more)


def _assists() -> sa.Select[Any]:
    part = ActivityPlatform
    row = _row(
        ASSIST, Activity.id, Activity.version, part.platform_id, Activity.year, Activity.title, part.confirmed_at
    )
    # While the activity itself waits, the part is judged with it.
    return row.join(part, part.activity_id == Activity.id).where(
        Activity.stage == Stage.APPROVED, Activity.category == ActivityCategory.OTHER, ASSIST_WAITS, ~part.awaits_review
    )


def _disputes() -> sa.Select[Any]:
    row = _row(DISPUTE, Dispute.id, sa.literal(0), Dispute.platform_id, sa.null(), Enterprise.name, Dispute.raised_at)
    return row.join(Enterprise, Enterprise.id == Dispute.enterprise_id).where(Dispute.state == DisputeState.OPEN)


def _row(
    noun: str, row_id: Any, version: Any, platform_id: Any, year: Any, title: Any, since: Any, more: Any = ""
) -> sa.Select[Any]:
    return sa.select(
        sa.literal(noun, sa.String).label("noun"),
        row_id.label("id"),
        version.label("version"),
        platform_id.label("platform_id"),
        year.label("year"),
        sa.cast(title, sa.Text).label("title"),
        sa.cast(more, sa.Text).label("more"),
        since.label("since"),
    )
