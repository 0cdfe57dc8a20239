"""What a reviewer corrects on a record's page: parts, category, year, stories, 作废; and that days have their year."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.collaboration import BonusClaim
from models.journal import LogEntry
from models.notice import Notice
from models.platform import Platform
from models.record import Need
from models.terms import NeedKind, Stage, Subject
from scoring.terms import ActivityCategory, BonusKind, Part
from tests import builders
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World, settle_records
from wxsvc import wording
from wxsvc.services.counting import scorecards
from wxsvc.services.reviewables import MODELS


def deeds(rows: Any, like: str) -> list[str]:
    with rows() as session:
        query = sa.select(LogEntry.deed).where(LogEntry.deed.like(like)).order_by(LogEntry.id)
        return list(session.scalars(query))


def told(rows: Any, platform_id: int) -> str:
    """The newest notice of a platform."""
    with rows() as session:
        query = sa.select(Notice).where(Notice.platform_id == platform_id).order_by(Notice.id.desc()).limit(1)
        row = session.scalars(query).one()
        return wording.notice(row.purpose.value, row.facts, row.made_at, "platform").text


def assisted(rows: Any, world: World, **columns: Any) -> int:
    """An activity of 其他类 that waits for review, with the other platform's confirmed 协办."""
    with rows() as session:
        own, other = session.get_one(Platform, world.platform_id), session.get_one(Platform, world.other_platform_id)
        defaults = {"category": ActivityCategory.OTHER, "stage": Stage.SUBMITTED, "place": "一号厅"}
        held = builders.activity(session, own, summary=builders.SUMMARY, **defaults | columns)
        builders.photo(session, held)
        builders.check_in(session, held, builders.enterprise(session))
        builders.joined(session, held, other, Part.ASSIST)
        return held.id


def counted(rows: Any, world: World, fact: str) -> tuple[int, list[tuple[str, ...]]]:
    """What the other platform's card counts of a fact, and why its rows do not count."""
    fold(rows)
    with rows() as session:
        found = scorecards.rows_of_kind(session, world.other_platform_id, 2026, Subject.ACTIVITY).values()
        left = scorecards.not_counted(session, world.other_platform_id, 2026)
    counts = sum(row.amount for row in found if row.fact == fact and row.standing.value == "counted")
    return counts, [row.reasons for row in left if row.subject is Subject.ACTIVITY]


def test_the_evidence_of_an_assist_is_accepted_or_refused_on_the_page(rows: Any, phone: Any, world: World) -> None:
    """Until then the queue says so; a refusal has a reason that the platform reads; 家次 come of neither."""
    activity_id, reviewer = assisted(rows, world), phone(world.reviewer)
    assert "协办佐证待认定" in seen(reviewer.get("/v/review"))
    path = f"/v/review/activity/{activity_id}"
    assert "认定协办" in seen(reviewer.get(path))
    empty = reviewer.post(f"{path}/parts/430200", page=path, deed="reject_assist", part_reason_430200=" ")
    assert empty.status_code == 422
    assert "请填写原因" in seen(empty)
    why = "通知上没有该平台"
    refused = reviewer.post(f"{path}/parts/430200", page=path, deed="reject_assist", part_reason_430200=why)
    assert "协办佐证未获认可：通知上没有该平台" in seen(refused)
    assert "株洲市窗口平台的协办不予认定" in seen(refused)
    assert "协办佐证待认定" not in seen(reviewer.get("/v/review"))
    assert (
        told(rows, world.other_platform_id)
        == "贵平台协办的“中小企业数字化转型对接会”未获认定。原因：通知上没有该平台。"
    )
    reviewer.post(path, verdict="approve", version="1")
    assert counted(rows, world, "activities.other")[0] == 0
    accepted = reviewer.post(f"{path}/parts/430200", page=path, deed="accept_assist")
    assert "协办佐证已认可" in seen(accepted)
    assert "协办的“中小企业数字化转型对接会”已确认计入" in told(rows, world.other_platform_id)
    number, reasons = counted(rows, world, "activities.other")
    assert (number, reasons) == (1, [("reading_assist_counts",)])
    assert deeds(rows, "activity.assist%") == ["activity.assist_rejected", "activity.assist_accepted"]
    page = seen(phone(world.province).get("/v/score/430200/participations"))
    assert "按口径，协办的活动不计家次" in page


