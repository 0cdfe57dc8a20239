"""扫码登录: what the desk shows, what the phone is asked, who gets in and who does not."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from itsdangerous import URLSafeSerializer

from models.person import DeskSignIn, Invitation, Person
from tests.databases import every_row
from tests.wxsvc.pages.web import ON_A_DESK, Phone, csrf_token, seen
from wxsvc.pages.desk import ASKS_AGAIN

ENTER = "/enter/desk"


@pytest.fixture
def desk(world, phone) -> Phone:
    """A browser on a desk that nobody has signed in to."""
    return phone(None, ON_A_DESK)


def code_path(page: Any) -> str:
    """The path that the code on the page leads to, read from the page's own QR code address."""
    found = re.search(r'data-address="([^"]+)"', page.text)
    assert found
    parts = urlsplit(unescape(found[1]))
    assert f"{parts.scheme}://{parts.netloc}" == "https://wx.example.cn"
    return parts.path


def number_on(page: Any) -> str:
    found = re.search(r'class="shortcode">(\d{4})<', page.text)
    assert found
    return found[1]


def approve(browser: Phone, page: Any) -> Any:
    """Type on the phone what the desk shows."""
    return browser.post(code_path(page), number=number_on(page))


def press(browser: Phone, page: Any, path: str, **typed: str) -> Any:
    """Send the page's form; redirects are not followed."""
    return browser.post_raw(path, csrf_token=csrf_token(page), **typed)


def test_a_desk_signs_in_by_the_phone(world, phone, desk) -> None:
    page = desk.get("/enter?next=/p/score")
    assert page.request.path == ENTER
    staff = phone(world.staff)
    asked = staff.get(code_path(page))
    assert number_on(page) not in asked.text
    assert "长沙市窗口平台 · 平台工作人员" in seen(asked)
    assert "别人发来的，请不要填写" in seen(asked)
    assert "Chrome浏览器 · Windows" in seen(asked)
    assert "127.0.0.1（与您的手机相同）" in seen(asked)
    assert "10:00（刚刚）" in seen(asked)
    assert progress(desk) == "waiting"
    done = approve(staff, page)
    assert "请看电脑" in seen(done)
    assert progress(desk) == "approved"
    entered = press(desk, page, ENTER, next="/p/score")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/p/score")
    score = desk.get("/p/score")
    assert score.status_code == 200
    assert "退出登录" in seen(score)
    assert "退出登录" not in seen(staff.get("/p/score"))


def test_a_desk_says_who_is_signed_in(app, rows, world, phone, desk) -> None:
    """A colleague who sits down there sees at once whose the session is; one's own phone need not say so."""
    with rows() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == world.staff)).one()
        person.name_sealed = app.extensions["wxsvc"].vault.encrypt("王<敏>")
    page, staff = desk.get("/enter?next=/p/score"), phone(world.staff)
    approve(staff, page)
    press(desk, page, ENTER, next="/p/score")
    bar = re.search(r'<span class="who">.*?</span>', desk.get("/p/score").text, re.S)
    assert bar
    assert "<b>王&lt;敏&gt;</b> · 长沙市窗口平台" in bar[0]
    assert "王" not in seen(staff.get("/p/score"))


def progress(desk: Phone) -> str:
    return str(desk.get(f"{ENTER}/progress.json").json["progress"])


def test_looking_decides_nothing_and_costs_no_row(world, phone, desk, app) -> None:
    staff = phone(world.staff)
    staff.get("/sign-ins")
    before = every_row(app.extensions["wxsvc"].database)
    page = desk.get(ENTER)
    staff.get(code_path(page))
    assert progress(desk) == "waiting"
    assert every_row(app.extensions["wxsvc"].database) == before


