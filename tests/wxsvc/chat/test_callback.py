"""``/wechat`` over HTTP: the answer is right, or the empty acknowledgement, or 4xx for a bad envelope; never a 5xx."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from models import Base
from models.checkin import CheckIn
from models.person import Person, StaffRole
from models.platform import Platform
from models.terms import Role
from scoring.terms import PlatformKind
from tests import builders, fuzzing
from tests.databases import put_sqlite
from wxsvc.app import create_app
from wxsvc.chat import events
from wxsvc.chat.envelope import Envelope
from wxsvc.chat.xmlbody import fields_of
from wxsvc.db import Database
from wxsvc.services.counting import tallies
from wxsvc.settings import Development, Settings

NOW = builders.NOW


class Fixed:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW.astimezone(UTC)


class Account:
    """The account as WeChat sees it: seals pushes, opens replies."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.settings = Settings(data_dir=folder, database_url=str(database.url), secret_key="k" * 40)
        self.client = create_app(self.settings, Fixed(), database).test_client()
        self.envelope = Envelope(Development.TOKEN, Development.AES_KEY, Development.APP_ID, "safe")

    def post(self, body: bytes, **query: str) -> TestResponse:
        return self.client.post("/wechat", query_string=query, data=body, content_type="text/xml")

    def push(self, inner: str, openid: str = "o-one", moment: datetime = NOW) -> TestResponse:
        """Seal and post a push; ``inner`` holds the elements after CreateTime."""
        body, query = self.sealed(_push(inner, openid, moment).encode())
        return self.post(body, **query)

    def sealed(self, xml: bytes) -> tuple[bytes, dict[str, str]]:
        timestamp, nonce = str(int(NOW.timestamp())), "12345678"
        sealed = self.envelope.seal(xml, nonce, timestamp)
        root = _elements(sealed)
        body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{root['Encrypt']}</Encrypt></xml>".encode()
        signature = root["MsgSignature"]
        query = {"timestamp": timestamp, "nonce": nonce, "encrypt_type": "aes", "msg_signature": signature}
        return body, query

    def said(self, inner: str, openid: str = "o-one", moment: datetime = NOW) -> str:
        """The text that answers a push; empty for the acknowledgement. Checks the envelope on the way."""
        response = self.push(inner, openid, moment)
        assert response.status_code == 200
        if response.data == b"success":
            return ""
        root = _elements(response.data)
        query = MultiDict(
            {
                "timestamp": root["TimeStamp"],
                "nonce": root["Nonce"],
                "msg_signature": root["MsgSignature"],
            }
        )
        reply = _elements(self.envelope.open(query, response.data, NOW).xml)
        assert (reply["ToUserName"], reply["FromUserName"]) == (openid, "gh_0123456789ab")
        text = reply["Content"]
        assert len(text.encode()) <= 2048
        return text

    def scan(self, scene: str = "1", openid: str = "o-one") -> str:
        return self.said(_event("SCAN", scene), openid)

    def rows(self) -> dict[str, int]:
        with self.database.read() as session:
            return {
                table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }


def _push(inner: str, openid: str = "o-one", moment: datetime = NOW) -> str:
    return (
        f"<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(moment.timestamp())}</CreateTime>{inner}</xml>"
    )


def _elements(body: bytes) -> dict[str, str]:
    return {name: str(value) for name, value in fields_of(body).items()}


def _event(name: str, key: str = "", rest: str = "") -> str:
    return f"<MsgType>event</MsgType><Event>{name}</Event><EventKey><![CDATA[{key}]]></EventKey>{rest}"


def _text(content: str) -> str:
    return f"<MsgType>text</MsgType><Content><![CDATA[{content}]]></Content><MsgId>1</MsgId>"


@pytest.fixture
def account(chat_database: Database, tmp_path: Path) -> Account:
    return Account(chat_database, tmp_path)


