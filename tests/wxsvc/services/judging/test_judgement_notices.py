"""What is judged is told to the platform: each verdict once, many together as one, rulings, sealing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.notice import Delivery, Notice
from models.terms import NoticePurpose, Role, Stage, Subject
from scoring.terms import IndicatorCode
from tests import builders
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services.counting import seals
from wxsvc.services.judging import reviews, rulings, verdict_steps
from wxsvc.services.judging.reviews import Chosen
from wxsvc.services.judging.stated_reasons import Stated

STATED = Stated("未作网站检查，按平时掌握的情况评定")


def told(session: Session, now: datetime) -> list[Notice]:
    """What was told once nothing can be undone any more."""
    session.flush()
    verdict_steps.tell_due(session, now + verdict_steps.UNDO_FOR)
    return list(session.scalars(sa.select(Notice).order_by(Notice.id)))


def text_of(notice: Notice) -> str:
    """The sentence of the inbox, as the platform reads it."""
    return wording.notice(notice.purpose, notice.facts, notice.made_at, "platform").text


def test_each_verdict_on_a_record_is_told_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        builders.staff(session, platform)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        row = builders.activity(session, platform, stage=Stage.SUBMITTED, title="数字化转型对接会")
        for _ in range(2):
            reviews.approve(session, Subject.ACTIVITY, row.id, reviewer, now)
        for _ in range(2):
            reviews.send_back(session, Subject.ACTIVITY, row.id, "请补充照片。", reviewer, now)
        for _ in range(2):
            reviews.void(session, Subject.ACTIVITY, row.id, "不实", reviewer, now)
        assert [text_of(notice) for notice in told(session, now)] == [
            "“数字化转型对接会”已通过。按规定计入得分。",
            "“数字化转型对接会”已退回。原因：请补充照片。修改后可重新提交。",
            "“数字化转型对接会”已作废。原因：不实。",
        ]
        assert {notice.platform_id for notice in told(session, now)} == {platform.id}
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 3


def test_many_approved_together_are_one_notice_per_platform(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        reviewer = builders.staff(session, role=Role.REVIEWER)
        chosen = []
        for number in (3, 1):
            platform = builders.platform(session)
            for room in range(number):
                place = f"{platform.code}-{room}会议室"
                row = builders.activity(session, platform, stage=Stage.SUBMITTED, title="对接会", place=place)
                builders.photo(session, row)
                chosen.append(Chosen(Subject.ACTIVITY, row.id, row.version))
        done = reviews.approve_many(session, chosen, reviewer, now)
        assert len(done.approved) == 4, done.refused
        assert sorted(text_of(notice) for notice in told(session, now)) == [
            "3件记录已通过：服务活动3件。按规定计入得分。",
            "“对接会”已通过。按规定计入得分。",
        ]
        reviews.approve_many(session, chosen, reviewer, now)
        assert len(told(session, now)) == 2


def test_a_ruling_is_told_when_given_changed_and_withdrawn(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        platform = builders.platform(session)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        website = IndicatorCode.WEBSITE
        for _ in range(2):
            rulings.rule_on(
                session, platform.id, 2026, website, Decimal("4.5"), "更新及时", reviewer, now, stated=STATED
            )
        for who in (reviewer, builders.staff(session, role=Role.REVIEWER)):
            rulings.rule_on(session, platform.id, 2026, website, Decimal(4), "栏目有缺", who, now, stated=STATED)
        rulings.withdraw(session, platform.id, 2026, website, "重新检查", reviewer, now)
        given, changed, withdrawn = (text_of(notice) for notice in told(session, now))
    assert given.startswith("2026年度“")
    assert given.endswith("”评定为4.5分（满分5分）。理由：更新及时。")
    assert "改评为4分" in changed
    assert withdrawn.endswith("的评定已撤回，恢复为待评定。理由：重新检查。")


def test_a_sealed_year_is_told(db: Database) -> None:
    after = datetime(2027, 2, 1, 10, 0, tzinfo=builders.BEIJING)
    with db.transaction() as session:
        platform = builders.platform(session)
        province = builders.staff(session, role=Role.PROVINCE)
        for _ in range(2):
            seals.seal(session, platform.id, 2026, province, after)
        (notice,) = told(session, after)
        assert notice.purpose is NoticePurpose.SEALED
        assert text_of(notice) == "2026年度已锁定，得分不再变动。如确需更正，请联系省枢纽平台。"


@pytest.mark.parametrize("audience", ["platform", "province", "person"])
@pytest.mark.parametrize("deed", ["raised", "decided"])
@pytest.mark.parametrize("title", ["对接会", None])
def test_a_dispute_has_its_sentences(audience: str, deed: str, title: str | None, now: datetime) -> None:
    facts = {
        "deed": deed,
        "subject": "check_in",
        "title": title,
        "day": "2026-11-23",
        "enterprise": "麓谷精工有限公司",
        "platform": "长沙市窗口平台",
        "is_upheld": True,
    }
    said = wording.notice(NoticePurpose.DISPUTE, facts, now, audience)
    assert said.text.startswith("长沙市窗口平台11月23日（周一）的")
    assert said.page.startswith("/")
    assert all(said.values.values())
