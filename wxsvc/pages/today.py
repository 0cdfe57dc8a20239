"""今天: what is due next and why that day, activities that lack one thing, what came back, live figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.platform import Platform
from models.scorecard import Scorecard
from models.terms import Stage, Subject
from scoring.terms import FilingState, Part
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.pages import cards
from wxsvc.services.activity import participation, submission
from wxsvc.services.records import filings
from wxsvc.services.records.filings import Standing
from wxsvc.services.records.reviewables import RECORDS
from wxsvc.services.years import day_of, year_of

blueprint = Blueprint("today", __name__)

_AHEAD = timedelta(days=14)
_DUE_AHEAD = timedelta(days=45)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An activity that is over and not submitted, with what it still lacks."""

    activity: Activity
    enterprises: int
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """A record that came back; ``record`` and ``subject`` as a list shows them."""

    subject: Subject
    record: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A joint activity that waits for our word."""

    activity: Activity
    host: Platform
    part: Part


@blueprint.get("/today")
def page() -> ResponseReturnValue:
    """Everything that wants a hand today, the most urgent first."""
    platform_id, moment = own_platform_id(), now()
    with house().database.reading() as session:
        shown = {
            "due": _due(session, platform_id, moment),
            "live": [
                (row, submission.counted_enterprises(session, row)) for row in _live(session, platform_id, moment)
            ],
            "unfinished": _unfinished(session, platform_id, moment),
            "returned": list(_returned(session, platform_id)),
            "asked": _asked(session, platform_id),
            "coming": _published(
                session, platform_id, Activity.opens_at > moment, Activity.starts_at <= moment + _AHEAD
            ),
            "drafts": session.scalars(
                sa.select(Activity)
                .where(Activity.platform_id == platform_id, Activity.stage == Stage.DRAFT)
                .order_by(Activity.id.desc())
                .limit(_SHOWN)
            ).all(),
            "card": session.get(Scorecard, (platform_id, year_of(moment))),
        }
    return render_template("platform/today.html", **shown)


@blueprint.post("/joint/<int:activity_id>/confirm")
def confirm(activity_id: int) -> ResponseReturnValue:
    """确认参与 with one tap."""
    with house().database.transaction() as session:
        participation.confirm_part(session, activity_id, own_platform_id(), current_actor(), now())
    flash(wording.sentence("pages", "part_confirmed"), "done")
    return redirect(url_for("platform.today.page"), 303)


@blueprint.post("/joint/<int:activity_id>/decline")
def decline(activity_id: int) -> ResponseReturnValue:
    """不参与."""
    with house().database.transaction() as session:
        participation.decline_part(session, activity_id, own_platform_id(), current_actor(), now())
    flash(wording.sentence("pages", "part_declined"), "done")
    return redirect(url_for("platform.today.page"), 303)


def _due(session: Session, platform_id: int, moment: datetime) -> list[Standing]:
    """The next filings that are not filed yet, those of January included while it is December."""
    today = day_of(moment)
    found = [
        each
        for year in sorted({today.year, (today + _DUE_AHEAD).year})
        for each in filings.state(session, platform_id, year, moment)
        if each.state is FilingState.NOT_DUE and each.filed_on is None and each.deadline.due_on <= today + _DUE_AHEAD
    ]
    return sorted(found, key=lambda each: each.deadline.due_on)[:3]


def _published(session: Session, platform_id: int, *conditions: sa.ColumnElement[bool]) -> Sequence[Activity]:
    query = sa.select(Activity).where(
        Activity.platform_id == platform_id, Activity.stage == Stage.PUBLISHED, *conditions
    )
    return session.scalars(query.order_by(Activity.starts_at).limit(_SHOWN)).all()


def _live(session: Session, platform_id: int, moment: datetime) -> Sequence[Activity]:
    return _published(
        session,
        platform_id,
        Activity.opens_at <= moment,
        sa.or_(Activity.closes_at >= moment, Activity.ends_at >= moment),
    )


def _unfinished(session: Session, platform_id: int, moment: datetime) -> list[Unfinished]:
    """Over and not submitted; what lacks least comes first."""
    over = _published(session, platform_id, Activity.ends_at < moment, Activity.closes_at < moment)
    found = [
        Unfinished(
            row,
            submission.counted_enterprises(session, row),
            submission.lacks(session, row, cards.thresholds()),
        )
        for row in over
    ]
    return sorted(found, key=lambda each: (len(each.lacks), each.activity.id))


def _returned(session: Session, platform_id: int) -> Iterator[Returned]:
    for subject, model in ((Subject.ACTIVITY, Activity), *RECORDS.items()):
        table: Any = model
        query = sa.select(table).where(table.platform_id == platform_id, table.stage == Stage.RETURNED)
        for record in session.scalars(query.order_by(table.reviewed_at.desc()).limit(_SHOWN)):
            yield Returned(subject, record)


def _asked(session: Session, platform_id: int) -> list[Asked]:
    query = (
        sa.select(Activity, Platform, ActivityPlatform.part)
        .join(ActivityPlatform, ActivityPlatform.activity_id == Activity.id)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(
            ActivityPlatform.platform_id == platform_id,
            ActivityPlatform.confirmed_at.is_(None),
            Activity.stage.not_in([Stage.DRAFT, Stage.VOID]),
        )
        .order_by(Activity.starts_at)
    )
    return [Asked(activity, host, part) for activity, host, part in session.execute(query)]
