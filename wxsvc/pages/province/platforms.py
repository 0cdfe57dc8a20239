"""平台 (省级): every platform, in use or closed; what is registered of it; 新增, 更名, 关停, 恢复 with a reason."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec.structs import asdict

from models.platform import Platform
from scoring.terms import PlatformKind
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import cards, overtaken, paging
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.services import platforms
from wxsvc.services.counting import assessment_periods
from wxsvc.services.people import members, persons, platform_changes, staff_lists
from wxsvc.services.people.platform_changes import LONGEST_CODE, LONGEST_REASON, PlatformEntry
from wxsvc.services.regulation import platform_regions
from wxsvc.services.years import year_of
from wxsvc.texts import regions

blueprint = Blueprint("platforms", __name__)

_FIELD_OF: Final = {
    "platform_code_needed": "code",
    "platform_code_taken": "code",
    "platform_operator": "operator_uscc",
    "region_unknown": "region",
    "region_not_of_kind": "region",
    "bad_link": "website",
    "day_in_future": "accepted_on",
    "day_too_early": "accepted_on",
}


@blueprint.get("/platforms")
def listed() -> ResponseReturnValue:
    """Those in use or closed, by kind, city, and a text in name or code; page by page."""
    args = request.args
    view = {name: args.get(name, "").strip() for name in ("kind", "city", "text", "state")}
    kind = paging.word_asked("kind", PlatformKind)
    with house().database.read() as session:
        found = platforms.look_for(
            session,
            kind=kind,
            city=view["city"],
            text=view["text"],
            is_closed=view["state"] == "closed",
            page=paging.asked(),
        )
        ids = [each.id for each in found.rows]
        people, listed_members = staff_lists.counts(session, ids), members.counts(session, ids)
    return render_template(
        "province/platforms.html",
        found=found,
        view=view,
        kinds=PlatformKind,
        cities=regions.cities(),
        people=people,
        members=listed_members,
        takes_members=platform_regions.takes_members,
        region_name=regions.name_of,
    )


@blueprint.get("/platforms/new")
def blank() -> ResponseReturnValue:
    """The form of a new platform."""
    return _blank(TypedForm())


@blueprint.post("/platforms/new")
def add() -> ResponseReturnValue:
    """新增平台."""
    form = TypedForm(request.form)
    code = form.text("code", most=LONGEST_CODE, needed="text_needed")
    kind = form.word("kind", PlatformKind, needed="text_needed")
    entry, reason = _entry(form), form.text("reason", most=LONGEST_REASON, needed="reason_needed")
    # While no kind is chosen, any region may be right: a cluster lies in a city or in a county.
    form.judged(_FIELD_OF, platform_changes.fitting, entry, kind or PlatformKind.CLUSTER, now())
    if kind is None:
        return _blank(form)

    def deed(session: Session) -> str:
        row = platform_changes.add(session, code, kind, entry, reason, current_actor(), now())
        return url_for("province.platforms.show", code=row.code)

    return taken(form, deed, "platform_add", _FIELD_OF) or _blank(form)


@blueprint.get("/platforms/<code>")
def show(code: str) -> ResponseReturnValue:
    """One platform: what is registered, who works there, its former names, and the forms."""
    return _show(code)


@blueprint.post("/platforms/<code>")
def change(code: str) -> ResponseReturnValue:
    """更名 and other corrections; 关停; 恢复: as the button says."""
    form = TypedForm(request.form)
    reason = form.text("reason", most=LONGEST_REASON, needed="reason_needed")
    seen, deed = form.number("seen", needed="form_not_understood"), form["deed"]
    closed_on = form.day("closed_on", needed="day_needed") if deed == "close" else None
    entry = _entry(form) if deed == "change" else None
    if seen is None:
        return _show(code, form)
    by, moment = current_actor(), now()
    field_of = _FIELD_OF | ({"day_in_future": "closed_on", "day_too_early": "closed_on"} if deed == "close" else {})
    form.judged(field_of, platform_changes.must_be_plausible, closed_on, moment)
    if entry is not None:
        with house().database.read() as session:
            kind = cards.platform_by_code(session, code).kind
        form.judged(field_of, platform_changes.fitting, entry, kind, moment)

    def done(session: Session) -> str:
        platform_id = cards.platform_by_code(session, code).id
        if entry is not None:
            platform_changes.change(session, platform_id, entry, reason, seen, by, moment)
        elif closed_on is not None:
            platform_changes.close(session, platform_id, closed_on, reason, seen, by, moment)
        elif deed == "reopen":
            platform_changes.reopen(session, platform_id, reason, seen, by, moment)
        else:
            abort(400)
        return url_for("province.platforms.show", code=code)

    return taken(form, done, f"platform_{deed}", field_of) or _show(code, form)


def _entry(form: TypedForm) -> PlatformEntry:
    return PlatformEntry(
        name=form.text("name", most=60, needed="text_needed"),
        region_code=form.text("park_code", most=6) or form.text("region", most=6, needed="text_needed"),
        accepted_on=form.day("accepted_on"),
        phone=form.text("phone", most=40),
        website=form.text("website", most=300),
        operator_uscc=form.text("operator_uscc", most=40),
    )


def _blank(form: TypedForm) -> ResponseReturnValue:
    return shown("province/platform_new.html", form, kinds=PlatformKind, **_choices())


def _show(code: str, form: TypedForm | None = None) -> ResponseReturnValue:
    with house().database.read() as session:
        found = cards.platform_by_code(session, code)
        year = year_of(now())
        facts: dict[str, Any] = {
            "people": [
                (role, persons.name_of(person, house().vault))
                for role, person, _ in staff_lists.everyone(session, found.id)
            ],
            "members": members.counts(session, [found.id]).get(found.id, 0),
            "former": platform_changes.former_names(session, found.id),
            "period": assessment_periods.of(session, found, year),
        }
    kept = asdict(platform_changes.entry_of(found)) | {"region": found.region_code, "seen": found.version}
    if form is not None and form.is_overtaken:
        form = overtaken.noted(form, _stands(found, form), {"region": regions.name_of(found.region_code)})
    typed = form if form is not None and form["deed"] == "change" else TypedForm(kept)
    return shown(
        "province/platform.html",
        form or typed,
        platform=found,
        year=year,
        typed=typed,
        takes_members=platform_regions.takes_members(found),
        region_name=regions.name_of,
        most=LONGEST_REASON,
        **_choices(),
        **facts,
    )


def _stands(found: Platform, form: TypedForm) -> dict[str, object]:
    """What a form that would change the platform is compared with; the others tell nothing that could differ."""
    mark: dict[str, object] = {"seen": found.version}
    if form["deed"] != "change":
        return mark
    stands = asdict(platform_changes.entry_of(found)) | mark
    region = stands.pop("region_code")
    return stands if form["park_code"].strip() == region else stands | {"region": region}


def _choices() -> dict[str, Any]:
    return {"cities": [(city, regions.counties_of(city.code)) for city in regions.cities()], "parks": regions.parks()}
