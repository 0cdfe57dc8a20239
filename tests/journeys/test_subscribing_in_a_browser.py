"""订阅通知 phone in hand: WeChat's button on the page, its window, and the message that comes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from models.notice import Subscription
from tests.journeys import browser as look
from tests.journeys.province import VISITOR, Province, running


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """The product on a free port; needs go by subscription."""
    with running(tmp_path_factory.mktemp("subscribing")) as made:
        yield made


def test_the_button_is_tapped_the_account_hears_and_nobody_is_asked_again(province: Province, browser: Browser) -> None:
    hand = province.hand(VISITOR)
    shown = province.product.simulator.show_phone("企业", hand.phone.openid, "企业联系人")
    page = browser.new_page(viewport=look.PHONE, user_agent=look.AGENT)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{shown.proxy.url}/needs/new")
    page.get_by_label("请写下您的需求或诉求").fill("想找一家能做材料检测的机构。")
    page.get_by_role("button", name="提交需求").click()
    button = page.get_by_role("button", name="在微信里通知我")
    button.click()
    expect(page.locator("#subscribe")).to_have_text("✓ 已订阅，有了进展会在微信里通知您。")
    with province.product.database.read() as session:
        assert session.scalars(sa.select(Subscription.sends_left)).all() == [1]
    page.goto(f"{shown.proxy.url}/needs")
    expect(page.get_by_role("heading", name="办理情况")).to_be_visible()
    expect(page.locator("#subscribe")).to_have_count(0)
    page.close()
