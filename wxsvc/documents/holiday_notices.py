"""放假通知: the State Council's notice as people have it (pasted, typed, txt, docx, a saved page), read into days.

Only what the notice says is read; whether it is plausible is judged by ``services.regulation.workdays``.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Final, NamedTuple

from msgspec import Struct

from wxsvc.documents import bounds
from wxsvc.documents.bounds import BeyondBounds
from wxsvc.documents.tables import BROKEN
from wxsvc.texts.beside import table_beside
from wxsvc.uploads.filetypes import DOCX, FileFault, FileRefused, media_type_of

_signs: Final = table_beside(__file__)
LONGEST: Final = 20_000
"""Characters of a notice; the longest had some 1,500."""
_MOST_DAYS: Final = 31


class NoticeRefused(Exception):
    """The text is no notice that we read; ``code`` and ``facts`` make the sentence (``refusals.toml``)."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class NamedDay(NamedTuple):
    """A day that the notice names: off, or made up for; ``name`` is the holiday's, or the holidays' that share it."""

    day: date
    is_workday: bool
    name: str


class ReadNotice(Struct, frozen=True):
    """What was read; ``year``, ``number`` and ``issued_on`` are None where the text does not say them."""

    year: int | None
    number: str | None
    issued_on: date | None
    days: tuple[NamedDay, ...]


def text_of(raw: bytes) -> str:
    """The text of a file: docx, or text in UTF-8, UTF-16 or GBK; of a saved page without its tags.

    Raises :class:`wxsvc.uploads.filetypes.FileRefused` for anything else.
    """
    if not raw.strip():
        raise FileRefused(FileFault.EMPTY)
    if raw.startswith(b"PK") or (b"\x00" in raw[:64] and not raw.startswith((b"\xff\xfe", b"\xfe\xff"))):
        if media_type_of(raw) != DOCX:
            raise FileRefused(FileFault.NOT_ALLOWED)
        return _of_word(raw)
    for encoding in ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.strip():  # a byte order mark alone
            raise FileRefused(FileFault.EMPTY)
        return _of_page(text) if text.lstrip().startswith("<") else text
    raise FileRefused(FileFault.NOT_ALLOWED)


def _of_word(raw: bytes) -> str:
    """Its paragraphs in their order, those of tables too: no cell is asked how many columns it says it spans."""
    try:
        import docx
        from docx.oxml.ns import qn
        from docx.text.paragraph import Paragraph

        document = docx.Document(io.BytesIO(bounds.bounded(raw)))
        return "\n".join(Paragraph(each, document).text for each in document.element.body.iter(qn("w:p")))
    except (*BROKEN, BeyondBounds):
        raise FileRefused(FileFault.BROKEN) from None


class _Page(HTMLParser):
    """The words of a saved page; scripts and styles are none."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        if tag in ("p", "br", "div", "tr", "td", "li", "h1", "h2"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def _of_page(text: str) -> str:
    page = _Page()
    page.feed(text)
    page.close()
    return "".join(page.words)


def read(text: str, year: int) -> ReadNotice:
    """The notice of a year: its holidays with their days off and make-up days, in the order of the days.

    ``year`` is the year of days that the text gives without one. Raises :class:`NoticeRefused`: ``notice_too_long``,
    ``notice_unread`` where no holiday is found, ``notice_no_such_day``, ``notice_miscounted`` where 共…天 is not what
    its days come to.
    """
    if len(text) > LONGEST:
        raise NoticeRefused("notice_too_long")
    lines = [re.sub(r"\s+", "", _plain(line)) for line in text.splitlines()]
    whole = "\n".join(line for line in lines if line)
    titled = re.search(_signs()["title"], whole.replace("\n", ""))
    number = re.search(_signs()["number"], unicodedata.normalize("NFKC", text))
    issued = [found for line in lines if (found := re.match(_signs()["issued"], line))]
    of_year = int(titled[1]) if titled else year
    days = tuple(sorted(day for name, told in _sections(whole) for day in _days(name, told, of_year)))
    if not days:
        raise NoticeRefused("notice_unread")
    return ReadNotice(
        year=int(titled[1]) if titled else None,
        number=re.sub(r"\s+", "", number[0]) if number else None,
        issued_on=_day(*(int(part) for part in issued[-1].groups())) if issued else None,
        days=days,
    )


def _plain(text: str) -> str:
    """One width, and without what stands in brackets: 农历, 周日."""
    return re.sub(_signs()["asides"], "", unicodedata.normalize("NFKC", text))


def _sections(whole: str) -> Iterator[tuple[str, str]]:
    """Each holiday with what is said of it."""
    heads = list(re.finditer(_heading(), whole, re.MULTILINE))
    ends = [*(head.start() for head in heads[1:]), len(whole)]
    for head, end in zip(heads, ends, strict=False):
        yield head[1], whole[head.end() : end]


def _days(heading: str, told: str, year: int) -> Iterator[NamedDay]:
    names = dict.fromkeys(_names()[each] for each in re.findall("|".join(_by_length()), heading))
    name = _signs()["between"].join(names)
    for clause, deed, count in re.findall(_signs()["clause"], told.replace("\n", "")):
        found = list(_named(clause, year, is_new_year=_signs()["new_year"] in names))
        if deed == _signs()["off"] and count and int(count) != len(found):
            raise NoticeRefused("notice_miscounted", name=name, said=int(count), found=len(found))
        yield from (NamedDay(day, deed != _signs()["off"], name) for day in found)


def _named(clause: str, year: int, *, is_new_year: bool) -> Iterator[date]:
    """The days of ``10月1日至8日``, ``2月14日、28日``; what is not said is as it was said last."""
    month, last, of_year = 0, None, year
    for until, said_year, said_month, number in re.findall(_signs()["day"], clause):
        month = int(said_month) if said_month else month
        of_year = int(said_year) if said_year else year - (is_new_year and month == 12)
        day = _day(of_year, month, int(number))
        if until and last is not None:
            if not 0 < (day - last).days < _MOST_DAYS:
                raise NoticeRefused("notice_no_such_day", month=month, day=int(number))
            yield from (last + timedelta(step) for step in range(1, (day - last).days + 1))
        else:
            yield day
        last = day


def _day(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise NoticeRefused("notice_no_such_day", month=month, day=number) from None


def _heading() -> str:
    return str(_signs()["heading"]).replace("{names}", "|".join(_by_length()))


def _by_length() -> list[str]:
    return sorted(_names(), key=len, reverse=True)


def _names() -> dict[str, str]:
    return dict(_signs()["names"])
