"""The form of an activity (活动表单): read from what was typed, filled from what stands, shown with what is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from flask.typing import ResponseReturnValue

from models.activity import Activity
from models.platform import Platform
from scoring.category_words import Proposal, propose
from scoring.scheme_files import scheme_for
from scoring.terms import ActivityCategory, Part
from scoring.terms import Form as Shape
from scoring.words import listed, name_of
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.clock import BEIJING
from wxsvc.db import Session
from wxsvc.pages import overtaken
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.services import platforms
from wxsvc.services.activity import activity_forms, drafts
from wxsvc.services.activity.activity_forms import ActivityForm, Partner
from wxsvc.services.refusal import Refused
from wxsvc.services.years import year_of

LONGEST: Final = timedelta(days=3)
"""An activity that takes longer is asked about."""
PARTNERS: Final = 3
"""Partner platforms that one screen offers to ask."""
_MOST_PARTNERS: Final = 50
_OPENS, _CLOSES = ("60", "30", "120"), ("60", "0", "120")
"""Minutes before the start and after the end, the offered default first."""
_DAY: Final = 1440

FIELD_OF: Final = {
    "title_needed": "title",
    "title_too_long": "title",
    "category_needed": "category",
    "form_needed": "form",
    "part_needed": "part",
    "time_needed": "starts_at",
    "times_out_of_order": "ends_at",
    "window_out_of_order": "closes",
    "place_needed": "place",
    "bad_link": "meeting_link",
    "signup_limit_wrong": "signup_limit",
    "partner_closed": "partner_0",
    "partner_unknown": "partner_0",
    "part_confirmed": "partner_0",
}


def entry_of(form: TypedForm) -> ActivityForm:
    """What the screen says, as the service takes it; a window that it does not name is left to the default."""
    starts_at, ends_at = form.instant("starts_at"), form.instant("ends_at")
    opens, closes = _minutes(form, "opens"), _minutes(form, "closes")
    return ActivityForm(
        platform_id=own_platform_id(),
        title=form["title"],
        category=form.word("category", ActivityCategory),
        form=form.word("form", Shape),
        part=form.word("part", Part),
        organisers=form.text("organisers", most=500),
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=starts_at - opens if starts_at and opens is not None else None,
        closes_at=ends_at + closes if ends_at and closes is not None else None,
        place=form.text("place", most=300),
        meeting_link=form.text("meeting_link", most=1000),
        content=form.text("content", most=5000),
        partners=tuple(_partners(form)),
        takes_signups=form.ticked("takes_signups"),
        signup_limit=form.number("signup_limit") if form.ticked("takes_signups") else None,
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
        "takes_signups": "1" if entry.takes_signups else "",
        "signup_limit": entry.signup_limit,
    }
    if entry.starts_at and opens_at:
        typed["opens"] = int((entry.starts_at - opens_at).total_seconds() // 60)
    if entry.ends_at and closes_at:
        typed["closes"] = int((closes_at - entry.ends_at).total_seconds() // 60)
    for place, partner in enumerate(entry.partners):
        typed |= {f"partner_{place}": partner.platform_id, f"partner_part_{place}": partner.part.value}
    return typed


def proposal_text(proposal: Proposal) -> str | None:
    """What a title's words propose, in one sentence; None when they propose nothing."""
    if not proposal.categories:
        return None
    return wording.sentence(
        "pages",
        "category_proposed" if proposal.only else "category_asked",
        words=listed(proposal.words),
        category=listed(name_of(each) for each in proposal.categories),
    )


def reproach_wanting(form: TypedForm, entry: ActivityForm) -> None:
    """Say beside every empty field that a published activity needs it: all at once, not one at a time."""
    for code in activity_forms.wanting(entry):
        form.refuse(Refused(code), FIELD_OF)
    reproach_senseless(form, entry)


def reproach_senseless(form: TypedForm, entry: ActivityForm) -> None:
    """Say what no draft may have either: nothing is written then, so it is told with all the rest."""
    form.judged(FIELD_OF, activity_forms.must_make_sense, entry)


