"""二维码与分享, 海报, 现场大屏: what is drawn, for whom, what stands in for it, and what a hall may see."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from models.activity import Activity
from models.errand import ParametricCode
from models.terms import Stage
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.documents import activity_pictures
from wxsvc.services.door import screen_codes
from wxsvc.texts.masks import mask_enterprise
from wxsvc.wechat import drawing

URL = "http://weixin.qq.com/q/02abc"


def give_code(rows: Any, world: World, lasts: timedelta = timedelta(days=30)) -> None:
    with rows() as session:
        made = builders.NOW
        session.add(
            ParametricCode(
                activity_id=world.activity_id, url=URL, ticket="t", asked_at=made, made_at=made, expires_at=made + lasts
            )
        )


def change(rows: Any, world: World, **columns: Any) -> None:
    with rows() as session:
        activity = session.get_one(Activity, world.activity_id)
        if columns.get("stage") is Stage.VOID:
            activity.return_reason = "场地临时关闭"
        for name, value in columns.items():
            setattr(activity, name, value)


@pytest.fixture
def base(world: World) -> str:
    return f"/p/activity/{world.activity_code}"


@pytest.fixture
def address(world: World) -> str:
    """The door's address, which everybody may open."""
    return f"https://wx.example.cn/c/{world.activity_code}"


def test_wechats_code_is_drawn_once_there_is_one_and_the_pages_until_then(
    rows: Any, phone: Any, world: World, base: str, address: str
) -> None:
    clerk = phone(world.staff)
    assert clerk.get(f"{base}/code.svg").data == drawing.svg(address)
    assert "当前为网页签到码，现在就能用" in seen(clerk.get(f"{base}/codes"))
    give_code(rows, world)
    assert clerk.get(f"{base}/code.svg").data == drawing.svg(URL)
    assert "12月23日（周三）前有效" in seen(clerk.get(f"{base}/codes"))


def test_a_code_that_would_be_dead_on_the_day_is_not_drawn(
    rows: Any, phone: Any, world: World, base: str, address: str
) -> None:
    """A poster is printed weeks ahead: what hangs on the wall must work when people come."""
    give_code(rows, world)
    far = builders.NOW + timedelta(days=45)
    change(rows, world, starts_at=far, ends_at=far + timedelta(hours=3), closes_at=far + timedelta(hours=3))
    clerk = phone(world.staff)
    assert clerk.get(f"{base}/code.svg").data == drawing.svg(address)
    assert "最长30天" in seen(clerk.get(f"{base}/poster"))


def test_pictures_can_be_downloaded_under_the_activitys_name(rows: Any, phone: Any, world: World, base: str) -> None:
    change(rows, world, title='数字化/转型"对接会"🚀')
    clerk = phone(world.staff)
    for suffix, media_type in (("svg", "image/svg+xml"), ("png", "image/png")):
        got = clerk.get(f"{base}/code.{suffix}?download=1")
        assert got.mimetype == media_type
        assert "签到码-数字化" in unquote(got.headers["Content-Disposition"])
        assert got.headers["Content-Disposition"].startswith("attachment")
    with Image.open(BytesIO(clerk.get(f"{base}/code.png").data)) as picture:
        assert min(picture.size) >= 800, "sharp on a poster of one's own"


def test_the_poster_says_everything_one_needs(rows: Any, phone: Any, world: World, base: str, address: str) -> None:
    give_code(rows, world)
    sheet = phone(world.staff).get(f"{base}/poster")
    text = re.sub(r"\s+", "", seen(sheet))
    assert "2026年11月23日09:00至17:00" in text
    for part in ("中小企业数字化转型对接会", "长沙市岳麓区麓谷大道668号", "主办：长沙市窗口平台"):
        assert part in text
    assert "不关注也可签到：" in text
    assert address in text
    with rows() as session:
        assert str(session.get_one(Activity, world.activity_id).short_code) in text
    small = "data:image/svg+xml;base64," + b64encode(drawing.svg(address)).decode()
    assert small in sheet.text, "beside the followers' code stands one that needs no following"
    assert 'class="bar"' not in sheet.text


def test_the_text_for_a_group_leads_to_the_door(phone: Any, world: World, base: str, address: str) -> None:
    page = phone(world.staff).get(f"{base}/codes")
    text = page.text[page.text.index("<textarea") :].partition("</textarea>")[0]
    for part in (
        "【中小企业数字化转型对接会】",
        "时间：2026年11月23日 09:00",
        "地点：长沙市岳麓区麓谷大道668号",
        address,
    ):
        assert part in text
    assert "\n\n" not in text.strip()


def test_a_cancelled_activity_has_no_codes(rows: Any, phone: Any, world: World, base: str) -> None:
    change(rows, world, stage=Stage.VOID)
    clerk = phone(world.staff)
    for page in ("codes", "poster", "code.svg", "code.png"):
        got = clerk.get(f"{base}/{page}")
        assert got.status_code == 409
        assert "已作废" in got.text
    assert "本活动已取消" in seen(clerk.get(f"{base}/screen"))
    assert clerk.get(f"{base}/screen/code.json").json["window"] == "cancelled"


