"""Importing activities (导入服务活动) with every platform's part; what the bundle leaves out is filled in to work."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.journal import LogEntry
from models.platform import Platform
from models.terms import HANDED_IN, Stage, Subject, WebhookEvent
from scoring.terms import Form
from wxsvc.services import webhooks
from wxsvc.services.activity.activity_codes import new_scene
from wxsvc.services.activity.activity_forms import OPENS_BEFORE
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import When
from wxsvc.services.imports.bundle import STAGES, ActivityRow, Bundle
from wxsvc.services.imports.import_people import Platforms
from wxsvc.services.imports.import_rows import Plan, SectionCounts, Values, Work, insert, read_by, update
from wxsvc.services.records.backfilling import is_afterwards
from wxsvc.services.years import last_day_of

_KEPT: Final = (
    *("form", "organisers", "place", "meeting_link", "content", "summary", "scene", "short_code"),
    *("published_at", "submitted_at", "reviewed_at"),
)
_SINCE: Final = {"published_at": Stage.PUBLISHED, "submitted_at": Stage.SUBMITTED, "reviewed_at": Stage.APPROVED}
_SHORT_CODES: Final = 100_000


class ImportedActivity(Struct, frozen=True):
    """What a check-in must know of its activity."""

    stage: Stage
    opens_at: datetime | None
    closes_at: datetime | None
    year: int | None
    ends_at: datetime | None
    platform: str
    """The code of the platform that published it."""


def concerned(session: Session, bundle: Bundle) -> set[tuple[int, int]]:
    """The platform-years, as (platform id, year), that activities and check-ins of the bundle belong to or will."""
    ids = {row.code: row.id for row in session.execute(sa.select(Platform.code, Platform.id))}
    found = {
        (ids[code], last_day_of(row.ends_at).year)
        for row in bundle.activities
        for code in (row.platform, *(partner.platform for partner in row.partners))
        if code in ids
    }
    query = sa.select(ActivityPlatform.platform_id, Activity.year).join(
        Activity, Activity.id == ActivityPlatform.activity_id
    )
    rows = read_by(session, query.where(Activity.year.is_not(None)), Activity.code, _codes(bundle))
    return found | {(row["platform_id"], row["year"]) for row in rows}


def _codes(bundle: Bundle) -> set[str]:
    return {row.code for row in bundle.activities} | {row.activity for row in bundle.check_ins}


class Activities:
    """The activities of the bundle, and those that its check-ins name."""

    def __init__(self, work: Work, platforms: Platforms) -> None:
        self._work, self._platforms = work, platforms
        query = sa.select(*Activity.__table__.c)
        self._found = {row["code"]: row for row in read_by(work.session, query, Activity.code, _codes(work.bundle))}
        self._parts = self._read_parts()
        self._scenes = self._taken(Activity.scene, {row.scene for row in work.bundle.activities if row.scene})
        live = sa.select(Activity.short_code, Activity.code).where(Activity.stage == Stage.PUBLISHED)
        self._published = {each.short_code: each.code for each in work.session.execute(live)}
        self._short_codes = set(self._published) | {row.short_code for row in work.bundle.activities}
        self.plan = Plan()
        self._takers = {code: set(self._parts[row["id"]]) for code, row in self._found.items()}
        self._new_parts: list[tuple[str, str, Values]] = []
        self._changed_parts: list[tuple[str, str, Values]] = []
        self._approved: list[str] = []
        self.touched: set[tuple[str, int]] = set()
        """Platform codes and years whose score may move."""
        self.held: dict[str, ImportedActivity] = {
            code: ImportedActivity(
                row["stage"], row["opens_at"], row["closes_at"], row["year"], row["ends_at"], self._owner(row)
            )
            for code, row in self._found.items()
        }
        """Every activity as it will stand, by code."""
        self.ids = {code: row["id"] for code, row in self._found.items()}
        for row in work.bundle.activities:
            self._plan(row)

    def _read_parts(self) -> dict[int, dict[str, Mapping[str, Any]]]:
        table = ActivityPlatform.__table__.c
        query = sa.select(table.activity_id, table.platform_id, table.part, table.confirmed_at)
        parts: dict[int, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        ids = {row["id"] for row in self._found.values()}
        for row in read_by(self._work.session, query, ActivityPlatform.activity_id, ids):
            parts[row["activity_id"]][self._platforms.code_of(row["platform_id"])] = row
        return parts

    def _taken(self, column: Any, values: set[str]) -> dict[str, str]:
        query = sa.select(Activity.code, column.label("value"))
        return {row["value"]: row["code"] for row in read_by(self._work.session, query, column, values)}

    def _plan(self, row: ActivityRow) -> None:
        found = self._found.get(row.code)
        known = [self._knows(row, row.platform, "platform")]
        known += [self._knows(row, each.platform, f"partners[{n}].platform") for n, each in enumerate(row.partners)]
        if found is not None and self._owner(found) != row.platform:
            if known[0]:
                self._wrong(row, "platform", "activity_of_another", value=row.platform, of=self._owner(found))
            return
        self._must_be_free(row)
        wanted = self._wanted(row, found)
        if wanted["closes_at"] <= wanted["opens_at"]:
            self._wrong(row, "closes_at", "closes_before_opening")
        is_as_before = found is not None and (found["stage"], found["ends_at"]) == (wanted["stage"], row.ends_at)
        if wanted["stage"] in HANDED_IN and not is_as_before and row.ends_at > self._work.now:
            self._wrong(row, "ends_at", "activity_not_over", stage=wanted["stage"])
        if wanted["stage"] is not Stage.DRAFT and not (wanted["place"] or wanted["meeting_link"]):
            self._wrong(row, "place", "no_place")
        only_new: Values = {
            "code": row.code,
            "platform_id": row.platform,
            "created_at": self._work.now,
        }
        self.held[row.code] = ImportedActivity(
            wanted["stage"], wanted["opens_at"], wanted["closes_at"], wanted["year"], row.ends_at, row.platform
        )
        parts = self._plan_parts(row, found)
        if wanted["stage"] is Stage.APPROVED and (found is None or found["stage"] is not Stage.APPROVED):
            self._approved.append(row.code)
        is_written = self.plan.add(found, wanted, only_new)
        if parts and not is_written:
            self.plan.unchanged -= 1
            self.plan.changed.append({"id": self.ids[row.code], **wanted})
        if all(known) and (parts or is_written):
            times = [each["ends_at"] for each in (wanted, found) if each is not None and each["year"] is not None]
            for day in sorted({last_day_of(ends_at) for ends_at in times}):
                self.touch("activities", row.index, row.code, When(day.year, day))

    def _knows(self, row: ActivityRow, platform: str, name: str) -> bool:
        return self._platforms.must_know(platform, "activities", row.index, name, row.code)

    def _wrong(self, row: ActivityRow, name: str, code: str, **facts: object) -> None:
        self._work.wrong("activities", row.index, name, code, row.code, **facts)

    def _must_be_free(self, row: ActivityRow) -> None:
        """Scene and short code are no other activity's."""
        if (of := self._scenes.get(row.scene or "", row.code)) != row.code:
            self._wrong(row, "scene", "scene_taken", value=row.scene, of=of)
        of = self._published.get(row.short_code or "", row.code)
        if row.stage is Stage.PUBLISHED and of != row.code:
            self._wrong(row, "short_code", "short_code_taken", value=row.short_code, of=of)

    def _wanted(self, row: ActivityRow, found: Mapping[str, Any] | None) -> Values:
        """The activity's columns: what the bundle gives, else what is there, else what makes check-in work."""
        kept = found or dict.fromkeys((*_KEPT, "stage", "starts_at", "ends_at", "opens_at", "closes_at"))
        stage = _stage(row.stage, kept["stage"])
        wanted: Values = {name: getattr(row, name, None) or kept[name] for name in _KEPT}
        wanted |= {
            "title": row.title,
            "category": row.category,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "opens_at": row.opens_at or _moved(kept["opens_at"], kept["starts_at"], row.starts_at, OPENS_BEFORE),
            "closes_at": row.closes_at or _moved(kept["closes_at"], kept["ends_at"], row.ends_at, timedelta()),
            "year": last_day_of(row.ends_at).year,
            "stage": stage,
        }
        wanted["form"] = wanted["form"] or (Form.ONSITE if row.place else Form.ONLINE if row.meeting_link else None)
        wanted["organisers"] = wanted["organisers"] or self._platforms.name.get(row.platform)
        if stage is not kept["stage"] and stage is not Stage.DRAFT:
            wanted["scene"] = wanted["scene"] or new_scene()
            if stage is Stage.PUBLISHED:
                wanted["short_code"] = wanted["short_code"] or self._free_short_code()
            for name, since in _SINCE.items():
                if STAGES.index(stage) >= STAGES.index(since):
                    wanted[name] = wanted[name] or self._work.now
        published_at = wanted["published_at"]
        wanted["is_backfilled"] = published_at is not None and is_afterwards(row.ends_at, published_at)
        return wanted

    def _free_short_code(self) -> str | None:
        """Five digits that no published activity has; None when nearly all are in use."""
        if len(self._short_codes) > _SHORT_CODES * 9 // 10:
            return None
        while (digits := f"{secrets.randbelow(_SHORT_CODES):05}") in self._short_codes:
            pass
        self._short_codes.add(digits)
        return digits

    def _plan_parts(self, row: ActivityRow, found: Mapping[str, Any] | None) -> bool:
        """The own part is confirmed at once, a partner's when the bundle says so; whether anything changes."""
        wanted = [(row.platform, row.part, True)]
        wanted += [(partner.platform, partner.part, partner.is_confirmed) for partner in row.partners]
        had = self._parts[found["id"]] if found is not None else {}
        before = len(self._new_parts) + len(self._changed_parts)
        for platform, part, is_confirmed in wanted:
            confirmed_at = self._work.now if is_confirmed else None
            if (known := had.get(platform)) is None:
                values = {"part": part, "asked_at": self._work.now, "confirmed_at": confirmed_at}
                self._new_parts.append((row.code, platform, values))
                self._takers.setdefault(row.code, set()).add(platform)
            elif known["part"] != part or (is_confirmed and known["confirmed_at"] is None):
                values = {"part": part, "confirmed_at": known["confirmed_at"] or confirmed_at}
                self._changed_parts.append((row.code, platform, values))
        return len(self._new_parts) + len(self._changed_parts) > before

    def touch(self, section: str, index: int, code: str, at: When) -> None:
        """The year of every platform that has a part will be counted anew; a sealed one is a problem of the row."""
        for platform in sorted(self._takers.get(code, ())):
            if (year := self._platforms.sealed_for(platform, at)) is not None:
                name = self._platforms.name[platform]
                self._work.wrong(section, index, None, "year_sealed", code, year=year, platform=name)
            self.touched.add((platform, at.year))

    def _owner(self, found: Mapping[str, Any]) -> str:
        return self._platforms.code_of(found["platform_id"])

    def write(self, by: Actor) -> SectionCounts:
        """Write them and their parts, and in the log which were approved by the import; ``ids`` knows all of them."""
        platforms = self._platforms.ids
        for values in self.plan.new:
            values["platform_id"] = platforms[values["platform_id"]]
        insert(self._work, Activity, self.plan.new)
        self._update()
        query = sa.select(Activity.code, Activity.id)
        codes = {row["code"] for row in self.plan.new}
        self.ids |= {row["code"]: row["id"] for row in read_by(self._work.session, query, Activity.code, codes)}
        insert(self._work, ActivityPlatform, self._part_rows(self._new_parts))
        update(self._work, ActivityPlatform, self._part_rows(self._changed_parts), ("activity_id", "platform_id"))
        insert(self._work, LogEntry, self._approvals(by))
        approved = {str(self.ids[code]): {"activity": code, "year": self.held[code].year} for code in self._approved}
        webhooks.tell(self._work.session, WebhookEvent.ACTIVITY_APPROVED, approved, self._work.now)
        return self.plan.counts

    def _approvals(self, by: Actor) -> Iterator[Values]:
        """What no reviewer approved, but the bundle."""
        for code in self._approved:
            yield {
                "done_at": self._work.now,
                "person_id": by.person_id,
                "deed": "activity.approved",
                "subject": Subject.ACTIVITY,
                "subject_id": self.ids[code],
                "platform_id": self._platforms.ids[self.held[code].platform],
                "details": {"by": Subject.IMPORT.value},
            }

    def _update(self) -> None:
        ids = {values["id"] for values in self.plan.changed}
        version = {row["id"]: row["version"] + 1 for row in self._found.values() if row["id"] in ids}
        update(self._work, Activity, (values | {"version": version[values["id"]]} for values in self.plan.changed))

    def _part_rows(self, parts: list[tuple[str, str, Values]]) -> Iterator[Values]:
        for code, platform, values in parts:
            yield {"activity_id": self.ids[code], "platform_id": self._platforms.ids[platform], **values}


def _stage(given: Stage, kept: Stage | None) -> Stage:
    """An import only leads onwards: it takes back no submission and no verdict."""
    if kept is None:
        return given
    return given if kept in STAGES and STAGES.index(given) > STAGES.index(kept) else kept


def _moved(kept: datetime | None, old: datetime | None, new: datetime, before: timedelta) -> datetime:
    """An end of the window keeps its distance when the activity is put off; at first it is the default."""
    return new - before if kept is None or old is None else kept + (new - old)
