"""An honest push is never answered with 4xx or 5xx, whatever stands inside: what can be read is read.

Honest means: signature and decryption are good. WeChat wraps what people write without looking at it.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from random import Random
from time import thread_time
from uuid import uuid4

import pytest
import sqlalchemy as sa
import structlog
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.checkin import CheckIn
from models.notice import SendResult
from models.person import Person
from models.terms import Door
from tests import fuzzing
from tests.databases import db, emptied_postgres, migrated_postgres, sqlite_template
from tests.wxsvc.chat.hall import (
    ACCOUNT,
    KINDS,
    MALLORY,
    MODES,
    NOW,
    SCAN,
    STAMP,
    Hall,
    cdata,
    event,
    hall,
    head,
    mutated,
    scanned,
    sqlite_hall,
    text,
)
from wxsvc import observe
from wxsvc.chat.protocol_errors import BadPush
from wxsvc.chat.push import Push

__all__ = ["db", "emptied_postgres", "hall", "migrated_postgres", "sqlite_hall", "sqlite_template"]


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, str]]]]:
    """The lines of the log about pushes."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    observe.log_to(stream, "INFO")
    yield lambda: [line for line in map(json.loads, stream.getvalue().splitlines()) if line["logger"] == "wechat"]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


WRITTEN = {
    "a message with CDATA": "<msg><![CDATA[x]]></msg>",
    "the end of CDATA": "a]]>b",
    "the end of CDATA first": "]]>",
    "a section opened": "<![CDATA[",
    "a control character": "a\x01b\x1f",
    "NUL": "a\x00b",
    "lone surrogates": "a\ud800b\udfff",
    "not a character": "a\ufffe\uffffb",
    "looks like elements": "<b>x</b><c/>",
    "looks like elements outside": "]]><b>x</b><![CDATA[",
    "an element begun": "]]><b>",
    "an unknown entity": "]]>&bomb;<![CDATA[",
    "a bad reference": "]]>&#1;&#xD800;&#x110000;&#99999999;<![CDATA[",
    "a bare ampersand": "]]>a & b < c<![CDATA[",
    "a comment begun": "]]><!--",
    "an instruction begun": "]]><?x",
    "a document type": "]]><!DOCTYPE x [<!ENTITY a 'b'>]>&a;<![CDATA[",
    "nothing": "",
    "thousands of characters": "长" * 8000,
    "the end of the message": "]]></Content></xml>",
    "its own element": "]]></Content><Content><![CDATA[",
}


@pytest.mark.parametrize("mode", MODES)
def test_whatever_a_follower_writes_is_a_text(sqlite_hall: Hall, mode: str) -> None:
    """Answered with the short help, as any text that is no code is."""
    with sqlite_hall.unwritten():
        for what, typed in WRITTEN.items():
            assert sqlite_hall.said(text(typed), mode).startswith("您好！"), what


@pytest.mark.parametrize("mode", MODES)
def test_a_text_cut_within_a_character_is_a_text(sqlite_hall: Hall, mode: str) -> None:
    cut = text("往后余生")
    cut = cut.replace("生".encode(), "生".encode()[:1])
    with pytest.raises(UnicodeDecodeError):
        cut.decode()
    assert sqlite_hall.said(cut, mode).startswith("您好！")


def test_a_code_with_a_bad_character_still_checks_in(hall: Hall) -> None:
    """On both databases: PostgreSQL keeps no NUL."""
    assert "签到成功" in hall.said(text("1\x002345\x01"))
    assert hall.check_ins() == [("o-one", Door.SHORT_CODE)]


FORGED = {
    "another sender": cdata(FromUserName="o-one"),
    "a scan": cdata(MsgType="event", Event="SCAN", EventKey="1"),
    "another person's scan": cdata(FromUserName="o-one", MsgType="event", Event="SCAN", EventKey="1"),
    "a leaving": cdata(FromUserName="o-one", MsgType="event", Event="unsubscribe"),
    "a number": "<MsgId>1</MsgId>",
    "another time": "<CreateTime>1</CreateTime>",
    "everything": f"{head('event')}{cdata(Event='SCAN', EventKey='1')}</xml><xml>{head('text')}",
}
ENDS = ("", "<Content><![CDATA[", "<X><![CDATA[", "<!--", "</xml><!--", "</xml>", "<![CDATA[", "<?")


