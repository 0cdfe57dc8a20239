"""Who may enter: silent web authorisation, sessions, roles that end at once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask

from models.person import Person, StaffRole
from models.terms import Role
from tests import builders
from tests.wxsvc.pages.web import ON_A_DESK, csrf_token, seen
from wxsvc.access import Audience, admit, audience_of, current_actor, local_path
from wxsvc.app import create_app


@pytest.fixture
def app(app: Flask) -> Flask:
    """An app of the test's own: it gets more addresses."""
    parts = app.extensions["wxsvc"]
    return create_app(parts.settings, parts.clock, parts.database)


@pytest.fixture
def rooms(app: Flask) -> Flask:
    """The app with one page per audience, which say who is in them."""
    for audience in Audience:
        blueprint = Blueprint(f"room_{audience}", __name__, url_prefix=f"/room/{audience}")

        @blueprint.route("", methods=["GET", "POST"])
        def room() -> str:
            actor = current_actor()
            return f"role={actor.role} platform={actor.platform_id} person={actor.person_id}"

        admit(app, blueprint, audience)
    closed = Blueprint("closed", __name__, url_prefix="/room/closed")
    closed.add_url_rule("", view_func=lambda: "open")
    app.register_blueprint(closed)
    return app


def test_an_unknown_visitor_comes_in_through_wechat_and_finds_the_page_under_a_clean_address(rooms, phone) -> None:
    page = phone("o-somebody").get("/room/enterprise?a=1")
    assert page.status_code == 200
    assert page.request.path == "/room/enterprise"
    assert page.request.query_string == b"a=1"
    assert "person=None" in page.text


def test_the_authorise_address_is_wechats_and_its_state_is_plain_and_new_each_time(rooms, phone, settings) -> None:
    addresses = [phone(None).get("/room/enterprise").headers["Location"] for _ in range(2)]
    assert all(
        address.startswith(f"{settings.wechat_open_base_url}/connect/oauth2/authorize?") for address in addresses
    )
    assert "redirect_uri=https%3A%2F%2Fwx.example.cn%2Fenter%2Fback&" in addresses[0]
    assert "scope=snsapi_base" in addresses[0]
    assert addresses[0] != addresses[1]


def test_a_state_is_good_once(rooms, phone) -> None:
    somebody = phone("o-1")
    back = somebody.authorised(phone_address(somebody))
    assert somebody.client.get(back, headers=agent(somebody)).headers["Location"] == "/room/enterprise"
    again = somebody.client.get(back, headers=agent(somebody))
    assert again.headers["Location"] == "/"  # known already, and the address is clean


def test_a_link_that_somebody_passed_on_opens_nothing(rooms, phone) -> None:
    first, second = phone("o-1"), phone("o-2")
    back = first.authorised(phone_address(first))
    passed_on = second.client.get(back, headers=agent(second))
    assert passed_on.headers["Location"] == "/enter?next=/&attempt=2"
    assert "person" not in second.client.get("/room/enterprise", headers=agent(second)).text


@pytest.mark.parametrize("refusal", [40163, 40029, 42003])
def test_a_spent_code_begins_again_once_and_then_says_so(rooms, phone, wechat, refusal: int) -> None:
    somebody = phone("o-1")
    wechat.refusal, wechat.refused_next = refusal, 1
    assert somebody.get("/room/enterprise").status_code == 200
    unlucky = phone("o-2")
    wechat.refused_next = 2
    page = unlucky.get("/room/enterprise")
    assert page.status_code == 403
    assert "未能确认身份" in page.text


def test_a_refusal_of_another_kind_is_not_tried_again(rooms, phone, wechat) -> None:
    """A wrong secret is no better the second time; the visitor is shown another way."""
    wechat.refusal, wechat.refused_next = 40125, 1
    page = phone("o-1").get("/room/enterprise")
    assert page.status_code == 503
    assert page.request.path == "/enter/back"


