"""The envelope around a push: who sent it, when, and what is inside.

Protocol: WeChat service account documentation, pages "message push" and "message encryption". A push is posted with
`signature`, `timestamp`, `nonce` in the query; encrypted ones carry `encrypt_type=aes` and `msg_signature` as well.
"""

import binascii
import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hmac import compare_digest
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from wxsvc.chat.broken_xml import texts_of
from wxsvc.chat.protocol_errors import BadPush, PushFault
from wxsvc.chat.xmlbody import MAX_BODY, Value, fields_of
from wxsvc.settings import Mode

MAX_AGE = 300
"""Seconds that a push's timestamp may lie in the past or the future."""

_BLOCK = 32  # PKCS#7 to a multiple of 32, not of AES's 16: pads above 16 are genuine
_HEAD = 20  # 16 random bytes, then the message's length, big endian

_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_NONCE = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_SIGNATURE = re.compile(r"[0-9a-f]{40}")
_ECHO = re.compile(r"[A-Za-z0-9+/=._~-]{1,512}")
_KEY = re.compile(r"[A-Za-z0-9]{43}")


class Query(Protocol):
    """The query arguments of a request, as werkzeug's MultiDict has them."""

    def getlist(self, key: str, /) -> Sequence[str]:
        """Every value given for the name."""


class Opened(NamedTuple):
    """A believed push: the message's XML, and what `answer` must know to reply in kind.

    `token` and `cipher` are places, 0 for the value in use and 1 for the former one.
    """

    xml: bytes
    sealed: bool
    nonce: str
    timestamp: str
    token: int = 0
    cipher: int = 0

    @property
    def sent_at(self) -> datetime:
        """When WeChat signed it."""
        return datetime.fromtimestamp(int(self.timestamp), UTC)


