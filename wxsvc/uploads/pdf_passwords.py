"""Passwords of PDFs (打开密码): whether one is needed to read a PDF at all (ISO 32000-2, 7.6.4).

Many an official PDF is encrypted so that nobody changes it: its password for users is empty, and every reader opens it.
Whether that is so can be computed; where it cannot, nothing is said against the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_PADDING: Final = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
"""Stands in place of a password that is shorter than 32 bytes; of the empty one it is all."""
_ENCRYPTED: Final = re.compile(rb"/Encrypt\s*(?:(\d{1,9})\s+(\d{1,5})\s+R|(?=<<))")
_IDENTIFIED: Final = re.compile(rb"/ID\s*\[\s*(?=[(<])")
_TOKEN: Final = re.compile(rb"<<|>>|/[^\s()<>\[\]{}/%]*|<[0-9A-Fa-f\s]*>|\(|[^\s()<>\[\]{}/%]+")
_OF_STRING: Final = re.compile(rb"\\(?:[0-7]{1,3}|\r\n|.)|[()]|[^\\()]+", re.DOTALL)
_ESCAPES: Final = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\n": b"",
    b"\r": b"",
    b"\r\n": b"",
}
_LONGEST: Final = 5_000
"""Bytes of a dictionary that says how a PDF is encrypted."""
_MOST: Final = 20
"""Such dictionaries, and identifiers, from different states of one PDF."""
_HASHES: Final = (hashlib.sha256, hashlib.sha384, hashlib.sha512)


def is_needed(content: bytes) -> bool:
    """Whether nobody can read the PDF without a password or a certificate; false where it cannot be told."""
    if b"/Encrypt" not in content:
        return False
    identifiers = [*(_string(content, found.end()) for found in islice(_IDENTIFIED.finditer(content), _MOST)), b""]
    answers = [_is_needed(each, identifiers) for each in islice(_dictionaries(content), _MOST)]
    return True in answers and False not in answers


def _dictionaries(content: bytes) -> Iterator[dict[bytes, bytes]]:
    """How the PDF says that it is encrypted, in each of its states."""
    found = [*islice(_ENCRYPTED.finditer(content), _MOST)]
    yield from (_entries(content, each.end()) for each in found if each[1] is None)
    objects = b"|".join({rb"%s\s+%s" % each.groups() for each in found if each[1] is not None})
    defined = re.finditer(rb"(?<!\d)(?:%s)\s+obj\s*(?=<<)" % objects, content) if objects else ()
    yield from (_entries(content, each.end()) for each in defined)


def _entries(content: bytes, at: int) -> dict[bytes, bytes]:
    """Names and plain values of a dictionary that begins at a place, without those of dictionaries within it."""
    depth, told, end = 0, list[bytes](), at + _LONGEST
    while (found := _TOKEN.search(content, at, end)) is not None:
        at, token = found.end(), found[0]
        depth += {b"<<": 1, b">>": -1}.get(token, 0)
        if depth < 1:
            break
        if token == b"(":
            token, at = _literal(content, at)
        elif token.startswith(b"<") and token != b"<<":
            token = _hexadecimal(token)
        if depth == 1:
            told.append(token)
    # a name that stands before a name or a dictionary has no plain value of its own
    return dict(zip(told, chain(told[1:], [b""]), strict=True))


def _string(content: bytes, at: int) -> bytes:
    end = content.find(b">", at)
    return _literal(content, at + 1)[0] if content[at : at + 1] == b"(" else _hexadecimal(content[at : end + 1])


def _literal(content: bytes, at: int) -> tuple[bytes, int]:
    """A string behind its bracket, and where it ends."""
    depth, told = 1, bytearray()
    while (found := _OF_STRING.match(content, at)) is not None and len(told) < _LONGEST:
        at, part = found.end(), found[0]
        depth += {b"(": 1, b")": -1}.get(part, 0)
        if not depth:
            break
        escaped = part[1:] if part.startswith(b"\\") else None
        if escaped is None:
            told += part
        else:
            is_code = escaped[0] in b"01234567"
            told += bytes([int(escaped, 8) & 255]) if is_code else _ESCAPES.get(escaped, escaped)
    return bytes(told), at


def _hexadecimal(told: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", told)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _is_needed(entries: dict[bytes, bytes], identifiers: list[bytes]) -> bool | None:
    """Whether the empty password opens nothing; None where the dictionary says too little."""
    if entries.get(b"/Filter", b"/Standard") != b"/Standard":
        return True
    try:
        revision, owner, user = int(entries[b"/R"]), entries[b"/O"], entries[b"/U"]
        if revision in (5, 6):
            return _hash(user[32:40], revision) != user[:32] if len(user) >= 48 else None
        if not 2 <= revision <= 4 or min(len(owner), len(user)) < 32:
            return None
        rights = (int(entries[b"/P"]) & 0xFFFFFFFF).to_bytes(4, "little")
        plain = b"\xff" * 4 if revision == 4 and entries.get(b"/EncryptMetadata") == b"false" else b""
        bits = 40 if revision == 2 else 128 if entries.get(b"/V") == b"4" else int(entries.get(b"/Length", b"40"))
    except (KeyError, ValueError):
        return None
    if not 40 <= bits <= 128:
        return None
    keys = ((_key(owner[:32] + rights + each + plain, revision, bits // 8), each) for each in identifiers)
    return not any(_proof(key, each, revision) == user[: 32 if revision == 2 else 16] for key, each in keys)


def _key(said: bytes, revision: int, length: int) -> bytes:
    key = _md5(_PADDING + said)
    for _ in range(50 if revision > 2 else 0):
        key = _md5(key[:length])
    return key[:length]


def _proof(key: bytes, identifier: bytes, revision: int) -> bytes:
    """What stands in the PDF if the key is right."""
    if revision == 2:
        return _rc4(key, _PADDING)
    proof = _md5(_PADDING + identifier)
    for turn in range(20):
        proof = _rc4(bytes(each ^ turn for each in key), proof)
    return proof


def _hash(salt: bytes, revision: int) -> bytes:
    """The hash of the empty password; since revision 6 in so many rounds as it says itself, 288 at the most."""
    key = hashlib.sha256(salt).digest()
    turn = 0 if revision == 6 else 400
    last = 0
    while turn < 64 or (turn < 400 and last > turn - 32):
        cipher = Cipher(algorithms.AES(key[:16]), modes.CBC(key[16:32])).encryptor()
        mixed = cipher.update(key * 64) + cipher.finalize()
        key, last, turn = _HASHES[sum(mixed[:16]) % 3](mixed).digest(), mixed[-1], turn + 1
    return key[:32]


def _md5(some: bytes) -> bytes:
    return hashlib.md5(some, usedforsecurity=False).digest()


def _rc4(key: bytes, some: bytes) -> bytes:
    """RC4, which nothing but old PDFs asks for."""
    box, other = [*range(256)], 0
    for at in range(256):
        other = (other + box[at] + key[at % len(key)]) % 256
        box[at], box[other] = box[other], box[at]
    at = other = 0
    made = bytearray()
    for sign in some:
        at = (at + 1) % 256
        other = (other + box[at]) % 256
        box[at], box[other] = box[other], box[at]
        made.append(sign ^ box[(box[at] + box[other]) % 256])
    return bytes(made)
