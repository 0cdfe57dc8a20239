"""Importing check-in lists (导入签到名单): one enterprise at one activity is one 家次, as everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import PlatformYear
from models.terms import Door, Stage
from wxsvc.services.counting_years import when
from wxsvc.services.door.scans import LATE
from wxsvc.services.imports.bundle import CheckInRow
from wxsvc.services.imports.import_activities import Activities
from wxsvc.services.imports.import_enterprises import Enterprises
from wxsvc.services.imports.import_people import Platforms
from wxsvc.services.imports.import_rows import BATCH, SectionCounts, Values, Work, insert_missing, read_by, take_stock
from wxsvc.services.kept_enterprises import KEPT_ID


class CheckIns:
    """The check-ins of the bundle; whoever is in already stays as they are, and whoever staff voided stays void."""

    def __init__(self, work: Work, platforms: Platforms, enterprises: Enterprises, activities: Activities) -> None:
        self._work, self._enterprises, self._activities = work, enterprises, activities
        self._operator = platforms.operator
        self._new: list[CheckInRow] = []
        taken = self._taken()
        came: set[tuple[str, int | str]] = set()
        written: set[str] = set()
        for row in work.bundle.check_ins:
            if not self._is_right(row):
                continue
            firm = enterprises.firm_of(row.enterprise)
            place = row.activity, firm.id or firm.key
            if place in came or (activities.ids.get(row.activity), firm.id) in taken:
                continue
            came.add(place)
            self._new.append(row)
            if row.activity not in written:
                written.add(row.activity)
                activities.touch("check_ins", row.index, row.activity, when(activities.held[row.activity]))

    def _taken(self) -> set[tuple[int, int]]:
        """Places at activities that are taken, as (activity id, enterprise id)."""
        known, rows = self._activities.ids, self._work.bundle.check_ins
        ids = {known[row.activity] for row in rows if row.activity in known}
        query = sa.select(CheckIn.activity_id, KEPT_ID.label("enterprise_id")).where(CheckIn.holds_place)
        query = query.join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        found = read_by(self._work.session, query, CheckIn.activity_id, ids)
        return {(row["activity_id"], row["enterprise_id"]) for row in found}

    def _is_right(self, row: CheckInRow) -> bool:
        held = self._activities.held.get(row.activity)
        if held is None:
            if row.activity not in self._work.named.get("activities", ()):
                self._wrong(row, "activity", "unknown_activity", value=row.activity)
            return False
        if not self._enterprises.must_know(row.enterprise, "check_ins", row.index, "enterprise"):
            return False
        if held.stage in (Stage.DRAFT, Stage.VOID) or held.opens_at is None or held.closes_at is None:
            self._wrong(row, "activity", "activity_not_held", value=row.activity, stage=held.stage)
        elif not held.opens_at <= row.at <= held.closes_at:
            self._wrong(row, "at", "outside_window", opens_at=held.opens_at, closes_at=held.closes_at)
        elif row.at > self._work.now:
            self._wrong(row, "at", "at_in_future")
        elif self._enterprises.firm_of(row.enterprise).key == self._operator.get(held.platform):
            self._wrong(row, "enterprise", "own_people", value=row.enterprise)
        else:
            return True
        return False

    def _wrong(self, row: CheckInRow, name: str, code: str, **facts: object) -> None:
        self._work.wrong("check_ins", row.index, name, code, f"{row.activity} {row.enterprise}", **facts)

    def write(self, persons: Mapping[str, int]) -> SectionCounts:
        """Write those that are not there yet."""
        if len(self._new) > BATCH:
            take_stock(self._work, Activity, ActivityPlatform, PlatformYear)
        insert_missing(self._work, CheckIn, self._rows(persons), ticks=True)
        return SectionCounts(len(self._new), 0, len(self._work.bundle.check_ins) - len(self._new))

    def _rows(self, persons: Mapping[str, int]) -> Iterator[Values]:
        for row in self._new:
            yield {
                "activity_id": self._activities.ids[row.activity],
                "enterprise_id": self._enterprises.ids[row.enterprise],
                "person_id": persons[row.openid] if row.openid is not None else None,
                "door": Door.SHEET,
                "evidence_grade": LATE,
                "checked_in_at": row.at,
                "received_at": self._work.now,
            }
