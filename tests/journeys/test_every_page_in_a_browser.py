"""Every page of the URL map, over a province where every list is long and every name awkward, in one browser.

Each page is loaded once on a phone and looked at in four widths: it fits, can be touched and read, leads on, and on the
phone no page is longer than three screens. What forms do after a mistake is looked at elsewhere.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from playwright.sync_api import Error as Unshown
from werkzeug.serving import make_server

from tests.clock import SettableClock
from tests.databases import put_sqlite
from tests.journeys import browser as look
from tests.real import free_port
from tests.wxsvc.pages.crowd import crowded
from tests.wxsvc.pages.url_map import path_of, routes
from tests.wxsvc.pages.web import Phone, picture
from tests.wxsvc.pages.world import World
from wxsvc.access import Audience, audience_of
from wxsvc.app import create_app
from wxsvc.db import Database
from wxsvc.settings import Settings

OPENS: Final = {
    "visitor": ((Audience.ANYONE, Audience.ENTERPRISE), 20),
    "staff": ((Audience.PLATFORM,), 45),
    "province": ((Audience.REVIEWER, Audience.PROVINCE), 45),
}
"""Who walks through the pages of which audiences, and how many there are at least."""
OTHERS: Final = {"staff": ("/p/filings/plan/2026-11", "/p/filings/plan/2026-12", "/p/filings/summary/2026")}
"""Pages that look otherwise at the same address of the map."""
DESK: Final = (1280, 900)
WIDTHS: Final = ((375, 812), (768, 1024), DESK, (320, 640))
"""The phone, a tablet, a desk; last a small phone, on which text is then made large."""
MOST_HIGH: Final = 2500
"""Pixels of a page on a phone: three screens of it, whatever stands on it."""

LARGE_TEXT: Final = """
const sizes = [...document.querySelectorAll("body, body *")].map((e) => [e, parseFloat(getComputedStyle(e).fontSize)]);
sizes.forEach(([e, size]) => e.style.setProperty("font-size", 2 * size + "px", "important"));
document.documentElement.scrollWidth > document.documentElement.clientWidth + 1 ? ["wider than the phone"] : []
"""
"""Text at 200 %, as 字体大小 of WeChat makes it: every part of a page can still be reached by scrolling down."""
AT_A_DESK_ALONE: Final = "/v/wall"
"""A large screen, read from afar."""

NAMELESS: Final = """
[...document.querySelectorAll("button.more")].filter((button) => button.checkVisibility()).filter((button) => {
  let before = button.previousElementSibling;
  while (before && !before.checkVisibility()) before = before.previousElementSibling;
  return before && before.matches("form");
}).map((button) => "nothing says of what: " + button.textContent)
"""
"""Buttons that bring more, right below a form: of a list that shows neither its heading nor its first entry."""

OUT_OF_THE_CARD: Final = """
[...document.querySelectorAll("table.stacks tr > * > .link")].filter((link) => {
  const card = link.closest("tr").getBoundingClientRect(), box = link.getBoundingClientRect();
  return getComputedStyle(link.closest("tr")).display !== "table-row" && box.right > card.right;
}).map((link) => "out of its card: " + link.textContent)
"""
"""Links that a card of a phone cuts."""

TOUCHING: Final = """
() => {
  const drawn = document.querySelectorAll("main :is(.card, .list, .weui-btn, .choice, .notice, table, .tag)");
  const boxes = [...drawn].filter((e) => {
    const { backgroundColor, borderTopWidth } = getComputedStyle(e), hasGround = backgroundColor !== "rgba(0, 0, 0, 0)";
    return e.checkVisibility() && e.offsetHeight && (hasGround || borderTopWidth !== "0px");
  });
  const found = [];
  for (const [at, one] of boxes.entries()) {
    for (const other of boxes.slice(at + 1, at + 8).filter((e) => !one.contains(e))) {
      const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
      const [least, over] = [one.matches(".tag") || other.matches(".tag") ? 2 : 4, b.top - a.bottom];
      const level = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const isBeside = b.left - a.right < least && b.left > a.left && level > 4;
      const isBelow = over < least && b.top > a.top && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 4;
      const named = [one, other].map((e) => e.innerText.slice(0, 12));
      if (isBelow || isBeside) found.push(`they touch: ${named.join(" and ")}`);
    }
  }
  return found;
}
"""
"""Cards, lists, buttons and signs that stand against each other without a gap."""

HEADLESS: Final = """
() => [...document.querySelectorAll("main thead tr:first-child > :first-child")].filter((head) => {
  const table = head.closest("table"), holder = table.closest(".wide-table");
  if (!head.checkVisibility() || !table.tBodies[0]?.lastElementChild) return false;
  table.tBodies[0].lastElementChild.scrollIntoView({ block: "end" });
  const top = Math.max(0, holder ? holder.getBoundingClientRect().top : 0);
  return head.getBoundingClientRect().top < top - 1;
}).map((head) => "its head is out of sight at the last row: " + head.closest("thead").innerText.slice(0, 40))
"""
"""Tables of a desk whose last rows stand there without the names of their columns."""

HAS_WIDE_TABLE: Final = "!!document.querySelector('.wide-table')"
CUT_ON_PAPER: Final = """
[...document.querySelectorAll(".wide-table")].filter((e) => e.scrollHeight > e.clientHeight + 1).map(
  (e) => `paper shows ${e.clientHeight} of ${e.scrollHeight} pixels of a table`)
