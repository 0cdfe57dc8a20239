"""One record's share in one fact, as a row: what the tally adds up and what a page lists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from msgspec import Struct

from models.terms import Stage, Subject


class CountStatus(StrEnum):
    """已计入 · 待审核 · 不计入."""

    COUNTED = "counted"
    PENDING = "pending"
    NOT_COUNTED = "not_counted"


def standing_of(stage: Stage) -> CountStatus:
    """What is approved counts; what may still be approved waits."""
    return CountStatus.COUNTED if stage is Stage.APPROVED else CountStatus.PENDING


class FactRow(Struct, frozen=True):
    """One record's share in one fact: ``amount`` 家次, 次, 条 or 份; ``reasons`` are codes why it does not count.

    ``lacks`` is what a record under review still lacks: an activity to be complete, another its ``proof``.
    """

    fact: str
    amount: int
    standing: CountStatus
    subject: Subject
    subject_id: int
    title: str
    day: date | None
    reasons: tuple[str, ...] = ()
    stage: Stage | None = None
    lacks: tuple[str, ...] = ()


def sums(rows: Iterable[FactRow], standing: CountStatus) -> dict[str, int]:
    """What the rows of one standing add up to, by fact; a fact that comes to nothing is left out."""
    found: dict[str, int] = {}
    for row in rows:
        if row.standing is standing and row.amount:
            found[str(row.fact)] = found.get(row.fact, 0) + row.amount
    return found
