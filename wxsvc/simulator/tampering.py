"""Pushes that are wrong on purpose, to see that the product refuses them."""

from collections.abc import Callable, Mapping

from wxsvc.simulator import xmltext
from wxsvc.simulator.crypto import Envelope
from wxsvc.simulator.wrapping import Parcel, Wrapping

STALE = 3600


class Tampering:
    """One method per kind; each returns a parcel that WeChat would never send."""

    def __init__(self, wrapping: Wrapping, app_id: str, aes_key: str) -> None:
        self._wrapping, self._app_id, self._aes_key = wrapping, app_id, aes_key
        self._kinds: dict[str, Callable[[Mapping[str, xmltext.Value], int], Parcel]] = {
            "signature": lambda fields, now: self._query(fields, now, "signature"),
            "msg_signature": lambda fields, now: self._query(fields, now, "msg_signature"),
            "timestamp": lambda fields, now: self._query(fields, now, "timestamp"),
            "nonce": lambda fields, now: self._query(fields, now, "nonce"),
            "unsigned": self._unsigned,
            "stale": lambda fields, now: wrapping.wrap(fields, now - STALE),
            "future": lambda fields, now: wrapping.wrap(fields, now + STALE),
            "plain": lambda fields, now: Parcel(self._signed(fields, now), xmltext.write(fields).encode()),
            "app_id": self._foreign,
            "truncated": lambda fields, now: self._sealed(fields, now, self._encrypted(fields)[:-3]),
            "short": lambda fields, now: self._sealed(fields, now, "A" * 40 + "=="),
            "empty": lambda fields, now: self._sealed(fields, now, ""),
            "pad_zero": lambda fields, now: self._raw(fields, now, lambda text: self._block(text, bytes(32))),
            "pad_33": lambda fields, now: self._raw(fields, now, lambda text: self._block(text, bytes([33]) * 32)),
            "pad_uneven": lambda fields, now: self._raw(
                fields, now, lambda text: self._block(text, bytes([7]) * 31 + bytes([9]))
            ),
            "overrun": lambda fields, now: self._raw(fields, now, lambda _: self._block(b"", bytes([32]) * 32, 99999)),
            "doctype": lambda fields, now: self._text(fields, now, b"<!DOCTYPE xml>" + xmltext.write(fields).encode()),
            "two_roots": lambda fields, now: self._text(fields, now, xmltext.write(fields).encode() * 2),
            "not_utf8": lambda fields, now: self._text(fields, now, b"<xml><MsgType>\xff\xfe</MsgType></xml>"),
            "not_xml": lambda fields, now: self._text(fields, now, b"{}"),
            "nested": lambda fields, now: self._text(fields, now, b"<xml>" + b"<a>" * 10000),
            "doubled": lambda fields, now: self._text(
                fields, now, xmltext.write({**fields, "MsgType": ["text", "event"]}).encode()
            ),
            "missing": lambda fields, now: self._text(
                fields, now, xmltext.write({k: v for k, v in fields.items() if k != "MsgType"}).encode()
            ),
            "large": lambda fields, now: self._text(
                fields, now, xmltext.write({**fields, "Content": "x" * 1_100_000}).encode()
            ),
        }

    @property
    def kinds(self) -> list[str]:
        """The names of all kinds."""
        return list(self._kinds)

    def open(self, encrypted: str) -> bytes:
        """Decrypt as an honest receiver would; raise BadCiphertext where it would refuse."""
        return self._wrapping.envelope.decrypt(encrypted)

    def make(self, kind: str, fields: Mapping[str, xmltext.Value], now: int) -> Parcel:
        """Return a wrong parcel; KeyError on an unknown kind, ValueError where the mode has no ciphertext."""
        return self._kinds[kind](fields, now)

    def _signed(self, fields: Mapping[str, xmltext.Value], now: int) -> dict[str, str]:
        return self._wrapping.signed_query(now, openid=str(fields["FromUserName"]))

    def _query(self, fields: Mapping[str, xmltext.Value], now: int, name: str) -> Parcel:
        parcel = self._wrapping.wrap(fields, now)
        value = parcel.query.get(name, "0")
        parcel.query[name] = value[:-1] + ("1" if value[-1] != "1" else "2")
        return parcel

    def _unsigned(self, fields: Mapping[str, xmltext.Value], now: int) -> Parcel:
        return Parcel({}, self._wrapping.wrap(fields, now).body)

    def _encrypted(self, fields: Mapping[str, xmltext.Value]) -> str:
        return self._wrapping.envelope.encrypt(xmltext.write(fields).encode(), b"0123456789abcdef")

    def _sealed(self, fields: Mapping[str, xmltext.Value], now: int, encrypted: str) -> Parcel:
        return self._wrapping.sealed(self._signed(fields, now), encrypted, None)

    def _foreign(self, fields: Mapping[str, xmltext.Value], now: int) -> Parcel:
        other = Envelope(self._aes_key, self._app_id[:-1] + ("0" if self._app_id[-1] != "0" else "1"))
        return self._sealed(fields, now, other.encrypt(xmltext.write(fields).encode(), b"0123456789abcdef"))

    def _raw(self, fields: Mapping[str, xmltext.Value], now: int, lay_out: Callable[[bytes], bytes]) -> Parcel:
        padded = lay_out(xmltext.write(fields).encode())
        return self._sealed(fields, now, self._wrapping.envelope.encrypt_raw(padded))

    def _block(self, text: bytes, pad: bytes, length: int | None = None) -> bytes:
        size = len(text) if length is None else length
        plain = b"0123456789abcdef" + size.to_bytes(4, "big") + text + self._app_id.encode()
        return plain + bytes(-len(plain) % 32) + pad

    def _text(self, fields: Mapping[str, xmltext.Value], now: int, text: bytes) -> Parcel:
        try:
            envelope = self._wrapping.envelope
        except ValueError:
            return Parcel(self._signed(fields, now), text)
        return self._sealed(fields, now, envelope.encrypt(text, b"0123456789abcdef"))
