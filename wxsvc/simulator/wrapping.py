"""A push as it travels: query and body in each of the three modes, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wxsvc.simulator import xmltext
from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.crypto import BadCiphertext, Envelope, sign
from wxsvc.simulator.reply import BadReply, Reply
from wxsvc.simulator.serial import Serial


@dataclass
class Parcel:
    """Query and body of one POST."""

    query: dict[str, str]
    body: bytes


class Wrapping:
    """Wraps pushes and unwraps replies. Source: "Message encryption" page."""

    def __init__(self, credentials: Credentials, serial: Serial) -> None:
        self._credentials, self._serial = credentials, serial
        self._envelope = Envelope(credentials.aes_key, credentials.app_id) if len(credentials.aes_key) == 43 else None

    def signed_query(self, timestamp: int, **more: str) -> dict[str, str]:
        """Return signature, timestamp and nonce, as every request of WeChat carries them."""
        nonce, time = str(self._serial.number(9)), str(timestamp)
        signature = sign(self._credentials.token, time, nonce)
        return {"signature": signature, "timestamp": time, "nonce": nonce, **more}

    def wrap(self, fields: Mapping[str, xmltext.Value], timestamp: int) -> Parcel:
        """Return the POST of a push in the account's mode."""
        query = self.signed_query(timestamp, openid=str(fields["FromUserName"]))
        plain = xmltext.write(fields).encode()
        if self._credentials.mode == "plain" or self._envelope is None:
            return Parcel(query, plain)
        encrypted = self._envelope.encrypt(plain, self._serial.text(16).encode())
        return self.sealed(query, encrypted, fields if self._credentials.mode == "compatible" else None)

    def sealed(self, query: dict[str, str], encrypted: str, plain: Mapping[str, xmltext.Value] | None) -> Parcel:
        """Return the POST around an encrypted text, with the plain fields beside it when given."""
        signature = sign(self._credentials.token, query["timestamp"], query["nonce"], encrypted)
        query = {**query, "encrypt_type": "aes", "msg_signature": signature}
        shell: Mapping[str, xmltext.Value] = plain or {"ToUserName": self._credentials.account_id}
        return Parcel(query, xmltext.write({**shell, "Encrypt": encrypted}).encode())

    @property
    def envelope(self) -> Envelope:
        """The AES envelope; ValueError in an account without an AES key."""
        if self._envelope is None:
            raise ValueError("this account has no EncodingAESKey")
        return self._envelope

    def unwrap(self, body: bytes, openid: str) -> Reply | None:
        """Return the reply in an answer, None for ``success`` or nothing; raise BadReply for all else."""
        if body.strip() in (b"", b"success"):
            return None
        try:
            fields = xmltext.read(body)
            if "Encrypt" in fields:
                fields = self._open(fields)
            elif self._credentials.mode == "safe":
                raise BadReply("a plain reply in safe mode")
        except xmltext.BadXml as error:
            raise BadReply(f"not XML: {error}") from error
        return Reply.read(fields, openid, self._credentials.account_id)

    def _open(self, fields: dict[str, Any]) -> dict[str, Any]:
        if self._envelope is None:
            raise BadReply("an encrypted reply in plain mode")
        for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce"):
            if not isinstance(fields.get(name), str) or not fields[name]:
                raise BadReply(f"no {name}")
        expected = sign(self._credentials.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
        if fields["MsgSignature"] != expected:
            raise BadReply("MsgSignature")
        try:
            return xmltext.read(self._envelope.decrypt(fields["Encrypt"]))
        except BadCiphertext as error:
            raise BadReply(f"ciphertext: {error}") from error