def test_a_browser_without_cookies_does_not_go_round_for_ever(rooms, phone) -> None:
    somebody = phone("o-1")
    somebody.client = rooms.test_client(use_cookies=False)
    assert "未能确认身份" in somebody.get("/room/enterprise").text


def test_a_snapshot_visitor_is_never_bound(rooms, phone, wechat) -> None:
    wechat.is_snapshot = True
    somebody = phone("o-virtual")
    page = somebody.get("/room/enterprise")
    assert page.status_code == 403
    assert "使用完整服务" in page.text
    wechat.is_snapshot = False
    assert "person=" in somebody.get("/room/enterprise").text


def test_wechat_out_of_order_is_told_with_a_way_round(rooms, phone, wechat) -> None:
    wechat.is_down = True
    page = phone("o-1").get("/room/enterprise")
    assert page.status_code == 503
    assert "短码" in page.text


def test_any_other_browser_sees_how_to_open_the_page_in_wechat(rooms, phone) -> None:
    page = phone(None, ON_A_DESK).get("/room/platform?x=1")
    assert page.status_code == 403
    assert "请在微信中打开" in page.text
    assert "https://wx.example.cn/room/platform?x=1" in page.text
    assert "data:image/svg+xml;base64," in page.text


def test_entering_leaves_nothing_of_the_session_before(rooms, phone) -> None:
    somebody = phone("o-1")
    with somebody.client.session_transaction(base_url="https://wx.example.cn") as before:
        before["standing"] = 7
    address = phone_address(somebody)
    somebody.client.get(somebody.authorised(address), headers=agent(somebody))
    with somebody.client.session_transaction() as after:
        assert set(after) <= {"openid", "session", "_permanent", "csrf_token"}


def test_a_session_ends_after_its_hours(rooms, phone, page_clock) -> None:
    somebody = phone("o-1")
    assert somebody.get("/room/enterprise").status_code == 200
    page_clock.advance(hours=11)
    assert somebody.client.get("/room/enterprise", headers=agent(somebody)).status_code == 200
    page_clock.advance(hours=2)
    assert somebody.client.get("/room/enterprise", headers=agent(somebody)).status_code == 303


@pytest.mark.parametrize(
    ("role", "entered"),
    [
        (None, {"anyone", "enterprise"}),
        (Role.PLATFORM, {"anyone", "enterprise", "platform"}),
        (Role.REVIEWER, {"anyone", "enterprise", "reviewer"}),
        (Role.PROVINCE, {"anyone", "enterprise", "reviewer", "province"}),
    ],
)
def test_each_role_enters_its_own_rooms_and_no_other(rooms, phone, rows, role, entered) -> None:
    openid = person_with(rows, role)
    got = {str(audience): phone(openid).get(f"/room/{audience}").status_code for audience in Audience}
    refused = {Audience.SYSTEM: 401}  # it asks for a key
    assert got == {str(audience): 200 if audience in entered else refused.get(audience, 403) for audience in Audience}


def test_a_blueprint_that_named_no_audience_is_closed(rooms, phone, rows) -> None:
    assert audience_of(rooms, "closed.<lambda>") is None
    assert phone(person_with(rows, Role.PROVINCE)).get("/room/closed").status_code == 403


def test_a_role_taken_away_is_gone_at_the_next_request(rooms, phone, rows) -> None:
    openid = person_with(rows, Role.REVIEWER)
    reviewer = phone(openid)
    assert reviewer.get("/room/reviewer").status_code == 200
    with rows() as session:
        session.execute(sa.update(StaffRole).values(ended_at=builders.NOW))
    assert reviewer.get("/room/reviewer").status_code == 403


