"""The code on the screen: judged when it is opened, remembered while one authorises, reads or enrols."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn, RefusedScan
from models.terms import Door, Refusal, Stage
from tests import builders
from tests.wxsvc.pages.web import IN_WECHAT, ON_A_DESK, csrf_token, seen
from wxsvc.services.door import screen_codes

CONSENT = "2026-12"
EXPIRED = "二维码已更新，请扫描屏幕上的最新二维码。"


@pytest.fixture
def shown(rows: Any, app: Any, page_clock: Any) -> Any:
    """What the activity's screen shows now: ``shown()`` is the path in the code."""
    with rows() as session:
        builders.activity(session, builders.platform(session), code="OPEN")
    secrets = app.extensions["wxsvc"].settings.token_key

    def path(code: str = "OPEN") -> str:
        return f"/c/{code}?t={screen_codes.token(secrets, code, page_clock.now())}"

    return path


@pytest.fixture
def contact(rows: Any) -> str:
    """The openid of somebody who stands for an enterprise."""
    with rows() as session:
        who = builders.person(session)
        builders.contact(session, who, builders.enterprise(session))
        return str(who.openid)


def check_in(rows: Any) -> tuple[Door, int]:
    with rows() as session:
        row = session.scalars(sa.select(CheckIn)).one()
        return row.door, row.evidence_grade


def refusals(rows: Any) -> list[Refusal]:
    with rows() as session:
        return list(session.scalars(sa.select(RefusedScan.refusal)))


def test_the_screens_code_is_worth_more_than_the_printed_one(
    rows: Any, phone: Any, shown: Any, contact: str, page_clock: Any
) -> None:
    visitor, path = phone(contact), shown()
    page = visitor.get(path)
    assert "您将代表" in seen(page)
    page_clock.advance(minutes=9)  # the speech begins
    assert "签到成功" in visitor.post(path).text
    assert check_in(rows) == (Door.SCREEN, 1)


def test_silent_authorisation_may_take_longer_than_the_code_lives(
    rows: Any, phone: Any, shown: Any, contact: str, page_clock: Any
) -> None:
    visitor, path = phone(contact), shown()
    where = path
    for _ in range(6):
        answer = visitor.client.get(where, headers={"User-Agent": IN_WECHAT})
        if answer.status_code == 200:
            break
        page_clock.advance(seconds=30)
        where = answer.headers["Location"]
        where = visitor.authorised(where) if "/connect/oauth2/authorize" in where else where
    assert "giant" in answer.text
    assert answer.request.query_string.decode() in path
    sent = visitor.client.post(path, data={"csrf_token": csrf_token(answer)}, headers={"User-Agent": IN_WECHAT})
    assert "/receipt/" in sent.headers["Location"]
    assert check_in(rows) == (Door.SCREEN, 1)


def test_a_first_visit_keeps_door_and_grade_through_its_enrolment(
    rows: Any, phone: Any, shown: Any, page_clock: Any
) -> None:
    newcomer, path = phone("o-newcomer"), shown()
    assert newcomer.post(path).request.path == "/enrol"
    page_clock.advance(hours=9)
    with rows() as session:
        company_id = builders.enterprise(session, name="浏阳烟花有限公司").id
    enrol = "/enrol?activity=OPEN"
    told = newcomer.post(enrol, page=f"{enrol}&q=浏阳", q="浏阳", whom=company_id, consent=CONSENT)
    assert "签到成功" in told.text
    assert check_in(rows) == (Door.SCREEN, 1)


@pytest.mark.parametrize("token", ["x", "", "AAAAAAAAAAAA", "é" * 12])
def test_a_token_of_nobodys_is_refused_without_a_button(
    rows: Any, phone: Any, shown: Any, contact: str, token: str
) -> None:
    page = phone(contact).get("/c/OPEN", query_string={"t": token})
    assert EXPIRED in seen(page)
    assert "giant" not in page.text
    assert refusals(rows) == [], "looking changes nothing"


def test_an_expired_or_foreign_code_says_so_and_the_next_scan_checks_in(
    rows: Any, phone: Any, shown: Any, contact: str, page_clock: Any
) -> None:
    with rows() as session:
        builders.activity(session, builders.platform(session), code="OTHER")
    visitor, old = phone(contact), shown()
    foreign = shown("OTHER").replace("OTHER", "OPEN")
    page_clock.advance(seconds=51)
    assert EXPIRED in seen(visitor.get(old))
    assert EXPIRED in seen(visitor.get(foreign))
    assert "签到成功" in visitor.post(shown()).text
    assert check_in(rows) == (Door.SCREEN, 1)


def test_a_form_sent_too_late_is_refused_with_its_reason_kept(
    rows: Any, phone: Any, shown: Any, contact: str, page_clock: Any
) -> None:
    visitor, path = phone(contact), shown()
    token = csrf_token(visitor.get(path))
    page_clock.advance(minutes=11)
    told = visitor.post_raw(path, csrf_token=token)
    assert "二维码已更新" in told.text
    assert "请扫描屏幕上的最新二维码" in told.text
    assert refusals(rows) == [Refusal.CODE_EXPIRED]


def test_the_browser_remembers_for_that_activity_alone(rows: Any, phone: Any, shown: Any, contact: str) -> None:
    with rows() as session:
        builders.activity(session, builders.platform(session), code="OTHER")
    visitor = phone(contact)
    visitor.get(shown())
    assert "签到成功" in visitor.post("/c/OTHER").text
    assert check_in(rows) == (Door.PAGE, 2)


def test_whoever_opened_the_screens_code_need_not_carry_it_along(
    rows: Any, phone: Any, shown: Any, contact: str
) -> None:
    """Pages in between (选择企业, 登记) lead back to the plain address."""
    visitor = phone(contact)
    visitor.get(shown())
    assert "签到成功" in visitor.post("/c/OPEN").text
    assert check_in(rows) == (Door.SCREEN, 1)


def test_a_session_that_has_run_out_does_not_take_the_code_with_it(
    rows: Any, phone: Any, shown: Any, contact: str, page_clock: Any
) -> None:
    visitor = phone(contact)
    visitor.get("/mine")
    page_clock.advance(hours=13)
    with rows() as session:
        builders.activity(
            session,
            builders.platform(session),
            code="LATE",
            starts_at=page_clock.now(),
            ends_at=page_clock.now().replace(minute=59),
        )
    assert "签到成功" in visitor.post(shown("LATE")).text
    assert check_in(rows) == (Door.SCREEN, 1)


def test_another_browser_is_shown_how_to_open_it_in_wechat(phone: Any, shown: Any) -> None:
    page = phone(None, agent=ON_A_DESK).get(shown())
    assert page.status_code == 403
    assert "微信" in page.text


def test_before_it_opens_one_enrols_ahead(rows: Any, phone: Any, contact: str) -> None:
    with rows() as session:
        builders.activity(session, builders.platform(session), code="SOON", opens_at=builders.NOW.replace(hour=11))
    page = phone("o-newcomer").get("/c/SOON")
    assert "提前登记，到场一扫即签" in seen(page)
    assert 'href="/enrol?activity=SOON' in page.text
    known = phone(contact).get("/c/SOON")
    assert "提前登记" not in seen(known)
    assert "已登记企业" in seen(known)


def test_a_cancelled_activity_says_so_whatever_the_token(rows: Any, phone: Any, contact: str) -> None:
    with rows() as session:
        builders.activity(session, builders.platform(session), code="VOID", stage=Stage.VOID)
    assert "已取消" in seen(phone(contact).get("/c/VOID?t=x"))