"""
"""Tables that scroll on a screen, and would lose their rows on paper."""

ON_PAPER: Final = """
[...document.querySelectorAll("main a")].filter((e) => e.checkVisibility())
  .filter((e) => e.matches(".deskhead > *") || getComputedStyle(e).textDecorationLine !== "none").slice(0, 3)
  .map((e) => "paper shows a link: " + e.textContent)
"""
"""What is only to be tapped, and what a sheet of paper says without being tapped."""

BESIDE_THE_BAR: Final = """
[...document.querySelectorAll("body:has(> main:is(.wide, .desk)) .bar .who")].map((who) => {
  const main = document.querySelector("main"), { left } = main.getBoundingClientRect();
  return who.getBoundingClientRect().left + parseFloat(getComputedStyle(who).paddingLeft)
    - left - parseFloat(getComputedStyle(main).paddingLeft);
}).filter((off) => Math.abs(off) > 2).map((off) => `the bar begins ${off} px beside the page`)
"""
"""A bar that does not begin where the page does."""

UNREAD_TABLES: Final = """
[...document.querySelectorAll("main table")].flatMap((table) => {
  const isNamed = table.caption || table.ariaLabel || table.closest("figure")?.querySelector("figcaption, h2")
    || table.closest("[role=region][aria-label]");
  const headless = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.cells.length > 1)
    .filter((row) => !row.querySelector("th[scope=row]"));
  const named = table.tHead?.innerText.slice(0, 40);
  return [...(isNamed ? [] : [`a table without a name: ${named}`]),
    ...(headless.length ? [`${headless.length} rows without a head: ${named}`] : [])];
})
"""
"""Tables of which a screen reader cannot say what they are, or in which row one is."""

BROKEN_DAYS: Final = r"""
(() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    const text = texts.currentNode, day = document.createRange();
    for (const { index } of text.data.matchAll(/周[一二三四五六日]）/g)) {
      day.setStart(text, index);
      day.setEnd(text, index + 2);
      const tops = [...day.getClientRects()].filter((box) => box.width).map((box) => box.top);
      if (Math.max(...tops) - Math.min(...tops) > 4) found.push(`a day is broken: ${text.data.trim().slice(0, 40)}`);
    }
  }
  return found;
})()
"""
"""Days of the week whose two letters stand on two lines."""

UNFOLD: Final = "document.querySelectorAll('.folded').forEach((e) => e.classList.remove('folded'))"
IS_PAGE: Final = "!!document.querySelector('link[rel=stylesheet]')"
LEADS_ON: Final = """
[...document.querySelectorAll('a[href], form')].some((e) => e.checkVisibility() && e.href !== location.href)
"""
FOLDED: Final = f"[document.documentElement.scrollHeight, {LEADS_ON}, [...{NAMELESS}, ...({TOUCHING})()]]"
"""How high the page is as it comes, whether it leads on, and what is wrong with it then: asked at once."""
AT_EACH_WIDTH: Final = f"[...({look.LOOK})(), ...{OUT_OF_THE_CARD}, ...{BROKEN_DAYS}]"
"""What is wrong with it, unfolded, at a width."""


@contextmanager
def served(settings: Settings, clock: SettableClock, database: Database) -> Iterator[tuple[Flask, World, str]]:
    """The app with the crowded province on a port of its own."""
    content, world = crowded()
    put_sqlite(database, content)
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    app = create_app(settings.model_copy(update={"public_url": home}), clock, database)
    app.config["RATELIMIT_ENABLED"] = False
    app.extensions["wxsvc"].files.store_photo(picture())
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield app, world, home
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def signed_in(browser: Browser, app: Flask, openid: str, home: str) -> Iterator[BrowserContext]:
    """A window of somebody whom WeChat has authorised."""
    somebody = Phone(app, openid)
    somebody.get("/mine")
    cookie = somebody.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    context = browser.new_context(viewport=look.PHONE, user_agent=look.AGENT, locale="zh-CN")  # type: ignore[arg-type]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": home}])
    look.prepare_to_read_aloud(context)
    yield context
    context.close()


def looked_at(page: Page, address: str) -> tuple[int, dict[int, list[str]]] | None:
    """How high a page is on a phone, and what is wrong with it by width; None for what is no page."""
    shown = None
    page.set_viewport_size(_size(WIDTHS[0]))
    with contextlib.suppress(Unshown):  # a download
        shown = page.goto(address, wait_until="load")
    if shown is None or shown.status in (404, 410) or not page.evaluate(IS_PAGE):
        return None
    assert shown.status == 200, address
    height, leads_on, folded = page.evaluate(FOLDED)
    found: dict[int, list[str]] = {}
    if not leads_on:
        found[0] = ["leads nowhere"]
    if folded:
        found[0] = folded
    page.evaluate(UNFOLD)
    for at, (width, high) in enumerate(WIDTHS):
        if at:
            page.set_viewport_size(_size((width, high)))
        if wrong := page.evaluate(AT_EACH_WIDTH):
            found[width] = wrong
        if (width, high) == DESK:
            found |= at_the_desk(page)
    if not urlsplit(address).path.startswith(AT_A_DESK_ALONE) and (wrong := page.evaluate(LARGE_TEXT)):
        found[-1] = wrong
    return height, found


def at_the_desk(page: Page) -> dict[int, list[str]]:
    """What is wrong with the page there for whoever hears it, looks at a table's end, or prints it."""
    found = {}
    if wrong := look.read_aloud(page) + page.evaluate(f"[...({HEADLESS})(), ...{UNREAD_TABLES}, ...{BESIDE_THE_BAR}]"):
        found[-2] = wrong
    if page.evaluate(HAS_WIDE_TABLE):
        page.emulate_media(media="print")
        if wrong := page.evaluate(f"[...{CUT_ON_PAPER}, ...{ON_PAPER}]"):
            found[-3] = wrong
        page.emulate_media(media="screen")
    return found


