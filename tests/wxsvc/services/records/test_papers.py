"""Files under their own record's name: the same content from two platforms is one file, with a name for each."""

from __future__ import annotations

from datetime import datetime

import pytest

from scoring.terms import PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.files import KeptFile
from wxsvc.services.records import papers

pytestmark = pytest.mark.both_databases

SHA = "c" * 64
CONTENT = KeptFile(SHA, "application/pdf", 9)


def test_nobody_reads_the_name_that_another_platform_gave(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first, second, third = (builders.platform(session, kind=PlatformKind.PREFECTURE) for _ in range(3))
        papers.keep(session, CONTENT, "长沙星河公司裁员名单.pdf", builders.staff(session, first), now)
        papers.keep(session, CONTENT, "证明.pdf", builders.staff(session, second), now)
        papers.keep(session, CONTENT, "证明（新）.pdf", builders.staff(session, second), now)

        def name(*platforms: int) -> str | None:
            found = papers.of(session, SHA, platforms)
            return found.name if found else None

        assert (name(first.id), name(second.id)) == ("长沙星河公司裁员名单.pdf", "证明.pdf")
        assert name(third.id) == name() == "cccccccccccc.pdf"
        assert papers.of(session, "d" * 64) is papers.of(session, None) is None
        assert len(session.new) == 0, "what is handed out to be read is not written"