@pytest.mark.parametrize("mode", MODES)
def test_no_element_can_be_written_into_a_text(sqlite_hall: Hall, mode: str) -> None:
    with sqlite_hall.unwritten():
        for forged, end in product(FORGED.values(), ENDS):
            typed = f"]]></Content>{forged}{end}"
            assert sqlite_hall.said(text(typed, MALLORY), mode).startswith("您好！"), typed
            assert Push.parse(text(typed, MALLORY)).from_user == MALLORY
            assert Push.parse(text(typed, MALLORY)).msg_id == "22211872600753513"


@pytest.mark.parametrize("mode", MODES)
def test_no_element_can_be_put_into_a_code_that_others_scan(sqlite_hall: Hall, mode: str) -> None:
    """A sheet on the wall may hold any text; the menu's scanner hands it to us in the name of who reads it."""
    for forged, end in product(FORGED.values(), ("", "<ScanCodeInfo><ScanResult><![CDATA[", "<!--", "</xml>")):
        read = f"]]></ScanResult></ScanCodeInfo>{forged}{end}"
        assert "未找到" in sqlite_hall.said(scanned(read, MALLORY), mode), read
    assert sqlite_hall.check_ins() == []


@pytest.mark.parametrize("mode", ["plain", "compatible"])
def test_no_ciphertext_can_be_written_into_a_text(sqlite_hall: Hall, mode: str) -> None:
    """In compatible mode the message stands beside its ciphertext, and people may write that they have one too."""
    for end in ENDS:
        typed = f"]]></Content><Encrypt>AAAA</Encrypt>{end}"
        assert sqlite_hall.said(text(typed), mode).startswith("您好！"), end


def changed(old: str, new: str, xml: bytes = SCAN) -> bytes:
    assert old.encode() in xml
    return xml.replace(old.encode(), new.encode(errors="surrogatepass"), 1)


TICKET = cdata(Ticket="gQ==")
STILL_A_SCAN = {
    "a broken section beside": SCAN.replace(b"<![CDATA[gQ==", b"<!A[gQ=="),
    "half a declaration beside": SCAN.replace(b"gQ==", b"]]><!OCTYPE x><!d>"),
    "a control character beside": changed(TICKET, cdata(Ticket="g\x01\x00")),
    "half a character beside": SCAN.replace(b"gQ==", b"g\xe7\x94"),
    "surrogates beside": changed(TICKET, cdata(Ticket="\ud800")),
    "a bad reference beside": changed(TICKET, "<Ticket>&#1;&#xD800;</Ticket>"),
    "an unknown entity beside": changed(TICKET, "<Ticket>&bomb;</Ticket>"),
    "a bare ampersand beside": changed(TICKET, "<Ticket>a & b < c</Ticket>"),
    "an unknown element": changed(TICKET, "<Unheard>1</Unheard>"),
    "an unknown element before": changed("<ToUserName>", "<Unheard><EventKey>2</EventKey></Unheard><ToUserName>"),
    "an unknown element that is broken": changed("<ToUserName>", "<Unheard>&<b></Unheard><ToUserName>"),
    "an element without end": changed(TICKET, "<Ticket>gQ=="),
    "nested beside": changed(TICKET, "<Ticket><a><b/></a></Ticket>"),
    "deep beside": changed(TICKET, "<Deep>" + "<a>" * 300 + "</a>" * 300 + "</Deep>"),
    "doubled beside": changed(TICKET, TICKET + cdata(Ticket="other")),
    "the key twice": changed(TICKET, cdata(EventKey="1")),
    "everything twice": SCAN + SCAN,
    "empty beside": changed(TICKET, "<Ticket/><Ticket></Ticket>"),
    "no recipient": changed(cdata(ToUserName=ACCOUNT), ""),
    "no time": changed(f"<CreateTime>{STAMP}</CreateTime>", ""),
    "a word for a time": changed(STAMP, "abc"),
    "thirty digits": changed(STAMP, "9" * 30),
    "a number that is none": changed(TICKET, "<MsgId>abc</MsgId><MsgDataId>-</MsgDataId>"),
    "a byte order mark": b"\xef\xbb\xbf" + SCAN,
    "two marks and blanks": b"\xef\xbb\xbf \xef\xbb\xbf\n" + SCAN + b"\n\x00",
    "a comment before": b"<!-- <xml> --><?xml-stylesheet x?>" + SCAN,
    "another encoding declared": b'<?xml version="1.0" encoding="gb2312"?>' + SCAN,
    "comments between": changed(TICKET, "<!-- <EventKey>2</EventKey> --><?php 1 ?>" + "&"),
    "blanks around": changed(cdata(Event="SCAN", EventKey="1"), "\n <Event> SCAN </Event>\n<EventKey>\n1 </EventKey>"),
    "attributes": changed("<EventKey>", '<EventKey type="text">'),
    "no CDATA": changed(cdata(EventKey="1"), "<EventKey>1</EventKey>"),
    "no end of the message": SCAN.removesuffix(b"</xml>"),
}
NO_SHELL = {"everything twice"}
"""Beside an encrypted copy there is one message."""


