"""Replies carry any text, and nothing in it can become markup."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message

from wxsvc.chat.passive import ACKNOWLEDGEMENT, MAX_TEXT, fit, text_reply
from wxsvc.chat.push import Push

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PUSH = Push.parse(
    b"<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>"
    b"<MsgType>event</MsgType><Event>SCAN</Event><EventKey>1</EventKey></xml>"
)


def content_of(reply: bytes) -> str:
    return ElementTree.fromstring(reply).findtext("Content") or ""  # noqa: S314


def test_a_reply_goes_back_to_the_sender() -> None:
    root = ElementTree.fromstring(text_reply(PUSH, "✓ 签到成功", NOW))  # noqa: S314
    assert {child.tag: child.text for child in root} == {
        "ToUserName": "oA",
        "FromUserName": "gh_1",
        "CreateTime": str(int(NOW.timestamp())),
        "MsgType": "text",
        "Content": "✓ 签到成功",
    }


@pytest.mark.parametrize("name", ["{0}{x!r}%s", "]]>", "]]]]>>", "<b>&amp;</b>", "😀", "长" * 200, "a\nb", ""])
def test_a_name_comes_out_as_it_went_in(name: str) -> None:
    assert content_of(text_reply(PUSH, name, NOW)) == name


def test_characters_that_xml_cannot_carry_are_left_out() -> None:
    assert content_of(text_reply(PUSH, "a\x00\x08b\x0b\x1f￾\ud800c", NOW)) == "abc"


@given(st.text(max_size=1500))
def test_every_reply_is_well_formed_and_fits(text: str) -> None:
    content = content_of(text_reply(PUSH, text, NOW))
    assert content == fit(text).replace("\r\n", "\n").replace("\r", "\n")
    assert len(content.encode()) <= MAX_TEXT


def test_a_long_text_is_cut_between_characters() -> None:
    assert fit("长" * 2000) == "长" * 681 + "…"
    assert fit("a" * 2048) == "a" * 2048


def test_wechatpy_reads_our_reply() -> None:
    assert parse_message(text_reply(PUSH, "a]]>b", NOW)).content == "a]]>b"


def test_the_acknowledgement() -> None:
    assert ACKNOWLEDGEMENT == b"success"
