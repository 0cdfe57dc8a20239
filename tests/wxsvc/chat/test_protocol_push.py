"""Reading pushes: what must be there, odd types, and the key by which a repeat is known."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxsvc.chat.protocol_errors import BadPush, PushFault
from wxsvc.chat.push import Push


def xml(fields: dict[str, str], more: str = "") -> bytes:
    return ("<xml>" + "".join(f"<{k}>{v}</{k}>" for k, v in fields.items()) + more + "</xml>").encode()


ENVELOPE = {"ToUserName": "gh_1", "FromUserName": "oA_-1", "CreateTime": "1763861400"}
SCAN = ENVELOPE | {"MsgType": "event", "Event": "SCAN", "EventKey": "17", "Ticket": "T=="}
TEXT = ENVELOPE | {"MsgType": "text", "Content": "48213", "MsgId": "23456789012345678"}


def refusal(body: bytes) -> PushFault:
    """Why it cannot be read; ``/wechat`` acknowledges it."""
    with pytest.raises(BadPush) as caught:
        Push.parse(body)
    return caught.value.reason


@pytest.mark.parametrize("name", ["FromUserName", "CreateTime", "MsgType", "Event"])
def test_a_scan_without_a_required_element_is_not_read(name: str) -> None:
    assert refusal(xml({k: v for k, v in SCAN.items() if k != name})) is PushFault.FIELD
    assert refusal(xml(SCAN | {name: ""})) is PushFault.FIELD
    assert refusal(xml(SCAN | {name: "<a>1</a>"})) is PushFault.FIELD


@pytest.mark.parametrize("name", ["ToUserName", "Content", "MsgId"])
def test_a_text_without_another_element_is_a_text(name: str) -> None:
    push = Push.parse(xml({k: v for k, v in TEXT.items() if k != name}))
    assert (push.from_user, push.kind) == ("oA_-1", "text")
    assert not {"ToUserName": push.to_user, "Content": push.content, "MsgId": push.msg_id}[name]


@pytest.mark.parametrize("name", [*SCAN, "Unheard"])
def test_an_element_that_comes_twice_with_different_values_says_nothing(name: str) -> None:
    body = xml(SCAN | {"Unheard": "1"}, f"<{name}>9</{name}>")
    if name in ("FromUserName", "MsgType", "Event", "CreateTime"):
        assert refusal(body) is PushFault.FIELD
    else:
        push = Push.parse(body)
        assert name not in push.raw
        assert push.flaw == "doubled: element"
        assert push.scene == (None if name == "EventKey" else "17")
    twice_the_same = xml(SCAN | {"Unheard": "1"}, f"<{name}>{(SCAN | {'Unheard': '1'})[name]}</{name}>")
    assert Push.parse(twice_the_same).scene == "17"


@pytest.mark.parametrize("value", ["0", "0000000000", "1", "1763861400000"])
def test_a_clock_that_says_nothing_is_no_time(value: str) -> None:
    """A scan of 1970, or of thousandths, is of when WeChat signed it: else it came before its activity."""
    sent_at = datetime(2026, 11, 23, tzinfo=UTC)
    assert Push.parse(xml(SCAN | {"CreateTime": value}), sent_at).created_at == sent_at


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "1e3", "9" * 11, "１２"])
def test_impossible_times_and_numbers(value: str) -> None:
    """The envelope's time stands in for the message's."""
    sent_at = datetime(2026, 11, 23, tzinfo=UTC)
    assert refusal(xml(SCAN | {"CreateTime": value})) is PushFault.FIELD
    push = Push.parse(xml(SCAN | {"CreateTime": value}), sent_at)
    assert (push.created_at, push.flaw) == (sent_at, "field: CreateTime")
    assert value == "9" * 11 or Push.parse(xml(TEXT | {"MsgId": value})).msg_id is None


def test_nobody_acts_after_wechat_has_told_of_it() -> None:
    """A time ahead of the envelope's is none; a clock may be minutes ahead, and a push may be delivered late."""
    sent_at = datetime(2026, 11, 23, tzinfo=UTC)
    for seconds in (301, 3600, 9_999_999_999 - int(sent_at.timestamp())):
        push = Push.parse(xml(SCAN | {"CreateTime": str(int(sent_at.timestamp()) + seconds)}), sent_at)
        assert (push.created_at, push.flaw) == (sent_at, "field: CreateTime")
    for seconds in (300, 1, 0, -1, -301, -86_400):
        push = Push.parse(xml(SCAN | {"CreateTime": str(int(sent_at.timestamp()) + seconds)}), sent_at)
        assert (push.created_at, push.flaw) == (sent_at + timedelta(seconds=seconds), "")


