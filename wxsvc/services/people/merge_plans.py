"""合并预览: which rows of two enterprises a merge moves, which it sets aside, which a sealed year keeps where they are.

The tables are those of the schema that refer to an enterprise, so one that is added later is moved too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct, field
from sqlalchemy.orm import Session

from models import Base
from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.enterprise_merge import EnterpriseMerge
from models.platform import Platform, PlatformYear
from models.record import Need, OfflineService, OnlineTrade
from models.roster import Roster
from models.terms import DisputeState, DisputeSubject, Stage
from scoring.terms import PlatformKind
from wxsvc.services.counting_years import SetPeriods, when

Row = dict[str, Any]
"""The columns of one row."""
PlatformYears = frozenset[tuple[int, int]]

CHECK_INS: Final = CheckIn.__tablename__
CONTACTS: Final = "contacts"
SERVICES: Final = "offline_service_enterprises"
TRADES: Final = OnlineTrade.__tablename__
DISPUTES: Final = Dispute.__tablename__
_RECORDS: Final[dict[str, Any]] = {
    DisputeSubject.OFFLINE_SERVICE.value: OfflineService,
    DisputeSubject.ONLINE_TRADE.value: OnlineTrade,
    DisputeSubject.NEED.value: Need,
}


class RowMove(Struct, frozen=True):
    """One row of the merged enterprise: its table, the platform-years that it belongs to, and what becomes of it.

    ``twin`` is the row of the kept enterprise that takes the same place; ``stays`` says that a seal keeps the row.
    """

    table: sa.Table
    row: Row
    platform_years: PlatformYears
    twin: Row | None = None
    stays: bool = False
    counts: bool = True
    """False for what belongs to a draft or to a void record."""

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name


class MergeEffect(Struct):
    """What a merge comes to for one platform-year: rows that move, the change of its 家次, rows that a seal keeps."""

    platform_id: int
    year: int
    is_sealed: bool
    participations: int = 0
    left: int = 0
    moved: dict[str, int] = field(default_factory=dict)
    """Rows by table."""


@cache
def tables() -> tuple[sa.Table, ...]:
    """Every table whose rows name an enterprise in ``enterprise_id``."""
    apart = (Enterprise.__tablename__, EnterpriseMerge.__tablename__)
    found = []
    for table in Base.metadata.sorted_tables:
        names = [key.parent.name for key in table.foreign_keys if key.target_fullname == "enterprises.id"]
        if names and table.name not in apart:
            if names != ["enterprise_id"]:
                raise RuntimeError(f"{table.name} names enterprises in {names}: a merge would not move it")
            found.append(table)
    return tuple(found)


def is_link(table: sa.Table) -> bool:
    """Whether a row is nothing but a link to its enterprise, so that one with the same other end is the same link."""
    return "enterprise_id" in table.primary_key.columns


def plan(session: Session, kept: Enterprise, merged: Enterprise) -> list[RowMove]:
    """Every row of the merged enterprise and what becomes of it; writes nothing."""
    seals = Seals(session)
    return [move for table in tables() for move in _of_table(session, table, kept, merged, seals)]


def effects(session: Session, moves: Iterable[RowMove], kept: Enterprise, merged: Enterprise) -> list[MergeEffect]:
    """The same by platform and year, in their order."""
    seals = Seals(session)
    found: dict[tuple[int, int], MergeEffect] = {}
    for move in moves:
        for platform_id, year in move.platform_years:
            place = (platform_id, year)
            effect = found.setdefault(place, MergeEffect(platform_id, year, place in seals.sealed))
            if move.stays:
                effect.left += 1
            else:
                effect.moved[move.name] = effect.moved.get(move.name, 0) + 1
                if move.name != TRADES or session.get_one(Platform, platform_id).kind is not PlatformKind.COUNTY:
                    effect.participations += _participations(move, kept, merged)
    return [found[place] for place in sorted(found)]


def survivor_is_kepts(own: Row, twin: Row) -> bool:
    """Whether the kept enterprise's check-in (``twin``) stays: one that counts before a void one, else the earliest.

    The same as for scans: whoever came first by the own time is the check-in.
    """
    return _rank(twin) <= _rank(own)


def _rank(row: Row) -> tuple[Any, ...]:
    return row["voided_at"] is not None, row["checked_in_at"], row["id"]


def _participations(move: RowMove, kept: Enterprise, merged: Enterprise) -> int:
    """How the 家次 change: a row counts as its enterprise does, two rows of one place count once."""
    if move.name not in (CHECK_INS, SERVICES, TRADES) or not move.counts:
        return 0
    if move.name == CHECK_INS and (move.row["undone_at"] is not None or move.row["voided_at"] is not None):
        return 0
    before, after = int(merged.is_counted), int(kept.is_counted)
    if move.twin is None or (move.name == CHECK_INS and move.twin["voided_at"] is not None):
        return after - before
    return -before


class Seals:
    """The platform-years that a row belongs to, and which of them are sealed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        query = sa.select(PlatformYear.platform_id, PlatformYear.year).where(PlatformYear.is_sealed)
        self.sealed = {(row.platform_id, row.year) for row in session.execute(query)}
        self._set_periods = SetPeriods(session)
        self._activities: dict[int, PlatformYears] = {}

    def freeze(self, table: str, row: Row) -> bool:
        """Whether a sealed year keeps the row as it is."""
        return not self.sealed.isdisjoint(self.of(table, row))

    def of(self, table: str, row: Row) -> PlatformYears:
        """The platform-years that the row belongs to; none for contacts and members."""
        if table == DISPUTES:
            return self._of_dispute(row)
        if "activity_id" in row:
            return self._of_activity(row["activity_id"])
        if "roster_id" in row:
            return self._of_activity(self._session.get_one(Roster, row["roster_id"]).activity_id)
        if "offline_service_id" in row:
            return self._own(self._session.get_one(OfflineService, row["offline_service_id"]))
        return self._own(SimpleNamespace(**row)) if "year" in row else frozenset()

    def count(self, table: str, row: Row) -> bool:
        """Whether the row belongs to something that may count: neither a draft nor void."""
        if table == CHECK_INS:
            stage = self._session.get_one(Activity, row["activity_id"]).stage
        elif table == SERVICES:
            stage = self._session.get_one(OfflineService, row["offline_service_id"]).stage
        else:
            stage = row.get("stage", Stage.APPROVED)
        return stage not in (Stage.DRAFT, Stage.VOID)

    def _of_dispute(self, row: Row) -> PlatformYears:
        if row["subject"] == DisputeSubject.CHECK_IN:
            return self._of_activity(self._session.get_one(CheckIn, row["subject_id"]).activity_id)
        return self._own(self._session.get_one(_RECORDS[row["subject"]], row["subject_id"]))

    def _own(self, record: Any) -> PlatformYears:
        place = (record.platform_id, record.year)
        return frozenset(self._set_periods.of([place], when(record).day))

    def _of_activity(self, activity_id: int) -> PlatformYears:
        if activity_id not in self._activities:
            query = (
                sa.select(ActivityPlatform.platform_id, Activity.year, Activity.ends_at)
                .join(Activity, Activity.id == ActivityPlatform.activity_id)
                .where(
                    Activity.id == activity_id,
                    Activity.year.is_not(None),
                    ActivityPlatform.confirmed_at.is_not(None),
                )
            )
            found = self._session.execute(query).all()
            self._activities[activity_id] = frozenset().union(*(self._own(row) for row in found))
        return self._activities[activity_id]


