"""Broken envelopes: whoever has no token writes no row and meets no 5xx, and WeChat's own untidy ones are opened.

The attacker has seen genuine pushes of the last minutes, each with its address, and may change anything about them.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from models.terms import Door
from tests import fuzzing
from tests.databases import sqlite_template
from tests.timing import in_time
from tests.wxsvc.chat.hall import SCAN, STAMP, Hall, cdata, event, mutated, sqlite_hall
from wxsvc.settings import Development

__all__ = ["sqlite_hall", "sqlite_template"]

NONCE: Final = "12345678"
SEALING: Final = ("safe", "compatible")
AES_KEY: Final = base64.b64decode(Development.AES_KEY + "=")
Query = dict[str, list[str]]


class Seen:
    """A genuine push as it was posted, to be changed and posted again."""

    def __init__(self, hall: Hall, mode: str, xml: bytes) -> None:
        self.hall, self.mode, self.xml = hall, mode, xml
        self.encrypted = "" if mode == "plain" else hall.envelope.encrypt(xml)
        self.query: Query = {
            "signature": [hall.envelope._signature(STAMP, NONCE)],
            "timestamp": [STAMP],
            "nonce": [NONCE],
            "openid": ["o-one"],
        }
        if self.encrypted:
            self.query |= {"encrypt_type": ["aes"]}
            self.sign()

    def sign(self) -> None:
        """As only WeChat can: what is broken then is inside."""
        self.query["msg_signature"] = [self.hall.envelope._signature(STAMP, NONCE, self.encrypted)]

    @property
    def body(self) -> bytes:
        if not self.encrypted:
            return self.xml
        beside = self.xml.removesuffix(b"</xml>") if self.mode == "compatible" else b"<xml><ToUserName>gh</ToUserName>"
        return beside + f"<Encrypt><![CDATA[{self.encrypted}]]></Encrypt></xml>".encode()

    def post(self, body: bytes | None = None, more: str = "", **headers: str) -> TestResponse:
        asked = urlencode([(name, value) for name, every in self.query.items() for value in every], encoding="utf-8")
        sent = self.body if body is None else body
        return self.hall.client(self.mode).post(
            "/wechat", query_string=asked + more, data=sent, content_type="text/xml", headers=headers
        )


def scan_of_somebody(hall: Hall) -> tuple[str, bytes]:
    """Somebody who stands for an enterprise and has not scanned yet, and the scan of theirs."""
    openid = f"o-{uuid4().hex[:20]}"
    hall.welcome(openid)
    return openid, event("SCAN", "1", cdata(Ticket="gQ=="), openid)


def is_refused(answer: TestResponse) -> bool:
    assert answer.status_code < 500, answer.status_code
    return answer.status_code >= 400


def somewhere(words: str, chance: Random, letters: str) -> str:
    """One thing wrong about a text, anywhere in it."""
    at, piece = chance.randrange(len(words)), chance.choice(letters)
    changed = chance.choice(
        (
            words[:at] + piece + words[at + 1 :],
            words[:at] + piece + words[at:],
            words[:at] + words[at + 1 :],
            words[:at],
        )
    )
    return changed if changed != words else words + piece


HEX: Final = "0123456789abcdefABCDEFg \x00é"
BASE64: Final = string.ascii_letters + string.digits + "+/=-_ \n<&]"
ODD: Final = (
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "9" * 400,
    "²",
    "１２",
    "\x00",
    "%00",
    "null",
    "é" * 20,
    "[]",
    "0x10",
    "a" * 5000,
)


def a_signature(seen: Seen, chance: Random) -> None:
    name = "signature" if not seen.encrypted else chance.choice(("signature", "msg_signature"))
    (right,) = seen.query[name]
    seen.query[name] = [somewhere(right, chance, HEX)]


def another_signature(seen: Seen, chance: Random) -> None:
    """Right in itself, and of something else."""
    name = "msg_signature" if seen.encrypted else "signature"
    others = ((STAMP, NONCE), (STAMP, NONCE, "x"), (STAMP,), (NONCE, STAMP, STAMP))
    if not seen.encrypted:
        others = others[1:]
    seen.query[name] = [seen.hall.envelope._signature(*chance.choice(others))]


def an_argument(seen: Seen, chance: Random) -> None:
    """Timestamp or nonce: other, odd, missing, twice."""
    name = chance.choice(("timestamp", "nonce"))
    (right,) = seen.query[name]
    changed = (
        [], [right, right], [right, "1"], [chance.choice(ODD)], [right + chance.choice(ODD[1:])],
        [somewhere(right, chance, string.digits + "-. \x00")],
    )  # fmt: skip
    seen.query[name] = chance.choice(changed)


def no_signature(seen: Seen, chance: Random) -> None:
    """Taken away, doubled or emptied."""
    name = "msg_signature" if seen.encrypted else "signature"
    seen.query[name] = chance.choice(([], [*seen.query[name], "0" * 40], [""], [seen.query[name][0].upper() + "A"]))


def a_ciphertext(seen: Seen, chance: Random) -> None:
    seen.encrypted = somewhere(seen.encrypted, chance, BASE64).strip() or "A"


def turned_bits(seen: Seen, chance: Random) -> None:
    """CBC lets whoever flips a bit in one block choose it in the next."""
    sealed = bytearray(base64.b64decode(seen.encrypted))
    for _ in range(chance.randint(1, 4)):
        sealed[chance.randrange(len(sealed))] ^= 1 << chance.randrange(8)
    changed = base64.b64encode(sealed).decode()
    seen.encrypted = changed if changed != seen.encrypted else "A" + changed


def other_blocks(seen: Seen, chance: Random) -> None:
    """Blocks left out, doubled, exchanged, or those of another genuine push."""
    sealed = base64.b64decode(seen.encrypted)
    blocks = [sealed[at : at + 32] for at in range(0, len(sealed), 32)]
    other = base64.b64decode(seen.hall.envelope.encrypt(seen.xml.replace(b"[1]", b"[2]")))
    changed = (blocks[1:], blocks[:-1], blocks * 2, blocks[::-1], [*blocks[:2], other[64:]], [other])
    seen.encrypted = base64.b64encode(b"".join(chance.choice(changed))).decode()


def moved_between(seen: Seen, chance: Random) -> None:
    """What is signed is joined without a mark between: letters move from one argument to the next."""
    many = chance.randint(1, 50)
    seen.query["nonce"] = [NONCE + seen.encrypted[:many]]
    seen.encrypted = seen.encrypted[many:]


def no_ciphertext(seen: Seen, chance: Random) -> None:
    """The signature of a sealed push around open elements."""
    seen.encrypted = chance.choice(("x", "AAAA", "=", "<a/>", "]]><b>", "0" * 64, "é"))


PLAIN: Final = (a_signature, another_signature, an_argument, no_signature)
FORGED: Final = (*PLAIN, a_ciphertext, turned_bits, other_blocks, moved_between, no_ciphertext)


@seed(20261129)
@pytest.mark.fuzz
@hypothesis_settings(max_examples=fuzzing.examples(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mode=st.sampled_from([*SEALING, "plain"]), which=st.integers(0, len(FORGED) - 1), number=st.integers(0, 2**32))
def test_whoever_has_no_token_writes_nothing(sqlite_hall: Hall, mode: str, which: int, number: int) -> None:
    """The scan that it was would be a row."""
    forge = FORGED[which] if mode != "plain" else PLAIN[which % len(PLAIN)]
    seen = Seen(sqlite_hall, mode, SCAN)
    forge(seen, Random(number))
    before = sqlite_hall.check_ins()
    answer = seen.post()
    assert is_refused(answer), (forge.__name__, seen.query)
    assert (answer.data, sqlite_hall.check_ins()) == (b"", before)


def test_a_hundred_forged_ones_leave_every_table_as_it_was(sqlite_hall: Hall) -> None:
    with sqlite_hall.unwritten():
        for number in range(100):
            seen = Seen(sqlite_hall, SEALING[number % 2], SCAN)
            FORGED[number % len(FORGED)](seen, Random(number))
            assert is_refused(seen.post())


@seed(20261129)
@pytest.mark.fuzz
@hypothesis_settings(max_examples=fuzzing.examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mode=st.sampled_from(SEALING), number=st.integers(0, 2**32), everywhere=st.booleans())
def test_a_broken_body_is_refused_or_says_what_was_signed(
    sqlite_hall: Hall, mode: str, number: int, everywhere: bool
) -> None:
    """Whatever stands around the signed text: nobody but who was sealed inside is ever checked in."""
    openid, xml = scan_of_somebody(sqlite_hall)
    seen, chance = Seen(sqlite_hall, mode, xml), Random(number)
    victim = b"<FromUserName><![CDATA[oMallory]]></FromUserName>"
    body = mutated(seen.body, chance) if everywhere else seen.body.replace(b"<xml>", b"<xml>" + victim, 1)
    before = sqlite_hall.check_ins()
    refused = is_refused(seen.post(body))
    assert sqlite_hall.check_ins() in ([before] if refused else [before, [*before, (openid, Door.CODE)]])


def sealed_as(data: bytes) -> str:
    """Encrypted with the account's key, whatever its form."""
    encryptor = Cipher(algorithms.AES(AES_KEY), modes.CBC(AES_KEY[:16])).encryptor()
    return base64.b64encode(encryptor.update(data) + encryptor.finalize()).decode()


