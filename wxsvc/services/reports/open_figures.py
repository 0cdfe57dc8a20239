"""开放数据: what other systems read, entry by entry, as it stands. No person is in it, and no text that may name one.

Tallies have the form of ``wxsvc tallies --json``, scorecards that of ``wxsvc score --json``. Nothing is folded for who
reads: the worker keeps the cards, and ``as_of`` says of which moment each is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.platform import Platform
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import Stage
from scoring.readings import Readings
from scoring.scheme_files import scheme_for
from scoring.words import points_text
from wxsvc.clock import as_json
from wxsvc.services.counting import amendments, tally_list
from wxsvc.services.counting.amendments import SealedCard

Entry = dict[str, Any]


class EntryFilter(Struct, frozen=True):
    """Which entries: of a year, of one platform (its code), of one stage; behind the one whose code is ``after``."""

    year: int | None = None
    platform: str | None = None
    stage: Stage | None = None
    after: str = ""


def platforms(session: Session, asked: EntryFilter, limit: int) -> list[Entry]:
    """窗口平台, by code."""
    query = sa.select(Platform).where(*_platforms(asked)).order_by(Platform.code).limit(limit)
    return [
        {
            "code": row.code,
            "name": row.name,
            "kind": row.kind.value,
            "region": row.region_code,
            "website": row.website,
            "accepted_on": row.accepted_on and row.accepted_on.isoformat(),
            "closed_on": row.closed_on and row.closed_on.isoformat(),
        }
        for row in session.scalars(query)
    ]


def activities(session: Session, asked: EntryFilter, limit: int) -> list[Entry]:
    """服务活动 that were published, by code; drafts are nobody's but their platform's."""
    wanted = [Activity.stage != Stage.DRAFT, Activity.code > asked.after]
    if asked.year is not None:
        wanted.append(Activity.year == asked.year)
    if asked.stage is not None:
        wanted.append(Activity.stage == asked.stage)
    if asked.platform is not None:
        part = sa.select(ActivityPlatform.activity_id).join(Platform, Platform.id == ActivityPlatform.platform_id)
        wanted.append(Activity.id.in_(part.where(Platform.code == asked.platform)))
    rows = session.scalars(sa.select(Activity).where(*wanted).order_by(Activity.code).limit(limit)).all()
    hosts, check_ins = _hosts(session, rows), _check_ins(session, rows)
    return [
        {
            "code": row.code,
            "year": row.year,
            "title": row.title,
            "category": row.category and row.category.value,
            "form": row.form and row.form.value,
            "starts_at": as_json(row.starts_at),
            "ends_at": as_json(row.ends_at),
            "place": row.place,
            "stage": row.stage.value,
            "reviewed_at": as_json(row.reviewed_at),
            "platforms": hosts[row.id],
            "check_ins": check_ins.get(row.id, 0),
        }
        for row in rows
    ]


def tallies(session: Session, asked: EntryFilter, limit: int) -> list[Entry]:
    """统计 of a year, by the platforms' codes: the entries of ``wxsvc tallies``."""
    cards, amended = _cards(session, asked, limit), _amended(session, asked)
    return [tally_list.entry(platform, card, amended.get(platform.id)) for platform, card in cards]


def scorecards(session: Session, asked: EntryFilter, limit: int) -> list[Entry]:
    """评分表 of a year with their lines, by the platforms' codes."""
    cards = _cards(session, asked, limit)
    query = (
        sa.select(ScoreLineRow)
        .where(ScoreLineRow.year == asked.year, ScoreLineRow.platform_id.in_([card.platform_id for _, card in cards]))
        .order_by(ScoreLineRow.platform_id, ScoreLineRow.position)
    )
    lines: dict[int, list[ScoreLineRow]] = defaultdict(list)
    for row in session.scalars(query):
        lines[row.platform_id].append(row)
    amended = _amended(session, asked)
    return [
        {
            "code": platform.code,
            "name": platform.name,
            "as_of": as_json(card.as_of),
            "scorecard": _scorecard(platform, card, lines[platform.id]),
            "amended": tally_list.amended_entry(amended.get(platform.id)),
        }
        for platform, card in cards
    ]


def _amended(session: Session, asked: EntryFilter) -> dict[int, SealedCard]:
    return amendments.amended_cards(session, asked.year) if asked.year is not None else {}


def _platforms(asked: EntryFilter) -> list[sa.ColumnElement[bool]]:
    wanted = [Platform.code > asked.after]
    return wanted if asked.platform is None else [*wanted, Platform.code == asked.platform]


def _cards(session: Session, asked: EntryFilter, limit: int) -> Sequence[tuple[Platform, ScorecardRow]]:
    query = (
        sa.select(Platform, ScorecardRow)
        .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
        .where(ScorecardRow.year == asked.year, *_platforms(asked))
        .order_by(Platform.code)
        .limit(limit)
    )
    return [(platform, card) for platform, card in session.execute(query)]


def _scorecard(platform: Platform, card: ScorecardRow, lines: Sequence[ScoreLineRow]) -> Entry:
    """As ``wxsvc score --json`` prints it."""
    scheme = scheme_for(platform.kind, card.year)
    return {
        "kind": platform.kind.value,
        "year": card.year,
        "scheme": card.scheme,
        "lines": [
            {
                "code": line.code,
                "group": line.group.value,
                "name": scheme.indicator(line.code).name,
                "points": points_text(line.points),
                "full": points_text(scheme.indicator(line.code).full),
                "status": line.status.value,
                "working": line.working,
                "text": scheme.indicator(line.code).text,
            }
            for line in lines
        ],
        "base": points_text(card.base),
        "bonus": points_text(card.bonus),
        "total": points_text(card.total),
        "awaited": points_text(card.awaited),
        "readings": Readings.from_words(card.readings).as_dict(),
    }


def _hosts(session: Session, rows: Sequence[Activity]) -> dict[int, list[Entry]]:
    """Every platform's part by activity, the one that published it first."""
    owners = {row.id: row.platform_id for row in rows}
    query = (
        sa.select(ActivityPlatform, Platform.code)
        .join(Platform, Platform.id == ActivityPlatform.platform_id)
        .where(ActivityPlatform.activity_id.in_(owners))
        .order_by(Platform.code)
    )
    found: dict[int, list[Entry]] = defaultdict(list)
    for part, code in session.execute(query):
        is_own = part.platform_id == owners[part.activity_id]
        told = {"code": code, "part": part.part.value, "confirmed": part.confirmed_at is not None}
        found[part.activity_id].insert(0 if is_own else len(found[part.activity_id]), told)
    return found


def _check_ins(session: Session, rows: Sequence[Activity]) -> dict[int, int]:
    query = (
        sa.select(CheckIn.activity_id, sa.func.count().label("check_ins"))
        .where(CheckIn.activity_id.in_([row.id for row in rows]), CheckIn.is_live)
        .group_by(CheckIn.activity_id)
    )
    return {row.activity_id: row.check_ins for row in session.execute(query)}