def test_keys_judge_what_waits_of_an_activity(rows: Any, phone: Any, world: World) -> None:
    """The first element of a key is pressed: the verdict, and where an approved activity waits for it the assist."""
    activity_id, reviewer = assisted(rows, world), phone(world.reviewer)
    path, keys = f"/v/review/activity/{activity_id}", re.compile(r'<(?:button|details)[^>]*data-key="([ar])"[^>]*>')
    told = {found[1]: found[0] for found in reversed(list(keys.finditer(reviewer.get(path).text)))}
    assert 'name="verdict"' in told["a"]
    assert 'id="return"' in told["r"]
    approved = reviewer.post(path, page=path, verdict="approve", version="1")
    told = {found[1]: found[0] for found in reversed(list(keys.finditer(reviewer.get(path).text)))}
    assert approved.status_code == 200
    assert 'value="accept_assist"' in told["a"]
    assert 'id="return"' not in told["r"], "not the approved activity is sent back"
    done = reviewer.post(f"{path}/parts/430200?noun=activity", page=path, deed="accept_assist", desk="1")
    assert done.request.path == "/v/review", "at a desk the list comes next"
    assert done.request.args["noun"] == "activity"
    assert "accept_assist" not in reviewer.get(path).text


def test_beside_the_list_the_next_entry_comes_after_an_assist(rows: Any, phone: Any, world: World) -> None:
    """Not the first of the list anew; the last one is followed by the first."""
    first, second, third = [assisted(rows, world, stage=Stage.APPROVED) for _ in range(3)]
    reviewer = phone(world.reviewer)

    def judged(activity_id: int) -> Any:
        path = f"/v/review/activity/{activity_id}"
        return reviewer.post(f"{path}/parts/430200?noun=assist", page=path, deed="accept_assist", desk="1")

    after = judged(second)
    assert "“中小企业数字化转型对接会”：株洲市窗口平台的协办已认定" in seen(after), "the page shows another by now"
    assert after.request.args["item"] == f"assist-{third}"
    assert f'id="i-assist-{third}" aria-current="true"' in after.text
    assert judged(third).request.args["item"] == f"assist-{first}"
    assert "item" not in judged(first).request.args


def test_an_assist_in_a_named_category_has_no_such_form(rows: Any, phone: Any, world: World) -> None:
    activity_id = assisted(rows, world, category=ActivityCategory.BRAND)
    reviewer, path = phone(world.reviewer), f"/v/review/activity/{activity_id}"
    assert "认定协办" not in seen(reviewer.get(path))
    forged = reviewer.post(f"{path}/parts/430200", page=path, deed="accept_assist")
    assert (forged.status_code, "协办只在“其他类服务活动”中计入" in seen(forged)) == (409, True)
    assert reviewer.post(f"{path}/parts/999999", page=path, deed="accept_assist").status_code == 404
    assert reviewer.post(f"{path}/parts/430200", page=path, deed="accept_all").status_code == 400


def late_part(rows: Any, phone: Any, world: World) -> str:
    """The other platform confirms after the activity was approved; the path of the review page."""
    with rows() as session:
        own, other = session.get_one(Platform, world.platform_id), session.get_one(Platform, world.other_platform_id)
        held = builders.activity(session, own, stage=Stage.APPROVED, summary=builders.SUMMARY, place="二号厅")
        builders.photo(session, held)
        builders.check_in(session, held, builders.enterprise(session))
        builders.joined(session, held, other, is_confirmed=False)
        activity_id = held.id
    phone(world.other_staff).post(f"/p/joint/{activity_id}/confirm", page="/p/today")
    with rows() as session:
        assert session.get_one(ActivityPlatform, (activity_id, world.other_platform_id)).confirmed_at is not None
    return f"/v/review/activity/{activity_id}"


