"""待审事项: what waits for a verdict, doubts first, and how many there are (待审17件，其中9件无疑点，可一并通过).

One queue of everything that waits for the province: submitted records of every kind, approved activities with a part
that was confirmed only afterwards, 协办 whose evidence nobody has decided, and open disputes. What was sent back or not
handed in waits for the platforms: :func:`elsewhere`.

One statement reads it all as short rows. Hints are dear, so the worker keeps them (``kept_hints``); those of a
record that came or changed since are found at once. So chat and page say the same, and no page is slow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.platform import Platform
from models.review_desk import KeptHints, ReviewTake
from models.scorecard import Stake
from models.terms import DisputeState, Stage, Subject
from scoring.terms import ActivityCategory, PlatformKind
from wxsvc.services.actor import Actor
from wxsvc.services.judging import review_hints, takes
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.records.doubts import ASSIST_WAITS, PART_WAITS
from wxsvc.services.records.hints import Hint
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import MODELS

PAGE: Final = 50
"""Entries on one page of the queue."""
ASSIST: Final = "assist"
"""协办认定: the evidence of a 协办 in an activity that is approved already."""
DISPUTE: Final = "dispute"
"""企业异议."""
NOUNS: Final = (*(subject.value for subject in MODELS), ASSIST, DISPUTE)
"""Everything that can wait, by its word."""


@dataclass(frozen=True, slots=True)
class Filter:
    """筛选: which part of the queue; what is None or empty narrows nothing.

    ``city`` is the code of a 市州 (its first four digits tell), ``older`` days of waiting, ``text`` part of a title or
    of the platform's name. ``by_stake`` puts first what would bring its platform the most points.
    """

    noun: str | None = None
    kind: PlatformKind | None = None
    city: str | None = None
    platform: str | None = None
    hint: Hint | None = None
    is_clean: bool = False
    older: int | None = None
    text: str = ""
    year: int | None = None
    by_stake: bool = False

    def takes(self, entry: QueueEntry, now: datetime) -> bool:
        """Whether the entry is of this part."""
        return (
            (self.noun is None or entry.noun == self.noun)
            and (self.kind is None or entry.platform_kind is self.kind)
            and (self.city is None or entry.region_code[:4] == self.city[:4])
            and (self.platform is None or entry.platform_code == self.platform)
            and (self.hint is None or self.hint in entry.hints)
            and (entry.is_clean or not self.is_clean)
            and (self.older is None or now - entry.since >= timedelta(days=self.older))
            and (self.year is None or entry.year == self.year)
            and (not self.text or self.text.casefold() in f"{entry.title} {entry.platform_name}".casefold())
        )


class QueueEntry(NamedTuple):
    """What waits: its key, what it is called, whose it is, since when, what is doubtful, and who has taken it."""

    noun: str
    record_id: int
    version: int
    year: int | None
    title: str
    since: datetime
    hints: tuple[Hint, ...]
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
        return not self.hints and self.noun in MODELS

    @property
    def chosen(self) -> Chosen:
        """The record as it is shown now, for approving it together with others."""
        return Chosen(Subject(self.noun), self.record_id, self.version)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits: with doubts first, among equals the one that waits longest."""

    entries: tuple[QueueEntry, ...]

    @property
    def total(self) -> int:
        """待审: how many wait."""
        return len(self.entries)

    @property
    def clean(self) -> int:
        """无疑点: how many of them raise no doubt."""
        return sum(each.is_clean for each in self.entries)

    @property
    def by_noun(self) -> Mapping[str, int]:
        """How many of each noun."""
        return Counter(each.noun for each in self.entries)

    @property
    def by_hint(self) -> Mapping[Hint, int]:
        """How many with each hint."""
        return Counter(hint for each in self.entries for hint in each.hints)

    @property
    def years(self) -> list[int]:
        """The evaluation years that they are of."""
        return sorted({each.year for each in self.entries if each.year is not None})

    @property
    def pages(self) -> int:
        """How many pages the queue fills; an empty one fills one."""
        return max(1, -(-self.total // PAGE))

    def page(self, number: int) -> tuple[QueueEntry, ...]:
        """The entries of one page, from 1."""
        return self.entries[(number - 1) * PAGE : number * PAGE]

    def page_of(self, key: str) -> int:
        """The page that shows an entry, else the first."""
        keys = [each.key for each in self.entries]
        return keys.index(key) // PAGE + 1 if key in keys else 1

    def without(self, key: str) -> Queue:
        """The others, once this one is judged."""
        return Queue(tuple(each for each in self.entries if each.key != key))

    def only(self, part: Filter, now: datetime) -> Queue:
        """Those that a filter takes."""
        taken = (each for each in self.entries if part.takes(each, now))
        return Queue(tuple(sorted(taken, key=lambda each: -(each.gain or 0)) if part.by_stake else taken))

    def after(self, key: str, by: Actor) -> QueueEntry | None:
        """The one to judge next: the first behind ``key``, else from the top, that nobody else has taken."""
        keys = [each.key for each in self.entries]
        at = keys.index(key) + 1 if key in keys else 0
        behind = (*self.entries[at:], *self.entries[:at])
        free = (each for each in behind if each.key != key and each.taken_by in (None, by.person_id))
        return next(free, None)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What waits for the platforms: 已退回 to be mended, 未提交 of what is drafted or held."""

    returned: int
    unsubmitted: int


def waiting(session: Session, by: Actor, now: datetime) -> Queue:
    """Everything that waits for the province, provincial staff only: what chat and page count and show."""
    by.must_review()
    rows = session.execute(everything(), {"now": now}).all()
    unknown = {(Subject(row.noun), row.id) for row in rows if row.hints is None and row.noun not in (ASSIST, DISPUTE)}
    found = review_hints.of(session, unknown) if unknown else {}
    entries = (_entry(row, found) for row in rows)
    return Queue(tuple(sorted(entries, key=lambda each: (each.is_clean, each.since, each.noun, each.record_id))))


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


def _entry(row: Any, found: Mapping[review_hints.Key, tuple[Hint, ...]]) -> QueueEntry:
    noun, record_id, version, platform_id, year, title, more, since, code, name, kind, region, words, *rest = row
    hints = _hints(words) if words is not None else ()
    if words is None and found and noun in MODELS:
        hints = found.get((Subject(noun), record_id), ())
    if more:
        title = _title(noun, title, more)
    return QueueEntry(noun, record_id, version, year, title, since, hints, platform_id, code, name, kind, region, *rest)


def _title(noun: str, *values: str) -> str:
    """What a record of a kind that needs two columns for it is called."""
    kind = KINDS[Subject(noun)]
    return kind.title(SimpleNamespace(**dict(zip(kind.titled_by, values, strict=True))))


@cache
def everything() -> sa.Select[Any]:
    """The statement: each row that waits, its platform, hints kept of this version, who has it, what it would bring."""
    waits = _waits()
    kept = sa.and_(
        sa.type_coerce(KeptHints.subject, sa.String) == waits.c.noun,
        KeptHints.subject_id == waits.c.id,
        KeptHints.version == waits.c.version,
    )
    taken = sa.and_(
        sa.type_coerce(ReviewTake.subject, sa.String) == waits.c.noun,
        ReviewTake.subject_id == waits.c.id,
        ReviewTake.ends_at > sa.bindparam("now", type_=ReviewTake.ends_at.type),
        takes.IS_REVIEWER,
    )
    at_stake = sa.and_(
        Stake.platform_id == waits.c.platform_id,
        Stake.year == waits.c.year,
        Stake.subject == waits.c.noun,
        Stake.subject_id == waits.c.id,
    )
    return (
        sa.select(
            waits,
            Platform.code,
            Platform.name,
            Platform.kind,
            Platform.region_code,
            KeptHints.hints,
            ReviewTake.person_id.label("taken_by"),
            Stake.gain,
        )
        .join(Platform, Platform.id == waits.c.platform_id)
        .outerjoin(KeptHints, kept)
        .outerjoin(ReviewTake, taken)
        .outerjoin(Stake, at_stake)
    )


def _waits() -> sa.Subquery:
    return sa.union_all(*(_records(subject) for subject in MODELS), _assists(), _disputes()).subquery()


def _records(subject: Subject) -> sa.Select[Any]:
    model: Any = MODELS[subject]
    since = sa.func.coalesce(model.submitted_at, model.created_at, type_=model.created_at.type)
    title, *more = (getattr(model, column) for column in KINDS[subject].titled_by)
    is_submitted: sa.ColumnElement[bool] = model.stage == Stage.SUBMITTED
    waits = sa.or_(is_submitted, PART_WAITS) if subject is Subject.ACTIVITY else is_submitted
    row = _row(subject.value, model.id, model.version, model.platform_id, model.year, title, since, *more)
    return row.where(waits)


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