def packed(
    message: bytes, app_id: str = Development.APP_ID, length: int | None = None, pad: bytes | None = None
) -> bytes:
    data = b"r" * 16 + (len(message) if length is None else length).to_bytes(4, "big") + message + app_id.encode()
    many = 32 - len(data) % 32
    return data + ((pad or bytes([many])) * 32)[:many]


MISPACKED: Final = {
    "another account": packed(SCAN, "wx0000000000000000"),
    "no account": packed(SCAN, ""),
    "the account's beginning": packed(SCAN, Development.APP_ID[:-1]),
    "the account twice": packed(SCAN, Development.APP_ID * 2),
    "a length of nothing": packed(SCAN, length=0),
    "a length too short": packed(SCAN, length=len(SCAN) - 1),
    "a length too long": packed(SCAN, length=len(SCAN) + 1),
    "a length beyond the end": packed(SCAN, length=2**31),
    "the longest length": packed(SCAN, length=2**32 - 1),
    "padding of zeros": packed(SCAN, pad=b"\x00"),
    "padding of 33": packed(SCAN, pad=b"\x21"),
    "padding of 255": packed(SCAN, pad=b"\xff"),
    "padding that differs": packed(SCAN, pad=b"\x1f\x1e"),
    "all padding": b"\x20" * 32,
    "a single block of zeros": b"\x00" * 32,
    "half a block": b"\x00" * 16,
}


