"""A record as its reviewer weighs it: how each company came, the doubtful first; few statements however many came."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from models.activity import Activity, ActivityPhoto
from models.call_back import CallBack, CallBackSample
from models.checkin import Attendance, RefusedScan
from models.dispute import Dispute
from models.terms import Absence, CallBackResult, DisputeSubject, Door, Refusal, Stage
from tests import builders
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World, settle_records
from wxsvc.pages import minute_chart
from wxsvc.services.door.arrivals_judged import Minute


def submitted(rows: Any, world: World, came: int = 0) -> str:
    """The activity of today waits for review, so many more companies came, a minute apart; its page."""
    with rows() as session:
        activity = session.get_one(Activity, world.activity_id)
        activity.stage, activity.submitted_at = Stage.SUBMITTED, builders.NOW
        for number in range(came):
            at = builders.STARTS_AT + timedelta(minutes=number % 200, seconds=number // 200 * 7)
            builders.check_in(session, activity, builders.enterprise(session), checked_in_at=at)
    return f"/v/review/activity/{world.activity_id}"


def rows_of(page: Any) -> list[str]:
    """The rows of the companies' table, as read."""
    table = re.search(r"<th>企业</th>.*?</table>", page.text, re.DOTALL)
    assert table is not None
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in table[0].split("<tr")[1:]]


def test_a_page_costs_twelve_statements_at_most(app: Any, rows: Any, phone: Any, world: World) -> None:
    """Three hundred companies fill seven pages; every one is reached, none twice; past the end is the last page."""
    path = submitted(rows, world, came=300)
    fold(rows)
    reviewer = phone(world.reviewer)
    reviewer.get(path)
    with counted(app) as statements:
        page = reviewer.get(path)
    assert len(statements) <= 12, "\n".join(statements)
    assert "签到企业（301家，计入301家）" in seen(page)
    found = [row for number in range(1, 8) for row in rows_of(reviewer.get(f"{path}?rows={number}"))]
    assert len(found) == len(set(found)) == 301
    assert len(rows_of(page)) == 50
    assert rows_of(reviewer.get(f"{path}?rows=99")) == found[300:]


def test_doubtful_rows_are_marked_and_first(rows: Any, phone: Any, world: World) -> None:
    """Whom a call-back or the company itself contradicts comes first; each row says who, where and how."""
    path = submitted(rows, world)
    night = builders.STARTS_AT.replace(hour=2)
    with rows() as session:
        activity = session.get_one(Activity, world.activity_id)
        clerk = builders.person(session)
        one = builders.person(session)

        def came(name: str, minutes: float, **columns: Any) -> Any:
            at = builders.STARTS_AT + timedelta(minutes=minutes)
            firm = builders.enterprise(session, name=name, region_code=columns.pop("region", "430102"))
            return builders.check_in(session, activity, firm, **{"checked_in_at": at} | columns)

        came("平常企业", 1)
        came("前一家", 10)
        came("紧跟企业", 10 + 1.5 / 60)
        came("夜间企业", 0, checked_in_at=night)
        came("外地企业", 20, region="430200")
        came("代登企业", 30, door=Door.STAFF, entered_by=clerk.id)
        came("补录企业", 40, door=Door.SHEET, evidence_grade=3, entered_by=clerk.id)
        for number in range(3):
            came(f"代签{number}", 50 + number, person_id=one.id)
        voided = came("更正企业", 60)
        voided.voided_at, voided.void_reason = builders.NOW, "未到场"
        undone = came("撤销企业", 61)
        undone.undone_at = builders.NOW
        denied, disputed = came("否认企业", 70), came("异议企业", 71)
        sample = CallBackSample(year=2026, seed="2026-11", wanted=1, drawn_from=9, created_at=builders.NOW)
        session.add(sample)
        session.flush()
        call = {"result": CallBackResult.DENIES, "note": "当天没有派人", "called_at": builders.NOW}
        session.add(CallBack(sample_id=sample.id, check_in_id=denied.id, position=1, **call))
        session.add(
            Dispute(
                enterprise_id=disputed.enterprise_id,
                platform_id=world.platform_id,
                subject=DisputeSubject.CHECK_IN,
                subject_id=disputed.id,
                reason="不是我们",
                raised_at=builders.NOW,
                raised_by=one.id,
            )
        )
    page = phone(world.reviewer).get(path)
    found = rows_of(page)
    signs = [
        ("否认企业", "回访否认 回访：否认参加，当天没有派人"),
        ("异议企业", "企业有异议"),
        ("紧跟企业", "间隔不到2秒"),
        ("代签0", "同一人代多家"),
        ("代签1", "同一人代多家"),
        ("代签2", "同一人代多家"),
        ("夜间企业", "凌晨签到"),
        ("补录企业", "事后补录"),
        ("代登企业", "工作人员登记"),
        ("外地企业", "区域外"),
    ]
    for row, (name, sign) in zip(found, signs, strict=False):
        assert name in row
        assert row.endswith(sign)
    assert sum("✓" not in row and row.endswith("本人扫码") for row in found) == 3
    assert found[-2].endswith("已更正 未到场")
    assert "本人撤销" in found[-1]
    assert "株洲市" in next(row for row in found if "外地企业" in row)


