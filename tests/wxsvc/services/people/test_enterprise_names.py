"""更名: put right by the hub or the province with a reason; former names stay; trades with oneself are counted anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.record import OnlineTrade
from models.scorecard import ScorecardRow
from models.terms import Role, Stage
from models.work_list import Change
from tests import builders
from tests.wxsvc.services.record_cases import nobody
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.counting import card_checks, tallies
from wxsvc.services.people import enterprise_merges, enterprise_names, enterprises, institutions
from wxsvc.services.refusal import Refused

REASON = "企业已更名，见新营业执照"


@pytest.mark.both_databases
def test_a_corrected_name_is_found_and_the_former_one_kept(db: Database, now: datetime) -> None:
    """Twice the same is once."""
    later = now + timedelta(days=1)
    with db.transaction() as session:
        row = builders.enterprise(session, name="旧名有限公司")
        by = builders.staff(session, role=Role.REVIEWER)
        for _ in range(2):
            enterprise_names.correct(session, row.id, " 新名有限公司 ", REASON, by, later)
        (renamed,) = session.scalars(sa.select(LogEntry).where(LogEntry.deed == "enterprise.renamed"))
        assert renamed.details == {"former_name": "旧名有限公司", "name": "新名有限公司", "reason": REASON}
        assert list(enterprises.search(session, "新名")) == [row]
        assert list(enterprises.search(session, "旧名")) == []
        assert enterprise_names.former_names(session, row.id) == [("旧名有限公司", later)]
        assert session.scalars(sa.select(Change)).all() == []


@pytest.mark.parametrize("of_whom", ["enterprise", "institution"])
def test_who_turns_out_to_have_traded_with_itself_is_counted_anew(db: Database, now: datetime, of_whom: str) -> None:
    """By the enterprise's name, or by the code that the institution is given later; a sealed year stays as it is."""
    with db.transaction() as session:
        by = builders.staff(session, role=Role.REVIEWER)
        row = builders.enterprise(session, name="旧名有限公司")
        own, sealed = builders.platform(session), builders.platform(session)
        institution = builders.institution(session, name="新名有限公司")
        for number, platform in enumerate((own, sealed)):
            told = {"order_number": f"D-{number}", "traded_on": now.date(), "service": "代理", "created_at": now}
            states = {"stage": Stage.APPROVED, "submitted_at": now, "reviewed_at": now, "year": 2026}
            whose = {"platform_id": platform.id, "enterprise_id": row.id, "institution_id": institution.id}
            session.add(OnlineTrade(**told, **states, **whose))
            session.flush()
            tallies.fold(session, platform.id, 2026, now)
        builders.seal(session, sealed)
        if of_whom == "enterprise":
            enterprise_names.correct(session, row.id, "新名有限公司", REASON, by, now)
        else:
            institutions.named(session, "新名有限公司", by, now, row.uscc)
        (change,) = session.scalars(sa.select(Change)).all()
        assert (change.platform_id, change.year) == (own.id, 2026)
        tallies.fold(session, own.id, 2026, now)
        assert session.get_one(ScorecardRow, (own.id, 2026)).tally["counted"]["online_trades"] == 0
        assert card_checks.check(session, [(own.id, 2026)], lambda: None) == []


def test_only_the_hub_and_the_province_correct_a_name(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = builders.enterprise(session)
        for by in (builders.staff(session, builders.platform(session)), Actor(builders.person(session).id), nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                enterprise_names.correct(session, row.id, "别名有限公司", REASON, by, now)
        with pytest.raises(Refused, match="reason_needed"):
            enterprise_names.correct(
                session, row.id, "别名有限公司", " ", builders.staff(session, role=Role.PROVINCE), now
            )


def test_a_name_that_was_changed_meanwhile_is_not_overwritten_unseen(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row, by = builders.enterprise(session, name="旧名有限公司"), builders.staff(session, role=Role.PROVINCE)
        shown = enterprise_names.seen(row)
        enterprise_names.correct(session, row.id, "新名有限公司", REASON, by, now, shown=shown)
        with pytest.raises(Refused, match="edited_by_other"):
            enterprise_names.correct(session, row.id, "另名有限公司", REASON, by, now, shown=shown)
        enterprise_names.correct(session, row.id, "新名有限公司", REASON, by, now, shown=shown)


def test_a_name_is_asked_about_once_more_where_it_may_be_anothers_or_none(db: Database, now: datetime) -> None:
    """Of two codes it is not asked: two firms may have one name."""
    with db.transaction() as session:
        by = builders.staff(session, role=Role.PROVINCE)
        row = builders.enterprise(session, name="长沙精工有限公司")
        builders.enterprise(session, name="长沙大成有限公司", uscc=None, licence_number="430100000012345")
        builders.enterprise(session, name="长沙中天有限公司")
        with pytest.raises(Refused) as caught:
            enterprise_names.correct(session, row.id, "长沙大成有限公司", REASON, by, now, asks_again=True)
        assert (caught.value.code, caught.value.values) == (
            "renamed_as_known",
            {"name": "长沙大成有限公司", "number": "430100000012345"},
        )
        with pytest.raises(Refused, match="name_unlikely"):
            enterprise_names.correct(session, row.id, "没有", REASON, by, now, asks_again=True)
        enterprise_names.correct(session, row.id, "长沙中天有限公司", REASON, by, now, asks_again=True)
        enterprise_names.correct(session, row.id, "长沙大成有限公司", REASON, by, now)
        assert row.name == "长沙大成有限公司"


def test_whoever_asks_for_a_merged_enterprise_corrects_the_one_that_is_kept(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        by = builders.staff(session, role=Role.PROVINCE)
        kept, merged = builders.enterprise(session), builders.enterprise(session)
        enterprise_merges.merge(session, kept.id, merged.id, "同一家", by, now)
        assert enterprise_names.correct(session, merged.id, "新名有限公司", REASON, by, now).id == kept.id