def ask(form: TypedForm, entry: ActivityForm, stands: Activity | None = None) -> None:
    """Ask once about what is mostly a slip: a title that speaks of another category, an activity of many days,
    one after the coming year, or one that is yet to end and is moved into the past.

    A copy keeps the former category when its title is typed anew, and a wrong month makes an activity of weeks. The
    page sends back what was asked about (``sure``), so the same again is a decision. ``stands`` is the activity that
    is corrected: what was there before is not asked about.
    """
    spoken = propose(entry.title)
    is_new = stands is None or (stands.title, stands.category) != (entry.title.strip(), entry.category)
    is_other = spoken.categories and entry.category not in spoken.categories
    if entry.category and is_new and is_other and form["sure_category"] != sure_category(form):
        named = listed(name_of(each) for each in spoken.categories)
        facts = {"words": listed(spoken.words), "category": named, "chosen": name_of(entry.category)}
        form.complain("category", "category_other", **facts)
    is_new = stands is None or (stands.starts_at, stands.ends_at) != (entry.starts_at, entry.ends_at)
    span = entry.ends_at - entry.starts_at if entry.starts_at and entry.ends_at else timedelta(0)
    if not is_new or form["sure_time"] == sure_time(form):
        return
    if span > LONGEST:
        form.complain("ends_at", "activity_is_long", days=span.days)
    if entry.starts_at and (year := year_of(entry.starts_at)) > year_of(now()) + 1:
        form.complain("starts_at", "activity_is_far", year=year)
    if stands and stands.ends_at and entry.ends_at and entry.ends_at <= now() < stands.ends_at:
        form.complain("ends_at", "activity_is_over", ends_at=entry.ends_at)


def sure_category(form: TypedForm) -> str:
    """What is asked about when the category does not fit the title."""
    return f"{form['category']} {form['title'].strip()}"


def sure_time(form: TypedForm) -> str:
    """What is asked about when the activity is long, far ahead, or moved into the past."""
    return f"{form['starts_at']} {form['ends_at']}"


def compare(session: Session, form: TypedForm, entry: ActivityForm, stored: Activity) -> TypedForm:
    """The form as typed, now of the stored version, with what stands there told beside every field that differs."""
    differing = drafts.changes(stored, activity_forms.columns_of(session, entry))
    field_of = {"opens_at": "opens", "closes_at": "closes"}
    told = {field_of.get(each, each): _told(getattr(stored, each)) for each in differing if each != "year"}
    return overtaken.noted(form, told | {"version": stored.version}, said=form.refusal)


def page(
    form: TypedForm, *, draft: Activity | None = None, activity: Activity | None = None, published: str | None = None
) -> ResponseReturnValue:
    """发布活动, or 修改活动 of ``activity``. ``published`` is the code of what this form has become meanwhile."""
    with house().database.read() as session:
        own = session.get_one(Platform, own_platform_id())
        others = [each for each in platforms.every(session) if each.id != own.id and _is_offered(each, form, activity)]
        last = activity_forms.copy_of_last(session, own.id, current_actor()) is not None
        begun = [
            row for row in drafts.of_platform(session, own.id, per_page=4).rows if draft is None or row.id != draft.id
        ]
    scheme = scheme_for(own.kind, year_of(now()))
    return shown(
        "platform/publish.html",
        form,
        own=own,
        others=others,
        has_last=last,
        begun=begun[:3],
        draft=draft,
        activity=activity,
        published=published,
        proposal=propose(form["title"]) if not form["category"] else Proposal(),
        categories=[(each, line) for each in ActivityCategory if (line := scheme.counting(f"activities.{each.value}"))],
        shapes=Shape,
        parts=Part,
        partners=max(PARTNERS, sum(bool(form[f"partner_{place}"]) for place in range(_MOST_PARTNERS))),
        sure={"sure_category": sure_category(form), "sure_time": sure_time(form)},
        opens=_offered(form["opens"], _OPENS),
        closes=_offered(form["closes"], _CLOSES),
    )


def _told(value: Any) -> str:
    """A stored value as a sentence names it."""
    if isinstance(value, ActivityCategory | Shape | Part):
        return name_of(value)
    if isinstance(value, bool):
        return wording.sentence("own_information", "yes" if value else "no")
    return wording.beijing(value) if isinstance(value, datetime) else str(value or "")


def _is_offered(other: Platform, form: TypedForm, activity: Activity | None) -> bool:
    """Of those that have closed, the partners that a published activity has: they cannot leave it any more."""
    named = (form[f"partner_{place}"] for place in range(_MOST_PARTNERS))
    return not other.is_closed or (activity is not None and str(other.id) in named)


def _partners(form: TypedForm) -> list[Partner]:
    found = []
    for place in range(_MOST_PARTNERS):
        platform_id = form.number(f"partner_{place}")
        if platform_id is not None:
            found.append(Partner(platform_id, form.word(f"partner_part_{place}", Part) or Part.ASSIST))
    return found


def _minutes(form: TypedForm, name: str) -> timedelta | None:
    typed = form.number(name)
    return None if typed is None else timedelta(minutes=max(-_DAY, min(typed, _DAY)))


def _offered(chosen: str, offered: tuple[str, ...]) -> list[str]:
    return [chosen, *(each for each in offered if each != chosen)] if chosen else list(offered)


def _typed_instant(moment: datetime | None) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M") if moment else ""
