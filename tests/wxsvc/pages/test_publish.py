"""发布活动: one screen, copied from the last; proposed, kept, compared, published once."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.platform import Platform
from models.terms import Stage
from scoring.terms import ActivityCategory, Part
from tests import builders
from tests.timing import in_time
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World

PUBLISH = {
    "title": "专精特新政策宣讲会",
    "category": "brand",
    "form": "onsite",
    "part": "host",
    "starts_at": "2026-11-24T09:00",
    "ends_at": "2026-11-24T11:30",
    "opens": "60",
    "closes": "60",
    "place": "麓谷大道668号",
    "deed": "publish",
}


def activity(rows: Any, **found: Any) -> Activity:
    with rows() as session:
        return session.scalars(sa.select(Activity).filter_by(**found)).one()


def test_publishing_gives_code_page_and_short_code_at_once(rows: Any, phone: Any, world: World) -> None:
    page = phone(world.staff).post("/p/publish", **PUBLISH)
    assert page.request.path.startswith("/p/activity/")
    assert "活动已发布" in page.text
    made = activity(rows, title=PUBLISH["title"])
    assert made.opens_at == builders.NOW.replace(day=24, hour=8)
    assert made.closes_at == builders.NOW.replace(day=24, hour=12, minute=30)
    assert str(made.short_code) in page.text
    codes = phone(world.staff).get(f"/p/activity/{made.code}/codes")
    assert f"https://wx.example.cn/c/{made.code}" in codes.text
    code = phone(world.staff).get(f"/p/activity/{made.code}/code.svg")
    assert code.mimetype == "image/svg+xml"
    assert phone(world.visitor).get(f"/c/{made.code}").status_code == 200


@pytest.mark.parametrize(
    ("left_out", "field", "said"),
    [
        ("title", "title", "请填写活动名称"),
        ("category", "category", "请选择一个活动类别"),
        ("starts_at", "starts_at", "开始和结束时间"),
        ("place", "place", "请填写活动地点"),
        ("form", "form", "请选择活动形式"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    phone: Any, world: World, left_out: str, field: str, said: str
) -> None:
    page = phone(world.staff).post("/p/publish", **PUBLISH | {left_out: "", "content": "讲解<b>政策</b>"})
    assert page.status_code == 422
    assert said in seen(page)
    assert "讲解&lt;b&gt;政策" in page.text
    if left_out != "title":
        assert f'value="{PUBLISH["title"]}"' in page.text


def test_what_is_missing_and_times_out_of_order_are_said_at_once(phone: Any, world: World) -> None:
    wrong = {"place": "", "ends_at": PUBLISH["starts_at"]}
    page = seen(phone(world.staff).post("/p/publish", **PUBLISH | wrong))
    assert "请填写活动地点" in page
    assert "结束时间应晚于开始时间" in page


def test_every_category_has_the_regulations_sentence_beside_it(phone: Any, world: World) -> None:
    page = phone(world.staff).get("/p/publish")
    assert "每少1次减2分" in page.text
    assert page.text.count("考评年度内") >= 6


def test_the_last_activity_is_copied_but_for_its_times(phone: Any, world: World) -> None:
    page = phone(world.staff).get("/p/publish?copy=1")
    assert 'value="中小企业数字化转型对接会"' in page.text
    assert 'name="starts_at" type="datetime-local" value=""' in page.text


def test_a_draft_is_kept_continued_and_published_once(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    assert "草稿已保存" in staff.post("/p/publish", **PUBLISH | {"deed": "draft", "place": ""}).text
    draft = activity(rows, title=PUBLISH["title"])
    assert draft.title in staff.get("/p/today").text
    page = staff.get(f"/p/publish?draft={draft.id}")
    assert 'value="2026-11-24T09:00"' in page.text
    for _ in range(2):
        staff.post(f"/p/publish?draft={draft.id}", page="/p/publish", **PUBLISH)
    published = activity(rows, title=PUBLISH["title"])
    assert (published.id, published.stage) == (draft.id, Stage.PUBLISHED)


def test_partners_are_asked_and_confirm_with_one_tap(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    staff.post("/p/publish", **PUBLISH, partner_0=world.other_platform_id, partner_part_0="undertake")
    made = activity(rows, title=PUBLISH["title"])
    partner = phone(world.other_staff)
    page = partner.get("/p/today")
    assert "长沙市窗口平台邀请贵平台承办" in seen(page)
    confirmed = partner.post(f"/p/joint/{made.id}/confirm", page="/p/today")
    assert "已确认参与" in confirmed.text
    with rows() as session:
        part = session.get_one(ActivityPlatform, (made.id, world.other_platform_id))
        assert (part.part, part.confirmed_at) == (Part.UNDERTAKE, builders.NOW)


def test_two_people_editing_one_activity_are_noticed(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    path = f"/p/activity/{world.activity_code}/edit"
    typed = {"version": "1", "title": "改后的名称"} | {k: v for k, v in PUBLISH.items() if k != "title"}
    assert "修改已保存" in staff.post(path, **typed).text
    again = staff.post(path, **typed | {"title": "另一个名称"})
    assert "其他同事或您本人在别处修改" in again.text
    assert 'value="另一个名称"' in again.text
    assert "目前保存的是“改后的名称”" in seen(again)
    assert activity(rows, id=world.activity_id).title == "改后的名称"
    staff.post(path, **typed | {"title": "另一个名称", "version": hidden(again, "version")})
    assert activity(rows, id=world.activity_id).title == "另一个名称"


def hidden(page: Any, name: str) -> str:
    """The value of a hidden field."""
    return str(page.text.partition(f'name="{name}" value="')[2].partition('"')[0])


def drafts(rows: Any) -> list[tuple[str, int]]:
    with rows() as session:
        found = session.scalars(sa.select(Activity).where(Activity.stage == Stage.DRAFT).order_by(Activity.id))
        return [(row.title, row.version) for row in found]


def test_without_a_window_it_opens_an_hour_before_and_closes_at_the_end(rows: Any, phone: Any, world: World) -> None:
    left_out = {name: value for name, value in PUBLISH.items() if name not in ("opens", "closes")}
    phone(world.staff).post("/p/publish", **left_out)
    made = activity(rows, title=PUBLISH["title"])
    assert made.opens_at == builders.NOW.replace(day=24, hour=8)
    assert made.closes_at == made.ends_at


def test_from_publishing_to_the_first_scan_takes_less_than_a_second(rows: Any, phone: Any, world: World) -> None:
    staff, visitor = phone(world.staff), phone(world.visitor)
    staff.get("/p/publish")
    visitor.get("/mine")
    sent = PUBLISH | {"starts_at": "2026-11-23T09:30", "ends_at": "2026-11-23T12:00"}
    titles = iter("一二三")

    def measure() -> float:
        token = csrf_token(staff.get("/p/publish"))
        begun = time.perf_counter()
        answer = staff.post_raw("/p/publish", csrf_token=token, **sent | {"title": f"政策宣讲会第{next(titles)}场"})
        code = answer.headers["Location"].rpartition("/")[2]
        receipt = visitor.post(f"/c/{code}")
        took = time.perf_counter() - begun
        assert "签到成功" in receipt.text
        return took

    in_time(measure, 1)
    with rows() as session:
        assert session.scalars(sa.select(CheckIn).order_by(CheckIn.id.desc())).first().activity_id != world.activity_id


@pytest.mark.parametrize(
    ("title", "chosen", "said"),
    [
        ("专利布局实务培训", "innovation", "名称中的“专利布局”在条文中列于中小企业技术创新“破零倍增”，已为您选上"),
        ("秋季项目路演", "", "列于上市融资服务、创业创新服务，请从中选一类"),
        ("银企座谈会", "", "请选择一个活动类别"),
    ],
)
def test_the_regulations_word_proposes_a_category_and_asks_when_it_fits_two(
    rows: Any, phone: Any, world: World, title: str, chosen: str, said: str
) -> None:
    staff = phone(world.staff)
    page = staff.post("/p/publish", **PUBLISH | {"title": title, "category": ""})
    assert page.status_code == 422
    assert said in seen(page)
    ticked = [each.value for each in ActivityCategory if f'value="{each.value}" checked' in page.text]
    assert ticked == ([chosen] if chosen else [])
    with rows() as session:
        assert session.scalar(sa.select(Activity.id).where(Activity.title == title)) is None
    if chosen:
        assert "活动已发布" in staff.post("/p/publish", **PUBLISH | {"title": title, "category": chosen}).text


def test_while_typing_the_same_proposal_is_asked_for(phone: Any, world: World) -> None:
    found = phone(world.staff).get("/p/publish/category.json?title=项目路演").json
    assert found["categories"] == ["listing", "startup"]
    assert "请从中选一类" in found["text"]
    assert phone(world.staff).get("/p/publish/category.json?title=座谈").json == {"categories": [], "text": None}


def test_a_draft_is_kept_while_typing_and_becomes_the_activity(rows: Any, phone: Any, world: World) -> None:
    staff, before = phone(world.staff), len(drafts(rows))
    page = staff.get("/p/publish")
    sent = {"csrf_token": csrf_token(page), "key": hidden(page, "key"), "version": "", "title": "两个字"}
    first = staff.post_raw("/p/publish/draft", **sent)
    assert first.json["text"] == "草稿已于10:00自动保存。"
    again = staff.post_raw("/p/publish/draft", **sent | {"title": "四个字的", "version": str(first.json["version"])})
    assert drafts(rows)[before:] == [("四个字的", again.json["version"])]
    assert "四个字的" in staff.get("/p/publish").text  # the next blank form offers to go on
    made = staff.post("/p/publish", **PUBLISH | {"key": sent["key"], "version": str(again.json["version"])})
    assert "活动已发布" in made.text
    assert len(drafts(rows)) == before
    assert activity(rows, title=PUBLISH["title"]).code == sent["key"]


def test_two_tabs_keep_one_draft(rows: Any, phone: Any, world: World) -> None:
    staff, before = phone(world.staff), len(drafts(rows))
    tabs = [staff.get("/p/publish?copy=1") for _ in range(2)]
    assert hidden(tabs[0], "key") != hidden(tabs[1], "key")
    for page in (*tabs, *tabs):
        sent = {"csrf_token": csrf_token(page), "key": hidden(page, "key"), "version": ""} | PUBLISH
        assert staff.post_raw("/p/publish/draft", **sent).status_code == 200
    assert len(drafts(rows)) == before + 1


def test_a_page_that_is_behind_is_told_and_loses_nothing(rows: Any, phone: Any, world: World) -> None:
    staff, colleague = phone(world.staff), phone(world.staff)
    staff.post("/p/publish", **PUBLISH | {"deed": "draft"})
    draft = activity(rows, title=PUBLISH["title"])
    path = f"/p/publish?draft={draft.id}"
    version = hidden(staff.get(path), "version")
    colleague.post(path, **PUBLISH | {"deed": "draft", "place": "甲处", "version": version})
    kept = staff.post_raw(
        "/p/publish/draft",
        **PUBLISH | {"csrf_token": csrf_token(staff.get(path)), "key": draft.code, "place": "乙处", "version": version},
    )
    assert kept.status_code == 409
    assert "在另一个页面保存过" in kept.json["text"]
    behind = staff.post(path, **PUBLISH | {"place": "乙处", "version": version})
    assert behind.status_code == 409
    assert "目前保存的是“甲处”" in seen(behind)
    assert 'value="乙处"' in behind.text
    assert activity(rows, id=draft.id).place == "甲处"
    decided = staff.post(path, **PUBLISH | {"place": "乙处", "version": hidden(behind, "version")})
    assert "活动已发布" in decided.text
    late = colleague.post(path, page="/p/publish", **PUBLISH | {"place": "丙处", "version": version})
    assert "这场活动已经发布" in seen(late)
    assert f"/p/activity/{draft.code}" in late.text


@pytest.mark.parametrize(
    ("fields", "said"), [({"ends_at": "2026-11-24T08:00"}, "结束时间应晚于"), ({"title": ""}, "活动名称")]
)
def test_what_cannot_be_kept_yet_says_why(phone: Any, world: World, fields: dict[str, str], said: str) -> None:
    staff = phone(world.staff)
    token = csrf_token(staff.get("/p/publish"))
    told = staff.post_raw("/p/publish/draft", csrf_token=token, **PUBLISH | fields)
    assert told.status_code == 422
    assert said in told.json["text"]


def test_a_proposed_category_hides_no_other_mistake(phone: Any, world: World) -> None:
    wrong = {
        "title": "专利布局实务培训",
        "category": "",
        "takes_signups": "1",
        "signup_limit": "二十",
        "starts_at": "明天",
    }
    page = phone(world.staff).post("/p/publish", **PUBLISH | wrong)
    assert page.status_code == 422
    assert "已为您选上" in seen(page)
    assert "请用阿拉伯数字填写" in seen(page)
    assert "请按2026-11-20 14:30的样式填写" in seen(page)
    assert "<details open>" in page.text


def test_a_copy_whose_new_title_speaks_of_another_category_asks_once(rows: Any, phone: Any, world: World) -> None:
    """The copied category stays picked while the title is typed anew."""
    clerk = phone(world.staff)
    copied = clerk.get("/p/publish?copy=1")
    assert 'value="digital" checked' in copied.text
    sent = PUBLISH | {"category": "digital", "title": "专利布局辅导会"}
    asked = clerk.post("/p/publish", **sent)
    assert asked.status_code == 422
    assert "名称中的“专利布局”在条文中列于" in seen(asked)
    sure = sure_of(asked, "sure_category")
    assert "专利布局辅导会" in sure
    other = clerk.post("/p/publish", **sent | {"title": "项目路演和专利布局辅导会", "sure_category": sure})
    assert other.status_code == 422  # another title is another question
    assert "活动已发布" in clerk.post("/p/publish", **sent | {"sure_category": sure}).text
    made = activity(rows, title="专利布局辅导会")
    assert made.category is ActivityCategory.DIGITAL
    edit = {**sent, "version": str(made.version), "place": "潇湘中路1号"}
    assert "修改已保存" in clerk.post(f"/p/activity/{made.code}/edit", **edit).text  # decided before


def test_an_activity_after_the_coming_year_asks_once(rows: Any, phone: Any, world: World) -> None:
    """A slip of one digit puts it ten years ahead, where nobody finds it."""
    clerk = phone(world.staff)
    far = PUBLISH | {"starts_at": "2036-11-24T09:00", "ends_at": "2036-11-24T11:30"}
    asked = clerk.post("/p/publish", **far)
    assert "这场活动在2036年，请核对年份" in seen(asked)
    assert "活动已发布" in clerk.post("/p/publish", **far | {"sure_time": sure_of(asked, "sure_time")}).text
    soon = PUBLISH | {"title": "新春对接会", "starts_at": "2027-12-24T09:00", "ends_at": "2027-12-24T11:30"}
    assert "活动已发布" in clerk.post("/p/publish", **soon).text


def test_an_activity_that_is_moved_into_the_past_asks_once(rows: Any, phone: Any, world: World) -> None:
    """A wrong month of a correction ends an activity that is still to come, and its door."""
    clerk = phone(world.staff)
    sent = PUBLISH | {"title": "岁末对接会", "starts_at": "2026-12-24T09:00", "ends_at": "2026-12-24T11:30"}
    clerk.post("/p/publish", **sent)
    made = activity(rows, title="岁末对接会")
    path = f"/p/activity/{made.code}/edit"
    past = sent | {"version": str(made.version), "starts_at": "2026-10-24T09:00", "ends_at": "2026-10-24T11:30"}
    asked = clerk.post(path, **past)
    assert asked.status_code == 422
    assert "已过，请核对日期" in seen(asked)
    assert "修改已保存" in clerk.post(path, **past | {"sure_time": sure_of(asked, "sure_time")}).text
    made = activity(rows, title="岁末对接会")
    over = past | {"version": str(made.version), "ends_at": "2026-10-24T12:00"}
    assert "修改已保存" in clerk.post(path, **over).text  # it is over already: what is corrected is its record


def test_an_activity_of_more_than_three_days_asks_once(rows: Any, phone: Any, world: World) -> None:
    clerk = phone(world.staff)
    three = PUBLISH | {"ends_at": "2026-11-27T09:00"}
    assert "活动已发布" in clerk.post("/p/publish", **three).text
    long = PUBLISH | {"title": "服务周", "ends_at": "2026-12-24T11:30"}
    asked = clerk.post("/p/publish", **long)
    assert "历时30天以上" in seen(asked)
    sure = sure_of(asked, "sure_time")
    assert "活动已发布" in clerk.post("/p/publish", **long | {"sure_time": sure}).text
    made = activity(rows, title="服务周")
    path, edit = f"/p/activity/{made.code}/edit", {**long, "version": str(made.version)}
    assert clerk.post(path, **edit | {"ends_at": "2026-12-25T11:30"}).status_code == 422
    assert "修改已保存" in clerk.post(path, **edit | {"place": "潇湘中路1号"}).text


def test_a_draft_is_asked_nothing(phone: Any, world: World) -> None:
    long = PUBLISH | {"title": "专利布局辅导会", "ends_at": "2026-12-24T11:30", "deed": "draft"}
    assert "草稿已保存" in phone(world.staff).post("/p/publish", **long).text


def test_what_is_published_after_its_check_in_says_so(rows: Any, phone: Any, world: World) -> None:
    clerk = phone(world.staff)
    past = PUBLISH | {"title": "昨日宣讲会", "starts_at": "2026-11-22T09:00", "ends_at": "2026-11-22T11:30"}
    page = seen(clerk.post("/p/publish", **past))
    assert "签到时间已过，扫码不能再签到" in page
    assert "签到已于2026年11月22日 12:30结束（2026年11月22日 08:00开始）" in page
    assert "二维码和短码现在就能用" not in page
    made = activity(rows, title="昨日宣讲会")
    visited = seen(phone(world.visitor).get(f"/c/{made.code}"))
    assert "签到已于2026年11月22日 12:30结束（2026年11月22日 08:00开始）" in visited


def sure_of(page: Any, name: str) -> str:
    """What the page asks about."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None
    return found[1]


