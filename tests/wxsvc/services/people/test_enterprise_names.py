"""更名: put right by the hub or the province with a reason; former names stay; its open years are counted anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.terms import Role
from models.work_list import Change
from tests import builders
from tests.wxsvc.services.record_cases import nobody
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.people import enterprise_merges, enterprise_names, enterprises
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


@pytest.mark.both_databases
def test_where_it_counts_in_an_open_year_the_score_is_counted_anew(db: Database, now: datetime) -> None:
    """A trade with an institution of its new name is one with itself. A sealed year keeps its score."""
    with db.transaction() as session:
        row, by = builders.enterprise(session, name="旧名有限公司"), builders.staff(session, role=Role.REVIEWER)
        open_one, sealed = (builders.platform(session) for _ in range(2))
        for platform in (open_one, sealed):
            builders.check_in(session, builders.activity(session, platform), row)
        builders.seal(session, sealed)
        session.execute(sa.delete(Change))
        for _ in range(2):
            enterprise_names.correct(session, row.id, "新名有限公司", REASON, by, now)
        assert session.scalars(sa.select(Change.platform_id)).all() == [open_one.id]


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
