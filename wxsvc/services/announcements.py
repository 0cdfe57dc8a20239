"""公告: the province tells platforms something, sees which of them has read it, and may withdraw it with a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.announcement import Announcement, AnnouncementPlatform
from models.person import Person
from models.platform import Platform
from models.stored_file import StoredFile
from models.terms import NoticePurpose
from scoring.terms import PlatformKind
from wxsvc.services import changed_rows, journal, notices, outbox, platforms
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_reason, must_say
from wxsvc.services.locks import insert_once
from wxsvc.services.refusal import Refused, must_be_found
from wxsvc.services.reviewables import find

LONGEST_TITLE: Final = 100
LONGEST_CONTENT: Final = 5000
PER_PAGE: Final = 50


class AnnouncementEntry(Struct, frozen=True):
    """What is announced, and to whom: all platforms in use, those of one kind, or the chosen ones."""

    title: str
    content: str
    kind: PlatformKind | None = None
    platform_ids: Collection[int] = ()
    sha256: str | None = None


class Announced(Struct, frozen=True):
    """One announcement as the province lists it: to how many platforms, and how many have read it."""

    announcement: Announcement
    asked: int
    read: int


class Readership(Struct, frozen=True):
    """阅读情况 of one platform: when and by whom it was read first; empty while nobody has."""

    platform: Platform
    read_at: datetime | None
    reader: Person | None


def publish(session: Session, key: str, entry: AnnouncementEntry, by: Actor, now: datetime) -> Announcement:
    """发布公告 and tell the staff of every platform concerned. ``key`` is the form's: sent twice, it is announced once.

    Raises ``Refused``: ``not_allowed``, ``text_needed``, ``unknown_file``, ``nobody_announced_to``,
    ``platform_closed``.
    """
    by.must_be_province()
    must_say(key, entry.title, entry.content)
    if entry.sha256 is not None and session.get(StoredFile, entry.sha256) is None:
        raise Refused("unknown_file")
    to = _addressed(session, entry)
    values = {"title": entry.title.strip(), "content": entry.content.strip(), "sha256": entry.sha256}
    is_new = insert_once(session, Announcement, key=key, created_at=now, created_by=by.person_id, **values)
    row = session.scalars(sa.select(Announcement).where(Announcement.key == key)).one()
    if not is_new:
        return row
    session.add_all([AnnouncementPlatform(announcement_id=row.id, platform_id=each) for each in to])
    changed_rows.written(session, row, None)
    journal.record_of(session, row, "published", by, now, platforms=len(to))
    for platform_id in to:
        _tell(session, row, platform_id, now)
    return row


def withdraw(session: Session, announcement_id: int, reason: str, by: Actor, now: datetime) -> Announcement:
    """撤回公告 with a reason that its platforms read; nobody is called to read it any more. Idempotent.

    Raises ``Refused``: ``not_allowed``, ``reason_needed``.
    """
    by.must_be_province()
    given = must_have_reason(reason)
    row = must_be_found(session.get(Announcement, announcement_id, with_for_update=True, populate_existing=True))
    if row.withdrawn_at is not None:
        return row
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = now, by.person_id, given
    journal.record_of(session, row, "withdrawn", by, now, reason=given)
    to = sa.select(AnnouncementPlatform.platform_id).where(AnnouncementPlatform.announcement_id == row.id)
    for platform_id in session.scalars(to.order_by(AnnouncementPlatform.platform_id)).all():
        outbox.take_back(session, _key(row, platform_id, is_withdrawn=False), now)
        _tell(session, row, platform_id, now)
    return row


def read(session: Session, announcement_id: int, platform_id: int, by: Actor, now: datetime) -> bool:
    """已阅 for a platform by one of its staff; whether it was news. Raises ``not_allowed``, ``not_found``."""
    by.must_work_for(platform_id)
    addressed(session, announcement_id, platform_id)
    first = session.scalar(
        sa.update(AnnouncementPlatform)
        .where(
            AnnouncementPlatform.announcement_id == announcement_id,
            AnnouncementPlatform.platform_id == platform_id,
            AnnouncementPlatform.read_at.is_(None),
        )
        .values(read_at=now, read_by=by.person_id)
        .returning(AnnouncementPlatform.platform_id)
        .execution_options(synchronize_session=False)
    )
    if first is not None:
        row = session.get_one(Announcement, announcement_id)
        journal.record_of(session, row, "read", by, now, platform_id=platform_id)
    return first is not None


def addressed(session: Session, announcement_id: int, platform_id: int) -> tuple[Announcement, AnnouncementPlatform]:
    """One announcement as a platform has it; ``Refused("not_found")`` where it was not addressed to it."""
    row = must_be_found(session.execute(_to(platform_id).where(Announcement.id == announcement_id)).first())
    return row[0], row[1]


def of_platform(session: Session, platform_id: int) -> list[tuple[Announcement, AnnouncementPlatform]]:
    """The newest announcements to a platform, the withdrawn ones too."""
    newest = _to(platform_id).order_by(Announcement.id.desc()).limit(PER_PAGE)
    return [(row[0], row[1]) for row in session.execute(newest)]


def unread(session: Session, platform_id: int) -> list[Announcement]:
    """What nobody of the platform has read yet and still stands, the newest first."""
    waits = (AnnouncementPlatform.read_at.is_(None), Announcement.withdrawn_at.is_(None))
    newest = _to(platform_id).where(*waits).order_by(Announcement.id.desc())
    return [row[0] for row in session.execute(newest.limit(PER_PAGE))]


def every(session: Session, by: Actor, older_than: int | None = None) -> Sequence[Announced]:
    """The newest announcements with how many platforms have read them; at most one page and one more."""
    by.must_review()
    of = AnnouncementPlatform
    query = (
        sa.select(Announcement, sa.func.count(of.platform_id), sa.func.count(of.read_at))
        .join(of, of.announcement_id == Announcement.id)
        .group_by(Announcement.id)
        .order_by(Announcement.id.desc())
    )
    if older_than is not None:
        query = query.where(Announcement.id < older_than)
    return [Announced(*row) for row in session.execute(query.limit(PER_PAGE + 1))]


def readings(session: Session, announcement_id: int, by: Actor) -> tuple[Announcement, list[Readership]]:
    """An announcement with every platform that it went to: those that have not read it first."""
    by.must_review()
    row, of = find(session, Announcement, announcement_id), AnnouncementPlatform
    query = (
        sa.select(Platform, of.read_at, Person)
        .join(of, of.platform_id == Platform.id)
        .outerjoin(Person, Person.id == of.read_by)
        .where(of.announcement_id == announcement_id)
        .order_by(of.read_at.is_not(None), Platform.code)
    )
    return row, [Readership(*each) for each in session.execute(query)]


def _to(platform_id: int) -> sa.Select[Announcement, AnnouncementPlatform]:
    of = AnnouncementPlatform
    joined = sa.select(Announcement, of).join(of, of.announcement_id == Announcement.id)
    return joined.where(of.platform_id == platform_id)


def _addressed(session: Session, entry: AnnouncementEntry) -> list[int]:
    wanted = set(entry.platform_ids)
    if not wanted:
        to = [each.id for each in platforms.in_use(session, entry.kind)]
    else:
        known = {each.id: each for each in platforms.every(session)}
        if (
            closed := next((known[each] for each in wanted if each in known and known[each].is_closed), None)
        ) is not None:
            raise Refused("platform_closed", name=closed.name)
        to = sorted(wanted & known.keys())
    if not to:
        raise Refused("nobody_announced_to")
    return to


def _tell(session: Session, row: Announcement, platform_id: int, now: datetime) -> None:
    is_withdrawn = row.withdrawn_at is not None
    facts = {"id": row.id, "title": row.title, "is_withdrawn": is_withdrawn, "reason": row.withdrawn_reason or ""}
    key = _key(row, platform_id, is_withdrawn=is_withdrawn)
    notices.tell(session, NoticePurpose.ANNOUNCEMENT, key, facts, now, platform_id=platform_id)


def _key(row: Announcement, platform_id: int, *, is_withdrawn: bool) -> str:
    return f"announcement:{row.id}:{platform_id}:{'withdrawn' if is_withdrawn else 'published'}"
