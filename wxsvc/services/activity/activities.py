"""服务活动: published, edited until approval, cancelled. Its end decides the year that it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.activity import Activity
from models.terms import Stage
from scoring.terms import ActivityCategory
from wxsvc.services import locks
from wxsvc.services.activity import drafts, participation, signups
from wxsvc.services.activity.activity_codes import new_scene, new_short_code
from wxsvc.services.activity.activity_forms import ActivityForm, columns_of, must_be_whole
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import When, when
from wxsvc.services.demands import must_have_reason
from wxsvc.services.marks import must_stand
from wxsvc.services.records.backfilling import is_afterwards
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import concerned, find, find_own, move_papers, note, write

_TRIES: Final = 5


def publish(
    session: Session,
    form: ActivityForm,
    by: Actor,
    now: datetime,
    *,
    draft_id: int | None = None,
    key: str | None = None,
    version: int | None = None,
) -> Activity:
    """发布活动: it gets its codes and can be scanned; partners are asked. The same again is the same activity.

    ``draft_id`` or ``key`` is the draft that it was, ``version`` what the page saw of it. One that has ended is marked
    事后补录, however long ago. Raises ``Refused``: ``not_allowed``, ``year_sealed``, ``draft_saved_elsewhere``,
    ``published_meanwhile`` with other words and its ``activity``, ``activity_void``, and whatever the form lacks.
    """
    by.must_work_for(form.platform_id)
    columns = columns_of(session, form)
    must_be_whole(form, columns)
    participation.hold(session, form, columns)
    drafts.hold(session, form.platform_id)
    row = drafts.found(session, form.platform_id, draft_id, key) or _twin(session, form.platform_id, columns)
    if row is None:
        row = drafts.add(session, form, columns, by, now, key)
    elif row.stage is Stage.VOID:
        raise Refused("activity_void")
    elif row.stage is not Stage.DRAFT:
        if drafts.changes(row, columns) or drafts.has_other_parts(session, row, form):
            raise Refused("published_meanwhile", activity=row.code)
        return row
    else:
        drafts.must_be_seen(session, row, form, columns, version)
    participation.must_all_be_open(session, row)
    _make_public(session, row, columns, now)
    participation.settle(session, row, form, now, by)
    note(session, row, "published", by, now)
    return row


def edit(session: Session, activity_id: int, form: ActivityForm, version: int, by: Actor, now: datetime) -> Activity:
    """修改 until approval; the year and a default window follow the times. ``version`` is the form's.

    Raises ``Refused``: ``not_allowed``, ``year_sealed``, ``edited_by_other``, ``activity_approved``,
    ``activity_void``, ``part_confirmed``, and whatever is missing from the form.
    """
    row = find_own(session, Activity, activity_id, by)
    by.must_work_for(form.platform_id)
    columns = columns_of(session, form)
    must_be_whole(form, columns)
    if columns["ends_at"] != row.ends_at:
        columns["is_backfilled"] = is_afterwards(columns["ends_at"], row.published_at or now)
    changed = drafts.changes(row, columns)
    if not changed and not drafts.has_other_parts(session, row, form):
        return row
    must_be_editable(session, row, when(row, columns), form=form)
    if row.version != version:
        raise Refused("edited_by_other")
    if "ends_at" in changed and row.stage is Stage.SUBMITTED and columns["ends_at"] > now:
        raise Refused("activity_not_over", ends_at=columns["ends_at"])
    before = concerned(session, row)
    write(session, row, **changed)
    if "year" in changed:
        move_papers(session, row)
    participation.settle(session, row, form, now, by)
    note(session, row, "edited", by, now, also=before, changed=sorted(changed))
    signups.follow_change(session, row, changed, now)
    return row


def change_category(
    session: Session,
    activity_id: int,
    category: ActivityCategory,
    reason: str,
    by: Actor,
    now: datetime,
    version: int | None = None,
) -> Activity:
    """调整类别 by the province, with a reason; the only change that an approved activity takes. Idempotent.

    ``version`` is the one the official saw; over a colleague's newer word it is ``Refused("edited_by_other")``.
    """
    row = find(session, Activity, activity_id)
    if not (by.is_machine or by.reviews):
        raise Refused("category_only_by_province")
    by.must_be_province()
    given = must_have_reason(reason)
    participation.must_all_be_open(session, row)
    if row.stage is Stage.DRAFT:
        raise Refused("activity_not_published")
    if row.stage is Stage.VOID:
        raise Refused("activity_void")
    if row.category is not category:
        must_stand(version, row.version)
        former = row.category.value if row.category else None
        write(session, row, category=category)
        note(session, row, "category_changed", by, now, former=former, category=category.value, reason=given)
    return row


def cancel(session: Session, activity_id: int, reason: str, by: Actor, now: datetime) -> Activity:
    """取消活动 (作废) by its platform until approval, with a reason that visitors' replies rest on. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``reason_needed``, ``activity_approved``, ``activity_not_published``.
    """
    row = find_own(session, Activity, activity_id, by)
    given = must_have_reason(reason)
    if row.stage is Stage.VOID:
        return row
    must_be_editable(session, row)
    write(session, row, stage=Stage.VOID, return_reason=given, reviewed_at=None, reviewed_by=None)
    note(session, row, "cancelled", by, now, reason=given)
    signups.follow_cancelling(session, row, now)
    return row


def must_be_editable(session: Session, row: Activity, *also: When, form: ActivityForm | None = None) -> None:
    """Published and not yet approved, in years that are open at every platform of it; else ``Refused``."""
    participation.must_all_be_open(session, row, *also, form=form)
    _must_be_unjudged(row)


def must_be_completable(session: Session, row: Activity) -> None:
    """Published and not yet approved, in a year that is open at the platform that published it; else ``Refused``.

    For what changes neither parts nor check-ins: a partner's sealed year keeps its scorecard and holds nobody up.
    """
    if row.year is not None:
        locks.hold_open(session, row.platform_id, when(row))
    _must_be_unjudged(row)


def _must_be_unjudged(row: Activity) -> None:
    match row.stage:
        case Stage.DRAFT:
            raise Refused("activity_not_published")
        case Stage.APPROVED:
            raise Refused("activity_approved")
        case Stage.VOID:
            raise Refused("activity_void")


def _twin(session: Session, platform_id: int, columns: dict[str, Any]) -> Activity | None:
    """The same activity, published before: a tap that came twice, or an answer that was lost on the way."""
    return session.scalars(
        sa.select(Activity)
        .where(
            Activity.platform_id == platform_id,
            Activity.stage.not_in([Stage.DRAFT, Stage.VOID]),
            *(getattr(Activity, name).is_not_distinct_from(value) for name, value in columns.items()),
        )
        .order_by(Activity.id)
    ).first()


def _make_public(session: Session, row: Activity, columns: dict[str, Any], now: datetime) -> None:
    """Give it scene and short code; should another have drawn the same five digits in this moment, draw again."""
    for attempt in range(1, _TRIES + 1):
        try:
            with session.begin_nested():
                write(
                    session,
                    row,
                    **columns,
                    stage=Stage.PUBLISHED,
                    scene=new_scene(),
                    short_code=new_short_code(session),
                    published_at=now,
                    is_backfilled=is_afterwards(columns["ends_at"], now),
                )
        except IntegrityError:
            if attempt == _TRIES:
                raise
        else:
            return