class Envelope:
    """Opens pushes and seals replies for one account. Safe to share between threads.

    `token` and `aes_key` (43 letters and digits; needed unless the mode is plain) are those of the console's message
    push settings; the old ones are what stood there before, and are believed as well while that is changed. Raises
    ValueError when they cannot be right.
    """

    def __init__(
        self,
        token: str,
        aes_key: str | None,
        app_id: str,
        mode: Mode | str,
        *,
        old_token: str | None = None,
        old_aes_key: str | None = None,
    ) -> None:
        self.mode = Mode(mode)
        self._tokens = (token, old_token) if old_token else (token,)
        self._app_id = app_id.encode()
        self._ciphers = tuple(_cipher(key) for key in (aes_key, old_aes_key) if key)
        if not token:
            raise ValueError("the token of the message push is empty")
        if not aes_key and self.mode is not Mode.PLAIN:
            raise ValueError(f"mode {self.mode} needs an EncodingAESKey")

    def verify_get(self, args: Query) -> str:
        """The `echostr` to answer, as text/plain, when the console checks the address. Raises BadPush.

        The age is not checked: the answer tells nothing, and an operator may repeat the request by hand.
        """
        self._check(args, "signature", _one(args, "timestamp", _TIMESTAMP), _one(args, "nonce", _NONCE))
        return _one(args, "echostr", _ECHO)

    def open(self, args: Query, body: bytes, now: datetime) -> Opened:
        """The message in a posted push. Raises BadPush, and nothing else, whatever was posted.

        Safe mode takes encrypted pushes only. Compatible mode takes the decrypted copy alone, never the plain
        elements beside it; a push without any sign of encryption counts as plain there. Plain mode reads the plain
        elements, and takes no push that says it is encrypted: the console is set to another mode.
        """
        if len(body) > MAX_BODY:
            raise BadPush(PushFault.TOO_LARGE)
        timestamp = _one(args, "timestamp", _TIMESTAMP)
        nonce = _one(args, "nonce", _NONCE)
        if abs(now.timestamp() - int(timestamp)) > MAX_AGE:
            raise BadPush(PushFault.STALE)
        if self.mode is Mode.PLAIN:
            token = self._check(args, "signature", timestamp, nonce)
            if "aes" in args.getlist("encrypt_type"):
                raise BadPush(PushFault.MODE)
            return Opened(body, False, nonce, timestamp, token)

        encrypted = self._encrypted(body)
        signed = bool(args.getlist("msg_signature"))
        declared = tuple(args.getlist("encrypt_type"))
        if len(declared) > 1:
            raise BadPush(PushFault.ARGUMENT, "encrypt_type")
        if self.mode is Mode.COMPATIBLE and encrypted is None and not signed and declared in ((), ("raw",)):
            token = self._check(args, "signature", timestamp, nonce)
            return Opened(body, False, nonce, timestamp, token)
        if encrypted is None or not signed or declared not in ((), ("aes",)):
            raise BadPush(PushFault.MODE)
        if not isinstance(encrypted, str):
            raise BadPush(PushFault.FIELD, "Encrypt")
        encrypted = encrypted.strip()
        if args.getlist("signature"):  # it does not cover the body, but whoever sends it has to send it right
            self._check(args, "signature", timestamp, nonce)
        token = self._check(args, "msg_signature", timestamp, nonce, encrypted)
        xml, cipher = self._decrypted(encrypted)
        return Opened(xml, True, nonce, timestamp, token, cipher)

    def answer(self, opened: Opened, reply: bytes) -> bytes:
        """The body that answers an opened push: sealed by what opened the push, or as it is if that was plain."""
        if not opened.sealed:
            return reply
        return self.seal(reply, opened.nonce, opened.timestamp, opened.token, opened.cipher)

    def seal(self, reply: bytes, nonce: str, timestamp: str, token: int = 0, cipher: int = 0) -> bytes:
        """An encrypted and signed reply. `success` and the empty body are never sealed."""
        encrypted = self.encrypt(reply, cipher=cipher)
        signature = self._signature(timestamp, nonce, encrypted, token=token)
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()

    def encrypt(self, message: bytes, salt: bytes | None = None, cipher: int = 0) -> str:
        """The base64 ciphertext of a message. `salt`, 16 bytes, is random unless a test gives it."""
        data = (salt or os.urandom(16)) + len(message).to_bytes(4, "big") + message + self._app_id
        pad = _BLOCK - len(data) % _BLOCK
        encryptor = self._key(cipher).encryptor()
        sealed = encryptor.update(data + bytes([pad]) * pad) + encryptor.finalize()
        return binascii.b2a_base64(sealed, newline=False).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """The message in a base64 ciphertext. Raises BadPush. The caller has checked the signature before."""
        return self._decrypted(encrypted)[0]

    def _decrypted(self, encrypted: str) -> tuple[bytes, int]:
        """The message, and the place of the key that opens it; what is wrong is told of the key in use."""
        try:
            sealed = binascii.a2b_base64(encrypted, strict_mode=True)
        except ValueError:
            raise BadPush(PushFault.BASE64) from None
        if not sealed or len(sealed) % _BLOCK:
            raise BadPush(PushFault.LENGTH)
        try:
            return self._unpacked(sealed, 0), 0
        except BadPush:
            for place in range(1, len(self._ciphers)):
                with suppress(BadPush):
                    return self._unpacked(sealed, place), place
            raise

    def _unpacked(self, sealed: bytes, place: int) -> bytes:
        decryptor = self._key(place).decryptor()
        data = decryptor.update(sealed) + decryptor.finalize()
        pad = data[-1]
        if not 1 <= pad <= _BLOCK or data[-pad:] != bytes([pad]) * pad:
            raise BadPush(PushFault.PADDING)
        end = _HEAD + int.from_bytes(data[16:_HEAD], "big")
        if end > len(data) - pad:
            raise BadPush(PushFault.LENGTH)
        if not compare_digest(data[end:-pad], self._app_id):
            raise BadPush(PushFault.APP_ID)
        return data[_HEAD:end]

    def _encrypted(self, body: bytes) -> Value | None:
        """What `Encrypt` holds. In compatible mode the message stands beside it, with whatever people wrote in it."""
        try:
            return fields_of(body).get("Encrypt")
        except BadPush:
            if self.mode is Mode.SAFE:
                raise
            return texts_of(body).get("Encrypt")

    def _key(self, place: int = 0) -> Cipher[modes.CBC]:
        if not self._ciphers:
            raise BadPush(PushFault.MODE)
        return self._ciphers[place]

    def _check(self, args: Query, name: str, *parts: str) -> int:
        """The place of the token that signed the parts."""
        given = _one(args, name, _SIGNATURE)
        for place in range(len(self._tokens)):
            if compare_digest(self._signature(*parts, token=place), given):
                return place
        raise BadPush(PushFault.SIGNATURE)

    def _signature(self, *parts: str, token: int = 0) -> str:
        text = "".join(sorted((self._tokens[token], *parts)))
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    if _KEY.fullmatch(aes_key) is None:
        raise ValueError("an EncodingAESKey has 43 letters and digits")
    key = binascii.a2b_base64(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _one(args: Query, name: str, form: re.Pattern[str]) -> str:
    values = args.getlist(name)
    if len(values) != 1 or form.fullmatch(values[0]) is None:
        raise BadPush(PushFault.ARGUMENT, name)
    return values[0]
