"""What an envelope believes, and everything that it does not."""

import base64
import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature
from werkzeug.datastructures import MultiDict

from wxsvc.chat.envelope import MAX_AGE, Envelope
from wxsvc.chat.protocol_errors import BadPush, PushFault
from wxsvc.chat.push import Push
from wxsvc.chat.xmlbody import fields_of
from wxsvc.settings import Mode

TOKEN, KEY, APP = "sometoken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx1234567890abcdef"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
INNER = (
    f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oA]]></FromUserName>"
    f"<CreateTime>{STAMP}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[SCAN]]></Event>"
    f"<EventKey><![CDATA[42]]></EventKey><Ticket><![CDATA[T==]]></Ticket></xml>"
).encode()

safe = Envelope(TOKEN, KEY, APP, Mode.SAFE)
compatible = Envelope(TOKEN, KEY, APP, "compatible")
plain = Envelope(TOKEN, None, APP, Mode.PLAIN)


def args_for(encrypted: str | None, nonce: str = "1372623149", stamp: str = STAMP) -> MultiDict[str, str]:
    args = MultiDict({"signature": safe._signature(stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": "oA"})
    if encrypted is not None:
        args["encrypt_type"] = "aes"
        args["msg_signature"] = safe._signature(stamp, nonce, encrypted)
    return args


def wrap(encrypted: str, more: str = "") -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName>{more}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    )


def seal_raw(data: bytes) -> str:
    """Encrypt exactly these bytes, however wrong they are."""
    encryptor = safe._key().encryptor()
    return base64.b64encode(encryptor.update(data) + encryptor.finalize()).decode()


def refusal(envelope: Envelope, args: MultiDict[str, str], body: bytes, now: datetime = NOW) -> PushFault:
    with pytest.raises(BadPush) as caught:
        envelope.open(args, body, now)
    assert 400 <= caught.value.status < 500
    return caught.value.reason


def test_each_mode_opens_its_own_pushes() -> None:
    encrypted = safe.encrypt(INNER)
    assert safe.open(args_for(encrypted), wrap(encrypted), NOW).xml == INNER
    assert compatible.open(args_for(encrypted), wrap(encrypted), NOW).xml == INNER
    assert plain.open(args_for(None), INNER, NOW).xml == INNER


def test_a_plain_body_is_never_accepted_in_safe_mode() -> None:
    assert refusal(safe, args_for(None), INNER) is PushFault.MODE
    assert refusal(safe, args_for(safe.encrypt(INNER)), INNER) is PushFault.MODE
    encrypted = safe.encrypt(INNER)
    assert refusal(safe, args_for(None), wrap(encrypted)) is PushFault.MODE
    raw = args_for(encrypted)
    raw["encrypt_type"] = "raw"
    assert refusal(safe, raw, wrap(encrypted)) is PushFault.MODE


def test_compatible_mode_believes_the_decrypted_copy_alone() -> None:
    encrypted = safe.encrypt(INNER)
    body = wrap(encrypted, "<FromUserName>oForged</FromUserName><MsgType>text</MsgType><Content>1</Content>")
    opened = compatible.open(args_for(encrypted), body, NOW)
    assert opened.xml == INNER
    assert opened.sealed


def test_compatible_mode_takes_a_plain_push_only_without_any_sign_of_encryption() -> None:
    opened = compatible.open(args_for(None), INNER, NOW)
    assert opened.xml == INNER
    assert not opened.sealed
    encrypted = safe.encrypt(INNER)
    assert refusal(compatible, args_for(encrypted), INNER) is PushFault.MODE
    assert refusal(compatible, args_for(None), wrap(encrypted)) is PushFault.MODE


@pytest.mark.parametrize("seconds", [-MAX_AGE, 0, MAX_AGE])
def test_a_push_within_the_window_is_opened(seconds: int) -> None:
    encrypted = safe.encrypt(INNER)
    assert safe.open(args_for(encrypted), wrap(encrypted), NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-MAX_AGE - 1, MAX_AGE + 1])
@pytest.mark.parametrize("envelope", [safe, compatible, plain])
def test_a_push_from_another_time_is_refused(envelope: Envelope, seconds: int) -> None:
    encrypted = None if envelope is plain else safe.encrypt(INNER)
    body = INNER if encrypted is None else wrap(encrypted)
    assert refusal(envelope, args_for(encrypted), body, NOW + timedelta(seconds=seconds)) is PushFault.STALE


@pytest.mark.parametrize("name", ["timestamp", "nonce", "msg_signature", "encrypt_type"])
def test_doubled_arguments_are_refused(name: str) -> None:
    encrypted = safe.encrypt(INNER)
    args = args_for(encrypted)
    args.add(name, args[name])
    assert refusal(safe, args, wrap(encrypted)) is PushFault.ARGUMENT


@pytest.mark.parametrize("name", ["timestamp", "nonce", "signature"])
def test_missing_and_doubled_arguments_of_a_plain_push(name: str) -> None:
    missing, doubled = args_for(None), args_for(None)
    del missing[name]
    doubled.add(name, "1")
    assert refusal(plain, missing, INNER) is PushFault.ARGUMENT
    assert refusal(plain, doubled, INNER) is PushFault.ARGUMENT


@pytest.mark.parametrize("value", ["", "x", "-1", "1e9", "9" * 30, "１２３", " 1", "\ud800", "1\n"])
def test_impossible_timestamps(value: str) -> None:
    args = args_for(None)
    args["timestamp"] = value
    assert refusal(plain, args, INNER) in {PushFault.ARGUMENT, PushFault.STALE}


@pytest.mark.parametrize("value", ["", "x", "é" * 40, "0" * 39, "0" * 41, "\ud800" * 40])
def test_impossible_signatures(value: str) -> None:
    encrypted = safe.encrypt(INNER)
    args = args_for(encrypted)
    args["msg_signature"] = value
    assert refusal(safe, args, wrap(encrypted)) is PushFault.ARGUMENT


def test_the_plain_signature_does_not_open_an_encrypted_push() -> None:
    encrypted = safe.encrypt(INNER)
    args = args_for(encrypted)
    args["msg_signature"] = args["signature"]
    assert refusal(safe, args, wrap(encrypted)) is PushFault.SIGNATURE


def test_a_wrong_plain_signature_is_refused_beside_a_right_one() -> None:
    encrypted = safe.encrypt(INNER)
    for change in ("0" * 40, "x"):
        args = args_for(encrypted)
        args["signature"] = change
        assert refusal(safe, args, wrap(encrypted)) in {PushFault.SIGNATURE, PushFault.ARGUMENT}
    args = args_for(encrypted)
    del args["signature"]
    assert safe.open(args, wrap(encrypted), NOW).xml == INNER


HEAD = b"r" * 16 + len(INNER).to_bytes(4, "big") + INNER


def padded(data: bytes, pad: int | None = None) -> bytes:
    pad = 32 - len(data) % 32 if pad is None else pad
    return data + bytes([pad]) * pad


FULL = padded(HEAD + APP.encode())
MUTATIONS: dict[str, tuple[str, PushFault]] = {
    "truncated base64": (seal_raw(FULL)[:-3], PushFault.BASE64),
    "not base64": ("!!!!", PushFault.BASE64),
    "not ascii": ("密" * 44, PushFault.BASE64),
    "base64url": (seal_raw(FULL)[:-4] + "-_==", PushFault.BASE64),
    "more behind the end": (seal_raw(FULL) + "AAAA", PushFault.BASE64),
    "empty": ("", PushFault.LENGTH),
    "31 bytes": (base64.b64encode(os.urandom(31)).decode(), PushFault.LENGTH),
    "half a block": (seal_raw(FULL[:-16]), PushFault.LENGTH),
    "pad 0": (seal_raw(FULL[:-1] + b"\0"), PushFault.PADDING),
    "pad 33": (seal_raw(FULL[:-1] + b"\x21"), PushFault.PADDING),
    "pad 255": (seal_raw(FULL[:-1] + b"\xff"), PushFault.PADDING),
    "inconsistent pad": (seal_raw(FULL[:-32] + os.urandom(31) + b"\x20"), PushFault.PADDING),
    "length beyond the buffer": (
        seal_raw(padded(b"r" * 16 + b"\xff" * 4 + INNER + APP.encode())),
        PushFault.LENGTH,
    ),
    "length into the pad": (seal_raw(padded(b"r" * 16 + b"\0\0\0\x0c" + b"a" * 8)), PushFault.LENGTH),
    "nothing but pad": (seal_raw(b"\x20" * 32), PushFault.LENGTH),
    "length cut short": (seal_raw(padded(b"r" * 16 + b"\0\0\0\1" + INNER + APP.encode())), PushFault.APP_ID),
    "another account": (seal_raw(padded(HEAD + b"wx0000000000000000")), PushFault.APP_ID),
    "no account": (seal_raw(padded(HEAD)), PushFault.APP_ID),
    "account with more": (seal_raw(padded(HEAD + APP.encode() + b"x")), PushFault.APP_ID),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_wrong_ciphertext_is_refused_though_it_is_signed(name: str) -> None:
    encrypted, reason = MUTATIONS[name]
    assert refusal(safe, args_for(encrypted), wrap(encrypted)) is reason


@pytest.mark.parametrize("pad", range(1, 33))
def test_every_pad_from_1_to_32_is_genuine(pad: int) -> None:
    message = b"m" * ((64 - 20 - len(APP) - pad) % 32 + 32)
    sealed = safe.encrypt(message)
    assert safe.decrypt(sealed) == message
    decryptor = safe._key().decryptor()
    assert (decryptor.update(base64.b64decode(sealed)) + decryptor.finalize())[-1] == pad


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", PushFault.PROLOG),
        (b"not xml", PushFault.PROLOG),
        (b"<xml>", PushFault.XML),
        (b"<xml></xml><xml></xml>", PushFault.XML),
        (b"<xml/>", PushFault.PROLOG),
        (b'<!DOCTYPE xml [<!ENTITY a "b">]><xml></xml>', PushFault.PROLOG),
        (b"<?xml version='1.0'?><!DOCTYPE xml><xml></xml>", PushFault.PROLOG),
        (b"<xml>\xb2\xe2</xml>", PushFault.ENCODING),
        ("<xml></xml>".encode("utf-16"), PushFault.PROLOG),
        (b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>", PushFault.DOUBLED),
        (b"<xml><Encrypt><a/></Encrypt></xml>", PushFault.FIELD),
        (b"<xml>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</xml>", PushFault.DEPTH),
        (b"<xml>" + b"<a>" * 200_000, PushFault.TOO_LARGE),
        (b"x" * 1_000_000, PushFault.TOO_LARGE),
        (b"<xml>\x00</xml>", PushFault.XML),
        (b"<xml><a>\x08</a></xml>", PushFault.XML),
        (b"<xml><a>&bomb;</a></xml>", PushFault.XML),
    ],
)
def test_a_wrong_body_is_refused(body: bytes, reason: PushFault) -> None:
    assert refusal(safe, args_for("a"), body) is reason


def test_the_setup_request_echoes_only_what_is_signed() -> None:
    args = args_for(None)
    args["echostr"] = "4375120948345356249"
    assert safe.verify_get(args) == "4375120948345356249"
    check_signature(TOKEN, args["signature"], args["timestamp"], args["nonce"])
    for name, value in {"signature": "0" * 40, "nonce": "1", "timestamp": "1", "echostr": "<script>"}.items():
        other = args.copy()
        other[name] = value
        with pytest.raises(BadPush):
            safe.verify_get(other)
    args.add("echostr", "1")
    with pytest.raises(BadPush):
        safe.verify_get(args)


def test_an_answer_is_sealed_when_the_push_was() -> None:
    encrypted = safe.encrypt(INNER)
    opened = safe.open(args_for(encrypted), wrap(encrypted), NOW)
    reply = "<xml><Content><![CDATA[✓ {0} 签到成功]]></Content></xml>".encode()
    answer = safe.answer(opened, reply)
    fields = {child.tag: child.text or "" for child in ElementTree.fromstring(answer)}  # noqa: S314
    assert list(fields) == ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"]
    theirs = WeChatCrypto(TOKEN, KEY, APP)
    assert (
        theirs.decrypt_message(answer, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"]) == reply.decode()
    )
    opened = compatible.open(args_for(None), INNER, NOW)
    assert compatible.answer(opened, reply) == reply


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_wechatpy_and_we_read_each_other(text: str) -> None:
    theirs = WeChatCrypto(TOKEN, KEY, APP)
    sealed = theirs.encrypt_message(text, "nonce", STAMP)
    fields = {child.tag: child.text or "" for child in ElementTree.fromstring(sealed)}  # noqa: S314
    args = MultiDict({"timestamp": STAMP, "nonce": "nonce", "msg_signature": fields["MsgSignature"]})
    assert safe.open(args, sealed.encode(), NOW).xml.decode() == text
    ours = safe.encrypt(text.encode())
    back = theirs.decrypt_message(wrap(ours), safe._signature(STAMP, "nonce", ours), STAMP, "nonce")
    assert back == text


@pytest.mark.parametrize(
    "wrong", [{"token": ""}, {"aes_key": "short"}, {"aes_key": KEY + "A"}, {"aes_key": None}, {"mode": "clear"}]
)
def test_wrong_settings_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Envelope(**({"token": TOKEN, "aes_key": KEY, "app_id": APP, "mode": "safe"} | wrong))


ARGUMENTS = st.dictionaries(
    st.sampled_from(["signature", "timestamp", "nonce", "msg_signature", "encrypt_type", "echostr"]),
    st.lists(st.text(max_size=60) | st.sampled_from(["aes", "raw", STAMP, "0" * 40]), max_size=3),
)


@settings(max_examples=400)
@given(
    arguments=ARGUMENTS, body=st.binary(max_size=300) | st.just(INNER), mode=st.sampled_from([safe, compatible, plain])
)
def test_whatever_arrives_is_opened_or_refused(arguments: dict[str, list[str]], body: bytes, mode: Envelope) -> None:
    for call in (lambda a: mode.open(a, body, NOW), mode.verify_get):
        try:
            call(MultiDict(arguments))
        except BadPush as refused:
            assert 400 <= refused.status < 500  # noqa: PT017


@settings(max_examples=400)
@given(data=st.binary(max_size=200), whole=st.booleans())
def test_whatever_is_encrypted_is_opened_or_refused(data: bytes, whole: bool) -> None:
    encrypted = safe.encrypt(data) if whole else seal_raw(data[: len(data) // 32 * 32])
    for envelope in (safe, compatible):
        try:
            Push.parse(envelope.open(args_for(encrypted), wrap(encrypted), NOW).xml)
        except BadPush as refused:
            assert 400 <= refused.status < 500  # noqa: PT017


@settings(max_examples=300)
@given(cut=st.integers(0, 400), new=st.binary(min_size=1, max_size=6), here=st.integers(0, 400))
def test_a_damaged_push_is_opened_or_refused(cut: int, new: bytes, here: int) -> None:
    body = bytearray(INNER)
    body[here : here + len(new)] = new
    for damaged in (bytes(body), INNER[:cut]):
        try:
            Push.parse(plain.open(args_for(None), damaged, NOW).xml)
        except BadPush as refused:
            assert 400 <= refused.status < 500  # noqa: PT017


@pytest.mark.bench
def test_cost_of_a_scan() -> None:
    from wxsvc.chat.passive import text_reply

    encrypted = safe.encrypt(INNER)
    args, body, rounds = args_for(encrypted), wrap(encrypted), 5000
    start = time.perf_counter()
    for _ in range(rounds):
        opened = safe.open(args, body, NOW)
        push = Push.parse(opened.xml)
        safe.answer(opened, text_reply(push, "✓", NOW))
    print(f"open, parse, reply, seal: {(time.perf_counter() - start) / rounds * 1e6:.1f} µs")  # noqa: T201


NEW_TOKEN, NEW_KEY = "newtoken", "ABCDEFGabcdefghijklmnopqrstuvwxyz0123456789"
CHANGES = {
    "token": ((NEW_TOKEN, KEY), {"old_token": TOKEN}),
    "key": ((TOKEN, NEW_KEY), {"old_aes_key": KEY}),
    "both": ((NEW_TOKEN, NEW_KEY), {"old_token": TOKEN, "old_aes_key": KEY}),
}


@pytest.mark.parametrize("changed", CHANGES)
@pytest.mark.parametrize("mode", [Mode.SAFE, Mode.COMPATIBLE])
def test_pushes_come_by_the_former_token_and_key_until_the_console_has_the_new_ones(changed: str, mode: Mode) -> None:
    """The product is restarted before the console asks it; each push is answered by what it came with."""
    (token, key), old = CHANGES[changed]
    now_in_use = Envelope(token, key, APP, mode)
    during = Envelope(token, key, APP, mode, **old)
    for sender, foreign in ((Envelope(TOKEN, KEY, APP, mode), now_in_use), (now_in_use, safe)):
        encrypted = sender.encrypt(INNER)
        args = MultiDict({"timestamp": STAMP, "nonce": "1", "msg_signature": sender._signature(STAMP, "1", encrypted)})
        opened = during.open(args, wrap(encrypted), NOW)
        assert opened.xml == INNER
        reply = during.answer(opened, INNER)
        back = MultiDict({"timestamp": STAMP, "nonce": "1", "msg_signature": str(fields_of(reply)["MsgSignature"])})
        assert sender.open(back, reply, NOW).xml == INNER
        with pytest.raises(BadPush):
            foreign.open(back, reply, NOW)


@pytest.mark.parametrize("mode", [Mode.PLAIN, Mode.COMPATIBLE])
def test_plain_pushes_come_by_the_former_token_too(mode: Mode) -> None:
    during = Envelope(NEW_TOKEN, KEY, APP, mode, old_token=TOKEN)
    for token in (TOKEN, NEW_TOKEN):
        signature = Envelope(token, KEY, APP, mode)._signature(STAMP, "1")
        args = MultiDict({"timestamp": STAMP, "nonce": "1", "signature": signature})
        assert during.open(args, INNER, NOW).xml == INNER
        assert during.verify_get(args | {"echostr": "8"}) == "8"
    other = {"signature": Envelope("another", KEY, APP, mode)._signature(STAMP, "1")}
    assert refusal(during, MultiDict({"timestamp": STAMP, "nonce": "1", **other}), INNER) is PushFault.SIGNATURE


def test_what_is_wrong_is_told_of_the_key_in_use() -> None:
    during = Envelope(TOKEN, KEY, APP, Mode.SAFE, old_aes_key=NEW_KEY)
    foreign = Envelope(TOKEN, KEY, "wx0000000000000000", Mode.SAFE)
    encrypted = foreign.encrypt(INNER)
    assert refusal(during, args_for(encrypted), wrap(encrypted)) is PushFault.APP_ID
    with pytest.raises(ValueError, match="EncodingAESKey"):
        Envelope(TOKEN, KEY, APP, Mode.SAFE, old_aes_key="short")
