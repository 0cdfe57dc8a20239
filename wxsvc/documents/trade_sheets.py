"""线上交易清单: orders in rows under a header, read as texts; and an empty list to fill in."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from wxsvc.documents import cells, company_names, table_rows, tables
from wxsvc.documents.table_rows import HEADER_WITHIN, Row, bare_header, is_example, is_footer, simplified
from wxsvc.documents.tables import Table, TableRefused
from wxsvc.texts import names, private_data
from wxsvc.texts.beside import table_beside
from wxsvc.texts.order_lines import OrderLine, order_number

_table: Final = table_beside(__file__)


class TradeSheet(Struct, frozen=True):
    """A list that was read; ``formulas`` are cells taken for what they last showed, ``unread`` further sheets."""

    lines: tuple[OrderLine, ...]
    formulas: tuple[str, ...] = field(default=())
    unread: tuple[str, ...] = field(default=())
    totals: tuple[int, ...] = field(default=())
    """Rows that add up the others (合计), show how to fill them in (示例) or explain the list, which are no orders."""
    undone: tuple[int, ...] = field(default=())
    """Rows that say that nothing was traded: cancelled, paid back, never paid (已取消, 已退款, 待付款)."""
    hidden: tuple[int, ...] = field(default=())
    """Rows hidden by hand or by a filter, or struck through; they are among the lines."""
    hidden_columns: tuple[str, ...] = field(default=())
    """Columns that hold something that nobody sees; they were left out."""


def read(raw: bytes) -> TradeSheet:
    """An uploaded list of orders: xlsx or CSV.

    Raises ``FileRefused`` and ``TableRefused`` of :func:`tables.read`, also ``no_header`` with the header ``missing``,
    ``no_orders``, ``none_traded`` where all of them came to nothing, ``cells_untold``, ``amount_unit`` with a ``unit``
    that is no yuan, and ``cells_beyond_header`` with the ``rows`` of a CSV that have more cells than the header:
    ``1,234.50`` without quotation marks would be one yuan.
    """
    most = most_lines()
    table = _read(raw, most)
    place = table_rows.header_place(table.rows, _is_header)
    if place is None:
        raise TableRefused("no_header", missing=title("order_number"), **table.unseen)
    totals = tuple(row.number for row in table.rows[place + 1 :] if is_footer(row) or is_example(row))
    lines, undone, hidden = list[OrderLine](), list[int](), list[int]()
    for header, rows in table_rows.sections(table.rows, place, lambda row, _: _is_header(row) > 1):
        columns = _columns(header)
        for needed in (("traded_on",), ("service",), ("uscc", "enterprise")):
            if not {*needed} & {*columns}:
                raise TableRefused("no_header", missing=title(needed[0]), **table.unseen)
        listed = list(table_rows.filled(row for row in rows if row.number not in totals))
        nothing = tuple(_undone(listed, header, columns, table.rows[:place]))
        listed = [row for row in listed if row.number not in nothing]
        if table.is_text and (longer := [row.number for row in listed if len(row.cells) > len(header.cells)]):
            raise TableRefused("cells_beyond_header", rows=longer)
        tables.must_tell(listed, columns.values())
        unit = _unit(header.cells[columns["amount"]], table.rows[:place]) if "amount" in columns else Decimal(1)
        lines += (_line(row, columns, unit) for row in listed)
        undone += nothing
        hidden += (row.number for row in listed if table_rows.may_not_be_meant(row, header))
    if not lines:
        raise TableRefused("none_traded" if undone else "no_orders")
    if len(lines) > most:
        raise TableRefused("too_many_rows", most=most)
    unread = tuple(name for name in table.unread if name != _table()["guide"])
    formulas = tables.formulas_in(table.formulas, {line.number for line in lines})
    return TradeSheet(tuple(lines), formulas, unread, totals, tuple(undone), tuple(hidden), table.hidden_columns)


def _is_header(row: Row) -> int:
    """A line above the list may say ``编号：…`` alone; a header names another column of ours too."""
    columns = _columns(row)
    return min(len(columns), 2) if "order_number" in columns else 0


def _undone(rows: Iterable[Row], header: Row, columns: Mapping[str, int], above: Sequence[Row]) -> Iterator[int]:
    """The orders that came to nothing, as a cell of none of ours says in a column about that; or of which as much was
    paid back as was paid."""
    words = _table()["undone"]
    titles = {at: bare_header(cell) for at, cell in enumerate(header.cells) if at not in columns.values()}
    titles = {at: title for at, title in titles.items() if not re.search(words["besides"], title)}
    says = [
        (at, each["cell"]) for at, title in titles.items() for each in words["says"] if re.search(each["below"], title)
    ]
    back = next((at for at, title in titles.items() if title in words["paid_back"]), None)
    sums = [(at, _unit(header.cells[at], above)) for at in (columns.get("amount"), back) if at is not None]
    for row in rows:
        is_said = any(re.fullmatch(cell, re.sub(r"\s", "", row.cells[at])) for at, cell in says if at < len(row.cells))
        paid, returned = (_sum(row, *each) for each in sums) if len(sums) > 1 else (None, None)
        if is_said or (paid is not None and returned is not None and 0 < paid <= returned):
            yield row.number


def _sum(row: Row, at: int, unit: Decimal) -> Decimal | None:
    """An amount in a cell, in yuan; None where there is none."""
    words = _table()["amount_units"]
    multiples, told = words["multiples"], simplified(row.cells[at]) if at < len(row.cells) else ""
    form = rf"-?(\d[\d,]*(?:\.\d+)?)({'|'.join(multiples)})?"
    found = re.fullmatch(form, re.sub(words["money"], "", told, flags=re.IGNORECASE))
    return Decimal(found[1].replace(",", "")) * Decimal(multiples.get(found[2], unit)) if found else None


def title(name: str) -> str:
    """The header of a field's column as the template has it."""
    return str(_table()["headers"][name][0])