@pytest.fixture(scope="module")
def chat_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chat") / "template.db"
    put_sqlite(path)
    database = Database(f"sqlite:///{path}")
    with database.transaction() as session:
        platform = builders.platform(session)
        county = builders.platform(
            session, kind=PlatformKind.COUNTY, region_code="430181", name="浏阳市窗口平台", code="L"
        )
        builders.activity(session, platform, scene="1", short_code="12345", code="A-1")
        enterprise = builders.enterprise(session, name="麓谷精工有限公司")
        builders.contact(session, builders.person(session, openid="o-one"), enterprise)
        for openid, actor in (
            ("o-staff", builders.staff(session, county)),
            ("o-province", builders.staff(session, role=Role.PROVINCE)),
            ("o-reviewer", builders.staff(session, role=Role.REVIEWER)),
        ):
            session.get_one(Person, actor.person_id).openid = openid
        for each in (platform, county):
            tallies.fold(session, each.id, 2026, NOW)
    database.dispose()
    return path


@pytest.fixture
def chat_database(chat_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A platform of 长沙 and one of 浏阳, an activity that is running, one person per role."""
    path = tmp_path / "chat.db"
    shutil.copyfile(chat_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()


def test_the_console_verifies_the_address(account: Account) -> None:
    """GET echoes what is signed with our token, and refuses what is not."""
    query = {"timestamp": "1", "nonce": "2", "echostr": "hello"}
    signature = account.envelope._signature("1", "2")
    assert account.client.get("/wechat", query_string={**query, "signature": signature}).data == b"hello"
    assert account.client.get("/wechat", query_string={**query, "signature": "0" * 40}).status_code == 403
    assert account.client.get("/wechat").status_code == 400


def test_a_scan_is_answered_once_checked_in(account: Account) -> None:
    """The first scan says 签到成功 with the enterprise and the activity, the second the first one's time."""
    first = account.scan()
    assert first.startswith("✓ 签到成功。麓谷精工有限公司，2026年11月23日 10:00。")
    assert "/receipt/1" in first
    assert account.scan() == "✓ 贵单位已于2026年11月23日 10:00签到，无需重复操作。"


def test_following_by_scanning_checks_in_too(account: Account) -> None:
    """``subscribe`` with ``qrscene_`` is a scan; without it, a welcome."""
    assert "签到成功" in account.said(_event("subscribe", "qrscene_1"))
    assert "欢迎关注" in account.said(_event("subscribe"), "o-new")
    with account.database.read() as session:
        following = session.scalars(sa.select(Person.openid).where(Person.is_following)).all()
    assert set(following) == {"o-one", "o-new"}


def test_a_typed_code_checks_in(account: Account) -> None:
    """Five digits are an activity's short code; other digits and words get the short help."""
    assert "签到成功" in account.said(_text(" 12345 "))
    assert account.said(_text("54321")) == "未找到对应的活动，请核对短码，或请现场工作人员协助。"
    assert account.said(_text("1234")).startswith("您好！签到请发送五位活动短码")


def test_the_menus_scanner_reads_the_poster(account: Account) -> None:
    """``scancode_waitmsg`` with the page's address checks in; anything else is an unknown code."""
    scanned = ("<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult><![CDATA[{}]]></ScanResult></ScanCodeInfo>").format
    assert "签到成功" in account.said(_event("scancode_waitmsg", "scan", scanned("https://x.cn/c/A-1?x=1")))
    assert "未找到" in account.said(_event("scancode_waitmsg", "scan", scanned("https://evil.cn/")))


def test_menu_taps_answer_by_role(account: Account) -> None:
    """Each role hears its own: check-ins, score with what is missing, one line per kind with what waits."""
    account.scan()
    assert "中小企业数字化转型对接会" in account.said(_event("CLICK", "my_check_ins"))
    score = account.said(_event("CLICK", "platform_score"), "o-staff")
    assert score.startswith("浏阳市窗口平台 2026年度")
    assert "再增" in score
    for official in ("o-province", "o-reviewer"):
        overview = account.said(_event("CLICK", "province_overview"), official)
        assert overview.count("家：已得") == 2
        assert "/v/scores" in overview
    for key in ("platform_score", "province_overview"):
        assert "仅供工作人员使用" in account.said(_event("CLICK", key))
    assert account.said(_event("CLICK", "no such key")).startswith("您好！")


def test_who_works_at_two_platforms_hears_the_score_of_both(account: Account) -> None:
    with account.database.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == "o-staff")).one()
        county = session.scalars(sa.select(Platform).where(Platform.code == "L")).one()
        other = session.scalars(sa.select(Platform).where(Platform.id != county.id)).one()
        session.add(StaffRole(person_id=person.id, role=Role.PLATFORM, platform_id=other.id, granted_at=NOW))
        names = [county.name, other.name]
    said = account.said(_event("CLICK", "platform_score"), "o-staff")
    assert said.startswith("您在2家平台任职")
    assert [each for each in names if f"{each} 2026年度：目前" in said] == names


