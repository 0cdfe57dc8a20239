"""发布活动 and its corrections: one screen, filled from the last activity, kept as a draft, published at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage
from scoring.scheme_files import scheme_for
from scoring.terms import ActivityCategory, IndicatorCode, Part
from scoring.terms import Form as ActivityShape
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.clock import BEIJING
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import Form
from wxsvc.services.activity import activities, activity_forms
from wxsvc.services.activity.activity_forms import ActivityForm, Partner
from wxsvc.services.refusal import Refused
from wxsvc.services.years import year_of

blueprint = Blueprint("publish", __name__)

PARTNERS = 3
"""Partner platforms that one screen offers to ask."""
_OPENS, _CLOSES = ("60", "30", "120"), ("60", "0", "120")
"""Minutes before the start and after the end, the offered default first."""

_FIELD_OF = {
    "title_needed": "title",
    "title_too_long": "title",
    "category_needed": "category",
    "form_needed": "form",
    "part_needed": "part",
    "time_needed": "starts_at",
    "times_out_of_order": "ends_at",
    "too_late_to_publish": "ends_at",
    "place_needed": "place",
    "bad_link": "meeting_link",
    "partner_unknown": "partner_0",
    "part_confirmed": "partner_0",
}
"""Beside which field a refusal stands."""


@blueprint.get("/publish")
def blank() -> ResponseReturnValue:
    """An empty form, the last activity's copy (``?copy``), or a draft."""
    draft_id = request.args.get("draft", type=int)
    with house().database.reading() as session:
        if draft_id is not None:
            filled: ActivityForm | None = activity_forms.form_of(session, _own(session, draft_id, Stage.DRAFT))
        elif "copy" in request.args:
            filled = activity_forms.copy_of_last(session, own_platform_id(), current_actor())
        else:
            filled = None
    return _page(Form(typed_of(filled) if filled else {"part": Part.HOST.value}), draft_id=draft_id)


@blueprint.post("/publish")
def publish() -> ResponseReturnValue:
    """保存草稿, or 发布: codes and page work at once."""
    form, draft_id = Form(request.form), request.args.get("draft", type=int)
    entry = entry_of(form)
    if form.is_good:
        try:
            with house().database.transaction() as session:
                if draft_id is not None:
                    _own(session, draft_id)
                by, days = current_actor(), house().settings.backfill_days
                if form["deed"] == "draft":
                    row = activities.save_draft(session, entry, by, now(), draft_id=draft_id)
                else:
                    row = activities.publish(session, entry, by, now(), days, draft_id=draft_id)
                code, is_draft = row.code, row.stage is Stage.DRAFT
        except Refused as refused:
            _reproach(form, refused)
        else:
            flash(wording.sentence("pages", "draft_saved" if is_draft else "activity_published"), "done")
            if is_draft:
                return redirect(url_for("platform.today.page"), 303)
            return redirect(url_for("platform.activities.door", code=code), 303)
    return _page(form, draft_id=draft_id)