@pytest.mark.parametrize("mode", MODES)
def test_a_scan_whose_other_elements_are_odd_is_counted(sqlite_hall: Hall, mode: str) -> None:
    for number, (what, xml) in enumerate(STILL_A_SCAN.items()):
        if mode == "compatible" and what in NO_SHELL:
            continue
        openid = f"o-{number}"
        sqlite_hall.welcome(openid)
        sqlite_hall.said(xml.replace(b"o-one", openid.encode()), mode)
        assert sqlite_hall.check_ins()[-1:] == [(openid, Door.CODE)], what


ACKNOWLEDGED = {
    "a document type": b"<!DOCTYPE xml>" + SCAN,
    "a document type after a comment": b"<!-- --><!DOCTYPE x [<!ENTITY a 'b'>]>" + changed("[1]", "[&a;]"),
    "a document type inside": changed(TICKET, "<!DOCTYPE x [<!ENTITY a '1'>]>"),
    "an entity for the key": b"<!DOCTYPE x [<!ENTITY a '1'>]>" + changed("<![CDATA[1]]>", "&a;"),
    "no sender": changed(cdata(FromUserName="o-one"), ""),
    "two senders": changed(TICKET, cdata(FromUserName=MALLORY)),
    "a sender nobody can be": changed("o-one", "o one"),
    "a sender too long": changed("o-one", "o" * 65),
    "no type": changed(cdata(MsgType="event"), ""),
    "two types": changed(TICKET, cdata(MsgType="text")),
    "no event": changed(cdata(Event="SCAN"), ""),
    "two events": changed(TICKET, cdata(Event="subscribe")),
    "no key": changed(cdata(EventKey="1"), ""),
    "an empty key": changed(cdata(EventKey="1"), "<EventKey/>"),
    "two keys": changed(TICKET, cdata(EventKey="2")),
    "a nested key": changed(cdata(EventKey="1"), "<EventKey><a>1</a></EventKey>"),
    "an odd type": changed(cdata(MsgType="event"), cdata(MsgType="全息 <1>")),
    "an unknown event": changed(cdata(Event="SCAN"), cdata(Event="Brand_New")),
    "names in small letters": SCAN.lower(),
    "not an element": b"<html></html>",
    "nothing": b"",
    "no XML": b"{}",
    "another encoding": SCAN.decode().encode("cp037"),
    "twenty thousand levels": b"<xml>" + b"<a>" * 10_000,
    "an empty message": b"<xml></xml>",
    "an empty element": b"<xml/>",
    "zeros": b"\x00" * 100,
}


@pytest.mark.parametrize("mode", ["safe", "plain"])
def test_what_cannot_be_read_is_acknowledged(sqlite_hall: Hall, mode: str) -> None:
    with sqlite_hall.unwritten():
        for what, xml in ACKNOWLEDGED.items():
            assert sqlite_hall.said(xml, mode) == "", what


def test_the_log_says_why_and_nothing_that_people_wrote(
    sqlite_hall: Hall, logged: Callable[[], list[dict[str, str]]]
) -> None:
    sqlite_hall.said(text("<msg><![CDATA[secret]]></msg>"))
    sqlite_hall.said(changed(STAMP, "secret"))
    sqlite_hall.said(changed("o-one", "o secret"))
    sqlite_hall.said(b"<!DOCTYPE secret>" + SCAN)
    found = [(line["event"], line["reason"], line.get("detail")) for line in logged()]
    assert found == [
        ("push read in part", "xml", None),
        ("push read in part", "field: CreateTime", None),
        ("push not read", "field", "FromUserName"),
        ("push not read", "prolog", ""),
    ]
    assert "secret" not in json.dumps(logged())
    assert "o-one" not in json.dumps(logged())


