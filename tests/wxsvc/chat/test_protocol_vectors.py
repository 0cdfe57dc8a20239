"""Known answers from third parties: nothing in wechat_vectors.json was made by our own code."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from wxsvc.chat.envelope import Envelope
from wxsvc.chat.protocol_errors import BadPush, PushFault
from wxsvc.chat.push import Push
from wxsvc.settings import Mode

VECTORS = json.loads((Path(__file__).parent / "wechat_vectors.json").read_text("utf-8"))
CRYPTO = VECTORS["crypto_vectors"]
BODIES = VECTORS["message_bodies"] + VECTORS["newer_event_bodies"]


def name_of(vector: dict[str, Any]) -> str:
    return str(vector.get("id") or f"{vector.get('msg_type', 'event')}-{vector.get('event')}")


def envelope_of(vector: dict[str, Any], mode: Mode = Mode.SAFE) -> Envelope:
    return Envelope(vector["token"], vector["encoding_aes_key"], vector["appid"], mode)


def at(vector: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(vector["timestamp"]), UTC)


def body_of(vector: dict[str, Any]) -> bytes:
    body: str = vector.get("safe_mode_body") or vector.get("body") or ""
    return (body or f"<xml><Encrypt><![CDATA[{vector['ciphertext_b64']}]]></Encrypt></xml>").encode()


def args_of(vector: dict[str, Any], **other: str) -> MultiDict[str, str]:
    return MultiDict(
        {
            "timestamp": vector["timestamp"],
            "nonce": vector["nonce"],
            "encrypt_type": "aes",
            "msg_signature": vector["msg_signature"],
        }
        | other
    )


@pytest.mark.parametrize("vector", CRYPTO, ids=name_of)
def test_a_ciphertext_is_decrypted(vector: dict[str, Any]) -> None:
    assert envelope_of(vector).decrypt(vector["ciphertext_b64"]).decode() == vector["plaintext"]


@pytest.mark.parametrize("vector", [v for v in CRYPTO if "random16" in v], ids=name_of)
def test_the_same_salt_makes_the_same_ciphertext(vector: dict[str, Any]) -> None:
    sealed = envelope_of(vector).encrypt(vector["plaintext"].encode(), vector["random16"].encode())
    assert sealed == vector["ciphertext_b64"]


@pytest.mark.parametrize("mode", [Mode.SAFE, Mode.COMPATIBLE])
@pytest.mark.parametrize("vector", [v for v in CRYPTO if "msg_signature" in v], ids=name_of)
def test_a_signed_push_is_opened(vector: dict[str, Any], mode: Mode) -> None:
    opened = envelope_of(vector, mode).open(args_of(vector), body_of(vector), at(vector))
    assert opened.xml.decode() == vector["plaintext"]
    assert opened.sealed


@pytest.mark.parametrize("vector", [v for v in CRYPTO if "msg_signature" in v], ids=name_of)
@pytest.mark.parametrize("part", ["token", "timestamp", "nonce", "ciphertext_b64", "msg_signature"])
def test_one_changed_character_is_noticed(vector: dict[str, Any], part: str) -> None:
    text = vector[part]
    middle = len(text) // 2
    other = "0" if text[middle] != "0" else "1"
    changed = vector | {part: text[:middle] + other + text[middle + 1 :]}
    changed.pop("safe_mode_body", None)
    changed.pop("body", None)
    with pytest.raises(BadPush) as refusal:
        envelope_of(changed).open(args_of(changed), body_of(changed), at(changed))
    assert refusal.value.reason is PushFault.SIGNATURE
    assert refusal.value.status == 403


@pytest.mark.parametrize("vector", CRYPTO, ids=name_of)
def test_another_account_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(BadPush) as refusal:
        envelope_of(vector | {"appid": "wx0000000000000000"}).decrypt(vector["ciphertext_b64"])
    assert refusal.value.reason is PushFault.APP_ID


@pytest.mark.parametrize("vector", [v for v in VECTORS["sha1_signatures"] if "token" in v], ids=name_of)
def test_the_setup_request(vector: dict[str, Any]) -> None:
    envelope = Envelope(vector["token"], None, "wx", Mode.PLAIN)
    args = MultiDict({k: vector[k] for k in ("timestamp", "nonce", "signature")} | {"echostr": "5717"})
    if vector.get("expect") == "reject":
        with pytest.raises(BadPush):
            envelope.verify_get(args)
    else:
        assert envelope.verify_get(args) == "5717"


@pytest.mark.parametrize("vector", [v for v in VECTORS["sha1_signatures"] if "inputs" in v], ids=name_of)
def test_the_signature_of_sorted_parts(vector: dict[str, Any]) -> None:
    token, *parts = vector["inputs"]
    assert Envelope(token, None, "wx", Mode.PLAIN)._signature(*parts) == vector["signature"]
    assert hashlib.sha1("".join(sorted(vector["inputs"])).encode()).hexdigest() == vector["signature"]  # noqa: S324


@pytest.mark.parametrize("body", BODIES, ids=name_of)
def test_a_known_push_is_read(body: dict[str, Any]) -> None:
    push = Push.parse(body["xml"].encode())
    fields = body["fields"]
    assert push.raw == fields
    assert push.to_user == fields["ToUserName"]
    assert push.from_user == fields["FromUserName"]
    assert push.created_at.timestamp() == int(fields["CreateTime"])
    assert push.kind == fields["MsgType"]
    assert push.event == fields.get("Event", "").lower()
    assert push.event_key == (fields.get("EventKey") or "")
    assert push.content == fields.get("Content", "")
    assert push.msg_id == (fields.get("MsgId") or fields.get("MsgID"))
    assert push.ticket == fields.get("Ticket")
    assert push.media_id == fields.get("MediaId")
    assert push.pic_url == fields.get("PicUrl")
    assert push.scan_result == fields.get("ScanCodeInfo", {}).get("ScanResult")
    assert push.menu_id == fields.get("MenuId")
    assert 10 < len(push.dedupe_key) <= 200
