"""年度快照: all that a sealed score was computed from, and every line, as one document that is its own proof.

The document holds the text of the scheme, the words, readings, calendar, filings, tally, a digest of the rows, and the
card. So it is recomputed (:mod:`wxsvc.services.counting.replays`) from nothing but itself and its rows,
whatever became of files, settings and schema since. It is canonical JSON kept as text: the same on every database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform
from models.year_end import PlatformSnapshot, YearSnapshot
from scoring.scheme_files import scheme_text
from scoring.scorecard import Scorecard
from scoring.words import all_words, points_text
from wxsvc.services.actor import Actor
from wxsvc.services.counting import sealed_rows
from wxsvc.services.counting.facts import FactRow
from wxsvc.services.counting.tallies import Recount
from wxsvc.services.regulation.calendars import NamedDays
from wxsvc.services.years import AssessmentPeriod

FORMAT: Final = 1
"""Of the document: a later format is read by what it says here."""

Lines: TypeAlias = list[list[Any]]
"""Rows as JSON has them."""


def canonical(content: object) -> str:
    """JSON that has one form only: sorted keys, no spaces, characters as they are."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """sha256 of the text's UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class SnapshotYear(Struct, frozen=True):
    """One platform's year as it was counted for the seal: what is kept of it."""

    platform: Platform
    period: AssessmentPeriod
    recount: Recount
    left_out: Sequence[FactRow]


def keep(session: Session, found: Iterable[SnapshotYear], named_days: NamedDays, by: Actor, now: datetime) -> None:
    """Keep what was just counted and is about to be sealed: a sealed year takes no row."""
    for each in found:
        content = _content(each, named_days, now)
        document = canonical(content | {"inputs": inputs(lines(each.recount.rows), lines(each.left_out))})
        row = PlatformSnapshot(
            platform_id=each.platform.id,
            year=each.recount.tally.year,
            document=document,
            sha256=digest(document),
            sealed_at=now,
            sealed_by=by.person_id,
        )
        session.add(row)
    session.flush()


def retire(session: Session, platform_id: int, year: int, kept: str, reason: str | None, now: datetime) -> None:
    """The year was unsealed: what was sealed becomes a former snapshot, with its rows; so does the province's."""
    session.execute(
        sa.update(PlatformSnapshot)
        .where(PlatformSnapshot.platform_id == platform_id, PlatformSnapshot.year == year, PlatformSnapshot.is_current)
        .values(former_at=now, former_reason=reason, rows=kept)
    )
    session.execute(
        sa.update(YearSnapshot).where(YearSnapshot.year == year, YearSnapshot.former_at.is_(None)).values(former_at=now)
    )


def keep_year(session: Session, year: int, asked_by: int | None, by: Actor, now: datetime) -> YearSnapshot:
    """Keep the province's document, once every platform of the year is sealed; it names each platform's digest."""
    document = canonical(of_province(year, now, [row.document for row in current(session, year)]))
    row = YearSnapshot(
        year=year,
        document=document,
        sha256=digest(document),
        sealed_at=now,
        asked_by=asked_by,
        sealed_by=by.person_id,
    )
    session.add(row)
    session.flush()
    return row


def current(session: Session, year: int) -> Sequence[PlatformSnapshot]:
    """What is sealed now, in the order of the platforms' codes (by code point, whatever the database's order)."""
    query = sa.select(PlatformSnapshot, Platform.code).join(Platform, Platform.id == PlatformSnapshot.platform_id)
    found = session.execute(query.where(PlatformSnapshot.year == year, PlatformSnapshot.is_current)).all()
    return [row for row, _ in sorted(found, key=lambda each: each.code)]


def current_of(session: Session, platform_id: int, year: int) -> PlatformSnapshot | None:
    """What is sealed of one platform now; None for an open year, and for one that an earlier release sealed."""
    return session.scalar(
        sa.select(PlatformSnapshot).where(
            PlatformSnapshot.platform_id == platform_id, PlatformSnapshot.year == year, PlatformSnapshot.is_current
        )
    )


def former_of(session: Session, platform_id: int, year: int) -> Sequence[PlatformSnapshot]:
    """What was sealed before and unsealed since, the newest first."""
    query = sa.select(PlatformSnapshot).where(
        PlatformSnapshot.platform_id == platform_id, PlatformSnapshot.year == year, ~PlatformSnapshot.is_current
    )
    return session.scalars(query.order_by(PlatformSnapshot.id.desc())).all()


