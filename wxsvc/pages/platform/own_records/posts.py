"""信息发布: what the platform put on its site, listed by link; nobody reviews it, inspections look at it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.record import Post
from models.terms import PostKind, Subject
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import overtaken
from wxsvc.pages.form_pages import done, shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.own_records.noun import own_platform, own_row
from wxsvc.pages.row_numbers import asked_page
from wxsvc.pages.years import offered_years, score_year
from wxsvc.services import years
from wxsvc.services.records import posts
from wxsvc.services.records.kinds import lines_of
from wxsvc.services.records.posts import PostEntry

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
    return _page(TypedForm(typed), None)


@blueprint.post("/posts/new")
def add() -> ResponseReturnValue:
    """List a post; idempotent."""
    form = TypedForm(request.form)
    entry = _entry(form)
    if entry is None:
        return _page(form, None)

    def deed(session: Session) -> str:
        posts.add(session, own_platform_id(), entry, current_actor(), now())
        return url_for("platform.posts.listed", year=entry.year)

    return taken(form, deed, "post_added", _FIELD_OF, table="own_records") or _page(form, None)


@blueprint.get("/posts/<int:record_id>")
def record(record_id: int) -> ResponseReturnValue:
    """One post, to be corrected or withdrawn."""
    return _page(None, record_id)


@blueprint.post("/posts/<int:record_id>")
def edit(record_id: int) -> ResponseReturnValue:
    """Correct a post."""
    form = TypedForm(request.form)
    entry = _entry(form)
    if entry is None:
        return _page(form, record_id)

    def deed(session: Session) -> str:
        row = own_row(session, Post, record_id)
        posts.correct(session, row.id, entry, current_actor(), now(), form["seen"] or None)
        return url_for("platform.posts.listed", year=entry.year)

    return taken(form, deed, "corrected", _FIELD_OF, table="own_records") or _page(form, record_id)


@blueprint.post("/posts/<int:record_id>/withdraw")
def withdraw(record_id: int) -> ResponseReturnValue:
    """Take a post off the list; entering its link again brings it back."""
    with house().database.transaction() as session:
        row = posts.withdraw(session, own_row(session, Post, record_id).id, current_actor(), now())
    return done("post_withdrawn", url_for("platform.posts.listed", year=row.year), table="own_records")


def _entry(form: TypedForm) -> PostEntry | None:
    """What the form says; None once it says too little."""
    link = form.link("link", most=LONGEST_LINK, needed="form_needed")
    title = form.text("title", most=LONGEST_TITLE, needed="form_needed")
    kind = form.word("kind", PostKind, needed="form_choose")
    day = form.day_come("day", needed="form_needed")
    if kind is None or day is None or not form.is_good:
        return None
    return PostEntry(kind, title, link, day)


def _typed_of(row: Post) -> dict[str, str]:
    typed = {"kind": row.kind.value, "title": row.title, "link": row.link, "day": row.posted_on.isoformat()}
    return typed | {"seen": posts.seen(row)}


def _page(form: TypedForm | None, record_id: int | None) -> ResponseReturnValue:
    if record_id is not None:
        with house().database.read() as session:
            row: Post = own_row(session, Post, record_id)
        form = overtaken.filled(form, _typed_of(row), {"kind": wording.word(row.kind)})
    longest = {"title": LONGEST_TITLE, "link": LONGEST_LINK}
    return shown(
        "platform/records/post.html", form or TypedForm(), record_id=record_id, kinds=PostKind, longest=longest
    )