@pytest.mark.parametrize("mode", SEALING)
def test_what_is_packed_wrongly_is_refused_even_when_it_is_signed(sqlite_hall: Hall, mode: str) -> None:
    with sqlite_hall.unwritten():
        for what, data in MISPACKED.items():
            seen = Seen(sqlite_hall, mode, SCAN)
            seen.encrypted = sealed_as(data)
            seen.sign()
            assert is_refused(seen.post()), what


@seed(20261129)
@pytest.mark.fuzz
@hypothesis_settings(max_examples=fuzzing.examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=256), blocks=st.booleans())
def test_any_bytes_are_refused_even_when_they_are_signed(sqlite_hall: Hall, data: bytes, blocks: bool) -> None:
    seen = Seen(sqlite_hall, "safe", SCAN)
    data = data + b"\x00" * (-len(data) % 32)
    seen.encrypted = (sealed_as(data) if blocks else base64.b64encode(data).decode()) or "A"
    seen.sign()
    assert is_refused(seen.post())


def bombs() -> Iterator[tuple[str, bytes]]:
    inside = SCAN.replace(b"<![CDATA[1]]>", b"&z;")
    chain = "".join(f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefghij", "bcdefghijz", strict=True))
    yield "a billion laughs", f"<!DOCTYPE xml [<!ENTITY a 'ha'>{chain}]>".encode() + inside
    yield "one large entity", b"<!DOCTYPE xml [<!ENTITY z '" + b"a" * 20_000 + b"'>]><xml>" + b"&z;" * 2000 + b"</xml>"
    yield "a file", b"<!DOCTYPE xml [<!ENTITY z SYSTEM 'file:///etc/passwd'>]>" + inside
    yield "an address", b"<!DOCTYPE xml SYSTEM 'http://127.0.0.1:9/x.dtd'>" + SCAN
    yield "a parameter", b"<!DOCTYPE xml [<!ENTITY % z SYSTEM 'http://127.0.0.1:9/x'> %z;]>" + SCAN
    yield "deep", b"<xml>" + b"<a>" * 9000 + b"</a>" * 5000
    yield "thousands of attributes", b"<xml><a " + b"".join(b"a%d='' " % each for each in range(4000)) + b"/></xml>"
    yield "thousands of elements", b"<xml>" + b"<a/>" * 10_000 + b"</xml>"
    yield "one name a thousand times", b"<xml>" + b"<EventKey>1</EventKey>" * 1500 + b"</xml>"
    yield "thousands of name spaces", b"<xml " + b"".join(b"xmlns:a%d='u' " % each for each in range(2000)) + b"/>"


@pytest.mark.parametrize("mode", [*SEALING, "plain"])
def test_no_bomb_goes_off(sqlite_hall: Hall, mode: str) -> None:
    """In a genuine envelope: acknowledged, without a row, in the time of any other push."""
    for what, xml in bombs():
        if mode == "compatible":  # the open copy would be the envelope itself
            seen = Seen(sqlite_hall, mode, b"<xml></xml>")
            seen.encrypted = sqlite_hall.envelope.encrypt(xml)
            seen.sign()
        else:
            seen = Seen(sqlite_hall, mode, xml)

        def measured(seen: Seen = seen, what: str = what) -> float:
            began = perf_counter()
            answer = seen.post()
            assert answer.status_code == (413 if len(seen.body) > 2**16 else 200), what
            return perf_counter() - began

        with sqlite_hall.unwritten():
            in_time(measured, 1)


NUMBERS: Final = ("0", "-1", "1.5", "1e400", "9" * 400, "٣", "²", "0x1", "99999999999", "1764\x00", "+1", " 1 ")


@pytest.mark.parametrize("mode", [*SEALING, "plain"])
def test_no_number_is_too_large(sqlite_hall: Hall, mode: str) -> None:
    for number in NUMBERS:
        for name in ("CreateTime", "MsgId", "MsgID", "EventKey", "Count"):
            xml = SCAN.replace(f"<CreateTime>{STAMP}</CreateTime>".encode(), b"") if name == "CreateTime" else SCAN
            xml = xml.replace(b"<xml>", f"<xml><{name}>{number}</{name}>".encode())
            if mode == "compatible":
                seen = Seen(sqlite_hall, mode, b"<xml></xml>")
                seen.encrypted = sqlite_hall.envelope.encrypt(xml)
                seen.sign()
            else:
                seen = Seen(sqlite_hall, mode, xml)
            assert seen.post().status_code == 200, (name, number)


def _cdata_or_not(seen: Seen, body: bytes) -> bytes:
    return body.replace(f"<![CDATA[{seen.encrypted}]]>".encode(), seen.encrypted.encode())


def _blanks(seen: Seen, body: bytes) -> bytes:
    return (
        _cdata_or_not(seen, body).replace(b"<Encrypt>", b"<Encrypt>\n  ").replace(b"</Encrypt>", b" \r\n</Encrypt>\n")
    )


def _declared(seen: Seen, body: bytes) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def _marked(seen: Seen, body: bytes) -> bytes:
    return b"\xef\xbb\xbf" + body


def _more_elements(seen: Seen, body: bytes) -> bytes:
    return body.replace(b"<Encrypt>", b"<AgentID/><Unheard><a>1</a></Unheard><Encrypt>")


def _attributes(seen: Seen, body: bytes) -> bytes:
    return body.replace(b"<Encrypt>", b'<Encrypt type="text">')


def _last_line(seen: Seen, body: bytes) -> bytes:
    return body + b"\r\n"


UNTIDY: Final[tuple[Callable[[Seen, bytes], bytes], ...]] = (
    _cdata_or_not, _blanks, _declared, _marked, _more_elements, _attributes, _last_line,
)  # fmt: skip
BESIDE: Final = ("&openid=o-one", "&x=%ff%00", "&a=" + "9" * 3000, "&signature_2=1", "&encrypt_typ=raw", "&&=&")


@seed(20261129)
@pytest.mark.fuzz
@hypothesis_settings(max_examples=fuzzing.examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mode=st.sampled_from(SEALING),
    untidy=st.lists(st.sampled_from(UNTIDY), max_size=3, unique=True),
    more=st.sampled_from(BESIDE),
    left_out=st.sampled_from(["", "signature", "encrypt_type", "openid"]),
)
def test_an_honest_untidy_envelope_is_opened(
    sqlite_hall: Hall, mode: str, untidy: list[Callable[[Seen, bytes], bytes]], more: str, left_out: str
) -> None:
    openid, xml = scan_of_somebody(sqlite_hall)
    seen = Seen(sqlite_hall, mode, xml)
    seen.query.pop(left_out, None)
    body = seen.body
    for change in sorted(untidy, key=UNTIDY.index):
        body = change(seen, body)
    assert seen.post(body, more).status_code == 200, (untidy, left_out)
    assert sqlite_hall.check_ins()[-1] == (openid, Door.CODE)


def test_what_is_odd_around_a_request_is_no_server_error(sqlite_hall: Hall) -> None:
    """Headers that say something else than what comes."""
    for headers in (
        {"Content-Type": "application/json"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "text/xml; charset=utf-99"},
        {"Content-Encoding": "gzip"},
        {"X-Request-ID": "a\x01" * 400},
        {"Cookie": "session=" + "x" * 5000},
    ):
        openid, xml = scan_of_somebody(sqlite_hall)
        assert not is_refused(Seen(sqlite_hall, "safe", xml).post(**headers)), headers
        assert sqlite_hall.check_ins()[-1] == (openid, Door.CODE), headers


def test_what_was_sealed_for_other_accounts_is_refused(sqlite_hall: Hall) -> None:
    """Genuine ciphertexts from elsewhere, signed as if they were ours."""
    vectors = json.loads((Path(__file__).parent / "wechat_vectors.json").read_text("utf-8"))["crypto_vectors"]
    assert len(vectors) > 3
    with sqlite_hall.unwritten():
        for vector in vectors:
            seen = Seen(sqlite_hall, "safe", SCAN)
            seen.encrypted = vector["ciphertext_b64"]
            seen.sign()
            assert is_refused(seen.post()), vector["id"]
