"""The log is never erased: what leads to a person is taken out of the texts that it tells, and nothing else is."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.record import Need
from models.terms import NeedKind, Stage, Subject
from tests import builders, log_names
from wxsvc.db import Database
from wxsvc.services import journal
from wxsvc.services.actor import MACHINE

REACHES = (
    "13812341234", "138 1234 1234", "138-1234-1234", "+86 13812341234", "１３８１２３４１２３４", "43010219900307451X",
    "wang.min@example.cn", "微信：wangmin_88",
)  # fmt: skip
STAYS = (
    "91430100MA4L1ABC2X",
    "2026-11-23",
    "20261123",
    "5000000元",
    "湘工信〔2026〕12号",
    "A-9",
    "430100000012345",
    "0731",
)


def test_a_reason_keeps_what_it_says_and_loses_whom_to_call(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        for text in (*REACHES, *STAYS):
            told = {"reason": f"请联系{text}，谢谢", "reasons": [text, {"reason": text}]}
            journal.record(session, "test", Subject.NEED, 1, by=MACHINE, now=now, **told)
        session.flush()
        entries = [each.details for each in session.scalars(sa.select(LogEntry).order_by(LogEntry.id))]
    for text, details in zip((*REACHES, *STAYS), entries, strict=True):
        kept = text if text in STAYS else "***"
        assert details == {"reason": f"请联系{kept}，谢谢", "reasons": [kept, {"reason": kept}]}, text


def test_of_what_visitors_wrote_no_number_is_told(db: Database, now: datetime) -> None:
    """Neither a landline: from the row it goes when its writer leaves, from the log it never could."""
    with db.transaction() as session:
        platform, enterprise, who = builders.platform(session), builders.enterprise(session), builders.person(session)
        shared = {"platform_id": platform.id, "enterprise_id": enterprise.id}
        need = Need(
            year=2026, kind=NeedKind.APPEAL, region_code="430100",
            title="请打0731-88881234", content="座机0731-88881234", raised_on=now.date(),
            stage=Stage.DRAFT, is_from_enterprise=True, created_by=who.id, created_at=now,
            **shared,
        )  # fmt: skip
        session.add(need)
        session.flush()
        journal.record(session, "test", Subject.NEED, need.id, by=MACHINE, now=now)
        session.flush()
        (told,) = session.scalars(sa.select(LogEntry.after)).all()
        assert told is not None
        assert (told["title"], told["content"]) == ("请打***", "座机***")
        assert "88881234" in need.content


@pytest.mark.parametrize("told", ["王小明", "请联系王小明", "13812341234"])
def test_the_watch_over_all_tests_sees_a_name(told: str, now: datetime) -> None:
    """Every entry that any test writes is looked at by it: a name that was sealed, and a phone."""
    log_names.Vault(("k" * 40,)).encrypt("王小明")
    entry = SimpleNamespace(deed="person.corrected", details={"reason": told}, before=None, after=None)
    with pytest.raises(AssertionError, match="tells"):
        log_names._must_name_nobody(None, None, entry)  # type: ignore[arg-type]
