"""活动: the platform's list, one activity while it is held, its end before it was held; its photos and papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.terms import Stage
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.pages import limits, paging, pictures
from wxsvc.pages.form_pages import shown, taken
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.publish import own_activity, own_with_hosts
from wxsvc.queries import Page, page_by
from wxsvc.services.activity import activities, activity_lists, signups, submission
from wxsvc.services.activity.activity_lists import ActivityFilter
from wxsvc.services.door import checkin_lists, refused_scans
from wxsvc.services.door.checkin_lists import Arrival, ArrivalFilter
from wxsvc.services.people import enterprises

blueprint = Blueprint("activities", __name__)

_STAGES: Final = (Stage.PUBLISHED, Stage.RETURNED, Stage.SUBMITTED, Stage.APPROVED, Stage.VOID)
"""The stages of an activity that its list may be narrowed to."""


_OPEN: Final = "open"
"""Beside the stages: those that one can check in at now (正在签到)."""

_NAMES: Final = 8
"""Names of a page of 签到名单: it stands among other things."""


@blueprint.get("/activities")
def listed() -> ResponseReturnValue:
    """The platform's activities, the newest first; looked for by title or place, state and month."""
    view = {name: paging.text_asked(name) for name in ("text", "stage", "month")}
    with house().database.read() as session:
        months = activity_lists.months_of(session, own_platform_id())
        sought = ActivityFilter(
            view["text"],
            next((each for each in _STAGES if each.value == view["stage"]), None),
            view["month"] if view["month"] in months else "",
            now() if view["stage"] == _OPEN else None,
        )
        found = activity_lists.look_for(session, own_platform_id(), sought, paging.asked(), paging.AT_A_DESK)
    return render_template("platform/activities.html", found=found, sought=sought, months=months, stages=_STAGES)


@blueprint.get("/door")
def running() -> ResponseReturnValue:
    """现场签到 of the activity that is being held; where it is none, the list; where several, those in the list."""
    with house().database.read() as session:
        found = activity_lists.open_now(session, own_platform_id(), now(), limit=2)
    if len(found) == 1:
        return redirect(url_for("platform.activities.door", code=found[0].code))
    return redirect(url_for("platform.activities.listed", stage=_OPEN if found else None))


@blueprint.get("/activity/<code>")
@limits.limiter.limit(limits.SEARCHES, exempt_when=lambda: not request.args.get("q"))
def door(code: str) -> ResponseReturnValue:
    """The activity while it is held."""
    return door_page(code, TypedForm(request.args))


@blueprint.post("/activity/<code>/cancel")
def cancel(code: str) -> ResponseReturnValue:
    """取消活动, with the reason that visitors hear."""
    form = TypedForm(request.form)
    reason = form.text("reason", most=300)

    def deed(session: Session) -> str:
        activities.cancel(session, own_activity(session, code).id, reason, current_actor(), now())
        return url_for("platform.activities.door", code=code)

    return taken(form, deed, "activity_cancelled") or door_page(code, form)


@blueprint.get("/photos/<int:photo_id>")
def photo(photo_id: int) -> ResponseReturnValue:
    """A photo of an activity in which the own platform has a part."""
    own = own_platform_id()
    return pictures.photo(photo_id, lambda platforms: own in platforms)


@blueprint.get("/papers/<int:evidence_id>")
def paper(evidence_id: int) -> ResponseReturnValue:
    """A paper of the own platform."""
    own = own_platform_id()
    return pictures.paper(evidence_id, lambda platforms: own in platforms)


class ArrivalList(Struct, frozen=True):
    """签到名单 as the address asks for it: a part of a name, a state, a page; how many there are of each state."""

    who: str
    state: str
    page: Page[Arrival]
    counts: Mapping[str, int]

    @property
    def address(self) -> dict[str, Any]:
        """What an address says to ask for the same."""
        return {"who": self.who or None, "state": self.state or None, "page": self.page.number}


def named(session: Session, activity_id: int) -> ArrivalList:
    """The list of an activity as the address asks for it."""
    state = request.args.get("state", "")
    sought = ArrivalFilter(activity_id, state if state in checkin_lists.STATES else "", paging.text_asked("who"))
    counts = checkin_lists.counts_of(session, sought)

    def rows(first: int, most: int) -> Sequence[Arrival]:
        return checkin_lists.of_activity(session, sought, first=first, most=most)

    page = page_by(rows, counts["found"], paging.asked(), _NAMES)
    return ArrivalList(sought.who, sought.state, page, counts)


def door_page(code: str, form: TypedForm) -> ResponseReturnValue:
    """现场签到, with what was typed and why it was refused."""
    with house().database.read() as session:
        hosted = own_with_hosts(session, code)
        row, wanted = hosted.record, form["q"].strip()
        found = enterprises.search(session, wanted, near=hosted.platform.region_code) if wanted else []
        return shown(
            "platform/activity.html",
            form,
            shown=hosted,
            activity=row,
            named=named(session, row.id),
            counted=submission.counted_enterprises(session, row),
            present=checkin_lists.present(session, row.id),
            waiting=refused_scans.waiting(session, row.id),
            signed_up=signups.of_activity(session, row.id),
            found=found,
            already=checkin_lists.enterprises_in(session, row.id, [each.id for each in found]),
            is_over=row.stage is Stage.PUBLISHED and row.closes_at is not None and row.closes_at < now(),
            has_begun=row.opens_at is not None and row.opens_at <= now(),
        )
