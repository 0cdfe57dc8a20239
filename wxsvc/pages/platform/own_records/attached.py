"""佐证材料 on a record's own pages: a paper or a link that proves it, kept before anything is written."""

from __future__ import annotations

from typing import Final

from flask import request
from flask.typing import ResponseReturnValue

from models.collaboration import BonusClaim
from models.platform import Platform
from models.terms import Subject
from scoring.evidence import AskedPaper, proof_of
from scoring.terms import EvidenceItem
from wxsvc import wording
from wxsvc.access import current_actor, now
from wxsvc.db import Session
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.sent_papers import SentPaper
from wxsvc.services import years
from wxsvc.services.records import evidence
from wxsvc.services.records.evidence import EvidenceEntry
from wxsvc.services.records.kinds import KINDS, kind_of, lines_of
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import Record, subject_of

FIELD_OF: Final = {
    "evidence_empty": "paper",
    "unknown_file": "paper",
    "item_not_asked": "paper",
    "too_many_papers": "paper",
    "bad_link": "link",
}


def is_scan(form: TypedForm) -> bool | None:
    """附件有原件的，要用扫描件，不用打印件: a scan of the original, a photo of it, or not said."""
    return {"scan": True, "photo": False}.get(form["copied_as"])


def costly(refused: Refused, title: str, year: int, back: str) -> ResponseReturnValue:
    """撤回前核对: the lines and points that a withdrawal costs, and what was sent, to be sent again by who agrees."""
    form = TypedForm()
    form.refuse(refused)
    return shown(
        "platform/records/withdraw.html",
        form,
        losses=refused.values["losses"],
        title=title,
        year=year,
        back=back,
        reason=request.form.get("reason"),
    )


def attach(session: Session, row: Record, form: TypedForm, files: list[SentPaper]) -> None:
    """Put papers and the link of a form under the record's item of the annex; one of them must be there."""
    link = form.text("link", most=1000)
    if not files and not link:
        raise Refused("evidence_empty")
    attach_kept(session, row, files, is_scan(form))
    if link:
        _add(session, row, title=link, link=link)


def attach_kept(session: Session, row: Record, files: list[SentPaper], is_scan: bool | None) -> None:
    """Write down papers that are in the store already."""
    for file in files:
        _add(session, row, title=file.name, sha256=file.keep(session), is_scan=is_scan)


def hint(session: Session, row: Record) -> str | None:
    """What the annex asks to see of this record, or what is welcome, as a sentence; None where it has no papers."""
    if kind_of(row).takes_papers:
        return _process_papers()
    if not kind_of(row).needs_proof:
        return None
    proof = evidence.proof_of_record(session, row)
    return _asked(proof) if proof is not None else wording.sentence("own_records", "paper_welcome")


def hint_before(platform: Platform, subject: Subject) -> str | None:
    """The same for a record that is still to be entered; a claim's paper depends on its kind."""
    kind, year = KINDS[subject], years.year_of(now())
    if kind.takes_papers:
        return _process_papers()
    if not kind.needs_proof:
        return None
    if not kind.shares_papers:
        return wording.sentence("own_records", "paper_of_claim")
    found = (proof_of(platform.kind, year, line.code) for line in lines_of(platform.kind, year, subject))
    return next((_asked(proof) for proof in found if proof is not None), None)


def _process_papers() -> str:
    return wording.sentence("own_records", "papers_of_process", most=evidence.MOST_RECORD_PAPERS)


def _asked(proof: AskedPaper) -> str:
    return wording.sentence("own_records", "paper_asked", text=proof.text)


def _add(
    session: Session,
    row: Record,
    *,
    title: str,
    sha256: str | None = None,
    link: str | None = None,
    is_scan: bool | None = None,
) -> None:
    item = _item_of(session, row)
    entry = EvidenceEntry(row.year, item, title, sha256, link, subject_of(row), row.id, is_scan)
    evidence.add(session, row.platform_id, entry, current_actor(), now())


def _item_of(session: Session, row: Record) -> EvidenceItem:
    """Under what the papers of a record stand."""
    if kind_of(row).takes_papers:
        return EvidenceItem.RECORD_PAPERS
    proof = evidence.proof_of_record(session, row)
    if proof is None and not isinstance(row, BonusClaim):
        raise Refused("item_not_asked")
    return proof.item if proof is not None else EvidenceItem.HONOUR_PAPERS  # the annex names none for 优质服务资源