def test_an_unchanged_answer_is_not_sent_again(desk) -> None:
    desk.get(ENTER)
    first = desk.get(f"{ENTER}/progress.json")
    again = desk.client.get(f"{ENTER}/progress.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_photographed_code_gives_nothing(world, phone, desk) -> None:
    """Whoever opens the same address at another desk has not the desk's half of the secret."""
    page = desk.get(ENTER)
    approve(phone(world.staff), page)
    thief = phone(None, ON_A_DESK)
    other = thief.get(ENTER)
    assert code_path(other) != code_path(page)
    assert press(thief, other, ENTER).status_code == 409
    opened = thief.client.get(code_path(page), headers={"User-Agent": ON_A_DESK})
    assert opened.status_code == 403
    assert thief.client.get("/p/today", headers={"User-Agent": ON_A_DESK}).status_code == 403


def test_the_code_is_good_for_one_entry(world, phone, desk, app) -> None:
    page = desk.get(ENTER)
    approve(phone(world.staff), page)
    with desk.client.session_transaction() as kept:
        copied = kept["desk"]
    token = csrf_token(page)
    second = phone(None, ON_A_DESK)
    second.get(ENTER)
    with second.client.session_transaction() as kept:
        kept["desk"] = copied  # a copied cookie
    assert desk.post_raw(ENTER, csrf_token=token).status_code == 303
    assert progress(second) == "over"
    assert press(second, second.get(ENTER), ENTER).status_code == 409
    assert second.get("/p/today").status_code == 403


def test_it_is_over_after_five_minutes(world, phone, desk, page_clock) -> None:
    page = desk.get(ENTER)
    again = desk.get(ENTER)
    assert number_on(again) == number_on(page)
    assert code_path(again) == code_path(page)
    page_clock.advance(minutes=5)
    staff = phone(world.staff)
    gone = staff.get(code_path(page))
    assert gone.status_code == 410
    assert "已过期" in seen(gone)
    assert progress(desk) == "over"
    assert code_path(desk.get(ENTER)) != code_path(page)


def test_it_is_for_staff_alone(world, phone, desk) -> None:
    page = desk.get(ENTER)
    for openid in (world.visitor, world.stranger):
        visitor = phone(openid)
        refused = visitor.get(code_path(page))
        assert refused.status_code == 403
        assert "只供工作人员使用" in seen(refused)
        token = csrf_token(visitor.get("/roles"))
        assert visitor.post_raw(code_path(page), csrf_token=token).status_code == 403
    assert progress(desk) == "waiting"


def test_a_code_that_we_did_not_make_is_refused(world, phone, desk, rows) -> None:
    path = code_path(desk.get(ENTER))
    staff = phone(world.staff)
    forged = path[:-3] + ("abc" if not path.endswith("abc") else "xyz")
    assert staff.get(forged).status_code == 410
    assert staff.post_raw(forged, csrf_token=csrf_token(staff.get(path))).status_code == 410
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DeskSignIn)) == 0


def test_impatience_is_answered_calmly(desk) -> None:
    page = desk.get(ENTER)
    early = press(desk, page, ENTER)
    assert early.status_code == 409
    assert "还没有收到手机上的确认" in seen(early)
    assert number_on(early) == number_on(page)


def test_a_desk_is_left_with_one_tap(world, phone, desk) -> None:
    page = desk.get("/enter?next=/v/scores")
    approve(phone(world.province), page)
    press(desk, page, ENTER, next="/v/scores")
    scores = desk.get("/v/scores")
    left = press(desk, scores, "/leave")
    assert "已退出登录" in seen(left)
    assert desk.client.get("/v/scores", headers={"User-Agent": ON_A_DESK}).status_code == 403


def test_nobody_is_sent_elsewhere_after_signing_in(world, phone, desk) -> None:
    page = desk.get(f"{ENTER}?next=https://evil.example")
    approve(phone(world.staff), page)
    assert press(desk, page, ENTER, next="//evil.example").headers["Location"] == "/"


