"""What the things that the log and lists speak of are called (名称), by their noun and number. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import SimpleNamespace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.announcement import Announcement
from models.api_key import ApiKey
from models.checkin import CheckIn
from models.collaboration import Assignment, Evidence
from models.enterprise import Enterprise
from models.platform import Platform
from models.recognition import ServiceItem
from models.record import Post
from models.terms import RecordKey, Subject
from models.webhook import Webhook
from wxsvc.services.records.kinds import KINDS

_COLUMNS: Final[dict[Subject, Any]] = {
    Subject.ENTERPRISE: Enterprise.name,
    Subject.PLATFORM: Platform.name,
    Subject.POST: Post.title,
    Subject.SERVICE_ITEM: ServiceItem.name,
    Subject.ASSIGNMENT: Assignment.title,
    Subject.EVIDENCE: Evidence.title,
    Subject.ANNOUNCEMENT: Announcement.title,
    Subject.API_KEY: ApiKey.system,
    Subject.WEBHOOK: Webhook.system,
}
_AT_ONCE: Final = 5000
"""Things that one statement asks about: fewer than the parameters that either database takes."""


def of(session: Session, keys: Iterable[RecordKey]) -> dict[RecordKey, str]:
    """Their titles or names; a check-in is called as its enterprise. One statement for thousands.

    What has none is left out, such as persons, whose names are sealed.
    """
    wanted, found = sorted(set(keys)), {}
    for start in range(0, len(wanted), _AT_ONCE):
        ids: dict[Subject, list[int]] = {}
        for subject, row_id in wanted[start : start + _AT_ONCE]:
            ids.setdefault(subject, []).append(row_id)
        parts = [part for subject, few in ids.items() if (part := _part(subject, few)) is not None]
        for word, row_id, title, more in session.execute(sa.union_all(*parts)) if parts else ():
            subject = Subject(word)
            found[subject, row_id] = _title(subject, title, more)
    return found


def _part(subject: Subject, ids: Collection[int]) -> sa.Select[Any] | None:
    kind, more = KINDS.get(subject), sa.cast("", sa.Text)
    if kind is not None:
        model: Any = kind.model
        title, *rest = (getattr(model, column) for column in kind.titled_by)
        more = sa.cast(rest[0], sa.Text) if rest else more
    elif subject is Subject.CHECK_IN:
        model, title = CheckIn, Enterprise.name
    elif subject in _COLUMNS:
        title = _COLUMNS[subject]
        model = title.class_
    else:
        return None
    part = sa.select(sa.literal(subject.value, sa.String), model.id, sa.cast(title, sa.Text), more)
    if subject is Subject.CHECK_IN:
        part = part.join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
    return part.where(model.id.in_(ids))


def _title(subject: Subject, *values: str) -> str:
    kind = KINDS.get(subject)
    return kind.title(SimpleNamespace(**dict(zip(kind.titled_by, values, strict=False)))) if kind else values[0]
