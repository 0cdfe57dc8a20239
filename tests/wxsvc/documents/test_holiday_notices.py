"""The State Council's notice: read from what people have, day for day as the package of the calendar knows it."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import docx
import pytest

from wxsvc import wording
from wxsvc.documents.holiday_notices import NoticeRefused, read, text_of
from wxsvc.uploads.filetypes import FileFault, FileRefused

NOTICE = (Path(__file__).parent / "notice_2026.txt").read_text()
OF_2025 = """
国务院办公厅关于2025年部分节假日安排的通知
国办发明电〔2024〕12号
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
2024年11月12日
"""
OF_2023 = """关于2023年部分节假日安排的通知
一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。"""


def word_file(text: str) -> bytes:
    made = docx.Document()
    for line in text.splitlines():
        made.add_paragraph(line)
    made.save(raw := io.BytesIO())
    return raw.getvalue()


@pytest.mark.parametrize(("text", "year"), [(NOTICE, 2026), (OF_2025, 2025), (OF_2023, 2023)])
def test_every_day_of_a_real_notice(text: str, year: int) -> None:
    """Off or worked as the package knows it; the year is the title's."""
    notice = read(text, 2001)
    named = {each.day: each for each in notice.days}
    assert notice.year == year
    for step in range(365):
        day = date(year, 1, 1) + timedelta(step)
        is_workday = named[day].is_workday if day in named else day.weekday() < 5
        assert is_workday == chinese_calendar.is_workday(day), day


def test_what_it_says_of_itself() -> None:
    notice = read(NOTICE, 2026)
    assert (notice.number, notice.issued_on) == ("国办发明电〔2025〕7号", date(2025, 11, 4))
    shared = {each.name for each in read(OF_2025, 2025).days}
    assert "国庆节、中秋节" in shared
    assert date(2022, 12, 31) in {each.day for each in read(OF_2023, 2023).days}


@pytest.mark.parametrize(
    "raw",
    [
        NOTICE.encode(),
        NOTICE.encode("utf-8-sig"),
        NOTICE.encode("gb18030"),
        NOTICE.encode("utf-16"),
        word_file(NOTICE),
        ("<html><script>x('1月1日放假')</script><body>" + NOTICE.replace("\n", "<br>") + "</body></html>").encode(),
        NOTICE.replace("：", ":").replace("（", "(").replace("）", ")").replace("1月", "１月").encode(),
    ],
)
def test_it_is_read_from_what_people_have(raw: bytes) -> None:
    assert read(text_of(raw), 2026).days == read(NOTICE, 2026).days


@pytest.mark.parametrize("sign", ["到", "-", "–", "—", "——", "―", "‐", "−", "～", "~", "〜", "∼"])
def test_a_span_of_days_is_one_by_whatever_sign(sign: str) -> None:
    """Also where no 共…天 tells that the days between are missing."""
    spans = OF_2023.replace("至", sign)
    assert read(spans, 2023).days == read(OF_2023, 2023).days
    assert len(read(f"国庆节：10月1日{sign}8日放假调休", 2025).days) == 8


def test_a_table_is_read_once_whatever_its_cells_say_of_their_width() -> None:
    """Twenty kilobytes kept a thread busy for minutes: a cell that says it spans all columns there can be."""
    made = docx.Document()
    table = made.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "一、元旦：1月1日放假。", "二、清明节：4月4日放假。"
    table.cell(0, 0)._tc.get_or_add_tcPr().grid_span = 2**31 - 1
    made.save(raw := io.BytesIO())
    assert text_of(raw.getvalue()).split() == ["一、元旦：1月1日放假。", "二、清明节：4月4日放假。"]


def test_it_may_be_typed_in_short_lines() -> None:
    typed = "元旦 12月31日至1月2日放假，1月4日上班\n清明：4月5日放假\n五一：5月1日-5日放假。5月9日、10日上班"
    days = read(typed, 2027).days
    assert [str(each.day) for each in days if each.name == "元旦"] == [
        "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-04",
    ]  # fmt: skip
    assert [str(each.day) for each in days if each.is_workday] == ["2027-01-04", "2027-05-09", "2027-05-10"]
    assert {each.name for each in days} == {"元旦", "清明节", "劳动节"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "notice_unread"),
        ("各处室：下周一开会。", "notice_unread"),
        ("元旦：1月1日至3日放假，共4天。", "notice_miscounted"),
        ("元旦：1月32日放假。", "notice_no_such_day"),
        ("国庆节：10月8日至1日放假。", "notice_no_such_day"),
        ("元旦：1月1日放假。" * 2100, "notice_too_long"),
    ],
)
def test_what_is_no_notice_is_one_sentence(text: str, code: str) -> None:
    with pytest.raises(NoticeRefused) as caught:
        read(text, 2027)
    assert caught.value.code == code
    assert 8 < len(wording.sentence("refusals", code, **caught.value.facts)) <= 120


@pytest.mark.parametrize(
    "raw", [b"", b" \n", b"%PDF-1.7\n\x00\xff\xfe\x80", b"\x89PNG\r\n\x1a\n\x00", b"PK\x03\x04broken"]
)
def test_other_files_are_refused(raw: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        text_of(raw)
    assert wording.sentence("notice_files", caught.value.reason)


def test_every_reason_has_its_sentence() -> None:
    for reason in FileFault:
        assert wording.sentence("notice_files", reason)
