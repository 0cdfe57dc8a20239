"""Reading an honest push whose XML is broken: WeChat puts what people write into its elements as it is.

WeChat's own elements end at their first closing tag. What people write may hold tags itself, so it ends at the last
closing tag of its element: nothing inside it becomes an element. An element that comes twice with different values says
nothing. No document type is ever read and no entity is ever defined.
"""

import re

from wxsvc.chat.protocol_errors import BadPush, PushFault
from wxsvc.chat.xmlbody import ILLEGAL, Value

_WRITTEN = frozenset(
    {"Content", "ScanCodeInfo", "Recognition", "Label", "Poiname", "SendLocationInfo", "Title", "Description", "Url"}
)
"""Elements in which people write, a scanned code among them; all others are filled by WeChat."""

_MOST = 200
"""Elements looked at, and comments in a row. The longest known push has about twenty elements and no comment."""

_OPENING = re.compile(
    r"<(?:(?P<passed>!--|\?|!\[CDATA\[)|(?P<declared>!(?i:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)\b)"
    r"|(?P<name>[A-Za-z_][\w.-]*)(?:[ \t\r\n][^<>]*?)?(?P<empty>/)?>)"
)
_PASSED = {"!--": "-->", "?": "?>", "![CDATA[": "]]>"}
_CDATA = "<![CDATA["
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def texts_of(body: bytes) -> dict[str, Value]:
    """The texts of the children of the root `<xml>` by name; of `ScanCodeInfo` the `ScanResult` inside.

    Without the characters that XML cannot carry; bytes that are no UTF-8 become U+FFFD. Raises BadPush, and nothing
    else, where no `<xml>` begins or a document type is declared.
    """
    text = ILLEGAL.sub("", body.decode("utf-8", "replace"))
    root = _opening(text, 0)
    if root is None or root["name"] != "xml":
        raise BadPush(PushFault.PROLOG)
    found: dict[str, Value] = {}
    doubtful = set()
    at = root.end()
    for _ in range(_MOST):
        opening = _opening(text, at)
        if opening is None:
            break
        name = opening["name"]
        inner, at = _inner(text, opening)
        if inner is None:
            continue
        value: Value = {"ScanResult": _scanned(inner)} if name == "ScanCodeInfo" else _text(inner)
        if found.setdefault(name, value) != value:
            doubtful.add(name)
    return {name: value for name, value in found.items() if name not in doubtful}


def _opening(text: str, at: int) -> re.Match[str] | None:
    """The next opening tag from here on; comments, instructions and stray CDATA sections are passed over."""
    for _ in range(_MOST):
        found = _OPENING.search(text, at)
        if found is None or found["name"]:
            return found
        if found["declared"]:
            raise BadPush(PushFault.PROLOG)
        closing = _PASSED[found["passed"]]
        end = text.find(closing, found.end())
        at = found.end() if end < 0 else end + len(closing)
    return None


def _inner(text: str, opening: re.Match[str]) -> tuple[str | None, int]:
    """What stands between an opening tag and its closing one, and where to read on; None where it cannot be told."""
    begin, closing = opening.end(), f"</{opening['name']}>"
    if opening["empty"]:
        return "", begin
    if opening["name"] in _WRITTEN:
        end = text.rfind(closing, begin)
        return (text[begin:], len(text)) if end < 0 else (text[begin:end], end + len(closing))
    end = text.find(closing, begin)
    if end < 0:
        return None, begin
    inner = text[begin:end].strip()
    is_nested = "<" in inner and not inner.startswith(_CDATA)
    return (None if is_nested else inner), end + len(closing)


def _scanned(inner: str) -> str:
    _, _, rest = inner.partition("<ScanResult>")
    return _text(rest.rpartition("</ScanResult>")[0] or rest)


def _text(inner: str) -> str:
    inner = inner.strip()
    if inner.startswith(_CDATA):
        return inner.removeprefix(_CDATA).removesuffix("]]>")
    return _REFERENCE.sub(_character, inner)


def _character(reference: re.Match[str]) -> str:
    hexadecimal, decimal, named = reference.groups()
    if named:
        return _NAMED[named]
    number = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return ILLEGAL.sub("", chr(number)) if number < 0x110000 else ""
