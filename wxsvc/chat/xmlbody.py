"""Reading the small XML documents that WeChat posts, as long as they are XML. `broken_xml` reads those that are not."""

import re
from xml.etree import ElementTree

from wxsvc.chat.protocol_errors import BadPush, PushFault

MAX_BODY = 64 * 1024
"""Bytes. Genuine pushes stay below 4 KB: a text message holds 2048 bytes at most.

A list of subscriptions has as many rows as an account may have templates, 25; 100 fit beside their encrypted copy.
"""

MAX_DEPTH = 8
"""Levels below the root. The deepest known push, a list of pictures, needs four."""

Value = str | list["Value"] | dict[str, "Value"]
"""Text; or an element's children by name; or, where a name is repeated, all of that name in their order."""

ILLEGAL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML document may hold (XML 1.0, §2.2). Said as what it may hold, it takes ten times as long to compile."""

# A document type can only stand before the root element, so where the root comes first there is none.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml[ \t\r\n][^<>?]*\?>)?[ \t\r\n]*<xml[ \t\r\n>]")


def fields_of(body: bytes) -> dict[str, Value]:
    """The children of the root `<xml>` by name.

    The document is UTF-8 whatever it declares, has no DOCTYPE, no name twice at the top, at most MAX_DEPTH levels
    and MAX_BODY bytes. Raises BadPush, and nothing else.
    """
    if len(body) > MAX_BODY:
        raise BadPush(PushFault.TOO_LARGE)
    if _PROLOG.match(body) is None:
        raise BadPush(PushFault.PROLOG)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadPush(PushFault.ENCODING) from None
    try:
        root = ElementTree.fromstring(body, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314 - no DOCTYPE here
    except (ElementTree.ParseError, ValueError):
        raise BadPush(PushFault.XML) from None
    fields: dict[str, Value] = {}
    for child in root:
        if child.tag in fields:
            raise BadPush(PushFault.DOUBLED, "element")
        fields[child.tag] = _value(child, MAX_DEPTH) if len(child) else child.text or ""
    return fields


def _value(element: ElementTree.Element, levels: int) -> Value:
    if not len(element):
        return element.text or ""
    if not levels:
        raise BadPush(PushFault.DEPTH)
    children: dict[str, Value] = {}
    for child in element:
        value = _value(child, levels - 1)
        present = children.get(child.tag)
        if present is None:
            children[child.tag] = value
        elif isinstance(present, list):
            present.append(value)
        else:
            children[child.tag] = [present, value]
    return children