def _size(size: tuple[int, int]) -> ViewportSize:
    return {"width": size[0], "height": size[1]}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", OPENS)
def test_every_page_fits_can_be_touched_and_read_and_no_list_is_too_long(
    settings: Settings,
    page_clock: SettableClock,
    sqlite_database: Database,
    wechat: Any,
    browser: Browser,
    who: str,
) -> None:
    audiences, least = OPENS[who]
    wrong: dict[str, Any] = {}
    pages = 0
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, getattr(world, who), home) as context,
    ):
        page = context.new_page()
        mapped = (
            path_of(rule, world)
            for rule, method in routes(app)
            if method == "GET" and "." in rule.endpoint and audience_of(app, rule.endpoint) in audiences
        )
        for path in (*mapped, *OTHERS.get(who, ())):
            seen = looked_at(page, home + path)
            if seen is None:
                continue
            pages += 1
            height, found = seen
            if found:
                wrong[path] = found
            if height > MOST_HIGH:
                wrong.setdefault(path, {})["height"] = height
    assert wrong == {}
    assert pages >= least


OUTLINED: Final = """
(e) => [getComputedStyle(e).outlineStyle, getComputedStyle(e).borderTopStyle].some((each) => each !== "none")
"""


def test_pages_are_read_on_a_phone_that_is_set_to_dark_and_with_the_colours_of_a_system(
    settings: Settings, page_clock: SettableClock, sqlite_database: Database, wechat: Any, browser: Browser
) -> None:
    """WeUI turns its letters white in the dark; in forced colours (对比度主题) a ground alone marks nothing."""
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, world.visitor, home) as context,
    ):
        page = context.new_page()
        page.emulate_media(color_scheme="dark")
        for path in ("/disputes/activity/0", "/rejoin/unknown", "/mine"):
            page.goto(home + path)
            assert page.evaluate(look.LOOK) == [], path
        page.emulate_media(color_scheme="light", forced_colors="active")
        assert page.locator("nav a[aria-current]").first.evaluate(OUTLINED)
        page.goto(f"{home}/code")
        assert page.locator(".weui-btn_primary").first.evaluate(OUTLINED)


