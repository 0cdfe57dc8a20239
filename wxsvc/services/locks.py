"""Concurrent writers: a lock per platform-year, and insert-or-ignore for rows that may exist once.

A fold, a seal and two people who submit the same form at the same moment come one after another, so what was
checked before writing still holds when it is written. Who gets the lock sees anew what the session has read before it:
whoever had it until then may have changed that. SQLite has one writer and needs no lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Mapper, Session, SessionTransaction, object_mapper

from models import Base
from models.platform import Platform
from wxsvc.plain_rows import plain_rows
from wxsvc.services import counting_years, years
from wxsvc.services.counting_years import When
from wxsvc.services.refusal import Refused

Row = TypeVar("Row", bound=Base)

PROVINCE: Final = 0
"""No platform has this id: it stands for the province's own lists of a year."""


_LOCK_IN_ORDER: Final = sa.text(
    "select pg_advisory_xact_lock(place.platform_id, place.year)"
    " from unnest(cast(:platforms as int[]), cast(:years as int[])) as place (platform_id, year)"
    " order by place.platform_id, place.year"
)

_own: Final = sa.select(Platform.id.label("platform_id"), years.OF_YEAR.label("year")).where(
    Platform.id.in_(sa.bindparam("platforms"))
)
_places: Final = sa.union(_own, years.REACHING).subquery()
_PLANNED_ONCE_FROM: Final = 100
"""Rows of check-ins and of enterprises that PostgreSQL knows of; for one or none it plans to read the whole table."""
_pg_class: Final = sa.table("pg_class", sa.column("oid"), sa.column("reltuples"))
_known_rows: Final = (
    sa.select(sa.func.min(_pg_class.c.reltuples))
    .where(_pg_class.c.oid.in_([sa.func.to_regclass("check_ins"), sa.func.to_regclass("enterprises")]))
    .scalar_subquery()
)
_plans: Final = sa.case((_known_rows >= _PLANNED_ONCE_FROM, "force_generic_plan"), else_="force_custom_plan")
_LOCK_FOR_FOLD: Final = sa.select(
    _places.c.platform_id,
    _places.c.year,
    sa.func.pg_advisory_xact_lock(sa.cast(_places.c.platform_id, sa.Integer), sa.cast(_places.c.year, sa.Integer)),
    sa.func.set_config("plan_cache_mode", _plans, sa.true()),
).order_by(_places.c.platform_id, _places.c.year)
"""A fold asks always the same: its statements are planned once by each connection, and not anew for the first five
times, which takes PostgreSQL longer than to count. Not before it is known that there is much: a plan made for empty
tables reads, of what has come since, every enterprise for every check-in. The setting ends with the transaction."""

_TURNS: Final = sa.text(
    "select platform_id from"
    " (select distinct platform_id from changes where platform_id = any(:platforms) and year = :year) waiting"
    " where pg_try_advisory_xact_lock(-cast(platform_id as int), cast(:year as int)) order by platform_id"
)
"""The negative number is no platform's: a lock beside the one that everybody else takes (``lock``)."""

_HELD: Final[WeakKeyDictionary[SessionTransaction, set[tuple[int, int]]]] = WeakKeyDictionary()
"""The platform-years that each transaction holds; those of a savepoint apart, as they go with it."""


def lock(session: Session, platform_id: int, year: int) -> None:
    """Hold one platform-year (the same lock as a fold's) until the transaction ends."""
    lock_all(session, [(platform_id, year)])


def lock_all(session: Session, platform_years: Iterable[tuple[int, int]]) -> None:
    """Hold several, always in the same order, so that two who want the same never wait for each other."""
    if session.get_bind().dialect.name != "postgresql":
        return
    wanted = sorted(set(platform_years) - _held_already(session))
    if wanted:
        places = {"platforms": [place[0] for place in wanted], "years": [place[1] for place in wanted]}
        session.execute(_LOCK_IN_ORDER, places)
        _hold_now(session, wanted)


def lock_for_fold(session: Session, platform_ids: Sequence[int], year: int) -> list[tuple[int, int]]:
    """Hold platforms' year, and with it those of their other years that have days in it: these are returned."""
    if session.get_bind().dialect.name != "postgresql":
        return years.all_reaching_into(session, platform_ids, year)
    asked = years.reaching_given(platform_ids, year)
    places = [(row.platform_id, row.year) for row in plain_rows(session, _LOCK_FOR_FOLD, asked)]
    _hold_now(session, places)
    return [place for place in places if place[1] != year]


def with_turn(session: Session, platform_ids: Sequence[int], year: int) -> Sequence[int]:
    """Those that this folder is the one to fold now; asked before anything else is held, never waited for.

    Like ``FOR UPDATE SKIP LOCKED``, but not on the rows of the work list: new ones come while the old ones are folded.
    Not those that another folder is at, or has been since the list was read; what it left waits for the next look.
    """
    if session.get_bind().dialect.name != "postgresql":
        return platform_ids
    return session.scalars(_TURNS, {"platforms": list(platform_ids), "year": year}).all()


def hold_open(session: Session, platform_id: int, *those: int | When) -> None:
    """Hold a platform's years, or those of rows, and make sure that none is sealed: ``Refused("year_sealed", year=…)``.

    Of a row both years are held, where a period has its day from another one (``counting_years``).
    """
    found = [each if isinstance(each, When) else When(each) for each in those]
    lock_all(session, concerning(session, platform_id, found))
    counting_years.must_be_open(session, platform_id, *found)


def concerning(session: Session, platform_id: int, those: Collection[When]) -> set[tuple[int, int]]:
    """The platform's years that such rows have, and those in which they count."""
    found = {each.year for each in those} | counting_years.years_of(session, platform_id, those)
    return {(platform_id, year) for year in found}


def held(session: Session, row: Row) -> Row:
    """The row as it is now, held until the transaction ends: of two who change it the second sees what the first did.

    Rows that refer to it are written beside it. ``Refused("not_found")`` where it is gone by now.
    """
    session.flush()
    try:
        session.refresh(row, with_for_update={"key_share": True})
    except InvalidRequestError as error:
        raise Refused("not_found") from error
    return row


def _hold_now(session: Session, places: Iterable[tuple[int, int]]) -> None:
    if (within := _innermost(session)) is not None:
        _HELD.setdefault(within, set()).update(places)
    _see_anew(session)


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _held_already(session: Session) -> set[tuple[int, int]]:
    """What this transaction holds: that is not asked for again, nor is what was read since read anew."""
    found: set[tuple[int, int]] = set()
    within = _innermost(session)
    while within is not None:
        found |= _HELD.get(within, set())
        within = within.parent
    return found


def _see_anew(session: Session) -> None:
    """Read again every row that the session has in hand; one that is gone stays as it was read."""
    read: dict[Mapper[Any], list[tuple[Any, ...]]] = {}
    for row in session.identity_map.values():
        mapper = object_mapper(row)
        read.setdefault(mapper, []).append(mapper.primary_key_from_instance(row))
    for mapper, keys in read.items():
        columns = mapper.primary_key
        is_one = columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else sa.tuple_(*columns).in_(keys)
        session.scalars(sa.select(mapper.class_).where(is_one).execution_options(populate_existing=True)).all()


def insert_once(session: Session, table: type[Base], **values: Any) -> bool:
    """Insert the row unless a unique key has one like it; whether it was new. The loser of a race reads the other."""
    session.flush()
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert(table) if is_postgresql else sqlite.insert(table)
    added = insert.values(**values).on_conflict_do_nothing().returning(sa.literal(1))
    return session.execute(added).first() is not None