def test_help_names_the_menu_that_its_reader_has(account: Account) -> None:
    """扫码签到 is no button of staff: they are led to their own work, and may still check in by the digits."""
    unread = "<MsgType>voice</MsgType><MediaId>m</MediaId><MsgId>1</MsgId>"
    for openid, button in (("o-one", "扫码签到"), ("o-staff", "工作台"), ("o-province", "发送平台名称")):
        for said in (account.said(_text("你好"), openid), account.said(unread, openid)):
            assert "五位活动短码" in said
            assert [each for each in ("扫码签到", "工作台", "发送平台名称") if each in said] == [button]


def test_a_place_brings_its_scorecard_to_officials_only(account: Account) -> None:
    """浏阳 answers the province with that platform's score, and everybody else with the help."""
    assert account.said(_text("浏阳"), "o-province").startswith("浏阳市窗口平台 2026年度")
    assert "长沙市窗口平台" in account.said(_text("长沙"), "o-reviewer")
    assert account.said(_text("浏阳"), "o-staff").startswith("您好！")
    assert account.said(_text("没有这个地方"), "o-province").startswith("您好！")


def test_signs_that_nobody_sees_do_not_hide_what_was_sent(account: Account) -> None:
    """A phone puts marks of direction and joints into what it copies: digits, a place, what a code says."""
    assert account.said(_text("浏\u200b阳\ufeff"), "o-province").startswith("浏阳市窗口平台 2026年度")
    unknown = account.said(_text("99999"))
    assert account.said(_text("\u202d9\u200b9\u20609\u200e99\u202c")) == unknown
    assert account.said(_text("签\u200b到99999")) == unknown
    read = "<ScanCodeInfo><ScanResult>\ufeffhttps://wx.example.cn/c/A\u200b-1</ScanResult></ScanCodeInfo>"
    assert "签到成功" in account.said(_event("scancode_waitmsg", "scan", read))
    assert "已于" in account.said(_text("1\u200b2345"))
    with account.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1


def test_leaving_erases_the_person_and_keeps_the_count(account: Account) -> None:
    """``unsubscribe`` empties the openid and is not answered; the check-in stays under the enterprise."""
    account.scan()
    assert account.said(_event("unsubscribe")) == ""
    with account.database.read() as session:
        assert session.scalar(sa.select(Person.id).where(Person.openid == "o-one")) is None
        assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1