def test_whoever_has_no_mouse_passes_over_the_bar(
    settings: Settings, page_clock: SettableClock, sqlite_database: Database, wechat: Any, browser: Browser
) -> None:
    """跳到正文 is the first stop, seen only then, and the next one is in the page."""
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, world.staff, home) as context,
    ):
        page = context.new_page()
        page.goto(f"{home}/p/more")
        skip = page.locator(".bar .skip")
        tops = [skip.evaluate("(e) => e.getBoundingClientRect().bottom")]
        page.keyboard.press("Tab")
        tops.append(skip.evaluate("(e) => e.getBoundingClientRect().top"))
        assert tops[0] < 0 <= tops[1]
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


WHOLE: Final = "[...document.querySelectorAll('button.choice > b')].every((e) => e.scrollHeight <= e.clientHeight + 1)"


def test_a_phone_shows_the_whole_name_of_what_is_chosen_and_leads_on_where_there_is_nothing_to_choose(
    settings: Settings, page_clock: SettableClock, sqlite_database: Database, wechat: Any, browser: Browser
) -> None:
    """选择企业: eighty letters, alike at the beginning; 选择身份 of somebody who has none."""
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, world.visitor, home) as context,
    ):
        page = context.new_page()
        page.goto(f"{home}/choose")
        assert page.locator("button.choice > b").count() == 5
        assert page.evaluate(WHOLE)
        page.goto(f"{home}/roles")
        assert "多个身份" not in page.locator("main").inner_text()
        assert page.get_by_role("link", name="回到首页").is_visible()


REFUSED: Final = {
    "visitor": ("/code", "/needs/new", "/mine/1/code"),
    "staff": (
        "/p/publish",
        *(f"/p/{noun}/new" for noun in ("offline-services", "online-trades", "needs", "posts", "online-services")),
        *(f"/p/{noun}/new" for noun in ("responses", "bonus-claims")),
        "/p/online-trades/list",
        "/p/evidence",
    ),
}
"""Forms that are not taken while they are empty."""
SEND: Final = """() => {
  const form = [...document.querySelectorAll("main form[method=post]")].find((each) => each.querySelector(".field"));
  form.noValidate = true;
  form.requestSubmit([...form.querySelectorAll("button:not([formnovalidate])")].at(0));
}"""


@pytest.mark.parametrize("who", REFUSED)
def test_a_form_that_is_not_taken_says_at_each_field_what_is_wrong(
    settings: Settings,
    page_clock: SettableClock,
    sqlite_database: Database,
    wechat: Any,
    browser: Browser,
    who: str,
) -> None:
    """Who does not see it hears it: the sentence belongs to its field."""
    wrong: dict[str, Any] = {}
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, getattr(world, who), home) as context,
    ):
        page = context.new_page()
        for path in REFUSED[who]:
            page.goto(home + path)
            with page.expect_navigation():
                page.evaluate(SEND)
            found = page.evaluate(look.LOOK) + look.read_aloud(page)
            if not page.locator("[aria-invalid=true]").count():
                found.append("nothing is marked")
            if found:
                wrong[path] = found
    assert wrong == {}


