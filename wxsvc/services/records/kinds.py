"""记录的种类: one entry per kind of record that a reviewer judges. Whatever depends on the kind is read from here.

What a kind is counted as, and which line people judge by it, is told by the indicator table in force: an entry names
its facts, a ruled line of the scheme names the kind (``rests_on``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity
from models.collaboration import BonusClaim, Filing, Response
from models.platform import Platform
from models.recognition import OnlineService, PlatformFusion, ResearchReport
from models.record import Need, OfflineService, OnlineTrade
from models.terms import Subject
from scoring.scheme import Indicator, Scheme
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import BONUS_FACT, BonusKind, Fact, Ground, PlatformKind
from wxsvc import wording
from wxsvc.services.records import doubts, repetitions
from wxsvc.services.records.hints import Doubt, Look
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import Reviewable


class RecordKind(Struct, frozen=True):
    """One kind of record: its table, by what it is called, the day it speaks of, and what it is counted as.

    ``fact_of`` tells the fact of one record where ``facts`` names several. A kind that ``needs_proof`` is not approved
    without the paper of its line (附件2), where the annex asks for one; unless ``shares_papers``, one paper proves one
    record. A kind that ``takes_papers`` may have photos and papers though the annex asks none. A kind that
    ``needs_line`` is entered only where the platform's table has a line for it. The title of a kind that is ``public``
    may stand in a message; what an enterprise wrote may not.
    """

    model: type[Reviewable]
    title: Callable[[Any], str]
    titled_by: tuple[str, ...] = ("title",)
    """The columns, two at most, that ``title`` reads."""
    day: str | None = None
    facts: tuple[str, ...] = ()
    fact_of: Callable[[Any], str] | None = None
    needs_proof: bool = False
    shares_papers: bool = True
    takes_papers: bool = False
    needs_line: bool = False
    is_public: bool = False
    code_of: Callable[[Any], str] | None = None
    """What stands in the address of its page instead of its number."""
    doubts: tuple[Doubt, ...] = ()
    looks: tuple[Look, ...] = ()

    @property
    def subject(self) -> Subject:
        """The word for this kind."""
        return self.model.SUBJECT

    def day_of(self, row: Any) -> date | None:
        """The day that a record speaks of, where its kind has one."""
        found: date | None = getattr(row, self.day) if self.day is not None else None
        return found

    def counted_as(self, row: Any) -> str | None:
        """The fact that a record adds to; None where its kind is not counted."""
        if self.fact_of is not None:
            return self.fact_of(row)
        return self.facts[0] if self.facts else None

    def line_of(self, row: Any, scheme: Scheme) -> Indicator | None:
        """The line of the table that one record serves, counted or judged by people."""
        fact = self.counted_as(row)
        if fact is not None:
            return scheme.counting(fact)
        return next(iter(lines(scheme, self.subject)), None)


def _titled(column: str) -> Callable[[Any], str]:
    def title(row: Any) -> str:
        return str(getattr(row, column))

    return title


def _filing_name(row: Any) -> str:
    return wording.filing_name(row.obligation, row.period)


def bonus_fact(kind: BonusKind) -> str:
    """What an accepted claim of this kind is counted as."""
    return f"bonus.{BONUS_FACT[kind].value}"


_ALL: Final = (
    RecordKind(
        Activity,
        _titled("title"),
        is_public=True,
        code_of=lambda row: str(row.code),
        doubts=(
            doubts.backfilled(Activity),
            doubts.no_photo,
            doubts.blank_photo,
            doubts.same_photo,
            doubts.check_ins,
            doubts.assist_undecided,
            doubts.part_confirmed_late,
            repetitions.same_event,
            repetitions.same_enterprises,
            repetitions.often_in_a_month(Activity),
        ),
    ),
    RecordKind(
        OfflineService,
        _titled("content"),
        ("content",),
        day="served_on",
        facts=(Fact.OFFLINE_PARTICIPATIONS,),
        takes_papers=True,
        doubts=(
            repetitions.repeated_service,
            repetitions.often_in_a_month(OfflineService),
            repetitions.used_before(OfflineService),
            repetitions.service_and_order(OfflineService),
        ),
        looks=(doubts.same_day_activity,),
    ),
    RecordKind(
        OnlineTrade,
        _titled("service"),
        ("service",),
        day="traded_on",
        facts=(Fact.ONLINE_TRADES,),
        takes_papers=True,
        doubts=(
            doubts.scores_nothing,
            repetitions.repeated_order,
            repetitions.often_in_a_month(OnlineTrade),
            repetitions.service_and_order(OnlineTrade),
        ),
    ),
    RecordKind(
        Need,
        _titled("title"),
        day="raised_on",
        facts=(Fact.NEEDS,),
        doubts=(doubts.possible_copy, doubts.need_of_many_standings, repetitions.repeated_need),
    ),
    RecordKind(
        OnlineService,
        _titled("address"),
        ("address",),
        needs_proof=True,
        doubts=(repetitions.used_before(OnlineService),),
    ),
    RecordKind(
        ResearchReport,
        _titled("title"),
        day="published_on",
        facts=(Fact.RESEARCH_REPORTS,),
        needs_proof=True,
        needs_line=True,
        is_public=True,
        doubts=(repetitions.used_before(ResearchReport),),
    ),
    RecordKind(
        PlatformFusion,
        _titled("name"),
        ("name",),
        day="started_on",
        needs_proof=True,
        needs_line=True,
        is_public=True,
        doubts=(repetitions.used_before(PlatformFusion),),
    ),
    RecordKind(Response, _titled("content"), ("content",), day="responded_on", takes_papers=True),
    RecordKind(
        BonusClaim,
        _titled("title"),
        day="awarded_on",
        facts=(Fact.BONUS_RESOURCES, Fact.BONUS_HONOURS, Fact.BONUS_PRESS),
        fact_of=lambda row: bonus_fact(row.kind),
        needs_proof=True,
        shares_papers=False,
        is_public=True,
        doubts=(repetitions.used_before(BonusClaim), doubts.unlisted_medium),
        looks=(doubts.local_issuer,),
    ),
    RecordKind(
        Filing,
        _filing_name,
        ("obligation", "period"),
        day="claimed_on",
        is_public=True,
        code_of=lambda row: f"{row.obligation.value}/{row.period}",
        looks=(doubts.backdated,),
    ),
)


def catalogue(entries: Iterable[RecordKind]) -> Mapping[Subject, RecordKind]:
    """The entries by their words. Raises ValueError for two kinds of one word."""
    found: dict[Subject, RecordKind] = {}
    for entry in entries:
        if entry.subject in found:
            raise ValueError(f"the catalogue of record kinds has two entries for {entry.subject}")
        found[entry.subject] = entry
    return MappingProxyType(found)


KINDS: Final = catalogue(_ALL)
"""Every kind by its word."""


def kind_of(row: Reviewable) -> RecordKind:
    """The kind of a record."""
    return KINDS[row.SUBJECT]


def lines(scheme: Scheme, subject: Subject) -> tuple[Indicator, ...]:
    """The lines of a table that records of this kind serve: those that count them, those that people judge by them."""
    kind = KINDS.get(subject)
    facts = set(kind.facts) if kind is not None else set()
    judged = scheme.resting_on(Ground(subject.value)) if subject.value in set(Ground) else ()
    return tuple(line for line in scheme.indicators if facts & set(line.counts) or line in judged)


def lines_of(kind: PlatformKind, year: int, subject: Subject) -> tuple[Indicator, ...]:
    """The same for the table in force; none in a year without rules."""
    try:
        return lines(scheme_for(kind, year), subject)
    except NoSchemeError:
        return ()


def must_have_line(session: Session, platform_id: int, year: int, subject: Subject) -> None:
    """The platform's table has a line for such records; else ``Refused("not_in_table")``."""
    if not lines_of(session.get_one(Platform, platform_id).kind, year, subject):
        raise Refused("not_in_table")
