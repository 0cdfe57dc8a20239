"""发布活动的表单: what platform staff fill in, checked and completed with what is already known."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.platform import Platform
from models.terms import Stage
from scoring.terms import ActivityCategory, Form, Part
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_be_link
from wxsvc.services.refusal import Refused, refuse_every

LONGEST_TITLE: Final = 200
MOST_SIGNUPS: Final = 9999
OPENS_BEFORE: Final = timedelta(hours=1)
"""签到开放 before the start, unless the form says otherwise; it closes at the end."""


class Partner(Struct, frozen=True):
    """A platform that is asked to take part, and as what."""

    platform_id: int
    part: Part


class ActivityForm(Struct, frozen=True):
    """What one screen asks for. Empty means not given yet; ``organisers`` left empty is the platform's own name."""

    platform_id: int
    title: str
    category: ActivityCategory | None = None
    form: Form | None = None
    part: Part | None = Part.HOST
    organisers: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    place: str = ""
    meeting_link: str = ""
    content: str = ""
    partners: tuple[Partner, ...] = ()
    takes_signups: bool = False
    signup_limit: int | None = None


def must_make_sense(form: ActivityForm) -> None:
    """What is in the form agrees with itself, which a draft needs too; else ``Refused`` with every fault at once.

    ``title_needed``, ``title_too_long``, ``times_out_of_order``, ``window_out_of_order``, ``bad_link``,
    ``signup_limit_wrong``.
    """
    title, (opens_at, closes_at) = form.title.strip(), _window(form)
    found = []
    if not title:
        found.append(Refused("title_needed"))
    if len(title) > LONGEST_TITLE:
        found.append(Refused("title_too_long", most=LONGEST_TITLE))
    if form.starts_at and form.ends_at and form.ends_at <= form.starts_at:
        found.append(Refused("times_out_of_order"))
    elif opens_at and closes_at and closes_at <= opens_at:
        found.append(Refused("window_out_of_order"))
    if form.signup_limit is not None and not 1 <= form.signup_limit <= MOST_SIGNUPS:
        found.append(Refused("signup_limit_wrong", most=MOST_SIGNUPS))
    try:
        _link_in(form.meeting_link)
    except Refused as refused:
        found.append(refused)
    refuse_every(found)


def columns_of(session: Session, form: ActivityForm) -> dict[str, Any]:
    """The activity's columns as far as the form has them. Raises ``Refused`` as :func:`must_make_sense`."""
    must_make_sense(form)
    opens_at, closes_at = _window(form)
    platform = session.get_one(Platform, form.platform_id)
    return {
        "title": form.title.strip(),
        "category": form.category,
        "form": form.form,
        "organisers": form.organisers.strip() or platform.name,
        "starts_at": form.starts_at,
        "ends_at": form.ends_at,
        "opens_at": opens_at,
        "closes_at": closes_at,
        "place": form.place.strip() or None,
        "meeting_link": _link_in(form.meeting_link),
        "content": form.content.strip() or None,
        "year": years.last_day_of(form.ends_at).year if form.ends_at else None,
        "takes_signups": form.takes_signups,
        "signup_limit": form.signup_limit if form.takes_signups else None,
    }


def _window(form: ActivityForm) -> tuple[datetime | None, datetime | None]:
    """签到开放 and 签到截止, as the form or the default has them."""
    return form.opens_at or (form.starts_at - OPENS_BEFORE if form.starts_at else None), form.closes_at or form.ends_at


def must_be_whole(form: ActivityForm, columns: dict[str, Any]) -> None:
    """Everything that a published activity has; else ``Refused`` with the first thing that is needed."""
    for code in wanting(form, columns["place"] or columns["meeting_link"]):
        raise Refused(code)


def wanting(form: ActivityForm, where: str | None = None) -> list[str]:
    """The codes of all that a form still needs before it is published, so that a page can tell them at once.

    Times that contradict each other need an answer as well.
    """
    needed = {
        "title_needed": form.title.strip(),
        "category_needed": form.category,
        "form_needed": form.form,
        "part_needed": form.part,
        "time_needed": form.starts_at and form.ends_at,
        "times_out_of_order": not (form.starts_at and form.ends_at) or form.starts_at < form.ends_at,
        "place_needed": where or form.place.strip() or form.meeting_link.strip(),
    }
    return [code for code, given in needed.items() if not given]


def form_of(session: Session, activity: Activity) -> ActivityForm:
    """The form as it would be filled in to get this activity; a default window stays a default."""
    parts = session.scalars(
        sa.select(ActivityPlatform)
        .where(ActivityPlatform.activity_id == activity.id)
        .order_by(ActivityPlatform.platform_id)
    ).all()
    own = next((each.part for each in parts if each.platform_id == activity.platform_id), None)
    default_opening = activity.starts_at - OPENS_BEFORE if activity.starts_at else None
    return ActivityForm(
        platform_id=activity.platform_id,
        title=activity.title,
        category=activity.category,
        form=activity.form,
        part=own,
        organisers=activity.organisers or "",
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        opens_at=activity.opens_at if activity.opens_at != default_opening else None,
        closes_at=activity.closes_at if activity.closes_at != activity.ends_at else None,
        place=activity.place or "",
        meeting_link=activity.meeting_link or "",
        content=activity.content or "",
        partners=tuple(
            Partner(each.platform_id, each.part) for each in parts if each.platform_id != activity.platform_id
        ),
        takes_signups=activity.takes_signups,
        signup_limit=activity.signup_limit,
    )


def copy_of_last(session: Session, platform_id: int, by: Actor) -> ActivityForm | None:
    """复制上一场: the platform's last published activity as a form, its times to be chosen; None for a newcomer."""
    by.must_work_for(platform_id)
    last = session.scalars(
        sa.select(Activity)
        .where(
            Activity.platform_id == platform_id,
            Activity.stage.not_in([Stage.DRAFT, Stage.VOID]),
        )
        .order_by(sa.func.coalesce(Activity.published_at, Activity.created_at).desc(), Activity.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return None
    return replace(form_of(session, last), starts_at=None, ends_at=None, opens_at=None, closes_at=None)


def _link_in(pasted: str) -> str | None:
    """The first address in what was pasted: a meeting's invitation is a text with a link in it."""
    if not pasted.strip():
        return None
    found = re.search(r"https?://[!-~]+", pasted)
    return must_be_link(found[0] if found else pasted)