def test_a_part_confirmed_after_the_approval_waits_in_the_queue(rows: Any, phone: Any, world: World) -> None:
    """It is 待审核 on the card until the reviewer has confirmed it; then it counts."""
    path, reviewer = late_part(rows, phone, world), phone(world.reviewer)
    assert counted(rows, world, "activities.digital")[0] == 0
    assert "待审核 1" in seen(phone(world.other_staff).get("/p/score")).replace("待审核\n", "待审核 ")
    queue = reviewer.get("/v/review")
    assert path in queue.text
    assert "有平台在活动通过后确认参与" in seen(queue)
    assert "待审1件，须逐件核对" in seen(queue)
    page = reviewer.post(f"{path}/parts/430200", page=path, deed="accept_part")
    assert "的参与已确认计入" in seen(page)
    assert counted(rows, world, "activities.digital")[0] == 1
    assert path not in reviewer.get("/v/review").text
    assert deeds(rows, "activity.part%") == ["activity.part_confirmed", "activity.part_accepted"]


def test_a_late_part_is_struck_out_with_a_reason(rows: Any, phone: Any, world: World) -> None:
    path, reviewer = late_part(rows, phone, world), phone(world.reviewer)
    refused = reviewer.post(f"{path}/parts/430200", page=path, deed="reject_part")
    assert (refused.status_code, "请填写原因" in seen(refused)) == (422, True)
    reviewer.post(f"{path}/parts/430200", page=path, deed="reject_part", part_reason_430200="通知上没有该平台")
    assert counted(rows, world, "activities.digital") == (0, [])
    assert path not in reviewer.get("/v/review").text
    assert "未获认定。原因：通知上没有该平台" in told(rows, world.other_platform_id)


def test_the_province_corrects_the_category(rows: Any, phone: Any, world: World) -> None:
    """With a reason, on the page; the reviewer is offered no such form."""
    activity_id = assisted(rows, world, stage=Stage.APPROVED)
    path = f"/v/review/activity/{activity_id}"
    assert "调整类别" not in seen(phone(world.reviewer).get(path))
    official = phone(world.province)
    refused = official.post(f"{path}/category", page=path, category="brand", version="1")
    assert (refused.status_code, "请填写原因" in seen(refused)) == (422, True)
    assert '<option value="brand" selected>' in refused.text
    typed = {"category": "brand", "category_reason": "内容为品牌培训"}
    stale = official.post(f"{path}/category", page=path, version="0", **typed)
    assert "已在别处修改过" in seen(stale)
    assert "目前保存的是" in seen(stale)
    official.post(f"{path}/category", page=path, version="1", **typed)
    with rows() as session:
        assert session.get_one(Activity, activity_id).category is ActivityCategory.BRAND
    assert deeds(rows, "activity.category%") == ["activity.category_changed"]
    forged = phone(world.reviewer).post(
        f"{path}/category", page=path, version="2", category="other", category_reason="x"
    )
    assert "您没有权限办理此事项" in seen(forged)


def claim(rows: Any, world: World, **columns: Any) -> int:
    """An approved honour of 2026, unless told otherwise."""
    defaults = {
        "kind": BonusKind.HONOUR,
        "title": "省级示范平台",
        "issuer": "省工信厅",
        "awarded_on": date(2026, 5, 6),
        "year": 2026,
        "stage": Stage.APPROVED,
        "reviewed_at": builders.NOW,
    }
    with rows() as session:
        shared = {"platform_id": world.platform_id, "created_at": builders.NOW, "submitted_at": builders.NOW}
        row = BonusClaim(**shared | defaults | columns)
        session.add(row)
        session.flush()
        return row.id


