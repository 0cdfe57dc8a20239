"""The protocol against the running ``/wechat``: every known body passes, every wrong envelope is a 4xx, no row."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from werkzeug.serving import make_server

from models import Base
from models.person import Person
from tests import builders
from tests.clock import SettableClock
from tests.databases import put_sqlite
from wxsvc.app import create_app
from wxsvc.chat.envelope import Envelope
from wxsvc.db import Database
from wxsvc.settings import Development, Settings
from wxsvc.simulator import Credentials, Simulator
from wxsvc.simulator.xmltext import Value

VECTORS = json.loads((Path(__file__).parent / "wechat_vectors.json").read_text("utf-8"))
BODIES = VECTORS["message_bodies"] + VECTORS["newer_event_bodies"]
SIGNED = [vector for vector in VECTORS["crypto_vectors"] if "msg_signature" in vector]
TOKEN, KEY, APP = Development.TOKEN, Development.AES_KEY, Development.APP_ID
MODES = ["plain", "compatible", "safe"]
PERSONAL = [
    f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName>"
    f"<CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
    f"<OpenID><![CDATA[o-1]]></OpenID><AppID><![CDATA[{APP}]]></AppID><UnionID></UnionID>"
    f"<RevokeInfo><![CDATA[301]]></RevokeInfo></xml>"
    for event in ("user_info_modified", "user_authorization_revoke", "user_authorization_cancellation")
]

Start = Callable[..., "Running"]
INSIDE = {"doctype", "not_utf8", "not_xml", "nested", "doubled", "missing"}
"""What the simulator makes wrong in the message alone."""


class Running:
    """The product behind a port, on a database of its own, with WeChat's credentials as a vector has them."""

    def __init__(self, url: str, database: Database, token: str, key: str, app_id: str, at: datetime) -> None:
        self.url, self.database, self.token, self.at = url, database, token, at
        self.envelope = Envelope(token, key or KEY, app_id, "safe")

    def rows(self) -> dict[str, int]:
        with self.database.read() as session:
            return {
                table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }

    def post(self, body: bytes, **query: str) -> requests.Response:
        return requests.post(self.url, params=query, data=body, timeout=20, headers={"Content-Type": "text/xml"})

    def signature(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted((self.token, *parts))).encode()).hexdigest()  # noqa: S324

    def post_plain(self, xml: bytes) -> requests.Response:
        stamp, nonce = str(int(self.at.timestamp())), "1372623149"
        return self.post(xml, timestamp=stamp, nonce=nonce, signature=self.signature(stamp, nonce), openid="o-1")

    def post_sealed(self, encrypted: str, shell: str = "<xml><ToUserName>gh</ToUserName></xml>") -> requests.Response:
        """A genuinely signed push around a ciphertext, however wrong that is."""
        stamp, nonce = str(int(self.at.timestamp())), "1372623149"
        body = shell.replace("</xml>", f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>")
        query = {"timestamp": stamp, "nonce": nonce, "encrypt_type": "aes"}
        return self.post(body.encode(), **query, msg_signature=self.signature(stamp, nonce, encrypted))

    def encrypt_raw(self, data: bytes) -> str:
        """Encrypt exactly these bytes, however wrong they are."""
        encryptor = self.envelope._key().encryptor()
        return base64.b64encode(encryptor.update(data) + encryptor.finalize()).decode()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the product in a mode, with these credentials, at this time."""
    stops: list[Callable[[], None]] = []

    def make(
        mode: str = "safe", token: str = TOKEN, key: str = KEY, app_id: str = APP, at: datetime = builders.NOW
    ) -> Running:
        folder = tmp_path / str(len(stops))
        folder.mkdir()
        settings = Settings(
            data_dir=folder, secret_key="k" * 40, wechat_token=token, wechat_aes_key=key, wechat_app_id=app_id,
            wechat_app_secret="s", wechat_mode=mode, database_url=f"sqlite:///{folder / 'wxsvc.db'}",
        )  # fmt: skip
        settings.make_folders()
        put_sqlite(folder / "wxsvc.db")
        database = Database(settings.database_url)
        server = make_server("127.0.0.1", 0, create_app(settings, SettableClock(at), database), threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        stops.extend((server.shutdown, thread.join, server.server_close, database.dispose))
        return Running(f"http://127.0.0.1:{server.server_port}/wechat", database, token, key, app_id, at)

    yield make
    for stop in stops:
        stop()


@contextmanager
def unwritten(running: Running) -> Iterator[None]:
    """Nothing that happens within leaves a row."""
    before = running.rows()
    yield
    assert running.rows() == before


@pytest.mark.parametrize("vector", SIGNED, ids=lambda vector: str(vector["id"]))
def test_a_known_push_is_accepted(start: Start, vector: dict[str, Any]) -> None:
    """Each is genuine; those that are no push (an echo, a reply) are acknowledged as well."""
    at = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    running = start("safe", vector["token"], vector["encoding_aes_key"], vector["appid"], at)
    sealed = f"<xml><Encrypt><![CDATA[{vector['ciphertext_b64']}]]></Encrypt></xml>"
    body = (vector.get("safe_mode_body") or vector.get("body") or sealed).encode()
    query = {name: vector[name] for name in ("timestamp", "nonce", "msg_signature")}
    with unwritten(running):
        answer = running.post(body, encrypt_type="aes", **query)
        assert answer.status_code == 200
        assert "<MsgType>" in vector["plaintext"] or answer.content == b"success"
        for name in query:
            changed = query[name][:-1] + ("1" if query[name][-1] != "1" else "2")
            assert running.post(body, encrypt_type="aes", **query | {name: changed}).status_code == 403
        other = sealed.replace("CDATA[" + vector["ciphertext_b64"][0], "CDATA[/", 1).encode()
        assert running.post(other, encrypt_type="aes", **query).status_code == 403


@pytest.mark.parametrize("vector", [v for v in VECTORS["sha1_signatures"] if "token" in v], ids=lambda v: str(v["id"]))
def test_a_known_setup_request_is_echoed_or_refused(start: Start, vector: dict[str, Any]) -> None:
    running = start("plain", vector["token"], "")
    query = {name: vector[name] for name in ("timestamp", "nonce", "signature")}
    answer = requests.get(running.url, params=query | {"echostr": "57170"}, timeout=20)
    refused = vector.get("expect") == "reject"
    assert (answer.status_code, answer.text) == ((403, "") if refused else (200, "57170"))


@pytest.mark.parametrize("mode", MODES)
def test_every_known_body_is_accepted(start: Start, mode: str) -> None:
    """42 kinds of message and event from other projects' tests, newer ones, and the compliance events."""
    running = start(mode)
    for xml in [str(body["xml"]) for body in BODIES] + PERSONAL:
        if mode == "plain":
            answer = running.post_plain(xml.encode())
        elif mode == "compatible":
            answer = running.post_sealed(running.envelope.encrypt(xml.encode()), xml)
        else:
            answer = running.post_sealed(running.envelope.encrypt(xml.encode()))
        assert answer.status_code == 200, xml
        assert answer.content == b"success" or b"<Content>" in answer.content or b"<Encrypt>" in answer.content


@pytest.mark.parametrize("xml", PERSONAL, ids=["modified", "revoked", "cancelled"])
def test_who_revokes_is_erased_and_who_changes_something_is_not(start: Start, xml: str) -> None:
    """``OpenID`` names the person; the event may come from the account itself."""
    running = start()
    with running.database.transaction() as session:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        person = builders.person(session, openid="o-1", created_at=long_ago, name_sealed="x", phone_sealed="x")
    assert running.post_sealed(running.envelope.encrypt(xml.encode())).content == b"success"
    with running.database.read() as session:
        kept = session.get_one(Person, person.id)
    if "user_info_modified" in xml:
        assert (kept.openid, kept.name_sealed) == ("o-1", "x")
    else:
        assert [kept.openid, kept.name_sealed, kept.phone_sealed] == [None, None, None]


def test_a_push_meets_nothing_that_pages_need(start: Start) -> None:
    """No cookie, no cache, no other method; an address beside it is a page's."""
    running = start()
    xml = str(VECTORS["message_bodies"][0]["xml"]).encode()
    answer = running.post_sealed(running.envelope.encrypt(xml))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "Set-Cookie" not in answer.headers
    assert requests.put(running.url, timeout=20).status_code == 405
    assert requests.get(running.url + "/more", timeout=20).status_code == 404
    chunks = iter([b"<xml>" + b" " * 2**16] * 4)
    query = {"timestamp": str(int(running.at.timestamp())), "nonce": "1", "msg_signature": "0" * 40}
    assert 400 <= requests.post(running.url, params=query, data=chunks, timeout=20).status_code < 500
    assert running.post(b" " * (2**16 + 1), **query).status_code == 413


def test_a_failure_of_ours_says_nothing_and_wechat_tries_again(start: Start) -> None:
    """With the table gone the push is not acknowledged, so that it comes again; nothing internal is shown."""
    running = start()
    scan = str(next(b["xml"] for b in VECTORS["message_bodies"] if b["event"] == "SCAN")).encode()
    with running.database.transaction() as session:
        session.execute(sa.text("drop table refused_scans"))
    answer = running.post_sealed(running.envelope.encrypt(scan))
    assert (answer.status_code, answer.content) == (500, b"")


def _wrong(running: Running) -> dict[str, Callable[[], requests.Response]]:
    """Everything wrong around a message."""
    inner = str(VECTORS["message_bodies"][0]["xml"]).encode()
    head = b"r" * 16 + len(inner).to_bytes(4, "big") + inner + APP.encode()
    whole = head + bytes([32 - len(head) % 32]) * (32 - len(head) % 32)
    foreign = Envelope(TOKEN, KEY, "wx0000000000000000", "safe")
    ciphertexts = {
        "other AppID": foreign.encrypt(inner),
        "truncated base64": running.encrypt_raw(whole)[:-3],
        "31 bytes": base64.b64encode(os.urandom(31)).decode(),
        "empty": "",
        "pad 0": running.encrypt_raw(whole[:-1] + b"\0"),
        "pad 33": running.encrypt_raw(whole[:-1] + b"\x21"),
        "inconsistent pad": running.encrypt_raw(whole[:-32] + os.urandom(31) + b"\x20"),
        "length beyond the buffer": running.encrypt_raw(b"r" * 16 + b"\x00\xff\xff\xff" + whole[20:]),
    }
    sealed: dict[str, Callable[[], requests.Response]] = {
        name: lambda encrypted=encrypted: running.post_sealed(encrypted)  # type: ignore[misc]
        for name, encrypted in ciphertexts.items()
    }
    good = running.envelope.encrypt(inner)
    for name, shell in {
        "doctype": "<!DOCTYPE xml><xml></xml>",
        "entities": '<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>',
        "an entity alone": "<xml>&a;</xml>",
        "control characters": "<xml>\x01</xml>",
        "a surrogate": "<xml>&#xD800;</xml>",
        "two ciphertexts": "<xml><Encrypt>AAAA</Encrypt></xml>",
        "a nested ciphertext": "<xml><a></xml></a>",
        "the end of CDATA": "<xml>]]></xml>",
    }.items():
        sealed[name] = lambda shell=shell: running.post_sealed(good, shell)  # type: ignore[misc]
    return sealed | {
        "a plain body": lambda: running.post_plain(inner),
        "200,000 levels": lambda: running.post(b"<a>" * 200_000, timestamp="1", nonce="1", msg_signature="0" * 40),
        "nothing": lambda: running.post(b""),
    }


def test_every_wrong_envelope_is_refused_and_leaves_no_row(start: Start) -> None:
    running = start("safe")
    with unwritten(running):
        statuses = {name: send().status_code for name, send in _wrong(running).items()}
    assert {name: status for name, status in statuses.items() if not 400 <= status < 500} == {}
    assert len(statuses) == 19


def test_what_stands_between_cdata_ends_is_only_text(start: Start) -> None:
    """Properly split, ``]]>`` is what somebody wrote; the answer is well-formed whatever it was."""
    running = start("safe")
    inner = str(next(b["xml"] for b in VECTORS["message_bodies"] if b["msg_type"] == "text"))
    begin, end = inner.index("<Content>"), inner.index("</Content>")
    text = inner[:begin] + "<Content><![CDATA[a]]]]><![CDATA[>{{ 7 * 7 }}<b>]]>" + inner[end:]
    assert running.post_sealed(running.envelope.encrypt(text.encode())).status_code == 200


@pytest.mark.parametrize("mode", MODES)
def test_no_tampering_of_the_simulator_leaves_a_row(start: Start, mode: str) -> None:
    """Sent by the simulator to the running product: a wrong envelope is a 4xx, a message nobody can read is taken."""
    running = start(mode)
    harmless = {"plain": {"plain", "msg_signature"}, "compatible": {"plain"}}.get(mode, set()) | {"two_roots"}
    stamp = int(running.at.timestamp())
    key = "" if mode == "plain" else KEY
    with Simulator(running.url, Credentials(APP, "s", TOKEN, key, mode), now=lambda: float(stamp)) as sim:
        phone = sim.phone("visitor", follows=True)
        with unwritten(running):
            for kind in sim.pushes.tampering.kinds:
                if kind in harmless or (mode == "plain" and _needs_ciphertext(sim, kind)):
                    continue
                sim.pushes.tamper(kind)
                reply = phone.event("SCAN", EventKey="1", Ticket="t")
                delivery = phone.last_delivery
                assert delivery is not None
                (attempt,) = delivery.attempts
                if kind in INSIDE:
                    assert (attempt.status, reply) == (200, None), kind
                else:
                    assert reply is not None, kind
                    assert reply.kind == "system", kind
                    assert 400 <= (attempt.status or 0) < 500, kind


def _needs_ciphertext(sim: Simulator, kind: str) -> bool:
    fields: dict[str, Value] = {"FromUserName": "o", "CreateTime": 1, "MsgType": "event", "Event": "SCAN"}
    try:
        sim.pushes.tampering.make(kind, fields, 1)
    except ValueError:
        return True
    return False
