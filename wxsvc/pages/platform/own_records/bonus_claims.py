"""加分申报 of five kinds, each with the regulation's own sentence, what it brings, and the proof it needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from models.terms import Subject
from scoring.evidence import proof_of
from scoring.rules import Bonus
from scoring.terms import BONUS_FACT, BonusKind, Fact, PlatformKind, PlatformTitle
from wxsvc.access import now
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.frame import pages_of
from wxsvc.pages.platform.own_records.noun import Noun, own_platform
from wxsvc.pages.row_numbers import key_of
from wxsvc.services.records import bonus_claims, media
from wxsvc.services.records.bonus_claims import BonusClaimEntry
from wxsvc.services.records.kinds import lines_of
from wxsvc.services.years import year_of

LONGEST_LINK: Final = 1000
OTHER_MEDIUM: Final = "other"
"""What the form says of a medium that is not on the list."""


class Kind(Struct, frozen=True):
    """One kind of claim as the form offers it: the sentence of its row, the points of each, and its proof."""

    kind: BonusKind
    row: str
    text: str
    each: Decimal
    proof: str | None


def entry_of(_session: Session, form: TypedForm) -> BonusClaimEntry | None:
    """What the form says; the year is chosen, as titles are awarded after their year has ended."""
    kind = form.word("kind", BonusKind, needed="form_choose")
    is_press = kind is BonusKind.PRESS
    is_other = form["medium"] == OTHER_MEDIUM
    medium = form.number("medium") if is_press and not is_other else None
    title = form.text("title", needed="form_needed")
    issuer = form.text("issuer", needed=None if medium else "form_needed")
    award = form.word("award", PlatformTitle) if kind is BonusKind.PLATFORM_TITLE else None
    reason = form.text("medium_reason", needed="form_needed") if is_press and is_other else None
    link = form.link("link", most=LONGEST_LINK) or None
    day = form.day_come("day", needed="form_needed")
    year = form.number("year", needed="form_choose")
    if year is not None and form["year"] not in _years(form):
        form.complain("year", "form_choose")
    if kind is None or day is None or year is None:
        return None
    return BonusClaimEntry(year, kind, title, issuer, day, link, award, medium, reason)


def typed_of(_session: Session, row: Any) -> dict[str, Any]:
    """The form of a record that is there."""
    return {
        "kind": row.kind.value,
        "title": row.title,
        "issuer": row.issuer,
        "day": row.awarded_on.isoformat(),
        "year": row.year,
        "was": row.year,
        "link": row.link,
        "award": row.award.value if row.award else "",
        "medium": row.medium_id or (OTHER_MEDIUM if row.medium_reason else ""),
        "medium_reason": row.medium_reason,
    }


def beside(session: Session, form: TypedForm) -> dict[str, Any]:
    """What the form offers to choose from."""
    return {
        "kinds": kinds(own_platform(session).kind, year_of(now())),
        "years": _years(form),
        "longest": LONGEST_LINK,
        "awards": PlatformTitle,
        "media": media.listed(session),
        "other": OTHER_MEDIUM,
    }


def kinds(of: PlatformKind, year: int) -> list[Kind]:
    """The five kinds under the rows of this platform's table."""
    found = []
    for kind in BonusKind:
        fact = Fact(f"bonus.{BONUS_FACT[kind].value}")
        for line in lines_of(of, year, Subject.BONUS_CLAIM):
            if isinstance(line.rule, Bonus) and fact in line.rule.counts:
                proof = proof_of(of, year, line.code, kind)
                found.append(Kind(kind, line.name, line.text, line.rule.each, proof.text if proof else None))
    return found


def _years(form: TypedForm) -> list[str]:
    """The running year and the one before; of a record that is there, its own too."""
    running, own = year_of(now()), key_of(form["was"])
    return sorted({str(running), str(running - 1), *([str(own)] if own is not None else [])}, reverse=True)


noun = Noun(
    Subject.BONUS_CLAIM,
    "bonus-claims",
    entry_of,
    typed_of,
    bonus_claims.add,
    bonus_claims.correct,
    beside=beside,
    field_of={"award_needed": "award", "medium_needed": "medium", "medium_unknown": "medium"},
)
blueprint = pages_of(noun)