@blueprint.post("/draft/<int:draft_id>/discard")
def discard(draft_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    with house().database.transaction() as session:
        activities.discard_draft(session, draft_id, current_actor())
    flash(wording.sentence("pages", "draft_discarded"), "done")
    return redirect(url_for("platform.today.page"), 303)


@blueprint.get("/activity/<code>/edit")
def correct(code: str) -> ResponseReturnValue:
    """The same form, filled with what stands."""
    with house().database.reading() as session:
        row = own_activity(session, code)
        typed = typed_of(activity_forms.form_of(session, row)) | {"version": row.version}
    return _page(Form(typed), activity=row)


@blueprint.post("/activity/<code>/edit")
def edit(code: str) -> ResponseReturnValue:
    """Correct a published activity, unless somebody else did meanwhile."""
    form = Form(request.form)
    entry, version = entry_of(form), form.number("version") or 0
    with house().database.reading() as session:
        activity = own_activity(session, code)
    if form.is_good:
        try:
            with house().database.transaction() as session:
                days = house().settings.backfill_days
                activities.edit(session, activity.id, entry, version, current_actor(), now(), days)
        except Refused as refused:
            _reproach(form, refused)
        else:
            flash(wording.sentence("pages", "activity_edited"), "done")
            return redirect(url_for("platform.activities.door", code=code), 303)
    return _page(form, activity=activity)


def own_activity(session: Session, code: str) -> Activity:
    """The own platform's published activity of this code; 404 for anybody else's."""
    found = session.scalar(
        sa.select(Activity).where(
            Activity.code == code, Activity.platform_id == own_platform_id(), Activity.stage != Stage.DRAFT
        )
    )
    if found is None:
        abort(404)
    return found


def entry_of(form: Form) -> ActivityForm:
    """What the screen says, as the service takes it."""
    starts_at, ends_at = form.instant("starts_at"), form.instant("ends_at")
    return ActivityForm(
        platform_id=own_platform_id(),
        title=form["title"],
        category=form.word("category", ActivityCategory),
        form=form.word("form", ActivityShape),
        part=form.word("part", Part),
        organisers=form.text("organisers", most=500),
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=starts_at - _minutes(form, "opens") if starts_at else None,
        closes_at=ends_at + _minutes(form, "closes") if ends_at else None,
        place=form.text("place", most=300),
        meeting_link=form.text("meeting_link", most=1000),
        content=form.text("content", most=5000),
        partners=tuple(_partners(form)),
    )


def typed_of(entry: ActivityForm) -> dict[str, Any]:
    """The same the other way round."""
    opens_at = entry.opens_at or (entry.starts_at and entry.starts_at - activity_forms.OPENS_BEFORE)
    closes_at = entry.closes_at or entry.ends_at
    typed: dict[str, Any] = {
        "title": entry.title,
        "category": entry.category and entry.category.value,
        "form": entry.form and entry.form.value,
        "part": entry.part and entry.part.value,
        "organisers": entry.organisers,
        "starts_at": _typed_instant(entry.starts_at),
        "ends_at": _typed_instant(entry.ends_at),
        "place": entry.place,
        "meeting_link": entry.meeting_link,
        "content": entry.content,
    }
    if entry.starts_at and opens_at:
        typed["opens"] = int((entry.starts_at - opens_at).total_seconds() // 60)
    if entry.ends_at and closes_at:
        typed["closes"] = int((closes_at - entry.ends_at).total_seconds() // 60)
    for place, partner in enumerate(entry.partners):
        typed |= {f"partner_{place}": partner.platform_id, f"partner_part_{place}": partner.part.value}
    return typed


def _page(form: Form, *, draft_id: int | None = None, activity: Activity | None = None) -> ResponseReturnValue:
    with house().database.reading() as session:
        own = session.get_one(Platform, own_platform_id())
        others = session.scalars(sa.select(Platform).where(Platform.id != own.id).order_by(Platform.code)).all()
        has_last = activity_forms.copy_of_last(session, own.id, current_actor()) is not None
    scheme = scheme_for(own.kind, year_of(now()))
    page = render_template(
        "platform/publish.html",
        form=form,
        own=own,
        others=others,
        has_last=has_last,
        draft_id=draft_id,
        activity=activity,
        categories=[(each, scheme.indicator(IndicatorCode(each.value))) for each in ActivityCategory],
        shapes=ActivityShape,
        parts=Part,
        partners=max(PARTNERS, sum(bool(form[f"partner_{place}"]) for place in range(50))),
        opens=_offered(form["opens"], _OPENS),
        closes=_offered(form["closes"], _CLOSES),
    )
    return page, 200 if form.is_good else 422


def _reproach(form: Form, refused: Refused) -> None:
    field = _FIELD_OF.get(refused.code)
    if field:
        form.reproach(field, refusal_text(refused))
    else:
        form.refusal = refusal_text(refused)


def _partners(form: Form) -> list[Partner]:
    found = []
    for place in range(50):
        platform_id = form.number(f"partner_{place}")
        if platform_id is not None:
            found.append(Partner(platform_id, form.word(f"partner_part_{place}", Part) or Part.ASSIST))
    return found


def _minutes(form: Form, name: str) -> timedelta:
    return timedelta(minutes=max(-1440, min(form.number(name) or 0, 1440)))


def _offered(chosen: str, offered: tuple[str, ...]) -> list[str]:
    return [chosen, *(each for each in offered if each != chosen)] if chosen else list(offered)


def _typed_instant(moment: datetime | None) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M") if moment else ""


def _own(session: Session, activity_id: int, stage: Stage | None = None) -> Activity:
    row = session.get(Activity, activity_id)
    if row is None or row.platform_id != own_platform_id() or (stage is not None and row.stage is not stage):
        abort(404)
    return row
