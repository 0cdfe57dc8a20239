"""我的登录: a session is a row, and whatever ends it makes every copy of its cookie worthless."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from models.journal import LogEntry
from models.person import Person, StaffRole
from models.record import Need
from models.terms import Role
from models.web_session import WebSession
from tests.databases import every_row
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.web import IN_WECHAT, ON_A_DESK, Phone, csrf_token, seen
from wxsvc.app import create_app
from wxsvc.services.actor import Actor
from wxsvc.services.people import rejoinings, staff
from wxsvc.settings import Settings
from wxsvc.vault import Vault
from wxsvc.worker import jobs


def copy_of(browser: Phone) -> Any:
    """The cookie as somebody might have copied it."""
    (cookie,) = [each for each in browser.client._cookies.values() if each.key.endswith("wxsvc")]
    return cookie


def is_let_in(app: Any, cookie: Any, path: str = "/p/today") -> bool:
    """Whether a copied cookie opens a page, in a browser that WeChat does not authorise."""
    thief = app.test_client()
    thief.set_cookie(cookie.key, cookie.value, domain=cookie.domain, secure=True)
    return bool(thief.get(path, headers={"User-Agent": ON_A_DESK}).status_code == 200)


def signed_in(phone: Any, openid: str) -> Phone:
    browser = phone(openid)
    browser.get("/sign-ins")
    return browser


def test_a_cookie_copied_before_signing_out_opens_nothing(app, world, phone) -> None:
    clerk = signed_in(phone, world.staff)
    cookie = copy_of(clerk)
    assert is_let_in(app, cookie)
    left = clerk.post_raw("/leave", csrf_token=csrf_token(clerk.get("/roles")))
    assert "已退出登录" in seen(left)
    assert not is_let_in(app, cookie)


def test_signing_out_everywhere_ends_every_browser_of_the_person_alone(app, world, phone, rows) -> None:
    here, there, colleague = (signed_in(phone, openid) for openid in (world.staff, world.staff, world.province))
    copies = copy_of(here), copy_of(there)
    assert all(is_let_in(app, each) for each in copies)
    here.post("/sign-ins/end-all", page="/sign-ins")
    assert not any(is_let_in(app, each) for each in copies)
    assert is_let_in(app, copy_of(colleague), "/v/scores")
    with rows() as session:
        entry = session.scalars(sa.select(LogEntry).where(LogEntry.deed == "person.signed_out_everywhere")).one()
        assert entry.details == {"sessions": 2}


def test_one_of_them_can_be_ended_from_another(app, world, phone, rows) -> None:
    here, there = signed_in(phone, world.staff), signed_in(phone, world.staff)
    page = here.get("/sign-ins")
    assert seen(page).count("手机 · 微信 · 安卓") == 2
    assert "11月23日 10:00登录，22:00自动退出" in seen(page)
    own, other = sorted(map(int, re.findall(r"/sign-ins/(\d+)/end", page.text)))
    told = here.post(f"/sign-ins/{other}/end", page="/sign-ins")
    assert "已退出该处登录" in seen(told)
    assert not is_let_in(app, copy_of(there))
    cookie = copy_of(here)
    assert is_let_in(app, cookie)
    assert "已退出登录" in seen(here.post(f"/sign-ins/{own}/end", page="/sign-ins"))
    assert not is_let_in(app, cookie)


def test_nobody_ends_somebody_elses(app, world, phone, rows) -> None:
    clerk, other = signed_in(phone, world.staff), signed_in(phone, world.other_staff)
    with rows() as session:
        owner = sa.select(Person.id).where(Person.openid == world.staff).scalar_subquery()
        session_id = session.scalars(sa.select(WebSession.id).where(WebSession.person_id == owner)).one()
    assert other.post(f"/sign-ins/{session_id}/end", page="/sign-ins").status_code == 404
    assert is_let_in(app, copy_of(clerk))


def test_the_end_of_a_role_ends_the_sessions(app, world, phone, rows, page_clock) -> None:
    cookie = copy_of(signed_in(phone, world.staff))
    with rows() as session:
        person_id = session.scalar(sa.select(Person.id).where(Person.openid == world.staff))
        for role in session.scalars(sa.select(StaffRole).where(StaffRole.person_id == person_id)).all():
            staff.end_role(session, role.id, Actor(None, Role.PROVINCE), page_clock.now())
        assert session.scalar(sa.select(sa.func.count()).where(WebSession.person_id == person_id)) == 0
    assert not is_let_in(app, cookie, "/sign-ins")


def test_rejoining_ends_the_sessions_of_both_accounts(app, world, phone, rows, page_clock) -> None:
    former, new = copy_of(signed_in(phone, world.staff)), copy_of(signed_in(phone, world.visitor))
    with rows() as session:
        person_id = session.scalar(sa.select(Person.id).where(Person.openid == world.staff))
        token = rejoinings.offer(session, person_id, Actor(None, Role.PROVINCE), page_clock.now())
        moment = page_clock.now()
        link, vault = rejoinings.link_of(session, token), Vault(["k" * 40])
        rejoinings.take_up(session, link.id, world.visitor, moment, as_of=moment, vault=vault)
    assert not is_let_in(app, former, "/sign-ins")
    assert not is_let_in(app, new, "/sign-ins")


def test_a_session_of_somebody_new_becomes_theirs_once_they_are_known(app, world, phone, rows) -> None:
    newcomer = signed_in(phone, "o-newcomer")
    with rows() as session:
        assert session.scalars(sa.select(WebSession.person_id)).one() is None
        token = staff.invite(session, Role.REVIEWER, None, Actor(None, Role.PROVINCE), app.extensions["wxsvc"].now())
    newcomer.post(f"/join/{token}", name="李红")
    with rows() as session:
        person_id = session.scalar(sa.select(Person.id).where(Person.openid == "o-newcomer"))
        assert person_id is not None
        assert session.scalars(sa.select(WebSession.person_id)).one() == person_id


def test_what_lies_in_the_database_opens_nothing(world, phone, rows) -> None:
    clerk = signed_in(phone, world.staff)
    with clerk.client.session_transaction() as kept:
        secret = kept["session"]
    with rows() as session:
        row = session.scalars(sa.select(WebSession)).one()
        assert secret not in row.token_hash
        assert world.staff not in str({name: getattr(row, name) for name in row.__table__.columns.keys()})  # noqa: SIM118


@pytest.mark.parametrize("agent", [IN_WECHAT, "x" * 5000])
def test_the_kind_of_browser_alone_is_kept(app, world, phone, rows, agent: str) -> None:
    browser = phone(world.staff, agent if "MicroMessenger" in agent else agent + " MicroMessenger")
    browser.get("/sign-ins")
    with rows() as session:
        assert session.scalars(sa.select(WebSession.browser)).one() in ("wechat android", "wechat other")


def test_what_is_over_is_cleared_away(app, world, phone, rows, page_clock) -> None:
    signed_in(phone, world.staff)
    page_clock.advance(hours=11)
    signed_in(phone, world.province)
    page_clock.advance(hours=1)
    assert jobs.clear_sessions(app.extensions["wxsvc"]) == 1
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(WebSession)) == 1


def test_looking_at_a_page_writes_nothing_and_asks_once(app, world, phone) -> None:
    clerk = signed_in(phone, world.staff)
    database = app.extensions["wxsvc"].database
    before = every_row(database)
    with counted(app) as asked:
        assert clerk.get("/roles").status_code == 200
    assert sum("web_sessions" in each for each in asked) == 1
    assert len([each for each in asked if each.lower().startswith("select")]) == 1
    assert every_row(database) == before


def test_a_former_secret_signs_nobody_in(app, world, phone, settings) -> None:
    """Whoever learns a secret that was changed makes no cookie with it; what it closed opens all the same."""
    former, renewed = settings.secret_key, "n" * 40
    changed = create_app(
        Settings(**{**settings.model_dump(), "secret_key": renewed, "old_secret_keys": (former,)}),
        app.extensions["wxsvc"].clock,
        app.extensions["wxsvc"].database,
    )
    clerk = signed_in(phone, world.staff)
    assert not is_let_in(changed, copy_of(clerk))
    vault = changed.extensions["wxsvc"].vault
    assert vault.decrypt(app.extensions["wxsvc"].vault.encrypt("王小明")) == "王小明"


def test_one_name_that_cannot_be_opened_stands_beside_the_others(app, world, phone, rows) -> None:
    with rows() as session:
        for openid, name in ((world.staff, "damaged"), (world.reviewer, app.extensions["wxsvc"].vault.encrypt("李红"))):
            session.execute(sa.update(Person).where(Person.openid == openid).values(name_sealed=name))
    official = phone(world.province)
    page = official.get("/v/people")
    assert page.status_code == 200
    assert "（无法解密）" in seen(page)
    assert "李红" in seen(page)
    for path in ("/v/operations", "/v/scores", "/v/platforms", "/v/review", "/v/notices"):
        assert official.get(path).status_code == 200, path


def test_a_form_that_comes_after_the_session_has_ended_is_told_of(app, world, phone, rows, page_clock) -> None:
    """The way back leads to the form as if nothing had been pressed: the page says once what became of it."""
    visitor, told = signed_in(phone, world.visitor), "刚才的操作没有提交"
    typed = {"kind": "matching", "text": "需要材料检测"}
    token = csrf_token(visitor.get("/needs/new"))
    page_clock.advance(hours=13)
    sent = visitor.client.post("/needs/new", data=typed | {"csrf_token": token}, headers={"User-Agent": IN_WECHAT})
    back = visitor.get(sent.headers["Location"])
    assert ('name="text"' in back.text, told in seen(back)) == (True, True)
    assert told not in seen(visitor.get("/needs/new"))
    with rows() as session:
        assert session.scalars(sa.select(Need).where(Need.content == typed["text"])).all() == []
    page_clock.advance(hours=13)
    assert told not in seen(visitor.get("/needs/new")), "who only looked has lost nothing"


def test_a_desk_whose_session_has_ended_is_told_that_its_form_was_not_taken(app, world, phone, page_clock) -> None:
    clerk = signed_in(phone, world.staff)
    token = csrf_token(clerk.get("/p/offline-services/new"))
    page_clock.advance(hours=13)
    sent = clerk.client.post("/p/offline-services/new", data={"csrf_token": token}, headers={"User-Agent": ON_A_DESK})
    clerk.agent = ON_A_DESK
    page = clerk.get(sent.headers["Location"]) if sent.status_code == 303 else sent
    assert "刚才的操作没有提交" in seen(page)