def _of_table(
    session: Session, table: sa.Table, kept: Enterprise, merged: Enterprise, seals: Seals
) -> Iterator[RowMove]:
    rows = _rows_of(session, table, kept.id, merged.id)
    taken = {place: row for row in rows[kept.id] if (place := _place(table, row)) is not None}
    for row in rows[merged.id]:
        place = _place(table, row)
        twin = taken.get(place) if place is not None else None
        platform_years = seals.of(table.name, row)
        stays = not seals.sealed.isdisjoint(platform_years) or (table.name == DISPUTES and twin is not None)
        yield RowMove(table, row, platform_years, twin, stays, seals.count(table.name, row))


def _rows_of(session: Session, table: sa.Table, *enterprise_ids: int) -> dict[int, list[Row]]:
    """The enterprises' rows of a table, each enterprise's by their keys."""
    query = sa.select(table).where(table.c.enterprise_id.in_(enterprise_ids)).order_by(*table.primary_key.columns)
    found: dict[int, list[Row]] = {enterprise_id: [] for enterprise_id in enterprise_ids}
    for row in session.execute(query).mappings():
        found[row["enterprise_id"]].append(dict(row))
    return found


def _place(table: sa.Table, row: Row) -> tuple[Any, ...] | None:
    """What the database lets one enterprise have once; None where it may have many."""
    if is_link(table):
        return tuple(row[column.name] for column in table.primary_key.columns if column.name != "enterprise_id")
    if table.name == CHECK_INS:
        return (row["activity_id"],) if row["undone_at"] is None else None
    if table.name == DISPUTES:
        return (row["subject"], row["subject_id"]) if row["state"] == DisputeState.OPEN else None
    return None
