"""``wxsvc tallies``: every platform's tally and score of one year, as others read it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.platform import Platform
from models.scorecard import ScorecardRow
from scoring.scheme_files import rules_in_force
from scoring.terms import PlatformKind
from scoring.words import points_text
from wxsvc.clock import as_json
from wxsvc.db import Database
from wxsvc.services.counting import amendments, folding
from wxsvc.services.counting.amendments import SealedCard
from wxsvc.services.counting.folding import Now


def entries(db: Database, now: Now, year: int, code: str | None = None) -> list[dict[str, Any]]:
    """Fold what waits, then one entry per platform in the order of their codes.

    Raises ValueError for a code that no platform has, and for a year without a scheme.
    """
    for kind in PlatformKind:
        rules_in_force(kind.value, year)
    folding.fold_waiting(db, now)
    platforms = sa.select(Platform.id).order_by(Platform.code)
    if code is not None:
        platforms = platforms.where(Platform.code == code)
    with db.read() as session:
        ids = list(session.scalars(platforms))
    if code is not None and not ids:
        raise ValueError(f"no platform has the code {code}")
    folding.make_missing(db, ids, year, now)
    with db.read() as session:
        rows = session.execute(
            sa.select(Platform, ScorecardRow)
            .join(ScorecardRow, ScorecardRow.platform_id == Platform.id)
            .where(Platform.id.in_(ids), ScorecardRow.year == year)
            .order_by(Platform.code)
        )
        amended = amendments.amended_cards(session, year)
        return [entry(platform, card, amended.get(platform.id)) for platform, card in rows]


def entry(platform: Platform, card: ScorecardRow, amended: SealedCard | None) -> dict[str, Any]:
    """One platform's tally and score as they stand; of a sealed year as they were sealed, and what holds since."""
    return {
        "code": platform.code,
        "name": platform.name,
        "kind": platform.kind.value,
        "tally": card.tally,
        "pending_participations": card.pending_participations,
        "scorecard": {
            "base": points_text(card.base),
            "bonus": points_text(card.bonus),
            "total": points_text(card.total),
            "awaited": points_text(card.awaited),
            "as_of": as_json(card.as_of),
        },
        "amended": amended_entry(amended),
    }


def amended_entry(card: SealedCard | None) -> dict[str, Any] | None:
    """更正 since the seal: the lines that it changed, and what the card comes to with them; None without any."""
    if card is None:
        return None
    return {
        "lines": [
            {"code": line.code, "before": points_text(line.sealed), "after": points_text(line.holds)}
            for line in card.lines
            if line.holds != line.sealed
        ],
        "base": points_text(card.base),
        "bonus": points_text(card.bonus),
        "total": points_text(card.total),
    }
