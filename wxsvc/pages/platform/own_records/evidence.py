"""附件2: the checklist of the platform's own kind, what is there, what each missing item costs; papers and links."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from models.collaboration import Evidence
from models.platform import PlatformYear
from models.terms import Subject
from scoring.evidence import evidence_for
from scoring.scheme_files import NoSchemeError
from scoring.terms import EvidenceItem
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import annexes, sent_papers
from wxsvc.pages.form_pages import done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records import attached
from wxsvc.pages.platform.own_records.noun import NOUNS, own_platform, own_row
from wxsvc.pages.years import offered_years, score_year
from wxsvc.services import years
from wxsvc.services.counting import withdrawals
from wxsvc.services.records import evidence, market_income
from wxsvc.services.records.evidence import EvidenceEntry
from wxsvc.services.refusal import Refused

blueprint = Blueprint("evidence", __name__)

_LINK: Final = 1000


@blueprint.get("/evidence")
def checklist() -> ResponseReturnValue:
    """The year's checklist."""
    with house().database.read() as session:
        year = score_year(session, own_platform(session).id)
    return _page(year, TypedForm())


@blueprint.post("/evidence")
def add() -> ResponseReturnValue:
    """Put papers, or a link, under an item for the whole year."""
    form = TypedForm(request.form)
    year = form.year("year") or 0
    item = form.word("item", EvidenceItem)
    if item is None or not _is_asked(year, item):
        abort(404)
    link = form.text("link", most=_LINK)
    sent = sent_papers.every(form)

    def deed(session: Session) -> str:
        by, platform_id = current_actor(), own_platform_id()
        if not sent and not link:
            raise Refused("evidence_empty")
        for file in sent:
            entry = EvidenceEntry(year, item, file.name, file.keep(session), is_scan=attached.is_scan(form))
            evidence.add(session, platform_id, entry, by, now())
        if link:
            evidence.add(session, platform_id, EvidenceEntry(year, item, link, link=link), by, now())
        return url_for("platform.evidence.checklist", year=year) + f"#{item.value}"

    return taken(form, deed, "attached", attached.FIELD_OF, table="own_records") or _page(year, form)


@blueprint.post("/evidence/income")
def declare() -> ResponseReturnValue:
    """有、无市场化服务业务收入."""
    form = TypedForm(request.form)
    year = form.year("year") or abort(404)
    with house().database.transaction() as session:
        market_income.declare(session, own_platform_id(), year, form.ticked("has_income"), current_actor(), now())
    return done("income_declared", url_for("platform.evidence.checklist", year=year), table="own_records")


@blueprint.post("/evidence/<int:evidence_id>/withdraw")
def withdraw(evidence_id: int) -> ResponseReturnValue:
    """Take a paper back; where points rest on it, what it costs is shown first."""
    form = TypedForm(request.form)
    with house().database.read() as session:
        row: Evidence = own_row(session, Evidence, evidence_id)
    back = _address_of(row.subject, row.subject_id) or url_for("platform.evidence.checklist", year=row.year)
    try:
        with house().database.transaction() as session:
            paper_id, is_agreed = own_row(session, Evidence, evidence_id).id, form.ticked("agreed")
            withdrawals.take_back_paper(session, paper_id, current_actor(), now(), is_agreed=is_agreed)
    except Refused as refused:
        if refused.code == "proof_in_use":
            return attached.costly(refused, row.title, row.year, back)
        form.refuse(refused)
        return _page(row.year, form)
    return done("paper_withdrawn", back, table="own_records")


def _page(year: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        platform = own_platform(session)
        own_year = session.get(PlatformYear, (platform.id, year))
        return shown(
            "platform/records/evidence.html",
            form,
            found=annexes.items(session, platform, year),
            address_of=_address_of,
            year=year,
            years=offered_years(),
            has_income=own_year is not None and own_year.has_market_income,
            is_sealed=years.is_sealed(session, platform.id, year),
        )


def _address_of(subject: Subject | None, subject_id: int | None) -> str | None:
    """The page of the record that a paper proves."""
    noun = NOUNS.get(subject) if subject is not None else None
    return url_for(f"{noun.endpoint}.record", record_id=subject_id) + "#papers" if noun else None


def _is_asked(year: int, item: EvidenceItem) -> bool:
    """Whether the annex asks this item of the own kind of platform in that year."""
    with house().database.read() as session:
        kind = own_platform(session).kind
    try:
        return item in {each.item for each in evidence_for(kind, year)}
    except NoSchemeError:
        return False
