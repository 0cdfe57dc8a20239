"""The busiest pages in a real browser at phone and desk size: they fit, can be touched and read, and weigh little."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final, cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request, Route

from scoring.terms import PlatformKind
from tests.journeys import browser as look
from tests.journeys.province import CITY, RUNNING, VISITOR, Province, running


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """One province for all pages: looking changes nothing."""
    with running(tmp_path_factory.mktemp("browser")) as made:
        yield made


BUSIEST = [
    (VISITOR, f"/c/{RUNNING}"),
    ("陈建国", f"/enrol?activity={RUNNING}"),
    (VISITOR, "/receipt/1"),
    (VISITOR, "/mine"),
    ("clerk", "/p/today"),
    ("clerk", "/p/publish"),
    ("clerk", f"/p/activity/{RUNNING}"),
    ("clerk", f"/p/activity/{RUNNING}/wrap-up"),
    ("clerk", "/p/score"),
    ("official", "/v/scores"),
    ("official", f"/v/score/{CITY}"),
    ("official", f"/v/score/{CITY}/participations"),
    ("official", "/v/readings"),
    ("official", "/v/readings/partial_step"),
    ("official", "/v/readings/sole_traders_count?value=false"),
    ("official", "/v/calendar"),
    ("official", f"/v/score/{CITY}/history"),
    ("official", f"/v/score/{CITY}/compare"),
    ("official", "/v/scores/compare"),
    ("clerk", "/p/score/history"),
    ("clerk", "/p/score/compare"),
    ("reviewer", "/v/review"),
    ("official", "/v/dashboard"),
    ("official", "/v/wall"),
    ("official", "/v/periods"),
    ("official", "/v/members"),
    ("official", "/v/merges"),
    ("official", "/v/media"),
    ("official", "/v/more"),
    ("official", "/v/rulings"),
    ("official", f"/v/annex/{CITY}"),
    ("cluster_clerk", "/p/members"),
]
"""Who opens which page."""

DRAWN = {"/v/dashboard", "/v/wall"}
"""At a desk these fetch a library of charts, once: a browser keeps it for a year. On a phone they are tables."""

MOST_HIGH = 3000
"""Pixels of a page of the province's desk, unless somebody asked for more."""


@pytest.mark.parametrize(("who", "path"), BUSIEST, ids=[path for _, path in BUSIEST])
@pytest.mark.parametrize("size", [look.PHONE, look.DESK], ids=["phone", "desk"])
def test_a_page_fits_can_be_touched_and_read_and_weighs_little(
    province: Province, browser: Browser, who: str, path: str, size: dict[str, int]
) -> None:
    province.hand(VISITOR).phone.scan(province.scene(RUNNING))
    with look.window(browser, province.hand(who), province.product.url, size) as sheet:
        sheet.show(province.product.url + path)
        assert sheet.look() == []
        assert sheet.transferred < (look.MOST_DRAWN_BYTES if path in DRAWN and size is look.DESK else look.MOST_BYTES)
        if size is look.DESK and path.startswith("/v/"):
            assert sheet.page.evaluate("document.documentElement.scrollHeight") <= MOST_HIGH


@pytest.mark.parametrize("kind", list(PlatformKind))
def test_the_scoreboard_shows_all_its_columns_at_a_desk(
    province: Province, browser: Browser, kind: PlatformKind
) -> None:
    """No column of 得分总览 lies beyond the edge of a screen of 1280 pixels."""
    with look.window(browser, province.hand("official"), province.product.url, look.DESK) as sheet:
        sheet.page.goto(f"{province.product.url}/v/scores?kind={kind.value}")
        seen, whole = sheet.page.evaluate(
            "(({clientWidth, scrollWidth}) => [clientWidth, scrollWidth])(document.querySelector('.wide-table'))"
        )
        assert whole <= seen


def test_the_look_finds_what_is_wrong(browser: Browser) -> None:
    """The eye that the pages are looked at with sees."""
    page = browser.new_page(viewport={"width": 375, "height": 812})
    page.set_content(
        "<p style='color:#aaa'>pale</p><div style='width:600px;height:1px'></div><img src='data:,'>"
        "<button style='height:20px;padding:0'>small</button><p style='font-size:9px'>tiny</p><input name='bare'>"
    )
    found = " ".join(page.evaluate(look.LOOK))
    page.close()
    for complaint in ("wider", "touch: button", "too pale", "too small to read", "picture without words", "no label"):
        assert complaint in found


ASKS: Final = """<p>…</p><script>
addEventListener("load", async () => {
  const found = await (await fetch("/first")).text();
  (await fetch("/second")).ok || console.error(found);
});
</script>"""
"""A page that asks for something once it is there, and for more when that is answered."""


def test_a_page_is_settled_when_nothing_it_asked_for_is_open(province: Province, browser: Browser) -> None:
    """An answer may lead to another question; what the page complains of then is seen."""
    home, open_now = province.product.url, list[Route]()
    with look.window(browser, province.hand(VISITOR), home) as sheet:
        page = sheet.page
        page.route(f"{home}/asks", lambda route: route.fulfill(body=ASKS, content_type="text/html; charset=utf-8"))
        for path in ("first", "second"):
            page.route(f"{home}/{path}", lambda route: open_now.append(route))
        page.goto(f"{home}/asks")
        for at, path in enumerate(("first", "second")):
            assert not sheet.is_settled()
            assert [urlsplit(route.request.url).path for route in open_now[at:]] == [f"/{path}"]
            open_now[at].fulfill(status=200 + 300 * at, body=path)
        sheet.settle()
        assert f"500 {home}/second" in sheet.complaints
        assert "first" in sheet.complaints
        assert sheet.transferred > len(ASKS)


def test_a_page_that_asked_during_the_look_is_looked_at_again() -> None:
    """Though it has its answer already: what a script does with that comes later."""
    page: Any = SimpleNamespace()
    sheet, questions = look.Sheet(page), iter(cast(list[Request], [object()]))

    def draw(_script: str) -> None:
        for question in questions:
            sheet._ask(question)
            sheet._unanswered.discard(question)

    page.evaluate = draw
    assert [sheet.is_settled(), sheet.is_settled()] == [False, True]