def test_the_screens_code_rotates_and_opens_the_door(
    rows: Any, phone: Any, world: World, base: str, address: str, app: Any, page_clock: Any
) -> None:
    clerk, keys = phone(world.staff), app.extensions["wxsvc"].settings.token_key

    def drawn() -> tuple[str, str]:
        token = screen_codes.token(keys, world.activity_code, page_clock.now())
        picture = drawing.svg(f"{address}?t={token}")
        return token, "data:image/svg+xml;base64," + b64encode(picture).decode()

    token, picture = drawn()
    assert picture in clerk.get(f"{base}/screen").text
    shown = clerk.get(f"{base}/screen/code.json")
    assert shown.json == {"picture": picture, "seconds": 25.0, "window": "open"}
    assert shown.headers["Cache-Control"] == "no-store"
    page_clock.advance(seconds=10)
    assert clerk.get(f"{base}/screen/code.json").json == {"picture": picture, "seconds": 15.0, "window": "open"}
    page_clock.advance(seconds=15)
    assert clerk.get(f"{base}/screen/code.json").json["picture"] == drawn()[1] != picture
    assert "giant" in phone(world.visitor).get(f"/c/{world.activity_code}?t={token}").text, "one period of grace"


def test_only_the_activitys_own_staff_get_fresh_codes(phone: Any, world: World, base: str) -> None:
    for who, status in ((world.other_staff, 404), (world.visitor, 403), (world.stranger, 403), (world.reviewer, 403)):
        for path in ("screen", "screen/code.json", "screen/live.json"):
            assert phone(who).get(f"{base}/{path}").status_code == status, (who, path)


@pytest.mark.parametrize(
    ("columns", "window"),
    [
        ({"opens_at": builders.NOW + timedelta(minutes=5)}, "early"),
        ({}, "open"),
        ({"closes_at": builders.NOW - timedelta(minutes=5)}, "over"),
    ],
)
def test_the_screen_knows_the_window(
    rows: Any, phone: Any, world: World, base: str, columns: dict[str, Any], window: str
) -> None:
    change(rows, world, **columns)
    assert phone(world.staff).get(f"{base}/screen/code.json").json["window"] == window


def test_the_hall_sees_the_count_and_masked_names(rows: Any, phone: Any, world: World, base: str) -> None:
    clerk = phone(world.staff)
    with rows() as session:
        activity = session.get_one(Activity, world.activity_id)
        for minute, name in enumerate(["长沙星辰科技有限公司", *builders.HOSTILE_NAMES]):
            company = builders.enterprise(session, name=name)
            at = builders.NOW + timedelta(minutes=minute)
            builders.check_in(session, activity, company, checked_in_at=at, received_at=at)
        gone = builders.enterprise(session, name="已更正的有限责任公司")
        builders.check_in(session, activity, gone, voided_at=builders.NOW, void_reason="未到场")
    page, live = clerk.get(f"{base}/screen"), clerk.get(f"{base}/screen/live.json")
    assert live.json["enterprises"] == 7
    assert live.json["names"][5] == {"name": "长沙星***有限公司", "at": "10:00"}
    assert "长沙星***有限公司" in seen(page)
    for name in (world.enterprise_name, "长沙星辰科技有限公司", "已更正", "<script>alert"):
        assert name not in page.text
        assert name not in live.get_data(as_text=True)


def test_what_has_not_changed_costs_no_answer(rows: Any, phone: Any, world: World, base: str) -> None:
    clerk = phone(world.staff)
    tag = clerk.get(f"{base}/screen/live.json").headers["ETag"]
    headers = {"User-Agent": clerk.agent, "If-None-Match": tag, "Accept-Encoding": "gzip"}
    assert clerk.client.get(f"{base}/screen/live.json", headers=headers).status_code == 304
    with rows() as session:
        builders.check_in(session, session.get_one(Activity, world.activity_id), builders.enterprise(session))
    assert clerk.client.get(f"{base}/screen/live.json", headers=headers).status_code == 200


def test_a_screen_whose_session_has_ended_gets_no_code(phone: Any, world: World, base: str, page_clock: Any) -> None:
    clerk = phone(world.staff)
    clerk.get(f"{base}/screen")
    page_clock.advance(hours=13)
    answer = clerk.client.get(f"{base}/screen/code.json", headers={"User-Agent": clerk.agent})
    assert answer.status_code == 303, "which the page takes for: sign in again"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("长沙星辰科技有限公司", "长沙星***有限公司"),
        ("湖南远大智能装备股份有限公司", "湖南远***有限公司"),
        ("王记小吃店", "王***店"),
        ("甲乙", "甲***"),
        ("甲", "甲***"),
    ],
)
def test_a_masked_name_is_known_by_its_own_people_alone(name: str, shown: str) -> None:
    assert mask_enterprise(name) == shown


@pytest.mark.usefixtures("chinese_font")
def test_the_poster_is_one_picture_too(phone: Any, world: World, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = phone(world.staff)
    assert f'src="{base}/poster.png"' in clerk.get(f"{base}/codes").text
    drawn = clerk.get(f"{base}/poster.png")
    with Image.open(BytesIO(drawn.data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1620))
    named = clerk.get(f"{base}/poster.png?download=1").headers["Content-Disposition"]
    assert "活动海报-" in unquote(named)
    assert phone(world.other_staff).get(f"{base}/poster.png").status_code == 404
    monkeypatch.setattr(activity_pictures, "_font_file", lambda: None)
    activity_pictures._font.cache_clear()
    page = clerk.get(f"{base}/codes")
    assert "没有中文字体" in seen(page)
    assert "poster.png" not in page.text
    assert clerk.get(f"{base}/poster.png").status_code == 404