ODD = (
    "x" * 10_000,
    "a\x00b",
    "\ufffd" * 50,
    "'; drop table persons --",
    "\U0010ffff",
    "%00",
    "１２３４５",
    "..",
    "{{1}}",
)


@pytest.mark.parametrize("value", ODD)
def test_no_value_is_too_odd_for_what_is_done_with_it(hall: Hall, value: str) -> None:
    """On both databases, through every handler."""
    for xml in (
        event("SCAN", value),
        event("subscribe", f"qrscene_{value}"),
        event("subscribe", value),
        event("CLICK", value),
        event(f"{value}", "1"),
        scanned(value),
        scanned(f"https://x.cn/c/A-1?t={value}"),
        scanned(f"http://weixin.qq.com/q/{value}"),
        text(value),
        text(value, "o-staff"),
        text("1", "o" * 64),
        KINDS["image"].replace(b"[m]", f"[{value}]".encode()),
        KINDS["image"].replace(b"<MsgId>7</MsgId>", f"<MsgId>{value}</MsgId>".encode()),
        event("TEMPLATESENDJOBFINISH", "", f"<MsgID>1</MsgID>{cdata(Status=value)}"),
        event("TEMPLATESENDJOBFINISH", "", f"<MsgID>{value}</MsgID>{cdata(Status='success')}"),
        event("user_authorization_revoke", "", cdata(OpenID=value)),
        event("SCAN", "1", openid="o" * 64),
        event("SCAN", "1", openid="o"),
        changed(STAMP, "0"),
        changed(STAMP, "9999999999"),
    ):
        assert hall.push(xml).status_code == 200, xml[:400]


def test_no_time_ahead_of_its_envelope_outlasts_what_is_done_later(sqlite_hall: Hall) -> None:
    """A following of the year 2286 would keep its person for ever: no leaving would be later."""
    sqlite_hall.said(changed(STAMP, "9999999999", event("subscribe", "", openid="o-new")))
    sqlite_hall.said(event("unsubscribe", "", openid="o-new"))
    with sqlite_hall.database.read() as session:
        assert session.scalars(sa.select(Person.id).where(Person.openid == "o-new")).all() == []
    for number, seconds in enumerate(("9999999999", str(int(STAMP) + 3600))):
        sqlite_hall.welcome(f"o-{number}")
        assert "签到成功" in sqlite_hall.said(changed(STAMP, seconds, event("SCAN", "1", openid=f"o-{number}")))
    with sqlite_hall.database.read() as session:
        assert set(session.scalars(sa.select(CheckIn.checked_in_at))) == {NOW}


def test_blanks_around_whose_revocation_it_is_keep_nobody_in(sqlite_hall: Hall) -> None:
    """Elements that one event alone has are read as all others are."""
    sqlite_hall.said(event("user_authorization_revoke", "", "<OpenID>\n o-one </OpenID>", openid="o-other"))
    sqlite_hall.said(event("TEMPLATESENDJOBFINISH", "", f"<MsgID> 5 </MsgID>{cdata(Status=' success ')}"))
    with sqlite_hall.database.read() as session:
        assert session.scalars(sa.select(Person.id).where(Person.openid == "o-one")).all() == []
        assert session.execute(sa.select(SendResult.msg_id, SendResult.status)).all() == [("5", "success")]


@pytest.mark.parametrize("name", ["user_authorization_revoke", "user_authorization_cancellation"])
@pytest.mark.parametrize(
    "named",
    [
        "",
        "<OpenID></OpenID>",
        "<OpenID> <![CDATA[ ]]> </OpenID>",
        "<OpenID><Id>o-two</Id></OpenID>",
        "<OpenID>o-two</OpenID><OpenID>o-three</OpenID>",
        "<OpenID>o-two",
    ],
)
def test_a_revocation_that_does_not_say_whose_it_is_erases_nobody(sqlite_hall: Hall, name: str, named: str) -> None:
    """What was erased is not given back, and the sender is not always the person who revokes."""
    assert sqlite_hall.push(event(name, "", named)).status_code == 200
    with sqlite_hall.database.read() as session:
        assert len(session.scalars(sa.select(Person.id).where(Person.openid == "o-one")).all()) == 1


