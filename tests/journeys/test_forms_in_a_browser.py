"""A form in a real browser: the first mistake is in sight, going back works, what was typed outlives the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Error, Page, expect

from models.person import Person, StaffRole
from models.terms import Role
from tests import builders
from tests.journeys import browser as look
from tests.journeys.province import RUNNING, VISITOR, Province, running

TEXT = "设备更新贷款办不下来，希望协调银行。"


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """The product on a free port."""
    with running(tmp_path_factory.mktemp("forms")) as made:
        yield made


def has_focus(page: Page, selector: str) -> bool:
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


def test_the_first_mistake_is_in_sight_and_going_back_shows_the_form(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page = sheet.page
        page.goto(province.product.url + "/p/online-trades/new")
        page.get_by_label("订单号").fill("D-77")
        page.locator("#service").fill("商标注册代理")
        page.get_by_role("button", name="提交审核").click()
        expect(page).to_have_url(re.compile("typed="))
        expect(page.locator("[aria-invalid=true]").first).to_be_in_viewport()
        expect(page.locator(".wrong").first).to_be_in_viewport()
        page.locator("[aria-invalid=true]:focus").wait_for()
        assert has_focus(page, "#q")
        expect(page.get_by_label("订单号")).to_have_value("D-77")
        page.fill("#q", "麓山")
        page.get_by_role("button", name="查找").click()
        expect(page.get_by_label("长沙麓山")).to_be_in_viewport()
        expect(page.locator("#service")).to_have_value("商标注册代理")
        page.get_by_label("长沙麓山").check()
        page.get_by_role("button", name="提交审核").click()
        expect(page.locator(".notice-done")).to_be_visible()
        for _ in range(2):
            page.go_back()
            expect(page.get_by_role("button", name="提交审核")).to_be_visible()
            assert "/p/online-trades/new" in page.url


def test_what_was_typed_outlives_the_network_and_ends_with_the_form(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand(VISITOR), province.product.url) as sheet:
        page, form = sheet.page, province.product.url + "/needs/new"
        page.goto(form)
        page.get_by_label("请写下您的需求或诉求").fill(TEXT)
        page.get_by_label("手机号（选填）").fill("13800138000")
        page.context.set_offline(True)
        page.get_by_role("button", name="提交诉求").click(no_wait_after=True)
        page.wait_for_timeout(500)
        page.context.set_offline(False)
        try:
            page.goto(form)
        except Error:  # the browser's own page about the network was still on its way
            page.goto(form)
        expect(page.get_by_label("请写下您的需求或诉求")).to_have_value(TEXT)
        expect(page.get_by_text("已恢复上次没有提交的内容")).to_be_visible()
        expect(page.get_by_label("手机号（选填）")).to_have_value("")
        page.get_by_role("button", name="提交诉求").click()
        expect(page.get_by_text("已提交给")).to_be_visible()
        page.goto(form)
        expect(page.get_by_label("请写下您的需求或诉求")).to_have_value("")
        page.get_by_label("请写下您的需求或诉求").fill("第二件事")
        page.wait_for_timeout(500)
        page.goto(province.product.url + "/needs")
        page.go_back()
        expect(page.get_by_label("请写下您的需求或诉求")).to_have_value("第二件事")
        page.get_by_role("button", name="清除").click()
        expect(page.get_by_label("请写下您的需求或诉求")).to_have_value("")


def test_what_was_typed_stays_with_the_role_in_which_it_was_typed(province: Province, browser: Browser) -> None:
    """Of two platforms at which somebody works the other one's form is empty, and the first one's still filled in."""
    hand = province.hand("clerk")
    with province.product.database.transaction() as session:
        clerk = session.scalars(sa.select(Person).where(Person.openid == hand.phone.openid)).one()
        other = builders.platform(session, name="另一窗口平台")
        role = StaffRole(person_id=clerk.id, role=Role.PLATFORM, platform_id=other.id, granted_at=builders.NOW)
        session.add(role)
    with look.window(browser, hand, province.product.url) as sheet:
        page, form = sheet.page, province.product.url + "/p/offline-services/new"

        def act_for(platform: str) -> None:
            page.goto(province.product.url + "/roles?next=/p/offline-services/new")
            page.get_by_role("button", name=platform).click()
            expect(page).to_have_url(form)

        act_for("另一窗口平台")
        page.get_by_label("服务内容").fill("上门走访")
        page.wait_for_timeout(500)
        page.goto(province.product.url + "/roles?next=/p/offline-services/new")
        page.locator("button.choice", has_not_text="另一窗口平台").first.click()
        expect(page.get_by_label("服务内容")).to_have_value("")
        act_for("另一窗口平台")
        expect(page.get_by_label("服务内容")).to_have_value("上门走访")
    with province.product.database.transaction() as session:
        session.delete(session.get_one(StaffRole, role.id))


def test_an_activity_that_is_typed_outlives_its_session_and_stays_one_draft(
    province: Province, browser: Browser
) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page, form = sheet.page, province.product.url + "/p/publish"
        page.goto(form)
        page.get_by_label("活动名称").fill("专精特新企业座谈会")
        expect(page.locator("#kept")).to_contain_text("自动保存。")
        signed_in = page.context.cookies()
        page.context.clear_cookies()
        page.locator("textarea").first.fill(TEXT)
        page.wait_for_timeout(1500)
        page.context.add_cookies(signed_in)  # type: ignore[arg-type]
        page.goto(form)
        expect(page.get_by_text("已恢复上次没有提交的内容")).to_be_visible()
        expect(page.get_by_label("活动名称")).to_have_value("专精特新企业座谈会")
        expect(page.locator("textarea").first).to_have_value(TEXT)
        page.get_by_role("button", name="保存草稿").click()
        expect(page.locator(".notice-done")).to_be_visible()
        page.goto(form)
        expect(page.get_by_label("活动名称")).to_have_value("")
        expect(page.get_by_text("未发布的草稿（1）")).to_be_visible()
        page.locator("textarea").first.fill("还没有名称")
        page.wait_for_timeout(500)
        page.goto(form + "?copy=1")
        assert page.locator("textarea").first.input_value() != "还没有名称"
        page.goto(form)
        page.get_by_role("button", name="清除").click()
        expect(page.locator("textarea").first).to_have_value("")


def test_going_back_through_a_search_and_its_filter_shows_each_as_it_was(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand("clerk"), province.product.url) as sheet:
        page, listed = sheet.page, province.product.url + "/p/activities"
        page.goto(listed)
        page.get_by_label("名称或地点").fill("数字化")
        page.get_by_role("button", name="查找").click()
        expect(page.get_by_text("共1场")).to_be_visible()
        page.get_by_role("link", name="中小企业数字化转型对接会").click()
        expect(page.get_by_role("heading", name="中小企业数字化转型对接会")).to_be_visible()
        page.go_back()
        expect(page.get_by_label("名称或地点")).to_have_value("数字化")
        expect(page.get_by_role("link", name="专精特新企业上市融资路演")).to_have_count(0)
        page.get_by_label("状态").select_option("approved")
        page.get_by_role("button", name="查找").click()
        expect(page.get_by_text("没有符合条件的活动")).to_be_visible()
        page.go_back()
        expect(page.get_by_text("共1场")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("link", name="专精特新企业上市融资路演")).to_be_visible()
        page.go_forward()
        expect(page.get_by_text("共1场")).to_be_visible()
        assert sheet.complaints == []


def test_going_back_after_a_check_in_sends_nothing_again(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand(VISITOR), province.product.url) as sheet:
        page, sent = sheet.page, []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.goto(f"{province.product.url}/c/{RUNNING}")
        page.get_by_role("button", name="签到", exact=True).click()
        expect(page.get_by_role("heading", name="签到成功")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("button", name="签到", exact=True)).to_be_visible()
        page.go_forward()
        expect(page.get_by_role("heading", name="签到成功")).to_be_visible()
        page.goto(province.product.url + "/code")
        page.get_by_label("活动短码").fill("没有")
        page.get_by_role("button", name="签到", exact=True).click()
        expect(page.get_by_text("5位数字短码")).to_be_visible()
        page.go_back()
        expect(page.get_by_label("活动短码")).to_be_visible()
        assert len(sent) == 2
        assert not [each for each in sheet.complaints if "422" not in each]


def test_going_back_after_signing_out_shows_nothing_of_before(province: Province, browser: Browser) -> None:
    with look.window(browser, province.hand(VISITOR), province.product.url) as sheet:
        page = sheet.page
        page.goto(province.product.url + "/enterprises")
        company = page.locator("main li b, main .card b, main h2.name").first.inner_text()
        assert company
        page.goto(province.product.url + "/sign-ins")
        page.get_by_role("button", name="全部退出").click()
        expect(page.get_by_role("heading", name="已退出登录")).to_be_visible()
        for _ in range(2):
            page.go_back()
            expect(page.locator("h1").first).to_be_visible()
            assert company not in page.content()
            assert not page.url.startswith("chrome-error")
