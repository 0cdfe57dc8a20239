"""网站定期检查: the hub looks at each platform's site and writes down what it saw; the website ruling rests on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.platform import Platform
from models.recognition import SiteInspection
from scoring.scheme_files import scheme_for
from scoring.terms import Ground, PlatformKind
from scoring.words import points_text
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import cards, overtaken
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.years import asked_kind, asked_year, judged_year, offered_years
from wxsvc.services import counting_years
from wxsvc.services.counting_years import when
from wxsvc.services.records import posts, site_inspections
from wxsvc.services.records.site_inspections import SiteInspectionEntry
from wxsvc.services.reviewables import find
from wxsvc.services.years import day_of

blueprint = Blueprint("inspections", __name__)

_FIELD_OF = {
    "points_not_allowed": "proposed_points",
    "update_after_inspection": "newest_update_on",
    "day_in_future": "inspected_on",
    "text_needed": "findings",
}


class Site(Struct, frozen=True):
    """One platform's site: how often it was looked at this year, what was seen last, what the platform published."""

    platform: Platform
    inspections: tuple[SiteInspection, ...]
    posts: int

    @property
    def last(self) -> SiteInspection | None:
        """The newest look."""
        return self.inspections[-1] if self.inspections else None


@blueprint.get("/inspections")
def sites() -> ResponseReturnValue:
    """Every platform of a kind, those not looked at for longest first."""
    with house().database.read() as session:
        year = judged_year(session)
        found = _sites(session, posts.of_platforms(session, year, asked_kind()), year)
    found.sort(key=lambda site: (site.last is not None, site.last and site.last.inspected_on, site.platform.code))
    return render_template(
        "province/inspections.html",
        sites=found,
        kinds=PlatformKind,
        kind=asked_kind(),
        year=year,
        years=offered_years(),
    )


@blueprint.get("/inspections/<code>")
def site(code: str) -> ResponseReturnValue:
    """One platform's inspections, and the form for the next."""
    return _site(code, None)


@blueprint.post("/inspections/<code>")
def inspect(code: str) -> ResponseReturnValue:
    """Write down what was seen."""
    form = TypedForm(request.form)

    def add(session: Session, entry: SiteInspectionEntry) -> None:
        platform = cards.platform_by_code(session, code)
        site_inspections.add(session, platform.id, entry, current_actor(), now())

    return _kept(form, add, "inspection_kept", code) or _site(code, form)


@blueprint.get("/inspections/<code>/<int:inspection_id>")
def one(code: str, inspection_id: int) -> ResponseReturnValue:
    """One inspection as it was written down, to be put right."""
    return _site(code, None, inspection_id)


@blueprint.post("/inspections/<code>/<int:inspection_id>")
def correct(code: str, inspection_id: int) -> ResponseReturnValue:
    """更正 what was written down."""
    form = TypedForm(request.form)

    def mend(session: Session, entry: SiteInspectionEntry) -> None:
        row = _own(session, code, inspection_id)
        site_inspections.correct(session, row.id, entry, current_actor(), now(), form["seen"] or None)

    return _kept(form, mend, "inspection_corrected", code) or _site(code, form, inspection_id)


def _kept(
    form: TypedForm, deed: Callable[[Session, SiteInspectionEntry], None], said: str, code: str
) -> ResponseReturnValue | None:
    """The platform's page once it is written; None where the form cannot be taken."""
    findings = form.text("findings", most=2000, needed="text_needed")
    inspected_on = form.day_come("inspected_on", needed="day_needed")
    newest_update_on, points = form.day("newest_update_on"), form.points("proposed_points")
    if inspected_on is None:
        return None
    entry = SiteInspectionEntry(inspected_on, findings, newest_update_on, points)
    with house().database.read() as session:
        kind = cards.platform_by_code(session, code).kind
    form.judged(_FIELD_OF, site_inspections.must_make_sense, entry, kind)

    def kept(session: Session) -> str:
        deed(session, entry)
        year = counting_years.year_of(session, cards.platform_by_code(session, code).id, when(entry))
        return url_for("province.inspections.site", code=code, year=year)

    return taken(form, kept, said, _FIELD_OF)


def _own(session: Session, code: str, inspection_id: int) -> SiteInspection:
    row = find(session, SiteInspection, inspection_id)
    if row.platform_id != cards.platform_by_code(session, code).id:
        abort(404)
    return row


def _site(code: str, form: TypedForm | None, inspection_id: int | None = None) -> ResponseReturnValue:
    """The form of the next inspection, or of one that is put right, above the records of the year."""
    with house().database.read() as session:
        platform = cards.platform_by_code(session, code)
        mended = _own(session, code, inspection_id) if inspection_id is not None else None
        year = counting_years.year_of(session, platform.id, when(mended)) if mended is not None else asked_year()
        (found,) = _sites(session, [(platform, posts.count(session, platform.id, year))], year)
        sealed = {each.id for each in found.inspections if counting_years.is_sealed(session, platform.id, when(each))}
    typed, scheme = overtaken.filled(form, _stands(mended)), scheme_for(platform.kind, year)
    return shown(
        "province/inspection.html",
        typed,
        site=found,
        mended=mended,
        sealed=sealed,
        line=next(iter(scheme.resting_on(Ground.SITE_INSPECTION)), None),
        year=year,
    )


def _stands(row: SiteInspection | None) -> dict[str, object]:
    """What the form begins with."""
    if row is None:
        return {"inspected_on": day_of(now()).isoformat()}
    return {
        "inspected_on": row.inspected_on.isoformat(),
        "newest_update_on": row.newest_update_on and row.newest_update_on.isoformat(),
        "findings": row.findings,
        "proposed_points": (row.proposed_points is not None and points_text(row.proposed_points)) or "",
        "seen": site_inspections.seen(row),
    }


def _sites(session: Session, found: Sequence[tuple[Platform, int]], year: int) -> list[Site]:
    looks = site_inspections.of_year(session, year, [each.id for each, _ in found])
    return [Site(each, tuple(looks.get(each.id, ())), number) for each, number in found]
