"""导出: what a year holds as a bundle that ``wxsvc import`` takes, and how much of it no bundle can carry.

Platforms and enterprises with what decides where they count, the year's activities and check-ins. Persons are left
out: an openid means something at one account only, and a file is no place for names. So is what has no section.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.activity import Activity, ActivityPhoto, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.platform import ClusterMember, Platform, PlatformYear
from models.recognition import Ruling, SiteInspection
from models.record import Post
from models.regulation import ReadingDecision
from models.year_end import Amendment, PlatformSnapshot
from wxsvc.clock import as_json
from wxsvc.services.imports.bundle import STAGES
from wxsvc.services.imports.bundle_values import readable
from wxsvc.services.kept_enterprises import KEPT_ID
from wxsvc.services.regulation import platform_regions
from wxsvc.services.reviewables import RECORDS

Row = dict[str, Any]

_AT_ONCE: Final = 5000
"""Check-ins that are held as the database gave them; a year of a province has three million."""

WITHOUT_SECTION: Final[Mapping[str, Any]] = {
    **{str(sa.inspect(table).local_table): table for table in RECORDS.values()},
    "posts": Post,
    "site_inspections": SiteInspection,
    "rulings": Ruling,
    "reading_decisions": ReadingDecision,
    "periods": PlatformYear,
}
"""What counts in a year and has no section in a bundle, by the word under which it is told."""


class Exported(Struct, frozen=True):
    """A bundle, and how many rows of what it could not carry, by a word of ``bundle_export.toml``."""

    content: Mapping[str, list[Row]]
    left_out: Mapping[str, int]


def of_year(session: Session, year: int) -> Exported:
    """The bundle of a year. Given to ``wxsvc import`` on an empty database, its rows make the same tallies."""
    left_out: Counter[str] = Counter()
    activities = session.scalars(sa.select(Activity).where(Activity.year == year).order_by(Activity.code)).all()
    carried = [row for row in activities if row.stage in STAGES]
    left_out["activities"] = len(activities) - len(carried)
    codes = {row.id: row.code for row in session.execute(sa.select(Platform.id, Platform.code))}
    check_ins, seen = _check_ins(session, carried, left_out)
    content = {
        "platforms": _platforms(session),
        "enterprises": _enterprises(session, left_out),
        "activities": _activities(session, carried, codes, seen, left_out),
        "check_ins": check_ins,
    }
    of_carried = [row.id for row in carried]
    photos = (ActivityPhoto.activity_id.in_(of_carried), ActivityPhoto.is_kept)
    assists = (ActivityPlatform.activity_id.in_(of_carried), ActivityPlatform.assist_accepted_at.is_not(None))
    left_out["photos"] = _count(session, ActivityPhoto, *photos)
    left_out["assists"] = _count(session, ActivityPlatform, *assists)
    late = (ActivityPlatform.activity_id.in_(of_carried), ActivityPlatform.awaits_review)
    left_out["late_parts"] = _count(session, ActivityPlatform, *late)
    sealed = sa.select(PlatformSnapshot.id).where(PlatformSnapshot.year == year, PlatformSnapshot.is_current)
    amended = (Amendment.snapshot_id.in_(sealed), Amendment.confirmed_at.is_not(None))
    left_out["amendments"] = _count(session, Amendment, *amended)
    left_out["closed_platforms"] = _count(session, Platform, Platform.is_closed)
    for word, table in WITHOUT_SECTION.items():
        left_out[word] = _count(session, table, table.year == year)
    return Exported(content, {word: count for word, count in left_out.items() if count})


def _platforms(session: Session) -> list[Row]:
    kept = aliased(Enterprise)
    query = (
        sa.select(ClusterMember.platform_id, kept.uscc, kept.licence_number)
        .join(Enterprise, Enterprise.id == ClusterMember.enterprise_id)
        .join(kept, kept.id == KEPT_ID)
    )
    members: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(query):
        members[row.platform_id].add(row.uscc or row.licence_number)
    return [
        _given(
            code=row.code,
            name=readable(row.name),
            kind=row.kind.value,
            region=row.region_code,
            phone=readable(row.phone),
            website=row.website,
            operator_uscc=row.operator_uscc,
            accepted_on=row.accepted_on and row.accepted_on.isoformat(),
            members=(sorted(members[row.id]) or None) if platform_regions.takes_members(row) else None,
        )
        for row in session.scalars(sa.select(Platform).order_by(Platform.code))
    ]


def _enterprises(session: Session, left_out: Counter[str]) -> list[Row]:
    """Every one that is kept, by its key; what a merge gave up is found as the kept one."""
    rows = session.scalars(sa.select(Enterprise).where(Enterprise.merged_into_id.is_(None))).all()
    left_out["confirmed_licences"] = sum(row.uscc is None and row.licence_confirmed_at is not None for row in rows)
    made = [_given(uscc=row.uscc, licence=row.licence_number, name=row.name, region=row.region_code) for row in rows]
    return sorted(made, key=lambda row: str(row.get("uscc") or row["licence"]))


def _activities(
    session: Session,
    rows: Sequence[Activity],
    codes: Mapping[int, str],
    seen: Mapping[int, tuple[datetime, datetime]],
    left_out: Counter[str],
) -> list[Row]:
    """With check-in open for as long as there are check-ins: staff may have entered one of outside its hours."""
    parts: dict[int, dict[str, ActivityPlatform]] = defaultdict(dict)
    query = sa.select(ActivityPlatform).where(ActivityPlatform.activity_id.in_([row.id for row in rows]))
    for part in session.scalars(query):
        parts[part.activity_id][codes[part.platform_id]] = part
    made = []
    for row in rows:
        own = parts[row.id].pop(codes[row.platform_id], None)
        if own is None or row.starts_at is None or row.ends_at is None or row.category is None:
            left_out["drafts"] += 1
            continue
        partners = [
            {"platform": code, "part": part.part.value, "confirmed": _counts(part)}
            for code, part in sorted(parts[row.id].items())
        ]
        made.append(
            _given(
                code=row.code,
                platform=codes[row.platform_id],
                title=readable(row.title),
                category=row.category.value,
                part=own.part.value,
                starts_at=as_json(row.starts_at),
                ends_at=as_json(row.ends_at),
                opens_at=as_json(min((each for each in (row.opens_at, *seen.get(row.id, ())) if each), default=None)),
                closes_at=as_json(max((each for each in (row.closes_at, *seen.get(row.id, ())) if each), default=None)),
                place=readable(row.place),
                meeting_link=row.meeting_link,
                form=row.form and row.form.value,
                organisers=readable(row.organisers, lines=True),
                content=readable(row.content, lines=True),
                summary=readable(row.summary, lines=True),
                stage=row.stage.value,
                scene=row.scene,
                short_code=row.short_code,
                partners=partners or None,
            )
        )
    return made


def _counts(part: ActivityPlatform) -> bool:
    """A part that was confirmed after the approval counts once the reviewer has confirmed it, too."""
    return part.confirmed_at is not None and not part.awaits_review


def _check_ins(
    session: Session, activities: Sequence[Activity], left_out: Counter[str]
) -> tuple[list[Row], dict[int, tuple[datetime, datetime]]]:
    """Live check-ins of who may be counted, and when the first and the last of them were, by activity.

    What a seal keeps may have two of firms that were merged since: a bundle knows one firm, and its first check-in.
    """
    codes = {row.id: row.code for row in activities}
    kept = aliased(Enterprise)
    query = (
        sa.select(CheckIn.activity_id, CheckIn.checked_in_at, CheckIn.is_live, kept.uscc, kept.licence_number)
        .add_columns((sa.func.coalesce(kept.uscc, "") == sa.func.coalesce(Platform.operator_uscc, "-")).label("is_own"))
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .join(kept, kept.id == KEPT_ID)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(CheckIn.activity_id.in_(codes), CheckIn.holds_place)
        .order_by(Activity.code, CheckIn.checked_in_at, CheckIn.id)
    )
    made: list[Row] = []
    seen: dict[int, tuple[datetime, datetime]] = {}
    here: set[str] = set()
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        if not row.is_live or row.is_own:
            left_out["voided_check_ins" if not row.is_live else "own_people"] += 1
            continue
        key = row.uscc or row.licence_number
        if row.activity_id not in seen:
            here = set()
        elif key in here:
            left_out["merged_check_ins"] += 1
            continue
        here.add(key)
        first, _ = seen.get(row.activity_id, (row.checked_in_at, None))
        seen[row.activity_id] = first, row.checked_in_at
        made.append({"activity": codes[row.activity_id], "enterprise": key, "at": as_json(row.checked_in_at)})
    return made, seen


def _count(session: Session, table: Any, *where: sa.ColumnExpressionArgument[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def _given(**values: Any) -> Row:
    return {name: value for name, value in values.items() if value is not None}
