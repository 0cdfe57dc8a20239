"""发布活动, 现场签到 and 照片 in a real browser: what the scripts add to forms that work without them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, FilePayload, expect

from models.activity import Activity, ActivityPhoto
from models.terms import Stage
from tests.journeys import browser as look
from tests.journeys.province import COMPANY, RUNNING, VISITOR, Province, running


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    """The product on a free port."""
    with running(tmp_path) as made:
        yield made


def drafts(province: Province) -> list[str]:
    with province.product.database.read() as session:
        return list(session.scalars(sa.select(Activity.title).where(Activity.stage == Stage.DRAFT)))


def test_while_typing_the_category_is_proposed_and_the_draft_is_kept(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = sheet.page
        page.goto(province.product.url + "/p/publish")
        page.get_by_label("活动名称").type("专利布局培训")
        expect(page.locator("#proposal")).to_contain_text("专利布局")
        expect(page.locator("input[value=innovation]")).to_be_checked()
        expect(page.locator("#kept")).to_contain_text("自动保存")
        assert drafts(province) == ["专利布局培训"]
        page.get_by_label("活动名称").fill("秋季项目路演")
        expect(page.locator("#proposal")).to_contain_text("请从中选一类")
        expect(page.locator("input[value=innovation]")).not_to_be_checked()
        page.locator("input[value=startup]").check()
        page.get_by_label("活动名称").fill("专利布局再培训")
        expect(page.locator("input[value=innovation] + span em")).to_be_visible()
        expect(page.locator("input[value=startup]")).to_be_checked()  # what a person chose stays chosen
        page.get_by_label("开始时间").fill("2026-11-24T09:00")
        expect(page.get_by_label("结束时间")).to_have_value("2026-11-24T11:00")
        page.locator("input[value=onsite]").check()
        page.get_by_label("地点").fill("麓谷大道668号")
        page.get_by_role("button", name="发布", exact=True).click()
        expect(page.get_by_text("请核对类别")).to_be_visible()  # once, as the title speaks of another one
        sheet.settle()
        sheet.complaints.clear()  # the console calls a question an error
        page.get_by_role("button", name="发布", exact=True).click()
        expect(page.get_by_text("活动已发布")).to_be_visible()
        assert drafts(province) == []
        assert sheet.look() == []


def test_on_a_phone_each_category_shows_what_its_sentence_is_about(province: Province, browser: Browser) -> None:
    """One line each: what all sentences begin with is left out of it until a category is chosen."""
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        sheet.show(province.product.url + "/p/publish")
        small = sheet.page.locator(".sentences .pick", has=sheet.page.locator("input[value=brand]")).locator("small")
        assert small.inner_text().startswith("质量诊断、技术革新")
        sheet.page.locator("input[value=brand]").check()
        assert small.inner_text().startswith("考评年度内，平台主办、承办并在后台发布的质量诊断")


def test_without_a_network_the_page_says_so_and_keeps_the_draft_later(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = sheet.page
        page.clock.install()
        page.goto(province.product.url + "/p/publish")
        page.context.set_offline(True)
        page.get_by_label("活动名称").fill("地下车库里写的活动")
        page.clock.run_for(1000)
        expect(page.locator("#kept")).to_contain_text("网络不通")
        assert drafts(province) == []
        page.context.set_offline(False)
        page.clock.run_for(11_000)
        expect(page.locator("#kept")).to_contain_text("自动保存")
        assert drafts(province) == ["地下车库里写的活动"]


def test_the_list_at_the_door_follows_by_itself(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = sheet.page
        page.clock.install()
        page.goto(f"{province.product.url}/p/activity/{RUNNING}")
        expect(page.locator("#count .mark")).to_have_text("0")
        province.hand(VISITOR).phone.scan(province.scene(RUNNING))
        page.clock.run_for(4000)
        expect(page.locator("#count .mark")).to_have_text("1")
        expect(page.locator("#names")).to_contain_text(COMPANY)
        page.clock.run_for(4000)
        expect(page.locator("#count .mark")).to_have_text("1")
        assert sheet.look() == []


def test_a_large_photo_is_made_smaller_before_it_is_sent(province: Province, browser: Browser) -> None:
    large = BytesIO()
    Image.effect_noise((4200, 3000), 90).convert("RGB").save(large, "JPEG", quality=95)
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = sheet.page
        page.goto(f"{province.product.url}/p/activity/{RUNNING}/wrap-up")
        photo: FilePayload = {"name": "会场.jpg", "mimeType": "image/jpeg", "buffer": large.getvalue()}
        page.locator("#photos").set_input_files([photo])
        expect(page.locator("#photos[data-ready]")).to_be_attached(timeout=20_000)
        page.get_by_role("button", name="上传照片").click()
        expect(page.get_by_text("已上传1张")).to_be_visible(timeout=20_000)
    with province.product.database.read() as session:
        sha256 = session.scalars(sa.select(ActivityPhoto.sha256)).one()
    with Image.open(province.product.settings.files_dir / sha256[:2] / sha256) as kept:
        assert kept.size == (2560, 1829)
