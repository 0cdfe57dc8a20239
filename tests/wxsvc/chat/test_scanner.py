"""The menu's scanner reads an address of ours, a parametric code of ours, five digits, or nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from models.activity import Activity
from models.checkin import CheckIn, RefusedScan
from models.errand import ParametricCode
from models.terms import Door, Refusal
from tests import builders
from tests.clock import SettableClock
from wxsvc.access import House
from wxsvc.app import create_app
from wxsvc.chat import events
from wxsvc.chat.push import Push
from wxsvc.chat.scanner import scan_of
from wxsvc.db import Database
from wxsvc.services.door import screen_codes
from wxsvc.settings import Settings

NOW = builders.NOW
OLD, NEW = "http://weixin.qq.com/q/02old", "http://weixin.qq.com/q/02new"


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    """An activity that is running, with a parametric code that was renewed, and somebody who stands for a company."""
    path = tmp_path / "wxsvc.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    clock = SettableClock(NOW)
    settings = Settings(data_dir=tmp_path, database_url=str(database.url), secret_key="k" * 40)
    with database.transaction() as session:
        activity = builders.activity(session, builders.platform(session), code="abcd2345", short_code="12345")
        for url, made_at in ((OLD, NOW - timedelta(days=40)), (NEW, NOW)):
            ends = made_at + timedelta(days=30)
            session.add(
                ParametricCode(activity_id=activity.id, url=url, asked_at=made_at, made_at=made_at, expires_at=ends)
            )
        builders.contact(session, builders.person(session, openid="o-one"), builders.enterprise(session))
    yield create_app(settings, clock, database).extensions["wxsvc"]
    database.dispose()


def push(read: str | None, moment: datetime = NOW, openid: str = "o-one") -> Push:
    parsed = Push.parse(
        f"<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(moment.timestamp())}</CreateTime><MsgType>event</MsgType><Event>scancode_waitmsg</Event>"
        "<EventKey>scan</EventKey></xml>".encode()
    )
    return replace(parsed, scan_result=read)


def test_what_leads_to_the_activity(house: House) -> None:
    good = screen_codes.token(house.settings.token_key, "abcd2345", NOW)
    doors = {
        OLD: Door.MENU,
        NEW: Door.MENU,
        "https://wx.example.cn/c/abcd2345": Door.MENU,
        "https://wx.example.cn/c/abcd2345/": Door.MENU,
        "https://former.example.cn/wx/c/abcd2345?from=singlemessage": Door.MENU,
        f"https://wx.example.cn/c/abcd2345?t={good}": Door.MENU,
        " 12345\n": Door.SHORT_CODE,
    }
    for second, (read, door) in enumerate(doors.items()):  # in the same one it would be the same push again
        moment = NOW + timedelta(seconds=second)
        said = events.answer(house, push(read, moment), moment)
        assert said is not None
        assert "签到成功" in said, read
        with house.database.transaction() as session:
            row = session.scalars(sa.select(CheckIn).where(CheckIn.undone_at.is_(None))).one()
            assert (row.door, row.evidence_grade) == (door, 1), read
            row.undone_at = moment


@pytest.mark.parametrize(
    "read",
    [
        None,
        "www.qq.com",
        "http://weixin.qq.com/q/02nobody",
        "https://wx.example.cn/c/unknown1",
        "https://wx.example.cn/receipt/1",
        "https://wx.example.cn/c/abcd2345/more",
        "https://evil.cn/?/c/abcd2345",
        "http://[::1",
        "123456",
        "EAN_13,6901234567892",
        "99999",
    ],
)
def test_anything_else_is_an_unknown_code(house: House, read: str | None) -> None:
    assert "未找到对应的活动" in str(events.answer(house, push(read), NOW))


def test_an_expired_screen_code_says_so_and_the_next_one_checks_in(house: House) -> None:
    shown = "https://wx.example.cn/c/abcd2345?t={}"
    keys = house.settings.token_key
    stale = shown.format(screen_codes.token(keys, "abcd2345", NOW - timedelta(seconds=60)))
    foreign = shown.format(screen_codes.token(keys, "another1", NOW))
    for number, read in enumerate((stale, foreign, shown.format("x"))):
        moment = NOW + timedelta(seconds=number)
        assert events.answer(house, push(read, moment), moment) == "二维码已更新，请扫描屏幕上的最新二维码。"
    with house.database.read() as session:
        assert session.scalars(sa.select(RefusedScan.refusal)).all() == [Refusal.CODE_EXPIRED] * 3
        assert set(session.scalars(sa.select(RefusedScan.activity_id))) == set(session.scalars(sa.select(Activity.id)))
    fresh = shown.format(screen_codes.token(keys, "abcd2345", NOW))
    assert "签到成功" in str(events.answer(house, push(fresh), NOW))


def test_a_token_is_judged_by_when_it_was_scanned_not_by_when_the_push_came(house: House) -> None:
    read = f"https://wx.example.cn/c/abcd2345?t={screen_codes.token(house.settings.token_key, 'abcd2345', NOW)}"
    assert "签到成功" in str(events.answer(house, push(read, NOW), NOW + timedelta(minutes=4)))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(read=st.text(max_size=80) | st.from_regex(r"https?://(weixin\.qq\.com|x\.cn)/(c|q)/\S{0,20}", fullmatch=True))
def test_no_text_in_a_code_is_an_error(house: House, read: str) -> None:
    assert scan_of(house, push(read), datetime.now(UTC)).openid == "o-one"