@pytest.mark.parametrize(
    ("path", "offers"), [("/p/today", True), ("/v/review", True), ("/mine", False), ("/enrol", False)]
)
def test_staff_at_a_desk_are_shown_where_to_sign_in(desk, path: str, offers: bool) -> None:
    page = desk.get(path)
    assert page.status_code == 403
    assert ("工作人员在电脑上登录" in seen(page)) is offers


@pytest.mark.parametrize(
    ("wanted", "signs_in"), [("/", True), ("/p/today", True), ("/v/scores?year=2026", True), ("/mine", False)]
)
def test_the_way_in_at_a_desk(desk, wanted: str, signs_in: bool) -> None:
    """Staff sign in by scanning; enterprises are shown how to open the page in WeChat."""
    page = desk.get(f"/enter?next={wanted}")
    assert (page.request.path == ENTER) is signs_in
    assert ("请在微信中打开" in seen(page)) is not signs_in


def test_a_phone_outside_wechat_is_shown_how_to_open_the_code(world, phone, desk) -> None:
    page = phone(None, "Mozilla/5.0 (iPhone) Safari/604.1").get(code_path(desk.get(ENTER)))
    assert page.status_code == 403
    assert "请在微信中打开" in seen(page)


def test_a_role_that_ended_lets_nobody_in(world, phone, desk, rows) -> None:
    page = desk.get(ENTER)
    approve(phone(world.staff), page)
    with rows() as session:
        session.execute(sa.text("update staff_roles set ended_at = granted_at"))
    assert press(desk, page, ENTER).status_code == 409


def test_the_code_says_nothing_of_the_number(world, phone, desk) -> None:
    """Neither as it stands nor unpacked; so a link that somebody was sent lets no desk in with a tap."""
    page = desk.get(ENTER)
    payload = URLSafeSerializer("any key").loads_unsafe(code_path(page).rpartition("/")[2])[1]
    assert number_on(page) not in (each for each in payload)
    staff = phone(world.staff)
    assert staff.post(code_path(page), page="/sign-ins").status_code == 422
    assert progress(desk) == "waiting"


def test_three_wrong_numbers_end_it(world, phone, desk, rows) -> None:
    page = desk.get(ENTER)
    right, staff = number_on(page), phone(world.staff)
    wrong = [f"{(int(right) + more) % 10_000:04}" for more in (1, 2, 3)]
    for typed, left in zip(wrong, (2, 1), strict=False):
        told = staff.post(code_path(page), number=typed)
        assert told.status_code == 422
        assert f"还可再试{left}次" in seen(told)
        assert progress(desk) == "waiting"
    assert staff.post(code_path(page), number=wrong[2]).status_code == 410
    assert progress(desk) == "over"
    late = staff.post(code_path(page), page="/sign-ins", number=right)
    assert late.status_code == 410
    assert "已作废" in seen(late)
    assert press(desk, page, ENTER).status_code == 409
    assert number_on(desk.get(ENTER)) is not None


def test_the_person_is_told_and_ends_it_with_one_tap(world, phone, desk) -> None:
    page, staff = desk.get(ENTER), phone(world.staff)
    approve(staff, page)
    press(desk, page, ENTER)
    assert desk.get("/p/today").status_code == 200
    told = staff.get("/p/notices")
    assert "您的身份刚在一台电脑登录（Chrome浏览器 · Windows）" in seen(told)
    assert 'href="/sign-ins"' in told.text
    mine = staff.get("/sign-ins")
    assert "电脑 · Chrome浏览器 · Windows" in seen(mine)
    disowned = mine.text[: mine.text.index("不是我")]
    session_id = re.findall(r"/sign-ins/(\d+)/end", disowned)[-1]
    staff.post(f"/sign-ins/{session_id}/end", page="/sign-ins")
    assert desk.get("/p/today").status_code == 403
    assert staff.get("/p/today").status_code == 200