def most_lines() -> int:
    """How many orders one list may have."""
    return int(_table()["most_lines"])


def template() -> bytes:
    """An empty list: order numbers, days and codes are text, so that Excel changes none; a second sheet explains."""
    import xlsxwriter

    words = _table()
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#E8EAEC"})
    text = book.add_format({"num_format": "@"})
    money = book.add_format({"num_format": "0.00"})
    sheet = book.add_worksheet(words["sheet"])
    for column, name in enumerate(words["headers"]):
        sheet.set_column(column, column, 26, money if name == "amount" else text)
        sheet.write_string(0, column, title(name), head)
    sheet.freeze_panes(1, 0)
    guide = book.add_worksheet(words["guide"])
    guide.set_column(0, 0, 24)
    guide.set_column(1, 1, 70)
    for number, name in enumerate(words["headers"]):
        guide.write_row(number, 0, (title(name), words["explained"][name]))
    guide.write_column(len(words["headers"]) + 1, 0, words["notes"])
    book.close()
    return buffer.getvalue()


def _read(raw: bytes, most: int) -> Table:
    try:
        return tables.read(raw, most + HEADER_WITHIN, _is_header)
    except TableRefused as refused:
        if refused.code == "too_many_rows":
            refused.facts["most"] = most  # what stands above the header is none of the reader's business
        raise


def _columns(row: Row) -> dict[str, int]:
    """Which column holds what, whatever unit stands behind its name: ``成交金额/万元``."""
    names = [re.sub(f"(?:{_yuan()})$", "", simplified(cell)) for cell in row.cells]
    return table_rows.columns_named(names, _table()["headers"])


def _unit(header: str, above: Iterable[Row]) -> Decimal:
    """How many yuan a one in the amounts' column is: by its header, else by a line above the list (``单位：万元``).

    Raises ``TableRefused("amount_unit")`` for another money.
    """
    table = _table()["amount_units"]
    told = [unit for row in above for cell in row.cells for unit in re.findall(table["said"], simplified(cell))]
    for word in (*re.split(table["between"], simplified(header)), *told):
        if re.search(table["foreign"], word, re.IGNORECASE):
            raise TableRefused("amount_unit", unit=word)
        if (unit := table["parts"].get(word)) is not None:
            return Decimal(unit)
        if (found := re.search(f"({_yuan()})$", word)) is not None:
            return Decimal(table["multiples"].get(found[1].removesuffix(table["yuan"]), 1))
    return Decimal(1)


def _yuan() -> str:
    """A pattern of yuan, and of so many yuan at once."""
    table = _table()["amount_units"]
    return f"(?:{'|'.join(table['multiples'])})?{table['yuan']}"


def _line(row: Row, columns: dict[str, int], unit: Decimal) -> OrderLine:
    told = {name: row.cells[at] for name, at in columns.items() if at < len(row.cells)}
    lost = frozenset(name for name in _CODES if columns.get(name) in row.lost)
    texts = {name: _READ.get(name, str)(cell) for name, cell in told.items()}
    return OrderLine(row.number, **texts, lost=lost, unit=unit)


def _company(cell: str) -> str:
    """Nothing where the cell says that there is none: an order with 无 counts for no 家次."""
    return "" if names.says_none(cell) else company_names.company_in(company_names.apart(cell)[0])


def _amount(cell: str) -> str:
    return "" if names.says_none(cell) else cell


def _order_number(cell: str) -> str:
    """A number without the header that somebody wrote before it, ``订单号：…``."""
    label, _, number = cell.replace("：", ":").partition(":")
    is_labelled = number and bare_header(label) in map(bare_header, _table()["headers"]["order_number"])
    return order_number(number if is_labelled else cell)


_CODES: Final = ("order_number", "uscc")
"""What a missing digit makes worthless."""
_READ: Final[Mapping[str, Callable[[str], str]]] = {
    "order_number": _order_number,
    "uscc": company_names.code_told,
    "enterprise": _company,
    "institution": _company,
    "amount": _amount,
    "service": lambda cell: cells.clean(private_data.without_numbers(cell)),
}
"""What is left of a cell in which a buyer's person or phone may stand. A wrong code keeps the whole list out anyway."""