def test_who_works_at_two_platforms_chooses_and_may_choose_again(rooms, phone, rows) -> None:
    with rows() as session:
        first, second = builders.platform(session, name="甲平台"), builders.platform(session, name="乙平台")
        who = builders.person(session)
        for platform in (first, second):
            session.add(
                StaffRole(person_id=who.id, role=Role.PLATFORM, platform_id=platform.id, granted_at=builders.NOW)
            )
        session.flush()
        ids = [row.id for row in session.scalars(sa.select(StaffRole).order_by(StaffRole.id))]
        openid, platforms = who.openid, [first.id, second.id]
    staff = phone(openid)
    page = staff.get("/room/platform")
    assert "选择身份" in page.text
    assert "甲平台" in page.text
    for standing, platform_id in zip(ids, platforms, strict=True):
        entered = staff.post("/roles", standing=standing, next="/room/platform")
        assert f"platform={platform_id} " in entered.text
    assert staff.post("/roles", standing=999, next="/room/platform").status_code == 403


def test_a_form_acts_in_the_role_in_which_its_page_was_shown(rooms, phone, rows) -> None:
    """Two windows, two platforms: what was typed for one does not become the other's, nor once the role has ended."""
    with rows() as session:
        who, (first, second) = builders.person(session), (builders.platform(session) for _ in range(2))
        for platform in (first, second):
            session.add(
                StaffRole(person_id=who.id, role=Role.PLATFORM, platform_id=platform.id, granted_at=builders.NOW)
            )
        session.flush()
        roles = {row.platform_id: row.id for row in session.scalars(sa.select(StaffRole))}
        openid, here, there = who.openid, first.id, second.id
    staff = phone(openid)
    staff.get("/room/platform")
    staff.post("/roles", standing=roles[here], next="/p/publish")
    form = staff.get("/p/publish")
    assert f'name="shown_as" value="{roles[here]}"' in form.text
    staff.post("/roles", standing=roles[there], next="/room/platform")
    token = csrf_token(form)

    def sent(shown_as: object) -> Any:
        return staff.post_raw("/room/platform", csrf_token=token, shown_as=shown_as)

    assert f"platform={here} " in sent(roles[here]).text
    assert f"platform={here} " in staff.get("/room/platform").text  # and so does the page that follows
    for nobodys in ("999", "x", "", str(roles[here] + 10**30)):
        assert sent(nobodys).status_code == 403
    with rows() as session:
        session.get_one(StaffRole, roles[here]).ended_at = builders.NOW
    assert sent(roles[here]).status_code == 403
    assert f"platform={there} " in sent(roles[there]).text


def test_a_form_without_its_token_changes_nothing(rooms, phone, rows) -> None:
    somebody = phone(person_with(rows, Role.PLATFORM))
    somebody.get("/room/enterprise")
    refused = somebody.post_raw("/room/enterprise")
    assert refused.status_code == 400
    assert "请返回并刷新页面" in seen(refused)
    token = csrf_token(somebody.get("/roles"))
    assert somebody.post_raw("/room/enterprise", csrf_token=token).status_code == 200


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", None, "/a\nb", "javascript:alert(1)"],
)
def test_nobody_is_sent_elsewhere_by_a_link(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


def test_a_local_path_keeps_its_query() -> None:
    assert local_path("/c/A-1?door=screen") == "/c/A-1?door=screen"
    assert local_path("/c/A-1?") == "/c/A-1"


def phone_address(somebody: Any) -> str:
    """The authorise address that this phone is sent to from the enterprises' room."""
    entered = somebody.client.get("/enter?next=/room/enterprise", headers=agent(somebody))
    return str(entered.headers["Location"])


def agent(somebody: Any) -> dict[str, str]:
    """The headers of this phone."""
    return {"User-Agent": somebody.agent}


def person_with(rows: Any, role: Role | None) -> str:
    """The openid of a new person in this role."""
    with rows() as session:
        if role is None:
            return str(builders.person(session).openid)
        platform = builders.platform(session) if role is Role.PLATFORM else None
        actor = builders.staff(session, platform, role)
        return str(session.get_one(Person, actor.person_id).openid)
