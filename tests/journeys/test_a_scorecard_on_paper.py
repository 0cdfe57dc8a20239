"""打印: a scorecard on paper says what it says on screen, without tabs, links and folded quotes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.wxsvc.pages.web import IN_WECHAT
from tests.wxsvc.pages.world import World


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The app on a loopback port, without HTTPS."""
    app.config.update(SESSION_COOKIE_SECURE=False, SESSION_COOKIE_NAME="session")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_scorecard_on_paper(served: str, phone: Any, world: World, browser: Browser) -> None:
    official = phone(world.province)
    official.get("/v/more")
    cookie = official.client.get_cookie("session")
    with browser.new_context(user_agent=IN_WECHAT) as context:
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": served}])
        page = context.new_page()
        page.goto(f"{served}/v/score/{world.platform_code}")
        screen = page.inner_text("body")
        page.emulate_media(media="print")
        paper = page.inner_text("body")
        assert "2025年度" in screen
        assert "看明细" in screen
        assert "评分标准原文" in screen
        for said in ("服务企业数（家次）", "基础得分", "注：如无特殊情况"):
            assert said in paper
        for tapped in ("2025年度", "看明细", "评分标准原文", "打印", "附件2", "运行状态", "得分总览"):
            assert tapped not in paper
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