def test_two_pictures_without_a_number_are_two(sqlite_hall: Hall) -> None:
    """Sent in one second: one of them must not pass for the other's repeat."""
    one = KINDS["image"].replace(b"<MsgId>7</MsgId>", b"")
    for xml in (one, one, one.replace(b"[m]", b"[n]")):
        assert sqlite_hall.push(xml).status_code == 200
    assert sqlite_hall.rows()["chat_pictures"] == 2


def test_the_address_with_a_last_slash_is_the_same(sqlite_hall: Hall) -> None:
    assert sqlite_hall.push(SCAN, address="/wechat/").status_code == 200
    assert sqlite_hall.check_ins() == [("o-one", Door.CODE)]
    nonce = "12345678"
    query = {"timestamp": STAMP, "nonce": nonce, "signature": sqlite_hall.envelope._signature(STAMP, nonce)}
    answer = sqlite_hall.client("safe").get("/wechat/", query_string=query | {"echostr": "57170"})
    assert (answer.status_code, answer.data) == (200, b"57170")


ONE_COPY = st.sampled_from(["safe", "plain"])
"""In compatible mode the message is the envelope as well, where only what people write goes wrong."""


@seed(20261128)
@pytest.mark.fuzz
@hypothesis_settings(max_examples=fuzzing.examples(1200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(sorted(KINDS)), mode=ONE_COPY, number=st.integers(0, 2**32))
def test_no_mutation_inside_is_refused(sqlite_hall: Hall, kind: str, mode: str, number: int) -> None:
    assert sqlite_hall.push(mutated(KINDS[kind], Random(number)), mode).status_code == 200


@seed(20261128)
@pytest.mark.fuzz
@hypothesis_settings(max_examples=fuzzing.examples(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mode=ONE_COPY, number=st.integers(0, 2**32), name=st.sampled_from(["Ticket", "Unheard"]))
def test_a_scan_is_a_row_whatever_stands_beside(sqlite_hall: Hall, mode: str, number: int, name: str) -> None:
    """Who, when, what and which code are as WeChat writes them; the rest is anything, save a document type."""
    rest = mutated(cdata(**{name: "gQ=="}).encode(), Random(number)).replace(b"<!D", b"")
    openid = f"o-{uuid4().hex[:20]}"
    sqlite_hall.welcome(openid)
    xml = SCAN.replace(TICKET.encode(), rest).replace(b"o-one", openid.encode())
    assert sqlite_hall.push(xml, mode).status_code == 200
    assert sqlite_hall.check_ins()[-1] == (openid, Door.CODE)


@seed(20261128)
@pytest.mark.fuzz
@hypothesis_settings(max_examples=fuzzing.examples(1200))
@given(written=st.lists(st.sampled_from([*WRITTEN.values(), *FORGED.values(), *ENDS, "</Content>", "]]>"]), max_size=6))
def test_a_text_is_its_writers_whatever_it_holds(written: list[str]) -> None:
    push = Push.parse(text("".join(written), MALLORY))
    assert (push.from_user, push.kind, push.event, push.scene) == (MALLORY, "text", "", None)
    assert push.created_at == NOW
    assert push.msg_id == "22211872600753513"


@pytest.mark.parametrize("piece", [b"<a>", b"<!--", b"<?", b"<![CDATA[", b"<a b", b"<a", b"&#1;", b"<Content>", b"]]>"])
def test_reading_takes_no_longer_the_odder_a_message_is(piece: bytes) -> None:
    """64 KB of anything: the longest that an envelope may hold."""
    began = thread_time()
    with suppress(BadPush):
        Push.parse(b"<xml>" + (piece * 2**16)[: 2**16])
    assert thread_time() - began < 1


@pytest.mark.parametrize("mode", MODES)
def test_more_subscriptions_than_an_account_may_have_fit_into_one_push(sqlite_hall: Hall, mode: str) -> None:
    """An account has 25 templates at most; the settings page tells of all of them at once."""
    template = "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc"
    row = f"<List>{cdata(TemplateId=template, SubscribeStatusString='reject', PopupScene='2')}</List>"
    told = f"<SubscribeMsgChangeEvent>{row * 100}</SubscribeMsgChangeEvent>"
    assert sqlite_hall.said(event("subscribe_msg_change_event", "", told), mode) == ""
