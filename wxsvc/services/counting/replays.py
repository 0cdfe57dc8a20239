"""重算: a sealed year given again from what its snapshots kept, and compared with them byte for byte.

Nothing is read but the documents and the rows that were sealed with them: no scheme file, no reading, no calendar and
no record of today. What differs is told line by line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from models.year_end import PlatformSnapshot
from scoring.filings import COSTS_A_POINT
from scoring.readings import Readings
from scoring.scheme_files import parse_scheme
from scoring.scorecard import score
from scoring.tally import Tally
from scoring.words import in_words
from wxsvc.services import years
from wxsvc.services.counting import snapshots
from wxsvc.services.counting.facts import CountStatus
from wxsvc.services.counting.snapshots import Lines, canonical, inputs


class Replay(Struct, frozen=True):
    """A year given again: the province's document, every platform's, and what differs from what was sealed.

    ``unkept`` are codes of platforms that an earlier release sealed without a snapshot.
    """

    year: int
    province: str | None
    platforms: tuple[str, ...]
    differences: tuple[str, ...]
    unkept: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Byte for byte what was sealed."""
        return not self.differences


def of_year(session: Session, year: int) -> Replay:
    """Every platform's document and the province's, computed again; reads only."""
    kept = snapshots.current(session, year)
    given = [document(session, row) for row in kept]
    differences = [
        line for row, again in zip(kept, given, strict=True) for line in _differences(row.document, again, row.sha256)
    ]
    sealed, whole = snapshots.year_snapshot(session, year), None
    if sealed is not None:
        whole = canonical(snapshots.of_province(year, sealed.sealed_at, given))
        differences += _differences(sealed.document, whole, sealed.sha256)
    return Replay(year, whole, tuple(given), tuple(differences), _unkept(session, year, kept))


def document(session: Session, kept: PlatformSnapshot) -> str:
    """One platform's document, current or former, computed again from what it holds and its rows."""
    content: dict[str, Any] = json.loads(kept.document)
    behind, left_out = _rows(session, kept)
    tally = _tally(content, behind)
    with in_words(content["words"]):
        scheme = parse_scheme(content["scheme"]["name"], content["scheme"]["text"])
        scored = score(
            Tally.from_dict(tally, scheme),
            Readings.from_words(content["readings"]),
            {code: Decimal(points) for code, points in content["unproved"].items()},
        )
    card = snapshots.card_of(scored)
    return canonical(content | {"inputs": inputs(behind, left_out), "tally": tally, "card": card})


def _tally(content: dict[str, Any], behind: Lines) -> dict[str, Any]:
    """The tally with its counts summed from the rows and its missed filings from the filings; rulings as they were."""
    sums: dict[str, int] = {}
    for fact, amount, standing, *_ in behind:
        if standing == CountStatus.COUNTED:
            sums[fact] = sums.get(fact, 0) + amount
    kept = content["tally"]

    def section(names: Iterable[str], prefix: str = "") -> dict[str, Any]:
        return {name: sums.pop(prefix + name, 0) for name in names}

    plain = [name for name in kept["counted"] if name != "activities"]
    counted = section(plain) | {"activities": section(kept["counted"]["activities"], "activities.")}
    bonus = section(kept["bonus"], "bonus.")
    costs = {state.value for state in COSTS_A_POINT}
    return {
        **kept,
        "counted": counted | {fact: amount for fact, amount in sums.items() if amount},
        "bonus": bonus,
        "missed_filings": sum(each["state"] in costs for each in content["filings"]),
    }


def _rows(session: Session, kept: PlatformSnapshot) -> tuple[Lines, Lines]:
    if kept.rows is None:
        return snapshots.sealed_lines(session, kept.platform_id, kept.year)
    given_up = json.loads(kept.rows)
    return given_up["rows"], given_up["left_out"]


def _differences(sealed: str, again: str, sha256: str) -> Iterator[str]:
    """What is not as it was sealed, a line each, sealed value first: ``430100 card.lines.website.points: 4 != 5``."""
    content = json.loads(sealed)
    name = content["platform"]["code"] if "platform" in content else content["year"]
    if snapshots.digest(sealed) != sha256:
        yield f"{name} sha256: {sha256} != {snapshots.digest(sealed)}"
    if sealed != again:
        yield from (f"{name} {line}" for line in _unlike(content, json.loads(again)))


def _unlike(sealed: Any, again: Any, place: str = "") -> Iterator[str]:
    if isinstance(sealed, list):
        sealed, again = _named(sealed), _named(again)
    if isinstance(sealed, dict) and isinstance(again, dict):
        for key in sorted({*sealed, *again}):
            yield from _unlike(sealed.get(key), again.get(key), f"{place}.{key}" if place else key)
    elif sealed != again:
        yield f"{place}: {sealed} != {again}"


def _named(entries: list[Any]) -> dict[str, Any]:
    """Entries of a list by their code where they have one, else by their place."""
    return {
        str(entry["code"]) if isinstance(entry, dict) and "code" in entry else str(place): entry
        for place, entry in enumerate(entries)
    }


def _unkept(session: Session, year: int, kept: Sequence[PlatformSnapshot]) -> tuple[str, ...]:
    with_snapshot = {row.platform_id for row in kept}
    return tuple(
        code for platform_id, code in years.sealed_platforms(session, year) if platform_id not in with_snapshot
    )