def test_an_official_reads_it_too(world, phone, desk) -> None:
    page, official = desk.get(f"{ENTER}?next=/v/scores"), phone(world.province)
    approve(official, page)
    press(desk, page, ENTER)
    assert "您的身份刚在一台电脑登录" in seen(official.get("/v/notices"))
    assert "您的身份刚在一台电脑登录" not in seen(phone(world.reviewer).get("/v/notices"))


@pytest.fixture
def official_desk(world, phone, desk, page_clock) -> Phone:
    """A desk at which an official has been signed in for an hour."""
    page = desk.get(f"{ENTER}?next=/v/people")
    approve(phone(world.province), page)
    press(desk, page, ENTER)
    page_clock.advance(minutes=60)
    return desk


def test_after_an_hour_a_desk_asks_the_phone_again_and_loses_nothing(world, phone, official_desk, rows) -> None:
    filled = {"role": "reviewer", "note": "第一行\n<第二行>"}
    page = official_desk.get("/v/people")
    assert page.status_code == 200
    asked = press(official_desk, page, "/v/people", **filled)
    assert asked.status_code == 403
    assert "请用手机再次确认" in seen(asked)
    assert invitations(rows) == 0
    again = typed_in(asked)
    assert again == {**filled, "csrf_token": csrf_token(page)}
    assert official_desk.post_raw("/v/people", **again).status_code == 403  # too early: nothing is lost
    approve(phone(world.province), asked)
    assert progress(official_desk) == "approved"
    done = official_desk.post_raw("/v/people", **again)
    assert done.status_code == 200
    assert invitations(rows) == 1
    assert press(official_desk, official_desk.get("/v/people"), "/v/people", **filled).status_code == 200


ROUTINE = {
    *("announcements", "assigned_work", "calendar", "call_backs", "inspections", "media_list", "members", "notices"),
    *("online_checks", "owed", "review_desk", "service_items"),
}
"""What an old sign-in at a desk may send: it moves no points and gives nobody a right."""


def test_every_provincial_form_asks_again_or_is_routine(app) -> None:
    sent = {rule.endpoint.rpartition(".")[0] for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert {name for name in sent if name.startswith("province.")} == ASKS_AGAIN | {
        f"province.{name}" for name in ROUTINE
    }


@pytest.mark.parametrize(
    "path",
    ["/v/disputes/1", "/v/readings/any", "/v/periods/any", "/v/merges/1", "/v/platforms/any", "/v/enterprises/1"],
)
def test_so_does_whatever_else_moves_points_or_gives_rights(official_desk, path: str) -> None:
    assert "请用手机再次确认" in seen(official_desk.post_raw(path))


def test_another_persons_word_does_not_renew_a_desk(world, phone, official_desk, rows) -> None:
    asked = press(official_desk, official_desk.get("/v/people"), "/v/people", role="reviewer")
    approve(phone(world.staff), asked)
    assert official_desk.post_raw("/v/people", **typed_in(asked)).status_code == 403
    assert invitations(rows) == 0


def test_a_forged_form_gets_no_token_from_us(world, phone, official_desk, rows) -> None:
    asked = official_desk.post_raw("/v/people", role="reviewer")
    assert csrf_token(asked) == ""
    approve(phone(world.province), asked)
    assert official_desk.post_raw("/v/people", **typed_in(asked)).status_code == 400
    assert invitations(rows) == 0


def test_a_phone_and_other_pages_are_not_asked_again(world, phone, official_desk, page_clock) -> None:
    official = phone(world.province)
    official.get("/v/people")
    page_clock.advance(hours=2)
    assert official.post("/v/people", role="reviewer").status_code == 200
    page = official_desk.get("/v/notices")
    assert page.status_code == 200
    assert press(official_desk, page, "/v/notices/read").status_code == 303


def typed_in(page: Any) -> dict[str, str]:
    """The hidden fields of the page's form, as a browser sends them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    return {name: unescape(value) for name, value in found}


def invitations(rows: Any) -> int:
    with rows() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Invitation)) or 0)
