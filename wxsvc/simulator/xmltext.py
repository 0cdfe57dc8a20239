"""XML as WeChat writes and reads it: one flat root, text in CDATA, numbers bare."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers import expat

Value = str | int | float | Mapping[str, "Value"] | Sequence["Value"]


class BadXml(Exception):
    """A reply that is not one well-formed element without DOCTYPE."""


def write(fields: Mapping[str, Value], root: str = "xml") -> str:
    """Return ``<xml>…</xml>``; a list repeats its element, a mapping nests."""
    return f"<{root}>" + "".join(_element(name, value) for name, value in fields.items()) + f"</{root}>"


def _element(name: str, value: Value) -> str:
    if isinstance(value, str):
        return f"<{name}><![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + f"]]></{name}>"
    if isinstance(value, Mapping):
        return write(value, name)
    if isinstance(value, Sequence):
        return "".join(_element(name, item) for item in value)
    return f"<{name}>{value}</{name}>"


def read(text: bytes) -> dict[str, Any]:
    """Return the children of the root; a repeated element becomes a list.

    Raises BadXml, also for a DOCTYPE, which WeChat never needs.
    """
    parser = expat.ParserCreate()
    stack: list[tuple[str, dict[str, Any], list[str]]] = []
    result: dict[str, Any] = {}

    def start(name: str, _attributes: dict[str, str]) -> None:
        stack.append((name, {}, []))

    def characters(data: str) -> None:
        stack[-1][2].append(data)

    def end(_name: str) -> None:
        name, children, words = stack.pop()
        value: Any = children or "".join(words)
        if not stack:
            result.update(children)
            return
        siblings = stack[-1][1]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]

    def doctype(*_: Any) -> None:
        raise BadXml("DOCTYPE")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise BadXml(str(error)) from error
    return result