def test_a_long_list_unfolds_by_a_tap_and_by_a_link(
    settings: Settings, page_clock: SettableClock, sqlite_database: Database, wechat: Any, browser: Browser
) -> None:
    """More of it comes by a tap, a link within the page opens it, and at a desk nothing is folded."""
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, world.staff, home) as context,
    ):
        page = context.new_page()
        page.goto(f"{home}/p/announcements")
        folded, more = page.locator(".folded"), page.locator("button.more").first
        before = folded.count()
        assert before > 10
        step = max(10, page.locator("main ul.list > li:visible").count())
        told = f"再显示{step}条（还有{before}条）" if before > step else f"显示其余{before}条"
        assert more.inner_text() == told, "each tap shows as many as are there already"
        more.click()
        assert folded.count() == max(0, before - step)
        assert not page.locator(".find").count(), "a page of a list is looked through by its filter"
        page.set_viewport_size(look.DESK)  # type: ignore[arg-type]
        assert page.locator("main li:visible").count() >= 30
        assert not page.locator("button.more:visible").count()
        page.set_viewport_size(look.PHONE)  # type: ignore[arg-type]
        page.goto(f"{home}/p/activity/{world.activity_code}?q=湖南")  # what one works with is never folded
        assert page.locator("#walk-in input[type=search]").is_visible()
        assert page.locator("#found .choice").first.is_visible()
        page.goto(f"{home}/p/score")
        lines = page.locator(".line-cards > section")
        assert lines.count() > 10
        assert lines.locator(".figure:visible").count() == lines.count(), "every indicator has its points there"
        assert not lines.locator("blockquote:visible, details:visible").count()
        first = lines.first.locator("h3 button")
        assert first.get_attribute("aria-expanded") == "false"
        first.click()
        assert lines.first.locator("details").is_visible()
        assert first.get_attribute("aria-expanded") == "true"
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(f"{home}/p/score")
        assert page.locator(".steps li").first.is_visible(), "what to do next is read without a tap"
        page.goto(f"{home}/p/activity/{world.activity_code}/wrap-up")
        wanting = page.locator(".checklist li")
        assert wanting.count() == page.locator(".checklist li:visible").count() == 3, "what is missing, too"
        page.set_viewport_size(look.PHONE)  # type: ignore[arg-type]
        page.goto(f"{home}/p/score")
        page.evaluate("location.hash = 'bonus_honours'")
        page.locator("#bonus_honours details").wait_for()


ROWS: Final = """
[...document.querySelectorAll("table.dense tbody tr")].map((row) => row.getBoundingClientRect().height)
"""
CUT: Final = """
[...document.querySelectorAll("th.title")].filter((cell) => cell.scrollWidth > cell.clientWidth).length
"""
WIDE: Final = "document.querySelector('table').getBoundingClientRect().right > innerWidth"


def test_at_a_desk_a_list_is_a_table_of_lines_and_cuts_a_name_only_where_there_is_no_room(
    settings: Settings, page_clock: SettableClock, sqlite_database: Database, wechat: Any, browser: Browser
) -> None:
    """企业异议, 重点工作, 在线服务清单, 媒体清单: a row one line, no column out of sight; 两年对比 is cards."""
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, world.province, home) as context,
    ):
        page = context.new_page()
        page.set_viewport_size(look.DESK)  # type: ignore[arg-type]
        for name in ("disputes", "assignments", "service-items", "media"):
            page.goto(f"{home}/v/{name}")
            heights = page.evaluate(ROWS)
            assert len(heights) >= 20, name
            assert max(heights) < 40, name
            assert not page.evaluate(WIDE), name
        page.goto(f"{home}/v/scores/compare")
        assert not page.evaluate(WIDE)
        page.set_viewport_size(look.PHONE)  # type: ignore[arg-type]
        assert not page.evaluate(WIDE)
        page.set_viewport_size({"width": 1920, "height": 1080})
        page.goto(f"{home}/v/owed?year=2025")
        assert page.locator("th.title").count() >= 20
        assert not page.evaluate(CUT), "there is room"
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 1000, "height": 700})  # A4, turned
        assert max(page.evaluate("[...document.querySelectorAll('tbody tr')].map((row) => row.offsetHeight)")) < 40


