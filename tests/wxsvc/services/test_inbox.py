"""The inbox: everybody reads their own, reading is remembered per person, nobody reads what is not theirs."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.notice import NoticeRead
from models.terms import NoticePurpose, Role
from tests import builders
from wxsvc.db import Database
from wxsvc.services import inbox, notices
from wxsvc.services.actor import Actor


def test_everybody_reads_their_own(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)
        clerk, colleague = builders.staff(session, own), builders.staff(session, own)
        official, visitor = builders.staff(session, role=Role.PROVINCE), Actor(builders.person(session).id)
        for key, addressee in (
            ("old", {"platform_id": own.id}),
            ("new", {"platform_id": own.id}),
            ("others", {"platform_id": other.id}),
            ("province", {}),
            ("person", {"person_id": visitor.person_id}),
        ):
            told_at = now - timedelta(days=31) if key == "old" else now
            notices.tell(session, NoticePurpose.SEALED, key, {"year": 2025}, told_at, **addressee)

        def keys(by: Actor) -> list[tuple[str, bool]]:
            return [(each.notice.key, each.is_unread) for each in inbox.letters(session, by, now).rows]

        assert keys(clerk) == [("new", True), ("old", False)]
        assert keys(official) == [("province", True)]
        assert keys(visitor) == [("person", True)]
        assert keys(Actor(None)) == []
        assert inbox.unread(session, clerk, now) == 1
        for _ in range(2):
            inbox.read_all(session, clerk, now)
        assert keys(clerk) == [("new", False), ("old", False)]
        assert (inbox.unread(session, clerk, now), inbox.unread(session, colleague, now)) == (0, 1)
        assert session.scalar(sa.select(sa.func.count()).select_from(NoticeRead)) == 1