def test_who_came_and_is_no_check_in_is_told_by_reason(rows: Any, phone: Any, world: World) -> None:
    """Colleagues, and scans that were refused and not made good since; names are masked."""
    path = submitted(rows, world)
    with rows() as session:
        people = [builders.person(session) for _ in range(4)]
        moments = {"received_at": builders.NOW}
        for who in people[:2]:
            session.add(
                Attendance(
                    activity_id=world.activity_id,
                    person_id=who.id,
                    enterprise_id=world.enterprise_id,
                    absence=Absence.COLLEAGUE,
                    attended_at=builders.NOW,
                    **moments,
                )
            )
        for who, completed in ((people[2], None), (people[3], world.check_in_id)):
            session.add(
                RefusedScan(
                    activity_id=world.activity_id,
                    person_id=who.id,
                    typed="s1",
                    door=Door.CODE,
                    refusal=Refusal.TOO_EARLY,
                    scanned_at=builders.NOW,
                    completed_by=completed,
                    **moments,
                )
            )
    text = seen(phone(world.reviewer).get(path))
    assert "同单位到场（2人）" in text
    assert "签到未开始（1次）" in text


def test_the_page_tells_steps_stakes_and_photos_seen_elsewhere(app: Any, rows: Any, phone: Any, world: World) -> None:
    """Who did what, what the approval brings, and both photos side by side."""
    path = submitted(rows, world, came=60)
    with rows() as session:
        joint = session.get_one(Activity, world.joint_id)
        joint.stage, joint.submitted_at = Stage.APPROVED, builders.NOW
        joint.reviewed_at = builders.NOW
        other = builders.photo(session, joint)
        other.sha256 = session.get_one(ActivityPhoto, world.photo_id).sha256
    fold(rows)
    reviewer = phone(world.reviewer)
    page = reviewer.get(path)
    assert re.search(r"通过后 \+\d", seen(page))
    assert "与其他活动相同或相近的照片" in seen(page)
    assert f"/v/photos/{world.photo_id}" in page.text
    assert f"/v/photos/{other.id}" in page.text
    with counted(app) as statements:
        reviewer.get(path)
    assert len(statements) <= 12 + 1  # the one of photos seen elsewhere
    reviewer.post(path, verdict="approve", version=1)
    assert "办理经过" in seen(reviewer.get(path))
    assert "通过" in seen(reviewer.get(path))


@pytest.mark.parametrize(("minutes", "step"), [(1, 1), (120, 1), (121, 2), (400, 5), (7200, 60)])
def test_the_chart_adds_up_however_long_it_took(minutes: int, step: int) -> None:
    """Never more bars than can be told apart; their sum is everybody, and the table has the same figures."""
    came = [Minute(builders.STARTS_AT + timedelta(minutes=each), 2, int(each % 7 == 0)) for each in range(minutes)]
    chart = minute_chart.of(came)
    assert chart is not None
    assert chart.minutes == step
    assert len(chart.bars) <= 120
    assert sum(bar.count for bar in chart.told) == 2 * minutes == chart.total
    assert sum(bar.doubtful for bar in chart.told) == sum(each.doubtful for each in came)
    assert max(bar.x + bar.width for bar in chart.bars) <= minute_chart.WIDTH
    assert minute_chart.of([]) is None


@pytest.mark.parametrize(
    "noun",
    ["offline_services", "online_trades", "needs", "bonus_claims", "online_services", "responses"],
)
def test_every_kind_of_record_costs_twelve_statements_at_most(
    app: Any, rows: Any, phone: Any, world: World, noun: str
) -> None:
    settle_records(rows, world)
    fold(rows)
    reviewer = phone(world.reviewer)
    path = f"/v/review/{noun.removesuffix('s')}/{world.records[noun]}"
    assert reviewer.get(path).status_code == 200
    with counted(app) as statements:
        reviewer.get(path)
    assert len(statements) <= 12, "\n".join(statements)
