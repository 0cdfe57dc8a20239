"""A hall with a running activity behind ``/wechat``, and messages as WeChat writes them: whole, and gone wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from models import Base
from models.checkin import CheckIn
from models.person import Person
from models.terms import Door
from tests import builders
from tests.clock import SettableClock
from wxsvc.app import create_app
from wxsvc.chat.envelope import Envelope
from wxsvc.chat.xmlbody import fields_of
from wxsvc.db import Database
from wxsvc.settings import Development, Settings

NOW, STAMP = builders.NOW, str(int(builders.NOW.timestamp()))
MODES = ("safe", "compatible", "plain")
ACCOUNT = "gh_0123456789ab"
MALLORY = "oMallory"
"""Who writes what is meant to become an element."""


def cdata(**elements: str) -> str:
    """Elements as WeChat writes them: every text wrapped, whatever it holds."""
    return "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in elements.items())


def head(kind: str, openid: str = "o-one") -> str:
    who = cdata(ToUserName=ACCOUNT, FromUserName=openid)
    return f"{who}<CreateTime>{STAMP}</CreateTime>{cdata(MsgType=kind)}"


def text(content: str, openid: str = "o-one") -> bytes:
    return f"<xml>{head('text', openid)}{cdata(Content=content)}<MsgId>22211872600753513</MsgId></xml>".encode(
        errors="surrogatepass"
    )


def event(name: str, key: str, rest: str = "", openid: str = "o-one") -> bytes:
    return f"<xml>{head('event', openid)}{cdata(Event=name, EventKey=key)}{rest}</xml>".encode()


def scanned(what: str, openid: str = "o-one") -> bytes:
    info = f"<ScanCodeInfo>{cdata(ScanType='qrcode', ScanResult=what)}</ScanCodeInfo>"
    return event("scancode_waitmsg", "scan", info, openid)


SCAN = event("SCAN", "1", cdata(Ticket="gQ=="))
KINDS = {
    "scan": SCAN,
    "subscribe": event("subscribe", "qrscene_1", cdata(Ticket="gQ==")),
    "scancode_waitmsg": scanned("https://x.cn/c/A-1"),
    "text": text("您好"),
    "digit": text("1", "o-staff"),
    "image": f"<xml>{head('image', 'o-staff')}{cdata(PicUrl='http://x/1', MediaId='m')}<MsgId>7</MsgId></xml>".encode(),
    "voice": f"<xml>{head('voice')}{cdata(MediaId='m', Format='amr')}<MsgId>8</MsgId></xml>".encode(),
    "location": f"<xml>{head('location')}<Scale>20</Scale>{cdata(Label='长沙')}<MsgId>9</MsgId></xml>".encode(),
    "link": f"<xml>{head('link')}{cdata(Title='a', Description='b', Url='http://x')}<MsgId>9</MsgId></xml>".encode(),
    "click": event("CLICK", "my_check_ins"),
    "view": event("VIEW", "http://x/?a=1&b=2"),
    "photos": event("pic_photo_or_album", "p", "<SendPicsInfo><Count>1</Count><PicList></PicList></SendPicsInfo>"),
    "template": event("TEMPLATESENDJOBFINISH", "", "<MsgID>20016</MsgID>" + cdata(Status="success")),
    "unsubscribe": event("unsubscribe", ""),
    "revoked": event("user_authorization_revoke", "", cdata(OpenID="o-one", RevokeInfo="301")),
}


class Hall:
    """A running activity (scene 1, short code 12345, code A-1), an enterprise with its person, one of the staff."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.envelope = Envelope(Development.TOKEN, Development.AES_KEY, Development.APP_ID, "safe")
        self._folder, self._clients = folder, dict[str, FlaskClient]()
        with database.transaction() as session:
            platform = builders.platform(session)
            builders.activity(session, platform, scene="1", short_code="12345", code="A-1")
            session.get_one(Person, builders.staff(session, platform).person_id).openid = "o-staff"

        for openid in ("o-one", MALLORY):
            self.welcome(openid)

    def client(self, mode: str) -> FlaskClient:
        """The product with its account in this mode."""
        if mode not in self._clients:
            url = str(self.database.url)
            settings = Settings(data_dir=self._folder, database_url=url, secret_key="k" * 40, wechat_mode=mode)
            self._clients[mode] = create_app(settings, SettableClock(NOW), self.database).test_client()
        return self._clients[mode]

    def welcome(self, openid: str) -> None:
        """Somebody more who stands for an enterprise."""
        with self.database.transaction() as session:
            person = builders.person(session, openid=openid)
            builders.contact(session, person, builders.enterprise(session, name=f"{openid}有限公司"))

    def push(self, xml: bytes, mode: str = "safe", address: str = "/wechat") -> TestResponse:
        """Post it as WeChat does in this mode: in compatible mode the message stands beside its encrypted copy."""
        nonce = "12345678"
        signature = self.envelope._signature(STAMP, nonce)
        query = MultiDict({"signature": signature, "timestamp": STAMP, "nonce": nonce})
        if mode != "plain":
            encrypted = self.envelope.encrypt(xml)
            query["encrypt_type"] = "aes"
            query["msg_signature"] = self.envelope._signature(STAMP, nonce, encrypted)
            beside = xml.removesuffix(b"</xml>") if mode == "compatible" else b"<xml><ToUserName>gh</ToUserName>"
            xml = beside + f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
        return self.client(mode).post(address, query_string=query, data=xml, content_type="text/xml")

    def said(self, xml: bytes, mode: str = "safe") -> str:
        """The text that answers; empty for the acknowledgement. Anything but 200 is wrong."""
        response = self.push(xml, mode)
        assert response.status_code == 200
        if response.data == b"success":
            return ""
        reply = response.data
        if mode != "plain":
            sealed = fields_of(reply)
            query = MultiDict({"timestamp": STAMP, "nonce": "12345678", "msg_signature": str(sealed["MsgSignature"])})
            reply = self.envelope.open(query, reply, NOW).xml
        return str(fields_of(reply)["Content"])

    def check_ins(self) -> list[tuple[str | None, Door]]:
        """Who is in, and by which door."""
        with self.database.read() as session:
            query = (
                sa.select(Person.openid, CheckIn.door).join(Person, Person.id == CheckIn.person_id).order_by(CheckIn.id)
            )
            return [(openid, door) for openid, door in session.execute(query.where(CheckIn.undone_at.is_(None)))]

    def rows(self) -> dict[str, int]:
        with self.database.read() as session:
            return {
                table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        before = self.rows()
        yield
        assert self.rows() == before


@pytest.fixture
def hall(db: Database, tmp_path: Path) -> Hall:
    """On SQLite and on PostgreSQL: what one of them takes, the other may refuse."""
    return Hall(db, tmp_path)


@pytest.fixture
def sqlite_hall(sqlite_template: Path, tmp_path: Path) -> Iterator[Hall]:
    path = tmp_path / "wxsvc.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield Hall(database, tmp_path)
    database.dispose()


def mutated(xml: bytes, chance: Random) -> bytes:
    """Between one and four things that go wrong, anywhere within the message."""
    for _ in range(chance.randint(1, 4)):
        if not xml:
            break  # nothing is left that could go wrong
        here, there = sorted(chance.sample(range(len(xml) + 1), 2))
        there = min(there, here + 40)
        piece = chance.choice(
            (
                b"\x00", b"\x01", b"\xff", b"\xed\xa0\x80", b"\xe7\x94", b"&", b"<", b"]]>", b"<![CDATA[", b"&#1;",
                b"&#xD800;", b"&x;", b"<a>", b"</a>", b"<a/>", b"<!--", b"-->", b"<?x?>", b"<!DOCTYPE x>",
                b"\xef\xbb\xbf", b" ", b"</xml>", b"<xml>", b"9" * 30, "长".encode() * 2000, xml[here:there],
            )
        )  # fmt: skip
        xml = chance.choice(
            (xml[:here] + piece + xml[here:], xml[:here] + piece + xml[there:], xml[:here] + xml[there:])
        )
    return xml
