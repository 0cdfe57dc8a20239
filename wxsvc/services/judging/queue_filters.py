"""筛选 of 待审事项: which part of the queue is asked for, and in which order, as the database reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.review_desk import ReviewTake
from models.terms import Stage
from scoring.terms import PlatformKind
from wxsvc.queries import holds
from wxsvc.services.judging import takes, waiting_rows
from wxsvc.services.records.hints import Hint
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import MODELS

_NONE: Final = sa.literal_column("0", sa.Integer)
_ONE: Final = sa.literal_column("1", sa.Integer)


class Filter(Struct, frozen=True):
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


def is_clean(queue: sa.FromClause) -> sa.ColumnElement[int]:
    """1 for an entry without doubts (无疑点), else 0: as the index of the queue's order has it, without parameters."""
    return sa.case((queue.c.hints == sa.literal_column("''", sa.Text), _ONE), else_=_NONE)


def is_free(queue: sa.FromClause, person_id: int | None, now: datetime) -> sa.ColumnElement[bool]:
    """Whether nobody but this person has taken the entry."""
    by_other = (
        sa.type_coerce(ReviewTake.subject, sa.String) == queue.c.noun,
        ReviewTake.subject_id == queue.c.id,
        ReviewTake.ends_at > now,
        ReviewTake.person_id.is_distinct_from(person_id),
        takes.IS_REVIEWER,
    )
    return ~sa.exists().where(*by_other)


def order(queue: sa.FromClause, part: Filter) -> list[sa.ColumnElement[Any]]:
    """With doubts first, among equals the one that waits longest; by stake the largest gain before all.

    Everything rises, so that two entries can be compared by it.
    """
    by_gain = [-sa.func.coalesce(queue.c.gain, 0)] if part.by_stake else []
    return [*by_gain, is_clean(queue), queue.c.since, queue.c.noun, queue.c.id, queue.c.platform_id]


def conditions(session: Session, queue: sa.Subquery, part: Filter, now: datetime) -> list[sa.ColumnElement[bool]]:
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
        found.append(is_clean(queue) == int(part.is_clean))
    if part.older is not None:
        found.append(queue.c.since <= now - timedelta(days=part.older))
    if part.year is not None:
        found.append(queue.c.year == part.year)
    if part.free_for is not None:
        found += [queue.c.noun.in_(waiting_rows.RECORDS), is_free(queue, part.free_for, now)]
    if part.text:
        found.append(_is_called(_called(session, queue), queue.c.platform_id, part.text))
    return found


def _is_called(title: sa.ColumnElement[str], platform_id: sa.ColumnElement[int], text: str) -> sa.ColumnElement[bool]:
    """Whether the title, a space and the platform's name hold a text, however its letters are written.

    Platforms are fewer than what waits: those whose name holds it are found once, not looked up for each entry. A text
    with spaces may begin in the title and end in the name.
    """
    sought, has_letters = text.lower(), text.lower() != text.upper()

    def written(column: Any) -> sa.ColumnElement[str]:
        return sa.func.lower(column) if has_letters else column

    def of_platforms(is_it: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return platform_id.in_(sa.select(Platform.id).where(is_it))

    title, name = written(title), written(Platform.name)
    ends = [(sought[:place], sought[place + 1 :]) for place, sign in enumerate(sought) if sign == " "]
    return sa.or_(
        holds(title, sought),
        of_platforms(holds(name, sought)),
        *(
            sa.and_(title.endswith(end, autoescape=True), of_platforms(holds(name, begin, at_begin=True)))
            for end, begin in ends
        ),
    )


def _called(session: Session, queue: sa.Subquery) -> sa.ColumnElement[str]:
    """The title of an entry; for those of two columns the few that there are, as our words have them."""
    two = {subject: kind.titled_by for subject, kind in KINDS.items() if len(kind.titled_by) > 1}
    names: list[tuple[sa.ColumnElement[bool], str]] = []
    for subject, (title, more) in two.items():
        model: Any = MODELS[subject]
        columns = (sa.cast(getattr(model, name), sa.Text) for name in (title, more))
        for pair in session.execute(sa.select(*columns).where(model.stage == Stage.SUBMITTED).distinct()):
            is_it = sa.and_(queue.c.noun == subject.value, queue.c.title == pair[0], queue.c.more == pair[1])
            names.append((is_it, waiting_rows.title(subject, *pair)))
    return sa.case(*names, else_=queue.c.title) if names else queue.c.title
