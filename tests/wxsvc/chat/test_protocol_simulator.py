"""The simulator and we were written apart: what it sends is opened or refused, and it reads our replies."""

from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict

from wxsvc.chat.envelope import Envelope
from wxsvc.chat.passive import ACKNOWLEDGEMENT, text_reply
from wxsvc.chat.protocol_errors import BadPush
from wxsvc.chat.push import Push
from wxsvc.settings import Mode
from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.serial import Serial
from wxsvc.simulator.tampering import Tampering
from wxsvc.simulator.wrapping import Parcel, Wrapping

APP, TOKEN, ACCOUNT = "wx0123456789abcdef", "token", "gh_0123456789ab"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
STAMP = int(NOW.timestamp())
SCAN = {
    "ToUserName": ACCOUNT,
    "FromUserName": "oAbcdefghijklmnopqrstuvwxyz0",
    "CreateTime": str(STAMP),
    "MsgType": "event",
    "Event": "SCAN",
    "EventKey": "17",
    "Ticket": "gQ==",
}
HARMLESS = {"plain": {"plain", "msg_signature"}}
"""Kinds that are no wrong in a mode."""
INSIDE = {"doctype", "not_utf8", "not_xml", "nested", "doubled", "missing", "two_roots"}
"""Wrong in the message alone: the envelope is good."""


def wrapping_of(mode: str) -> Wrapping:
    return Wrapping(Credentials(APP, "secret", TOKEN, KEY, mode, ACCOUNT, "service_verified"), Serial("1"))


KINDS = Tampering(wrapping_of("safe"), APP, KEY).kinds


def read(parcel: Parcel, mode: str) -> Push:
    return Push.parse(Envelope(TOKEN, KEY, APP, mode).open(MultiDict(parcel.query), parcel.body, NOW).xml)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_push_and_its_reply(mode: Mode) -> None:
    wrapping, envelope = wrapping_of(mode), Envelope(TOKEN, KEY, APP, mode)
    parcel = wrapping.wrap(SCAN, STAMP)
    opened = envelope.open(MultiDict(parcel.query), parcel.body, NOW)
    push = Push.parse(opened.xml)
    assert push.scene == "17"
    text = "✓ {0} ]]> <b>签到成功</b> 😀"
    reply = wrapping.unwrap(envelope.answer(opened, text_reply(push, text, NOW)), push.from_user)
    assert reply is not None
    assert reply.text == text
    assert wrapping.unwrap(ACKNOWLEDGEMENT, push.from_user) is None


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_envelope_is_refused_and_a_wrong_message_not_read(mode: str, kind: str) -> None:
    parcel = Tampering(wrapping_of(mode), APP, KEY).make(kind, SCAN, STAMP)
    if mode == "compatible" and kind == "plain":
        assert read(parcel, mode).scene == "17"  # that mode is for the change from plain to safe
    elif kind in HARMLESS.get(mode, ()) or (kind == "two_roots" and mode != "plain"):
        assert read(parcel, mode).scene == "17"
    elif kind in INSIDE and mode != "plain":
        opened = Envelope(TOKEN, KEY, APP, mode).open(MultiDict(parcel.query), parcel.body, NOW)
        with pytest.raises(BadPush):
            Push.parse(opened.xml, opened.sent_at)
    else:
        with pytest.raises(BadPush) as refusal:
            Envelope(TOKEN, KEY, APP, mode).open(MultiDict(parcel.query), parcel.body, NOW)
        assert 400 <= refusal.value.status < 500
