"""信息发布: what the platform put on its site, listed by link; nobody reviews it, inspections look at it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.record import Post
from models.terms import PostKind, Subject
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import overtaken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.noun import own_platform, reproach
from wxsvc.pages.row_numbers import asked_page
from wxsvc.pages.years import offered_years, score_year
from wxsvc.services import years
from wxsvc.services.records import posts
from wxsvc.services.records.kinds import lines_of
from wxsvc.services.records.posts import PostEntry
from wxsvc.services.refusal import Refused

blueprint = Blueprint("posts", __name__)

_SHOWN = 50
LONGEST_TITLE: Final = 200
LONGEST_LINK: Final = 1000
_FIELD_OF: Final = {
    "bad_link": "link",
    "already_recorded": "link",
    "day_in_future": "day",
    "year_without_rules": "day",
    "text_needed": "title",
}


@blueprint.get("/posts")
def listed() -> ResponseReturnValue:
    """The posts of a year, the newest first."""
    number = asked_page()
    with house().database.read() as session:
        platform = own_platform(session)
        year = score_year(session, platform.id)
        rows = posts.of_year(session, platform.id, year, _SHOWN + 1, (number - 1) * _SHOWN)
        total = posts.count(session, platform.id, year)
    return render_template(
        "platform/records/posts.html",
        posts=rows[:_SHOWN],
        total=total,
        number=number,
        is_last=len(rows) <= _SHOWN,
        year=year,
        years=offered_years(),
        lines=lines_of(platform.kind, year, Subject.POST),
    )


@blueprint.get("/posts/new")
def blank() -> ResponseReturnValue:
    """An empty form; a link that was shared to us stands in it already."""
    typed = {"day": years.day_of(now()).isoformat(), "kind": PostKind.NEWS.value, **request.args.to_dict()}
    return _page(TypedForm(typed))


@blueprint.post("/posts/new")
def add() -> ResponseReturnValue:
    """List a post; idempotent."""
    form = TypedForm(request.form)
    entry = _entry(form)
    if entry is not None:
        try:
            with house().database.transaction() as session:
                posts.add(session, own_platform_id(), entry, current_actor(), now())
        except Refused as refused:
            reproach(form, refused, _FIELD_OF)
        else:
            flash(wording.sentence("own_records", "post_added"), "done")
            return redirect(url_for("platform.posts.listed", year=entry.year), 303)
    return _page(form)


@blueprint.get("/posts/<int:record_id>")
def record(record_id: int) -> ResponseReturnValue:
    """One post, to be corrected or withdrawn."""
    with house().database.read() as session:
        row = _own(session, record_id)
    return _page(TypedForm(_typed_of(row)), record_id)


@blueprint.post("/posts/<int:record_id>")
def edit(record_id: int) -> ResponseReturnValue:
    """Correct a post."""
    form = TypedForm(request.form)
    with house().database.read() as session:
        _own(session, record_id)
    entry = _entry(form)
    if entry is not None:
        try:
            with house().database.transaction() as session:
                posts.correct(session, _own(session, record_id).id, entry, current_actor(), now(), form["seen"] or None)
        except Refused as refused:
            if refused.code != overtaken.CODE:
                reproach(form, refused, _FIELD_OF)
            else:
                form = _compared(form, record_id)
        else:
            flash(wording.sentence("own_records", "corrected"), "done")
            return redirect(url_for("platform.posts.listed", year=entry.year), 303)
    return _page(form, record_id)


@blueprint.post("/posts/<int:record_id>/withdraw")
def withdraw(record_id: int) -> ResponseReturnValue:
    """Take a post off the list; entering its link again brings it back."""
    with house().database.transaction() as session:
        row = posts.withdraw(session, _own(session, record_id).id, current_actor(), now())
        year = row.year
    flash(wording.sentence("own_records", "post_withdrawn"), "done")
    return redirect(url_for("platform.posts.listed", year=year), 303)


def _entry(form: TypedForm) -> PostEntry | None:
    """What the form says; None once it says too little."""
    link = form.text("link", most=LONGEST_LINK, needed="form_needed")
    title = form.text("title", most=LONGEST_TITLE, needed="form_needed")
    kind = form.word("kind", PostKind, needed="form_choose")
    day = form.day("day", needed="form_needed")
    if kind is None or day is None or not form.is_good:
        return None
    return PostEntry(kind, title, link, day)


def _typed_of(row: Post) -> dict[str, str]:
    shown = {"kind": row.kind.value, "title": row.title, "link": row.link, "day": row.posted_on.isoformat()}
    return shown | {"seen": posts.seen(row)}


def _compared(form: TypedForm, record_id: int) -> TypedForm:
    with house().database.read() as session:
        row = _own(session, record_id)
    return overtaken.noted(form, _typed_of(row), {"kind": wording.word(row.kind)})


def _page(form: TypedForm, record_id: int | None = None) -> ResponseReturnValue:
    page = render_template(
        "platform/records/post.html",
        form=form,
        record_id=record_id,
        kinds=PostKind,
        longest={"title": LONGEST_TITLE, "link": LONGEST_LINK},
    )
    return page, 200 if form.is_good else 422


def _own(session: Session, record_id: int) -> Post:
    """The own platform's post; 404 for anybody else's."""
    row = session.get(Post, record_id)
    if row is None or row.platform_id != own_platform_id():
        abort(404)
    return row
