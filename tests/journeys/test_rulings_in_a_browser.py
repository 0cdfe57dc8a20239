"""评定表 in a real browser: its cells are filled as those of a spreadsheet."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.journeys import browser as look
from tests.journeys.province import Province

COPIED = "4.5\t10\t18\t\t9\r\n4\t\t17\r\n"
"""Two rows from Excel; the fifth cell of the first lies beside the table."""

PASTE = """copied => {
  const data = new DataTransfer();
  data.setData("text/plain", copied);
  const given = { clipboardData: data, bubbles: true, cancelable: true };
  return document.activeElement.dispatchEvent(new ClipboardEvent("paste", given));
}"""


def rows(page: Page) -> list[list[str]]:
    """What is typed in each row that has a cell filled."""
    typed = (
        "[...document.querySelectorAll('tbody tr')].map(row => [...row.querySelectorAll('input')].map(e => e.value))"
    )
    return [row for row in page.evaluate(typed) if any(row)]


def test_cells_copied_from_excel_fill_cells_and_enter_goes_down(province: Province, browser: Browser) -> None:
    """Enter sends nothing; what found no cell is said; one value alone is pasted as in any field."""
    with look.window(browser, province.hand("official"), province.product.url, look.DESK) as sheet:
        sheet.show(f"{province.product.url}/v/rulings/sheet?year=2026")
        page, address = sheet.page, sheet.page.url
        first = page.locator("tbody tr:nth-child(1) input").first
        first.focus()
        assert page.evaluate(PASTE, COPIED) is False  # the browser's own paste is not wanted
        assert rows(page) == [["4.5", "10", "18"], ["4", "", "17"]]
        assert page.locator("#cells-told").inner_text().startswith("已填入5项；其余1项没有对应的可填单元格")
        assert sheet.look() == []
        first.press("Enter")
        assert page.evaluate("document.activeElement.value") == "4"
        page.keyboard.press("Shift+Enter")
        assert page.evaluate("document.activeElement.value") == "4.5"
        assert page.evaluate(PASTE, "3.5") is True
        assert page.url == address
