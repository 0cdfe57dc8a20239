"""佐证材料 (附件2): papers and links under their item, the year's checklist, and the gate "no proof, no points".

不按要求提供则视为无，不计入评分: a claim, report, online service or fusion whose item is missing cannot be approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeGuard

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from models.collaboration import BonusClaim, Evidence
from models.platform import Platform
from models.recognition import Ruling
from models.stored_file import StoredFile
from models.terms import Stage, Subject
from scoring.evidence import AskedPaper, evidence_for, proof_of, switched_on
from scoring.rules import Bonus
from scoring.scheme_files import scheme_for
from scoring.terms import BonusKind, EvidenceItem, EvidenceNeed, PlatformKind
from scoring.words import name_of
from wxsvc.services import counting_years, journal, years
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import When, when
from wxsvc.services.demands import must_be_link
from wxsvc.services.locks import hold_open
from wxsvc.services.records.kinds import KINDS, RecordKind, kind_of
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import readings
from wxsvc.services.reviewables import MODELS, RECORDS, Record, Reviewable, find, find_own, subject_of

MOST_RECORD_PAPERS: Final = 9
"""服务过程照片与材料 of one record: as many as an activity has photos."""


class EvidenceEntry(Struct, frozen=True):
    """A paper (``sha256`` of a stored file) or a link under an item, for the year or for one record (``subject``).

    ``is_scan``: 扫描件 of the original, or a photo of it; None where it was not said, or there is no original.
    """

    year: int
    item: EvidenceItem
    title: str
    sha256: str | None = None
    link: str | None = None
    subject: Subject | None = None
    subject_id: int | None = None
    is_scan: bool | None = None


class CheckedItem(Struct, frozen=True):
    """One item of the checklist: how it is asked of this platform, what is there, and the points that it holds back."""

    asked: AskedPaper
    is_required: bool
    papers: tuple[Evidence, ...]
    costs: Decimal

    @property
    def is_present(self) -> bool:
        """At least one paper or link stands under the item."""
        return bool(self.papers)

    @property
    def is_missing(self) -> bool:
        """To be handed in and not there; items of claims are asked for with a claim only."""
        return bool(self.costs) or (self.is_required and not self.is_present and not self.asked.claims)


def add(session: Session, platform_id: int, entry: EvidenceEntry, by: Actor, now: datetime) -> Evidence:
    """Put a paper or link under its item; idempotent.

    Raises ``Refused``: ``evidence_empty``, ``unknown_file``, ``bad_link``, ``item_not_asked`` of this kind of platform,
    ``not_allowed`` for another platform's record, ``evidence_of_other_year``, ``too_many_papers`` of a record for which
    the annex asks none, ``record_withdrawn`` where such a record is void.
    """
    by.must_work_for(platform_id)
    hold_open(session, platform_id, when_of(session, entry))
    if entry.sha256 is None and not entry.link:
        raise Refused("evidence_empty")
    if entry.sha256 is not None and session.get(StoredFile, entry.sha256) is None:
        raise Refused("unknown_file")
    link = must_be_link(entry.link) if entry.link else None
    record = _must_be_own(session, platform_id, entry)
    kind, shows = session.get_one(Platform, platform_id).kind, record is not None and kind_of(record).takes_papers
    if entry.item not in ([EvidenceItem.RECORD_PAPERS] if shows else [a.item for a in evidence_for(kind, entry.year)]):
        raise Refused("item_not_asked")
    same = session.scalar(
        _standing(platform_id, entry.year).where(
            Evidence.item == entry.item,
            Evidence.sha256.is_not_distinct_from(entry.sha256),
            Evidence.link.is_not_distinct_from(link),
            Evidence.subject.is_not_distinct_from(entry.subject),
            Evidence.subject_id.is_not_distinct_from(entry.subject_id),
        )
    )
    if same is not None:
        return _said_how(session, same, entry.is_scan, by, now)
    if record is not None and shows and record.stage is Stage.VOID:
        raise Refused("record_withdrawn")
    if record is not None and shows and len(of_record(session, subject_of(record), record.id)) >= MOST_RECORD_PAPERS:
        raise Refused("too_many_papers", most=MOST_RECORD_PAPERS)
    said = asdict(entry) | {"link": link}
    row = Evidence(platform_id=platform_id, **said, created_at=now, created_by=by.person_id)
    session.add(row)
    _note(session, row, "added", by, now)
    return row


def withdraw(session: Session, evidence_id: int, by: Actor, now: datetime) -> Evidence:
    """Take a paper back; idempotent. What it costs is asked before: ``services/counting/withdrawals``."""
    row = find_own(session, Evidence, evidence_id, by)
    hold_open(session, row.platform_id, when_of(session, row))
    if row.withdrawn_at is not None:
        return row
    row.withdrawn_at = now
    _note(session, row, "withdrawn", by, now)
    return row


def when_of(session: Session, paper: Evidence | EvidenceEntry) -> When:
    """A paper of one record counts when that does."""
    table = RECORDS.get(paper.subject) if paper.subject is not None else None
    record = session.get(table, paper.subject_id) if table is not None else None
    return When(paper.year, when(record).day if record is not None else None)


def checklist(session: Session, platform_id: int, year: int) -> list[CheckedItem]:
    """The annex for one platform's year, item by item, as the readings in force ask for them.

    ``costs`` is what the missing item holds back: the points of the line it proves, as ruled or else in full, or of a
    bonus row what the claims without their own proof would bring (before the cap).
    """
    platform = session.get_one(Platform, platform_id)
    own_year = years.row_of(session, platform_id, year)
    market_income = own_year is not None and own_year.has_market_income
    besides = switched_on(readings.in_force(session, year, platform.kind))
    papers = session.scalars(_counted(platform_id, year)).all()
    claims = session.scalars(
        sa.select(BonusClaim).where(
            BonusClaim.platform_id == platform_id,
            counting_years.counts_in(BonusClaim, year),
            BonusClaim.stage != Stage.VOID,
        )
    ).all()
    rulings = sa.select(Ruling.indicator, Ruling.points).where(Ruling.platform_id == platform_id, Ruling.year == year)
    ruled = {row.indicator: row.points for row in session.execute(rulings)}
    found = []
    for asked in evidence_for(platform.kind, year):
        own = tuple(paper for paper in papers if paper.item is asked.item)
        needing = [claim for claim in claims if claim.kind in asked.claims]
        costs = _costs(platform, year, asked, papers, needing, ruled)
        found.append(CheckedItem(asked, asked.is_asked(market_income, besides), own, costs))
    return found


def must_be_proved(session: Session, row: Reviewable) -> None:
    """The gate of approval: else ``Refused("no_proof", item=…, paper=its Chinese name)``."""
    item = lacking(session, row)
    if item is not None:
        raise Refused("no_proof", item=item, paper=name_of(item))


def lacking(session: Session, row: Reviewable) -> EvidenceItem | None:
    """缺佐证: the item without which the record cannot be approved; None when it is there or none is asked."""
    if not needs_proof(row):
        return None
    return _missing(session, row, session.get_one(Platform, row.platform_id).kind)


def proof_of_record(session: Session, row: Reviewable) -> AskedPaper | None:
    """The item of the annex that proves this record, whether it is there or not; None where none is asked."""
    if not needs_proof(row):
        return None
    return _proof(kind_of(row), row, session.get_one(Platform, row.platform_id).kind)


def of_record(session: Session, subject: Subject, subject_id: int) -> Sequence[Evidence]:
    """The papers and links that stand under one record, in order of arrival."""
    query = sa.select(Evidence).where(
        Evidence.subject == subject, Evidence.subject_id == subject_id, Evidence.withdrawn_at.is_(None)
    )
    return session.scalars(query.order_by(Evidence.id)).all()


def own_and_shared(session: Session, row: Reviewable) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """What stands under one record as :func:`of_record` has it, and the papers for the whole year that prove it as its
    own would; none where one paper proves one record. One statement."""
    wanted = sa.and_(Evidence.subject == subject_of(row), Evidence.subject_id == row.id)
    if needs_proof(row) and kind_of(row).shares_papers:
        item = item_of(kind_of(row), row, session.get_one(Platform, row.platform_id).kind)
        of_year = sa.and_(Evidence.platform_id == row.platform_id, Evidence.year == row.year, Evidence.item == item)
        wanted = sa.or_(wanted, sa.and_(of_year, Evidence.subject.is_(None)))
    query = sa.select(Evidence).where(wanted, Evidence.withdrawn_at.is_(None)).order_by(Evidence.id)
    papers = session.scalars(query).all()
    own, shared = ([each for each in papers if (each.subject is None) is is_shared] for is_shared in (False, True))
    return tuple(own), tuple(shared)


def standing(session: Session, platform_id: int, year: int, item: EvidenceItem) -> list[Evidence]:
    """The papers under an item in the year; those of a record that was withdrawn or voided went with it."""
    papers = session.scalars(_counted(platform_id, year).where(Evidence.item == item)).all()
    return [each for each in papers if not _is_of_void(session, each)]


def standing_items(
    session: Session, year: int, platform_ids: Iterable[int] | None = None
) -> set[tuple[int, EvidenceItem]]:
    """Under which items of which platforms (by id) papers stand in the year, as :func:`standing` has it; one query."""
    of_void = sa.or_(
        *(
            sa.and_(Evidence.subject == subject, Evidence.subject_id.in_(_void_ids(table)))
            for subject, table in MODELS.items()
        )
    )
    query = sa.select(Evidence.platform_id, Evidence.item).where(
        _counts_in(year), Evidence.withdrawn_at.is_(None), sa.or_(Evidence.subject.is_(None), sa.not_(of_void))
    )
    if platform_ids is not None:
        query = query.where(Evidence.platform_id.in_(platform_ids))
    return {(row.platform_id, row.item) for row in session.execute(query.distinct())}


def _void_ids(table: Any) -> sa.Select[Any]:
    return sa.select(table.id).where(table.stage == Stage.VOID)


def _is_of_void(session: Session, paper: Evidence) -> bool:
    if paper.subject is None or paper.subject not in MODELS or paper.subject_id is None:
        return False
    return find(session, MODELS[paper.subject], paper.subject_id).stage is Stage.VOID


def _standing(platform_id: int, year: int) -> sa.Select[Evidence]:
    return _own(platform_id).where(Evidence.year == year)


def _counted(platform_id: int, year: int) -> sa.Select[Evidence]:
    return _own(platform_id).where(_counts_in(year))


def _own(platform_id: int) -> sa.Select[Evidence]:
    own = sa.select(Evidence).where(Evidence.platform_id == platform_id, Evidence.withdrawn_at.is_(None))
    return own.order_by(Evidence.id)


def _counts_in(year: int) -> sa.ColumnElement[bool]:
    """A paper of one record counts where that does (:func:`when_of`); papers that the annex does not ask for aside."""
    of_record = {
        subject: sa.exists().where(table.id == Evidence.subject_id, counting_years.counts_in(table, year))
        for subject, table in RECORDS.items()
        if KINDS[subject].needs_proof
    }
    counts = sa.case(of_record, value=Evidence.subject, else_=Evidence.year == year)
    return sa.and_(Evidence.year.between(year - 1, year + 1), Evidence.item != EvidenceItem.RECORD_PAPERS, counts)


def _missing(session: Session, row: Record, kind: PlatformKind) -> EvidenceItem | None:
    """The item that the record lacks; None when it is proved."""
    item = item_of(kind_of(row), row, kind)
    if item is None:
        return None
    own = sa.and_(Evidence.subject == subject_of(row), Evidence.subject_id == row.id)
    proving = sa.or_(own, Evidence.subject.is_(None)) if kind_of(row).shares_papers else own
    papers = _standing(row.platform_id, row.year).where(Evidence.item == item, proving)
    return None if session.scalar(papers.limit(1)) is not None else item


def item_of(of: RecordKind, row: Any, kind: PlatformKind) -> EvidenceItem | None:
    """The item that proves a record or a row with its columns; a press report is proved by its link."""
    proof = _proof(of, row, kind)
    is_linked = of.subject is Subject.BONUS_CLAIM and row.kind is BonusKind.PRESS and bool(row.link)
    return None if proof is None or is_linked else proof.item


def needs_proof(row: Reviewable | None) -> TypeGuard[Record]:
    """Whether the record is of a kind that is not approved without its paper."""
    return row is not None and kind_of(row).needs_proof


def _proof(of: RecordKind, row: Any, kind: PlatformKind) -> AskedPaper | None:
    line = of.line_of(row, scheme_for(kind, row.year))
    claim = row.kind if of.subject is Subject.BONUS_CLAIM else None
    return proof_of(kind, row.year, line.code, claim) if line is not None else None


def _said_how(session: Session, row: Evidence, is_scan: bool | None, by: Actor, now: datetime) -> Evidence:
    """The paper that is there already; sent again with the answer how it was copied, it is written down."""
    if is_scan is not None and row.is_scan is not is_scan:
        row.is_scan = is_scan
        _note(session, row, "copy_told", by, now)
    return row


def _must_be_own(session: Session, platform_id: int, entry: EvidenceEntry) -> Record | None:
    """What the paper shows: a record of the same platform and year that has papers at all; None for the whole year."""
    if entry.subject is None or entry.subject_id is None:
        return None
    record = find(session, RECORDS[entry.subject], entry.subject_id) if entry.subject in RECORDS else None
    if record is None or record.platform_id != platform_id:
        raise Refused("not_allowed")
    if not (needs_proof(record) or kind_of(record).takes_papers):
        raise Refused("not_allowed")
    if record.year != entry.year:
        raise Refused("evidence_of_other_year")
    return record


def _costs(
    platform: Platform,
    year: int,
    asked: AskedPaper,
    papers: Sequence[Evidence],
    claims: Iterable[BonusClaim],
    ruled: Mapping[str, Decimal | None],
) -> Decimal:
    """What an item holds back, from all papers of the year, the claims that this item proves and the points ruled."""
    if asked.proves is None or asked.need is not EvidenceNeed.REQUIRED:
        return Decimal(0)
    line = scheme_for(platform.kind, year).indicator(asked.proves)
    if not isinstance(line.rule, Bonus):
        points = ruled.get(line.code)
        is_there = any(paper.item is asked.item for paper in papers)
        return Decimal(0) if is_there else line.full if points is None else points
    proved = {(paper.item, paper.subject_id) for paper in papers if paper.subject is Subject.BONUS_CLAIM}
    needed = ((item_of(kind_of(claim), claim, platform.kind), claim.id) for claim in claims)
    return line.rule.earned(sum(item is not None and (item, claim_id) not in proved for item, claim_id in needed))


def _note(session: Session, row: Evidence, deed: str, by: Actor, now: datetime) -> None:
    journal.record_of(session, row, deed, by, now, item=row.item.value)
    journal.touch(session, [(row.platform_id, row.year)], now)
