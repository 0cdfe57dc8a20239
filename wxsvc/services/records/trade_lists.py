"""线上交易清单: every row is judged before any is written; then all of them are written, or none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.record import OnlineTrade
from models.terms import Stage
from scoring import uscc as codes
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.services.amounts import fen_of
from wxsvc.services.counting_years import When
from wxsvc.services.demands import must_have_happened, must_say
from wxsvc.services.kept_enterprises import by_codes, having
from wxsvc.services.locks import hold_open
from wxsvc.services.people import enterprises, institutions
from wxsvc.services.people.enterprises import EnterpriseForm
from wxsvc.services.records import reviewed
from wxsvc.services.records.backfilling import BACKFILL_DAYS
from wxsvc.services.records.online_trades import LONGEST_ORDER_NUMBER, OnlineTradeEntry
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import gone
from wxsvc.texts import names
from wxsvc.texts.order_lines import OrderLine
from wxsvc.texts.widths import half_width

LONGEST_SERVICE: Final = 200
_DAY: Final = re.compile(
    r"(?:(\d{4}) ?\D ?(\d{1,2}) ?\D ?(\d{1,2})|(\d{4})(\d{2})(\d{2}))"
    r"(?: ?\u65e5 ?|(?=[ T(])|\D?$)(.*)"
)
"""2026-11-20, 2026/11/20, 2026年11月20日 (U+65E5), 20261120; behind it what else a shop writes: an hour, a weekday."""
_ZONED: Final = re.compile(
    r"[ T]?(\d{1,2})(:\d{2}(?::\d{2})?)(?:\.\d+)? ?(?:(?:UTC|GMT) ?)?"
    r"(Z|UTC|GMT|(?:\+|(?<=:\d\d:\d\d)-|(?<= )-)\d{2}:?\d{2})"
    r"(?: ?\(?[A-Z]{3,4}\)?)?"
)
"""An hour of another zone, as machines write it; its day in Beijing may be the next. ``10:00-11:00`` is two hours."""
_FURTHER_DAY: Final = re.compile(
    r"[\u81f3\u5230~\u2013\u2014\u301c-] ?\d{1,4}(?![\d:]| ?[\u70b9\u65f6])"
    r"|(?<![:\d])(?:\d{4} ?\.|\d{1,4} ?[-/\u5e74\u6708]) ?\d{1,2}(?![\d:]| ?[\u70b9\u65f6])"
)
"""Another day (年 U+5E74, 月 U+6708), or what follows 至, 到 (U+81F3, U+5230), a wave or a dash, and is no hour (点
U+70B9, 时 U+65F6)."""
_YEARS: Final = range(1900, 2200)
"""As forms take them; 0026 was mistyped."""
_AT_ONCE: Final = 500
"""Values of one question to the database."""


class Order(Struct, frozen=True):
    """A row that can be written: its enterprise known by id, or described because it is new."""

    line: OrderLine
    traded_on: date
    enterprise: int | EnterpriseForm
    amount_fen: int | None


class WrongRow(Struct, frozen=True):
    """What keeps one row from being written: its number, the field, and why not."""

    number: int
    field: str
    refused: Refused


class Added(Struct, frozen=True):
    """What became of a list: orders newly submitted, and those that stood here already, the very same."""

    new: int
    known: int


class ListRefused(Exception):
    """At least one row is wrong; nothing of the list was written."""

    def __init__(self, wrong: Sequence[WrongRow]) -> None:
        super().__init__(len(wrong))
        self.wrong = tuple(wrong)


def judged(session: Session, lines: Sequence[OrderLine], now: datetime, *, are_names_sure: bool = False) -> list[Order]:
    """The rows, each by itself and beside the others; writes nothing. Raises :class:`ListRefused`.

    ``are_names_sure``: somebody has looked at the new names that look like none.
    """
    known = _Known(session, lines, are_names_sure=are_names_sure)
    first: dict[str, int] = {}
    wrong: list[WrongRow] = []
    orders: list[Order] = []
    for line in lines:
        problems = list(_problems(line, known, now))
        if (earlier := first.setdefault(line.order_number, line.number)) != line.number:
            problems.append(("order_number", Refused("order_twice", row=earlier)))
        wrong += [WrongRow(line.number, field, refused) for field, refused in problems]
        if not problems:
            amount = fen_of(line.amount, line.unit) if line.amount else None
            orders.append(Order(line, _day(line.traded_on), known.enterprise(line), amount))
    if wrong:
        raise ListRefused(wrong)
    return orders


def add(
    session: Session,
    platform_id: int,
    orders: Sequence[Order],
    by: Actor,
    now: datetime,
    backfill_days: int = BACKFILL_DAYS,
) -> Added:
    """Submit the orders, those that stand here already apart; the same list again changes nothing.

    Raises :class:`ListRefused` for an order number that stands here with other content or was withdrawn, and
    ``Refused``: ``not_allowed``, ``year_sealed``.
    """
    by.must_work_for(platform_id)
    hold_open(session, platform_id, *{When(order.traded_on.year, order.traded_on) for order in orders})
    standing = _standing(session, platform_id, [order.line.order_number for order in orders])
    newcomers = _Newcomers(session, by, now)
    wrong: list[WrongRow] = []
    rows: list[OnlineTrade] = []
    for order in orders:
        entry = _entry(order, newcomers)
        found = standing.get(entry.order_number)
        if found is None:
            rows.append(OnlineTrade(platform_id=platform_id, **reviewed.columns(entry)))
        elif found.stage is Stage.VOID:
            wrong.append(WrongRow(order.line.number, "order_number", gone(found)))
        elif any(getattr(found, name) != value for name, value in reviewed.columns(entry).items()):
            wrong.append(WrongRow(order.line.number, "order_number", Refused("already_recorded")))
    if wrong:
        raise ListRefused(wrong)
    reviewed.add_new(session, rows, by, now, backfill_days)
    return Added(len(rows), len(orders) - len(rows))


class _Known:
    """The enterprises that the rows of a list name, asked for at once."""

    def __init__(self, session: Session, lines: Sequence[OrderLine], *, are_names_sure: bool) -> None:
        self._are_names_sure = are_names_sure
        wanted = sorted({codes.normalise(line.uscc) for line in lines if line.uscc})
        forms = sorted({names.normal_form(line.enterprise) for line in lines if line.enterprise and not line.uscc})
        self._by_code: dict[str, int] = {}
        self._by_form: dict[str, list[int]] = {}
        for some in _in_parts(wanted):
            self._by_code |= {code: row.id for code, row in by_codes(session, some).items()}
        for some in _in_parts(forms):
            self._by_form |= {
                form: [row.id for row in rows] for form, rows in having(session, "name_form", some).items()
            }

    def enterprise(self, line: OrderLine) -> int | EnterpriseForm:
        """The one that a row means. Raises ``Refused``: what the row must say better."""
        if line.uscc:
            code = codes.normalise(line.uscc)
            if (known := self._by_code.get(code)) is not None:
                return known
            uscc, name = enterprises.must_be_uscc(code), enterprises.must_be_name(line.enterprise)
            if not self._are_names_sure and not names.is_likely(name):
                raise Refused("listed_name_unlikely", name=name)
            return EnterpriseForm(name, uscc)
        if not line.enterprise:
            raise Refused("code_needed")
        if not names.is_comparable(line.enterprise):
            raise Refused("name_not_comparable", name=line.enterprise)
        found = self._by_form.get(names.normal_form(line.enterprise), [])
        if len(found) != 1:
            raise Refused("several_so_named" if found else "none_so_named", name=line.enterprise)
        return found[0]


_FIELD_OF: Final[Mapping[str, str]] = dict.fromkeys(
    ("enterprise_name_needed", "enterprise_name_too_long", "person_in_name", "listed_name_unlikely"), "enterprise"
)


def _problems(line: OrderLine, known: _Known, now: datetime) -> Iterator[tuple[str, Refused]]:
    """Everything that is wrong with a row, field by field."""
    yield from ((field, Refused("digits_lost")) for field in sorted(line.lost))
    for field, most in (("order_number", LONGEST_ORDER_NUMBER), ("service", LONGEST_SERVICE)):
        try:
            must_say(getattr(line, field))
            if len(getattr(line, field)) > most:
                raise Refused("text_too_long", most=most)
        except Refused as refused:
            yield field, refused
    try:
        must_have_happened(_day(line.traded_on), now)
    except Refused as refused:
        yield "traded_on", refused
    try:
        if "uscc" not in line.lost:
            known.enterprise(line)
    except Refused as refused:
        yield _FIELD_OF.get(refused.code, "uscc" if line.uscc else "enterprise"), refused
    if line.institution and len(line.institution) > enterprises.LONGEST_NAME:
        yield "institution", Refused("text_too_long", most=enterprises.LONGEST_NAME)
    try:
        if line.amount:
            fen_of(line.amount, line.unit)
    except Refused as refused:
        yield "amount", refused


def _day(text: str) -> date:
    """The day in Beijing. Raises ``Refused``: ``text_needed``, ``day_not_understood``."""
    if not text:
        raise Refused("text_needed")
    found = _DAY.fullmatch(half_width(text))
    try:
        *parts, rest = found.groups() if found else ("",)
        year, month, day = (int(part) for part in parts if part)
        if year not in _YEARS:
            raise ValueError(year)
        told = date(year, month, day)
        if (zoned := _ZONED.fullmatch(rest.upper())) is None:
            if _FURTHER_DAY.search(rest):
                raise ValueError(text)
            return told
        zone = "Z" if zoned[3].isalpha() else zoned[3]
        return years.day_of(datetime.fromisoformat(f"{told}T{zoned[1]:0>2}{zoned[2]}{zone}"))
    except ValueError:
        raise Refused("day_not_understood", text=text) from None


class _Newcomers:
    """Enterprises and institutions that the list names for the first time, each registered once."""

    def __init__(self, session: Session, by: Actor, now: datetime) -> None:
        self._session, self._by, self._now = session, by, now
        self._enterprises: dict[str | None, int] = {}
        self._institutions: dict[str, int] = {}

    def enterprise(self, described: EnterpriseForm) -> int:
        if described.uscc not in self._enterprises:
            row = enterprises.register(self._session, described, self._by, self._now)
            self._enterprises[described.uscc] = row.id
        return self._enterprises[described.uscc]

    def institution(self, name: str) -> int | None:
        if name and name not in self._institutions:
            self._institutions[name] = institutions.named(self._session, name, self._by, self._now).id
        return self._institutions.get(name)


def _entry(order: Order, newcomers: _Newcomers) -> OnlineTradeEntry:
    known = order.enterprise
    return OnlineTradeEntry(
        order_number=order.line.order_number,
        traded_on=order.traded_on,
        enterprise_id=known if isinstance(known, int) else newcomers.enterprise(known),
        service=order.line.service,
        institution_id=newcomers.institution(order.line.institution),
        amount_fen=order.amount_fen,
    )


def _standing(session: Session, platform_id: int, numbers: Sequence[str]) -> dict[str, OnlineTrade]:
    """The platform's orders of these numbers, by number."""
    found: dict[str, OnlineTrade] = {}
    for some in _in_parts(numbers):
        query = sa.select(OnlineTrade).where(OnlineTrade.platform_id == platform_id, OnlineTrade.order_number.in_(some))
        found |= {row.order_number: row for row in session.scalars(query)}
    return found


def _in_parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(values), _AT_ONCE):
        yield values[begin : begin + _AT_ONCE]