def year_snapshot(session: Session, year: int) -> YearSnapshot | None:
    """The province's document of a year that is sealed as a whole."""
    return session.scalar(sa.select(YearSnapshot).where(YearSnapshot.year == year, YearSnapshot.former_at.is_(None)))


def of_province(year: int, sealed_at: datetime, documents: Iterable[str]) -> dict[str, Any]:
    """The province's document: every platform's total, its rank among its kind (ties share it), and its digest.

    ``rank`` is null for one that is not compared; documents that do not say so yet were compared all.
    """
    cards = [(json.loads(document), digest(document)) for document in documents]
    totals: dict[str, list[Decimal]] = {}
    for each, _ in cards:
        if each.get("is_compared", True):
            totals.setdefault(each["platform"]["kind"], []).append(Decimal(each["card"]["total"]))
    return {
        "format": FORMAT,
        "year": year,
        "sealed_at": _moment(sealed_at),
        "platforms": [
            {
                **each["platform"],
                **{name: each["card"][name] for name in ("base", "bonus", "total")},
                "rank": 1 + sum(total > Decimal(each["card"]["total"]) for total in totals[each["platform"]["kind"]])
                if each.get("is_compared", True)
                else None,
                "sha256": sha256,
            }
            for each, sha256 in cards
        ],
    }


def kept_rows(session: Session, platform_id: int, year: int) -> str:
    """The rows that a year was sealed with, as a former snapshot keeps them once they are given up."""
    return canonical(dict(zip(("rows", "left_out"), sealed_lines(session, platform_id, year), strict=True)))


def sealed_lines(session: Session, platform_id: int, year: int) -> tuple[Lines, Lines]:
    """The lines of what a sealed year adds up from, and of what was left out."""
    behind, left_out = (sealed_rows.of(session, platform_id, year, is_left_out=out) or () for out in (False, True))
    return lines(behind), lines(left_out)


def lines(rows: Iterable[FactRow]) -> Lines:
    """The rows as JSON values in one order, whatever order they were read in."""
    found = (
        [
            str(row.fact),
            row.amount,
            str(row.standing),
            str(row.subject),
            row.subject_id,
            row.title,
            _day(row.day),
            list(row.reasons),
            str(row.stage) if row.stage is not None else None,
        ]
        for row in rows
    )
    return sorted(found, key=lambda line: tuple(map(str, line)))


def inputs(behind: Lines, left_out: Lines) -> dict[str, Any]:
    """How many rows there are behind the lines and left out, and their digest."""
    return {
        "rows": len(behind),
        "rows_sha256": digest(canonical(behind)),
        "left_out": len(left_out),
        "left_out_sha256": digest(canonical(left_out)),
    }


def _content(counted: SnapshotYear, named_days: NamedDays, now: datetime) -> dict[str, Any]:
    platform, recount = counted.platform, counted.recount
    year, scored = recount.tally.year, recount.scored
    return {
        "format": FORMAT,
        "year": year,
        "sealed_at": _moment(now),
        "platform": {"code": platform.code, "name": platform.name, "kind": platform.kind.value},
        "is_compared": not (counted.period.is_empty or platform.is_closed_in(year)),
        "period": [_day(counted.period.first), _day(counted.period.last)],
        "scheme": {"name": scored.scheme, "text": scheme_text(platform.kind, year)},
        "words": all_words(),
        "readings": {name.value: word for name, word in scored.readings.as_words().items()},
        "calendar": [[_day(day), is_workday, name] for day, is_workday, name in named_days],
        "filings": [
            {
                "obligation": each.deadline.obligation.value,
                "period": each.deadline.period,
                "due_on": _day(each.deadline.due_on),
                "filed_on": _day(each.filed_on),
                "state": each.state.value,
            }
            for each in recount.filings
        ],
        "tally": recount.tally.as_dict(),
        "unproved": {code: points_text(points) for code, points in recount.unproved.items()},
        "card": card_of(scored),
    }


def card_of(scored: Scorecard) -> dict[str, Any]:
    """A card and its lines as the document has them; the sentences stand in the scheme's text."""
    names = ("code", "group", "points", "full", "status", "working")
    totals = {name: points_text(getattr(scored, name)) for name in ("base", "bonus", "total", "awaited")}
    return {**totals, "lines": [{name: line.as_dict()[name] for name in names} for line in scored.lines]}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