def test_a_partner_that_was_added_after_publishing_is_not_lost_without_a_word(
    rows: Any, phone: Any, world: World
) -> None:
    """Back in the browser, a partner added, published again: the page says where that is done, and asks nobody."""
    staff, form = phone(world.staff), PUBLISH | {"key": "abcd2345"}
    staff.post("/p/publish", **form)
    assert "活动已发布" in seen(staff.post("/p/publish", **form))
    added = {"partner_0": str(world.other_platform_id), "partner_part_0": "undertake"}
    for more in (added, {"part": "undertake"}):
        again = staff.post("/p/publish", **form | more)
        assert (again.status_code, "这场活动已经发布" in seen(again)) == (409, True)
    made = activity(rows, title=PUBLISH["title"])
    with rows() as session:
        parts = session.scalars(sa.select(ActivityPlatform).filter_by(activity_id=made.id)).all()
        assert [(each.platform_id, each.part) for each in parts] == [(world.platform_id, Part.HOST)]


def test_a_platform_that_has_closed_is_asked_no_more_and_keeps_its_part(rows: Any, phone: Any, world: World) -> None:
    """Nobody is there who could confirm; what it confirmed before stays, and the activity can still be mended."""
    staff, partner = phone(world.staff), {"partner_0": str(world.other_platform_id), "partner_part_0": "undertake"}
    staff.post("/p/publish", **PUBLISH | partner)
    made = activity(rows, title=PUBLISH["title"])
    with rows() as session:
        session.get_one(ActivityPlatform, (made.id, world.other_platform_id)).confirmed_at = builders.NOW
        session.get_one(Platform, world.other_platform_id).closed_on = builders.NOW.date()
    refused = staff.post("/p/publish", **PUBLISH | partner | {"title": "又一场政策宣讲会"})
    assert (refused.status_code, "株洲市窗口平台已关停，无法确认参与" in seen(refused)) == (422, True)
    path = f"/p/activity/{made.code}/edit"
    shown = staff.get(path)
    assert re.search(rf'value="{world.other_platform_id}" selected>\s*株洲市窗口平台（已关停）', shown.text)
    assert "已关停" not in staff.get("/p/publish").text
    mended = staff.post(path, **PUBLISH | partner | {"place": "麓谷大道669号", "version": str(made.version)})
    assert (mended.status_code, activity(rows, id=made.id).place) == (200, "麓谷大道669号")