def test_the_last_officials_leaving_is_told_to_the_operator(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(events.log, "error", told.append)
    account.said(_event("unsubscribe"))
    assert told == []
    account.said(_event("unsubscribe"), "o-province")
    assert told == ["the last provincial official has left: see 'wxsvc doctor'"]


@pytest.mark.parametrize(
    "inner",
    [
        _event("LOCATION", "", "<Latitude>28.2</Latitude><Longitude>112.9</Longitude><Precision>60</Precision>"),
        _event("pic_photo_or_album", "photos", "<SendPicsInfo><Count>1</Count></SendPicsInfo>"),
        _event("VIEW", "http://x"),
        _event("some_new_event"),
        _event("SCAN"),
    ],
)
def test_the_unknown_is_acknowledged(account: Account, inner: str) -> None:
    """What we have no answer to gets the empty acknowledgement and writes nothing."""
    before = account.rows()
    assert account.said(inner) == ""
    assert account.rows() == before


_UNREAD_KINDS = ("voice", "video", "shortvideo", "location", "link", "file", "emoji", "note", "miniprogrampage")


@pytest.mark.parametrize("kind", [*_UNREAD_KINDS, "hologram"])
def test_who_sends_what_nobody_reads_is_told_so(account: Account, kind: str) -> None:
    """Whoever speaks into the phone at the door is not left waiting, nor who sends what WeChat adds one day."""
    before = account.rows()
    assert "签到请发送五位活动短码" in account.said(f"<MsgType>{kind}</MsgType><MediaId>m</MediaId><MsgId>1</MsgId>")
    assert account.rows() == before


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_a_name_cannot_break_a_reply(account: Account, name: str) -> None:
    """Braces, CDATA ends, tags, emoji and 200 characters come out of the envelope as they went in."""
    with account.database.transaction() as session:
        session.execute(sa.text("update enterprises set name = :name"), {"name": name})
        session.execute(sa.text("update activities set title = :name"), {"name": name})
    said = account.scan()
    assert said.count(name) == 2


def _bad_pushes(account: Account) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    body, query = account.sealed(_push(_event("SCAN", "1")).encode())
    yield "wrong signature", body, query | {"msg_signature": "0" * 40}
    yield "no signature", body, {k: v for k, v in query.items() if k != "msg_signature"}
    yield "other nonce", body, query | {"nonce": "87654321"}
    yield "stale", body, query | {"timestamp": str(int(NOW.timestamp()) - 301)}
    yield "plain body in safe mode", _push(_event("SCAN", "1")).encode(), query
    yield "broken base64", body.replace(b"<Encrypt>", b"<Encrypt>!"), query
    yield "1 MB", body + b" " * 2**20, query
    yield "doctype", b"<!DOCTYPE xml>" + body, query
    yield "nesting", b"<a>" * 200_000, query
    yield "not UTF-8", body.replace(b"gh", b"\xff\xfe"), query
    yield "doubled", body.replace(b"</xml>", b"<Encrypt>x</Encrypt></xml>"), query
    yield "empty", b"", query
    other = Envelope(Development.TOKEN, Development.AES_KEY, "wx0000000000000000", "safe")
    account.envelope, ours = other, account.envelope
    yield "wrong AppID", *account.sealed(_push(_event("SCAN", "1")).encode())
    account.envelope = ours


def test_bad_pushes_are_refused_and_write_nothing(account: Account) -> None:
    """Every forged, broken or oversized push gets a 4xx, and not one row is written."""
    before = account.rows()
    seen = {what: account.post(body, **query).status_code for what, body, query in _bad_pushes(account)}
    assert {what: status for what, status in seen.items() if not 400 <= status < 500} == {}
    assert len(seen) == 13
    assert account.rows() == before


@pytest.mark.fuzz
@hypothesis_settings(max_examples=fuzzing.examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=60),
    st.sampled_from(["SCAN", "subscribe", "CLICK", "unsubscribe", "scancode_waitmsg", "x"]),
    st.booleans(),
)
def test_whatever_is_sealed_is_answered(account: Account, words: str, name: str, is_text: bool) -> None:
    """Any content in a genuine envelope is 200."""
    inner = _text(words) if is_text else _event(name, words)
    body, query = account.sealed(_push(inner).encode(errors="replace"))
    assert account.post(body, **query).status_code == 200


@pytest.mark.bench
def test_bench_callback(account: Account) -> None:
    """Whole requests per second through the WSGI app in this process; printed, never asserted."""
    body, query = account.sealed(_push(_event("SCAN", "1")).encode())
    account.post(body, **query)
    started = time.perf_counter()
    for _ in range(500):
        account.post(body, **query)
    print(f"{500 / (time.perf_counter() - started):.0f} repeated scans per second")  # noqa: T201