def test_a_claim_of_another_year_does_not_count_until_its_year_is_corrected(
    rows: Any, phone: Any, world: World
) -> None:
    """考评年度内: the page warns, the card says why, and the reviewer puts it right with a reason."""
    press = {"kind": BonusKind.PRESS, "link": "https://example.cn/1"}
    claim_id, reviewer = claim(rows, world, awarded_on=date(2025, 5, 6), **press), phone(world.reviewer)
    fold(rows)
    assert "授予或刊发日期不在考评年度内" in seen(phone(world.staff).get(f"/p/bonus-claims/{claim_id}"))
    path = f"/v/review/bonus_claim/{claim_id}"
    assert "日期为2025年，不在2026考评年度内" in seen(reviewer.get(path))
    refused = reviewer.post(f"{path}/year", page=path, year="2025", version="1")
    assert (refused.status_code, "请填写原因" in seen(refused)) == (422, True)
    typed = {"year": "2025", "year_reason": "2025年授予"}
    assert "已在别处修改过" in seen(reviewer.post(f"{path}/year", page=path, version="0", **typed))
    page = seen(reviewer.post(f"{path}/year", page=path, version="1", **typed))
    assert "2025年度" in page
    assert "不在2026考评年度内" not in page
    with rows() as session:
        assert session.get_one(BonusClaim, claim_id).year == 2025
    assert deeds(rows, "bonus_claim.year%") == ["bonus_claim.year_set"]


def test_the_review_page_knows_a_period_that_was_set(rows: Any, phone: Any, world: World) -> None:
    """Of a title, too, the page warns that its day is of no day of the year, and not once the period has it."""
    claim_id = claim(rows, world, kind=BonusKind.CASE_SELECTED, awarded_on=date(2025, 12, 15))
    path, warning = f"/v/review/bonus_claim/{claim_id}", "日期为2025年，不在2026考评年度内"
    assert warning in seen(phone(world.reviewer).get(path))
    form = {"first": "2025-12-01", "last": "2026-12-31", "reason": "随验收提前纳入考评"}
    assert phone(world.province).post(f"/v/periods/{world.platform_code}?year=2026", **form).status_code == 200
    assert warning not in seen(phone(world.reviewer).get(path))


def test_reports_of_one_story_are_marked_and_unmarked(rows: Any, phone: Any, world: World) -> None:
    press = {"kind": BonusKind.PRESS, "link": "https://example.cn/1"}
    first, second = (claim(rows, world, title=title, **press) for title in ("服务到家", "一次办好"))
    reviewer, path = phone(world.reviewer), f"/v/review/bonus_claim/{second}"
    page = reviewer.post(f"{path}/story", page=path, story=str(first))
    assert "与“服务到家”（省工信厅）为同一报道" in seen(page)
    honour = claim(rows, world, title="荣誉")
    forged = reviewer.post(f"{path}/story", page=path, story=str(honour))
    assert "同一报道只能在同一平台、同一年度的媒体报道之间标记" in seen(forged)
    reviewer.post(f"{path}/story", page=path, story="")
    assert "与“服务到家”" not in seen(reviewer.get(path))
    assert deeds(rows, "bonus_claim.story%") == ["bonus_claim.story_marked"] * 2


@pytest.mark.parametrize("name", ["offline_services", "online_trades", "needs", "bonus_claims", "online_services"])
@pytest.mark.parametrize("who", ["reviewer", "province"])
def test_a_record_is_voided_by_its_button(rows: Any, phone: Any, world: World, name: str, who: str) -> None:
    """With a reason and a confirmation; void stays visible and offers no button any more."""
    settle_records(rows, world)
    subject = Subject(name.removesuffix("s"))
    path, official = f"/v/review/{subject}/{world.records[name]}", phone(getattr(world, who))
    page = official.get(path)
    assert re.search(r'<input type="checkbox" required>.*?name="verdict" value="void"', page.text, re.DOTALL)
    empty = official.post(path, verdict="void", more=" ", version="1")
    assert (empty.status_code, "尚未作废" in seen(empty)) == (422, True)
    assert "已作废" in seen(official.post(path, verdict="void", more="重复录入", version="1"))
    with rows() as session:
        row: Any = session.get_one(MODELS[subject], world.records[name])
        assert (row.stage, row.return_reason) == (Stage.VOID, "重复录入")
    after = official.get(path)
    assert "作废原因：重复录入" in seen(after)
    assert 'value="void"' not in after.text