LINES: Final = """
[...document.querySelectorAll("main ul.rows > li")].map((item) => item.getBoundingClientRect().height)
"""
SPREAD: Final = "document.querySelector('main').getBoundingClientRect().width"


def test_at_a_desk_lists_of_a_platform_are_lines_and_its_pages_use_the_width(
    settings: Settings, page_clock: SettableClock, sqlite_database: Database, wechat: Any, browser: Browser
) -> None:
    """活动, 公告, 计划与数据报送: an entry one line; 今天, 现场签到, 全部功能 in columns. Phones stay calm."""
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, world.staff, home) as context,
    ):
        page = context.new_page()
        for name in ("activities", "announcements", "filings"):
            page.set_viewport_size(look.DESK)  # type: ignore[arg-type]
            page.goto(f"{home}/p/{name}")
            heights = page.evaluate(LINES)
            assert len(heights) >= 10, name
            assert max(heights) < 40, name
            page.set_viewport_size(look.PHONE)  # type: ignore[arg-type]
            assert min(height for height in page.evaluate(LINES) if height) > 60, name
        page.set_viewport_size(look.DESK)  # type: ignore[arg-type]
        for name in ("needs", "bonus-claims", "online-trades"):
            page.goto(f"{home}/p/{name}")
            assert max(page.evaluate(LINES)) < 130, name
        for name in (
            "today",
            "more",
            f"activity/{world.activity_code}",
            f"activity/{world.activity_code}/wrap-up",
            "score",
        ):
            page.goto(f"{home}/p/{name}")
            assert page.evaluate(SPREAD) > 1000, name
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name
        for name in ("publish", "needs/new"):
            page.goto(f"{home}/p/{name}")
            assert page.evaluate(SPREAD) < 700, "a form is not wider than one reads"
        page.goto(f"{home}/p/needs")
        assert page.get_by_role("link", name="新增需求与诉求").is_visible()
        page.emulate_media(media="print")
        assert not page.locator(".weui-btn:visible").count(), "on paper nothing is tapped"


GROWN: Final = """
document.addEventListener("readystatechange", () => {
  const list = document.querySelector("main ul.list");
  if (document.readyState !== "interactive" || !list) return;
  for (let number = 0; number < 1000; number += 1) {
    const item = list.lastElementChild.cloneNode(true);
    item.querySelector("b").textContent = `第${number}号企业`;
    list.append(item);
  }
})"""
"""A thousand more entries in the list, before the scripts of the page run."""


def test_one_of_a_thousand_entries_is_found_on_a_phone(
    settings: Settings, page_clock: SettableClock, sqlite_database: Database, wechat: Any, browser: Browser
) -> None:
    """By a part of its name; and all of them are there after eight taps."""
    with (
        served(settings, page_clock, sqlite_database) as (app, world, home),
        signed_in(browser, app, world.staff, home) as context,
    ):
        page = context.new_page()
        page.add_init_script(GROWN)
        page.goto(f"{home}/p/announcements")
        entries, more = page.locator("main ul.list > li:visible"), page.locator("button.more").first
        there, field = entries.count(), page.locator(".find input")
        assert re.fullmatch(r"在这10\d\d条中查找", field.get_attribute("placeholder") or "")
        field.fill("第977号")
        assert page.locator("main ul.list > li:visible b").all_text_contents() == ["第977号企业"]
        assert page.locator(".find [role=status]").inner_text() == "找到1条"
        assert not more.is_visible()
        field.fill("")
        assert entries.count() == there
        for _ in range(8):
            if more.is_visible():
                more.click()
        assert not page.locator(".folded").count()
        page.set_viewport_size(look.DESK)  # type: ignore[arg-type]
        assert not page.locator(".find:visible").count()
