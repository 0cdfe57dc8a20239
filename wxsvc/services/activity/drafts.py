"""草稿: an activity while it is written. A title is all it needs; nobody else sees it until it is published.

A draft has a key from the moment its form is opened: the code of the activity it will become. However often a form is
sent, by a hurried thumb, by a page that saves while one types, or again after an answer was lost, it is one draft.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.platform import Platform
from models.terms import Stage
from wxsvc.queries import Page, page_of
from wxsvc.services.activity import participation
from wxsvc.services.activity.activity_codes import CODE, new_code
from wxsvc.services.activity.activity_forms import ActivityForm, columns_of, form_of
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find, write

SHOWN: Final = 20


def save(
    session: Session,
    form: ActivityForm,
    by: Actor,
    now: datetime,
    *,
    draft_id: int | None = None,
    key: str | None = None,
    version: int | None = None,
) -> Activity:
    """保存草稿: the one of this id or key, one that says the very same, or a new one.

    ``version`` is what the page saw last; without one the page's word stands. Raises ``Refused``: ``not_allowed``,
    whatever the form cannot hold, ``draft_saved_elsewhere`` by another page meanwhile, ``edited_by_other`` once it is
    published.
    """
    by.must_work_for(form.platform_id)
    columns = columns_of(session, form)
    participation.hold(session, form, columns)
    hold(session, form.platform_id)
    row = found(session, form.platform_id, draft_id, key) or _same(session, form.platform_id, columns, by)
    if row is None:
        row = add(session, form, columns, by, now, key)
    if row.stage is not Stage.DRAFT:
        raise Refused("edited_by_other")
    must_be_seen(session, row, form, columns, version)
    participation.must_all_be_open(session, row)
    if changed := changes(row, columns):
        write(session, row, **changed)
    participation.settle(session, row, form, now, by)
    return row


def discard(session: Session, draft_id: int, by: Actor) -> None:
    """Throw a draft away: nobody else ever saw it. Idempotent.

    Raises ``Refused``: ``not_found`` for another platform's, ``edited_by_other`` once it is public.
    """
    if by.platform_id is not None:
        hold(session, by.platform_id)
    row = session.get(Activity, draft_id)
    if row is None:
        return
    if row.platform_id != by.platform_id:
        raise Refused("not_found")
    if row.stage is not Stage.DRAFT:
        raise Refused("edited_by_other")
    participation.must_all_be_open(session, row)
    for part in participation.parts_of(session, row.id).values():
        session.delete(part)
    session.flush()
    session.delete(row)
    session.flush()


def of_platform(session: Session, platform_id: int, number: int = 1, per_page: int = SHOWN) -> Page[Activity]:
    """One page of the platform's drafts, the newest first."""
    query = sa.select(Activity).where(Activity.platform_id == platform_id, Activity.stage == Stage.DRAFT)
    return page_of(session, query.order_by(Activity.id.desc()), number, per_page)


def hold(session: Session, platform_id: int) -> None:
    """Nobody else drafts or publishes for this platform until the transaction ends: a double tap waits for its twin."""
    session.get_one(Platform, platform_id, with_for_update={"key_share": True})


def found(session: Session, platform_id: int, draft_id: int | None, key: str | None) -> Activity | None:
    """The draft, or what became of it, as it is now. Another platform's is ``Refused("not_allowed")``."""
    if draft_id is not None:
        row: Activity | None = find(session, Activity, draft_id)
    else:
        row = session.scalar(sa.select(Activity).where(Activity.code == key)) if key else None
    if row is None:
        return None
    session.refresh(row)
    if row.platform_id != platform_id:
        raise Refused("not_allowed")
    return row


def add(
    session: Session, form: ActivityForm, columns: dict[str, Any], by: Actor, now: datetime, key: str | None = None
) -> Activity:
    """A new draft under its key, should it be one of ours."""
    row = Activity(
        code=key if key and re.fullmatch(CODE, key) else new_code(),
        platform_id=form.platform_id,
        stage=Stage.DRAFT,
        created_at=now,
        created_by=by.person_id,
        **columns,
    )
    session.add(row)
    session.flush()
    return row


def changes(row: Activity, columns: dict[str, Any]) -> dict[str, Any]:
    """What of the form is not in the row yet."""
    return {name: value for name, value in columns.items() if getattr(row, name) != value}


def has_other_parts(session: Session, row: Activity, form: ActivityForm) -> bool:
    """Whether the form gives somebody another part than the activity does, asks or drops a partner."""
    stands = form_of(session, row)
    return stands.part is not form.part or set(stands.partners) != set(form.partners)


def must_be_seen(
    session: Session, row: Activity, form: ActivityForm, columns: dict[str, Any], version: int | None
) -> None:
    """Nobody saved other words since the page saw ``version``; else ``Refused("draft_saved_elsewhere")``."""
    if version is None or row.version == version:
        return
    if changes(row, columns) or has_other_parts(session, row, form):
        raise Refused("draft_saved_elsewhere")


def _same(session: Session, platform_id: int, columns: dict[str, Any], by: Actor) -> Activity | None:
    """One's own draft that says the very same: written in another tab, or before the page was loaded again."""
    return session.scalars(
        sa.select(Activity)
        .where(
            Activity.platform_id == platform_id,
            Activity.stage == Stage.DRAFT,
            Activity.created_by.is_not_distinct_from(by.person_id),
            *(getattr(Activity, name).is_not_distinct_from(value) for name, value in columns.items()),
        )
        .order_by(Activity.id)
    ).first()
