"""提交版本: what an activity said each time it was submitted, and what was mended since it came back.

The difference is told from the version that was sent back, else from the last one handed in, to what stands now: so
whoever mends and whoever judges see the same, also when a submitted activity is edited again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPhoto, ActivityPlatform, ActivityVersion
from models.checkin import CheckIn
from models.journal import Review
from models.platform import Platform
from models.terms import Verdict
from scoring.terms import ActivityCategory, Form, Part
from wxsvc.services.activity.participation import Host
from wxsvc.services.actor import Actor

_INSTANTS: Final = ("starts_at", "ends_at")
_AROUND: Final = 24
"""Characters of unchanged text shown on either side of a change."""


class ChangedText(Struct, frozen=True):
    """A text before and after, with what both share: ``head`` and ``tail`` are cut to a few characters."""

    head: str
    was: str
    now: str
    tail: str


class FieldDifference(Struct, frozen=True):
    """One field that changed. Lists (parts, photos, enterprises) tell what is ``gone`` and what is ``new``."""

    field: str
    before: Any
    after: Any

    @property
    def gone(self) -> list[Any]:
        after = set(self.after)
        return [each for each in self.before if each not in after]

    @property
    def new(self) -> list[Any]:
        before = set(self.before)
        return [each for each in self.after if each not in before]

    @property
    def passage(self) -> ChangedText:
        """Where a text changed."""
        return passage(self.before or "", self.after or "")


def keep(session: Session, row: Activity, by: Actor, now: datetime) -> ActivityVersion:
    """Keep what the activity says at this submission, as the next version."""
    last = session.scalar(sa.select(sa.func.max(ActivityVersion.number)).where(ActivityVersion.activity_id == row.id))
    version = ActivityVersion(
        activity_id=row.id,
        number=(last or 0) + 1,
        submitted_at=now,
        submitted_by=by.person_id,
        content=_stored(_says(session, row)),
    )
    session.add(version)
    session.flush()
    return version


def of(session: Session, activity_id: int) -> Sequence[ActivityVersion]:
    """Every version that was handed in, the first one first."""
    query = sa.select(ActivityVersion).where(ActivityVersion.activity_id == activity_id)
    return session.scalars(query.order_by(ActivityVersion.number)).all()


def differences(
    row: Activity,
    handed_in: Sequence[ActivityVersion],
    verdicts: Iterable[Review],
    hosts: Iterable[Host],
    photos: Iterable[ActivityPhoto],
    enterprises: Iterable[int],
) -> tuple[FieldDifference, ...]:
    """What changed since the version that was sent back, or since the last one handed in; nothing without a version.

    From what is at hand: the verdicts that stand, the ``hosts`` by code, the kept photos, and who is in.
    """
    if not handed_in:
        return ()
    returned_at = max((each.given_at for each in verdicts if each.verdict is Verdict.RETURNED), default=None)
    judged = [each for each in handed_in if returned_at is not None and each.submitted_at <= returned_at]
    before = _read((judged or handed_in)[-1].content)
    parts = [(host.platform.name, host.part) for host in hosts]
    after = _said(row, parts, [photo.sha256 for photo in photos], enterprises)
    return tuple(
        FieldDifference(field, before[field], after[field])
        for field in after
        if field in before and before[field] != after[field]
    )


def passage(before: str, after: str) -> ChangedText:
    """The part in which two texts differ, with a little of what they share before and after it."""
    most = min(len(before), len(after))
    head = next((place for place in range(most) if before[place] != after[place]), most)
    tail = next((place for place in range(most - head) if before[-1 - place] != after[-1 - place]), most - head)
    return ChangedText(
        head=before[:head] if head <= _AROUND else "…" + before[head - _AROUND : head],
        was=before[head : len(before) - tail],
        now=after[head : len(after) - tail],
        tail=before[len(before) - tail :][:_AROUND] + ("…" if tail > _AROUND else ""),
    )


def _says(session: Session, row: Activity) -> dict[str, Any]:
    parts = session.execute(
        sa.select(Platform.name, ActivityPlatform.part)
        .join(Platform, Platform.id == ActivityPlatform.platform_id)
        .where(ActivityPlatform.activity_id == row.id)
        .order_by(Platform.code)
    )
    photos = sa.select(ActivityPhoto.sha256).where(ActivityPhoto.activity_id == row.id, ActivityPhoto.is_kept)
    present = sa.select(CheckIn.enterprise_id).where(CheckIn.activity_id == row.id, CheckIn.is_live)
    return _said(row, [(name, part) for name, part in parts], session.scalars(photos), session.scalars(present))


def _said(
    row: Activity, parts: Iterable[tuple[str, Part]], photos: Iterable[str], enterprises: Iterable[int]
) -> dict[str, Any]:
    """Everything that a reviewer judges, in the order of the form; ``parts`` in the order of their platforms' codes."""
    return {
        "title": row.title,
        "category": row.category,
        "form": row.form,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "place": row.place,
        "meeting_link": row.meeting_link,
        "organisers": row.organisers,
        "parts": list(parts),
        "content": row.content,
        "summary": row.summary,
        "photos": sorted(photos),
        "enterprises": sorted(enterprises),
    }


def _stored(says: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in says.items()}


def _read(content: dict[str, Any]) -> dict[str, Any]:
    """A stored version with its words and instants as they were."""
    read = dict(content)
    for name in _INSTANTS:
        read[name] = datetime.fromisoformat(read[name]) if read.get(name) else None
    for name, kind in (("category", ActivityCategory), ("form", Form)):
        read[name] = kind(read[name]) if read.get(name) else None
    read["parts"] = [(name, Part(part)) for name, part in read.get("parts", [])]
    return read
