"""Known answers: what others computed comes out of the simulator's own signatures and AES."""

import json
from pathlib import Path

import pytest

from wxsvc.simulator import xmltext
from wxsvc.simulator.crypto import BadCiphertext, Envelope, sign, sign_page

VECTORS = json.loads((Path(__file__).parents[1] / "chat" / "wechat_vectors.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["crypto_vectors"], ids=lambda vector: vector["id"])
def test_a_known_text_decrypts_and_encrypts(vector: dict[str, str]) -> None:
    envelope = Envelope(vector["encoding_aes_key"], vector["appid"])
    assert envelope.decrypt(vector["ciphertext_b64"]).decode() == vector["plaintext"]
    again = envelope.encrypt(vector["plaintext"].encode(), _random(vector))
    assert again == vector["ciphertext_b64"]


def _random(vector: dict[str, str]) -> bytes:
    return vector["random16"].encode("latin-1")


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS["crypto_vectors"] if "msg_signature" in v], ids=lambda vector: vector["id"]
)
def test_a_known_push_is_signed(vector: dict[str, str]) -> None:
    parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["ciphertext_b64"])
    assert sign(*parts) == vector["msg_signature"]


@pytest.mark.parametrize("vector", VECTORS["sha1_signatures"], ids=lambda vector: vector["id"])
def test_known_parts_are_signed(vector: dict[str, object]) -> None:
    parts = vector.get("inputs") or [vector["token"], vector["timestamp"], vector["nonce"]]
    assert isinstance(parts, list)
    assert (sign(*parts) == vector["signature"]) is (vector.get("expect") != "reject")


@pytest.mark.parametrize("vector", VECTORS["jssdk_signatures"], ids=lambda vector: vector["id"])
def test_a_known_page_is_signed(vector: dict[str, str]) -> None:
    parts = (vector["jsapi_ticket"], vector["noncestr"], vector["timestamp"], vector["url"] + "#part")
    assert sign_page(*parts) == vector["signature"]


@pytest.mark.parametrize("body", VECTORS["message_bodies"] + VECTORS["newer_event_bodies"], ids=lambda body: "")
def test_known_bodies_are_read_and_written(body: dict[str, object]) -> None:
    fields = xmltext.read(str(body["xml"]).encode())
    assert _without_space(fields) == _without_space(body["fields"])
    assert _without_space(xmltext.read(xmltext.write(fields).encode())) == _without_space(fields)


def _without_space(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_space(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_space(item) for item in value]
    return str(value or "").strip()


KEY = "A" * 43


@pytest.mark.parametrize("text", ["", "====", "AAA", "AAAA", "A" * 44])
def test_what_is_no_ciphertext_is_refused(text: str) -> None:
    with pytest.raises(BadCiphertext):
        Envelope(KEY, "wx1").decrypt(text)


def test_another_appid_and_bad_padding_are_refused() -> None:
    envelope, other = Envelope(KEY, "wx1"), Envelope(KEY, "wx2")
    with pytest.raises(BadCiphertext, match="AppID"):
        envelope.decrypt(other.encrypt(b"text", bytes(16)))
    for pad in (0, 33):
        with pytest.raises(BadCiphertext, match="padding"):
            envelope.decrypt(envelope.encrypt_raw(bytes(63) + bytes([pad])))


@pytest.mark.parametrize("text", ["]]>", "<script>", "{{ 1 }}", "a]]>b]]>c", "\U0001f600", " edge ", "é" * 200])
def test_any_text_travels_as_it_is(text: str) -> None:
    assert xmltext.read(xmltext.write({"Content": text}).encode()) == {"Content": text}


@pytest.mark.parametrize("body", [b"", b"{}", b"<xml>", b"<!DOCTYPE xml><xml/>", b"<xml>\xff</xml>", b"<a/><b/>"])
def test_what_is_not_xml_is_refused(body: bytes) -> None:
    with pytest.raises(xmltext.BadXml):
        xmltext.read(body)