@pytest.mark.parametrize("value", ["o A", "o\nA", "o]]&gt;A", "张", "o" * 65, "../o"])
def test_impossible_accounts(value: str) -> None:
    assert refusal(xml(SCAN | {"FromUserName": value})) is PushFault.FIELD
    assert Push.parse(xml(SCAN | {"ToUserName": value})).to_user == ""


def test_a_document_type_is_not_read_but_may_be_written_about() -> None:
    assert refusal(b"<!DOCTYPE xml>" + xml(SCAN)) is PushFault.PROLOG
    assert refusal(b"<!-- a --><!DOCTYPE xml>" + xml(SCAN)) is PushFault.PROLOG
    assert refusal(b"<xml><!DOCTYPE xml></xml>") is PushFault.PROLOG
    written = Push.parse(xml(TEXT | {"Content": "<![CDATA[<!DOCTYPE html>]]>"}))
    assert written.content == "<!DOCTYPE html>"


def test_whatever_people_write_arrives_as_written() -> None:
    text = "a]]>{b}<script>&amp;✓😀" + "长" * 200
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert Push.parse(xml(TEXT | {"Content": escaped})).content == text


@pytest.mark.parametrize("head", [b"\xef\xbb\xbf", b"<?xml version='1.0' encoding='UTF-8'?>\n", b"\n  "])
def test_harmless_beginnings(head: bytes) -> None:
    assert Push.parse(head + xml(SCAN)).event == "scan"


def test_unknown_types_and_events_are_read() -> None:
    assert Push.parse(xml(ENVELOPE | {"MsgType": "hologram"})).kind == "hologram"
    assert Push.parse(xml(ENVELOPE | {"MsgType": "EVENT", "Event": "Brand_New"})).event == "brand_new"


@pytest.mark.parametrize(
    ("event", "key", "scene"),
    [
        ("SCAN", "17", "17"),
        ("SCAN", "qrscene_17", "qrscene_17"),
        ("SCAN", "", None),
        ("subscribe", "qrscene_17", "17"),
        ("subscribe", "", None),
        ("subscribe", "last_trade_no_1", None),
        ("subscribe", "qrscene_", None),
        ("CLICK", "17", None),
    ],
)
def test_the_scene_of_a_scanned_code(event: str, key: str, scene: str | None) -> None:
    assert Push.parse(xml(SCAN | {"Event": event, "EventKey": key})).scene == scene


SCANNED = "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>{}</ScanResult></ScanCodeInfo>"
DIFFERENT = [
    xml(SCAN),
    xml(SCAN | {"FromUserName": "oB"}),
    xml(SCAN | {"CreateTime": "1763861401"}),
    xml(SCAN | {"EventKey": "18"}),
    xml(SCAN | {"EventKey": "u" * 900}),
    xml(SCAN | {"EventKey": "u" * 901}),
    xml(SCAN | {"Event": "CLICK"}),
    xml(SCAN | {"Event": "templatesendjobfinish", "EventKey": "", "MsgID": "1"}),
    xml(SCAN | {"Event": "templatesendjobfinish", "EventKey": "", "MsgID": "2"}),
    xml(SCAN | {"Event": "scancode_waitmsg"}, SCANNED.format("a")),
    xml(SCAN | {"Event": "scancode_waitmsg"}, SCANNED.format("b")),
    xml(TEXT),
    xml(TEXT | {"FromUserName": "oB"}),
    xml(TEXT | {"MsgId": "23456789012345679"}),
]


def test_a_repeat_has_the_same_key_and_nothing_else_has() -> None:
    keys = [Push.parse(body).dedupe_key for body in DIFFERENT]
    assert keys == [Push.parse(body + b"\n").dedupe_key for body in DIFFERENT]
    assert all(a != b for a, b in combinations(keys, 2))
    assert max(map(len, keys)) <= 200


@given(
    st.recursive(
        st.just(""),
        lambda inner: st.lists(inner, min_size=1, max_size=3).map(
            lambda parts: "".join(f"<n>{part}</n>" for part in parts)
        ),
        max_leaves=30,
    )
)
def test_any_nesting_beside_is_read(nested: str) -> None:
    push = Push.parse(xml(SCAN, f"<Deep>{nested}</Deep>"))
    assert push.scene == "17"
    assert push.flaw in ("", "depth")
    repr(push)


@given(st.binary(max_size=200))
def test_bytes_that_name_nobody_are_not_read(body: bytes) -> None:
    for whole in (body, b"<xml>" + body + b"</xml>"):
        with pytest.raises(BadPush):
            Push.parse(whole)