def test_an_activity_is_voided_by_its_button_and_platform_staff_cannot(rows: Any, phone: Any, world: World) -> None:
    activity_id = assisted(rows, world, stage=Stage.APPROVED)
    path = f"/v/review/activity/{activity_id}"
    assert phone(world.staff).get(path).status_code == 403
    phone(world.reviewer).post(path, verdict="void", more="活动并未举办", version="1")
    with rows() as session:
        assert session.get_one(Activity, activity_id).stage is Stage.VOID


def test_every_day_on_a_review_page_and_in_the_queue_has_its_year(rows: Any, phone: Any, world: World) -> None:
    """2019 and 2026 do not look alike; in the queue a day without a year is one of this year."""
    settle_records(rows, world)
    day = datetime(2019, 11, 23, 10, tzinfo=builders.BEIJING)
    with rows() as session:
        need = session.get_one(Need, world.records["needs"])
        need.raised_on, need.submitted_at = day.date(), day
        session.get_one(BonusClaim, world.records["bonus_claims"]).awarded_on = day.date()
        session.get_one(Activity, world.activity_id).stage = Stage.SUBMITTED
    reviewer = phone(world.reviewer)
    queue = seen(reviewer.get("/v/review"))
    assert "2019年11月23日提交" in queue
    assert "2026年11月" not in queue
    pages = []
    for name in ("offline_services", "online_trades", "needs", "bonus_claims", "responses"):
        pages.append(reviewer.get(f"/v/review/{name.removesuffix('s')}/{world.records[name]}"))
    pages.append(reviewer.get(f"/v/review/activity/{world.activity_id}"))
    for page in pages:
        days = re.findall(r"(\d{4}年)?\d{1,2}月\d{1,2}日", seen(page))
        assert days, page.request.path
        assert all(days), page.request.path
    assert "2019年11月23日（周六）" in seen(pages[2])
    assert "2019年11月23日（周六）" in seen(pages[3])


def test_an_approval_that_came_with_an_import_says_so(rows: Any, phone: Any, world: World) -> None:
    """On the reviewer's page and on the platform's; one that a reviewer gave does not."""
    imported, judged = assisted(rows, world, stage=Stage.APPROVED), assisted(rows, world, place="三号厅")
    reviewer = phone(world.reviewer)
    reviewer.post(f"/v/review/activity/{judged}", verdict="approve", version="1")
    assert "由数据导入确认" in seen(reviewer.get(f"/v/review/activity/{imported}"))
    assert "由数据导入确认" not in seen(reviewer.get(f"/v/review/activity/{judged}"))
    with rows() as session:
        code = session.get_one(Activity, imported).code
    assert "由数据导入确认" in seen(phone(world.staff).get(f"/p/activity/{code}/wrap-up"))


def test_what_was_entered_late_says_so_with_its_day(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        row = Need(
            platform_id=world.platform_id,
            year=2026,
            kind=NeedKind.APPEAL,
            enterprise_id=world.enterprise_id,
            region_code="430102",
            title="用电增容",
            content="报装三个月未批复",
            raised_on=builders.NOW.date() - timedelta(days=60),
            stage=Stage.SUBMITTED,
            submitted_at=builders.NOW,
            created_at=builders.NOW,
            is_backfilled=True,
        )
        session.add(row)
        session.flush()
        need_id = row.id
    page = seen(phone(world.reviewer).get(f"/v/review/need/{need_id}"))
    assert "事后补录" in page
    assert "2026年11月23日（周一）录入" in page
    assert "补录" in seen(phone(world.staff).get("/p/needs"))
