"""How long a sheet of 1,000 rows takes from the upload to the page, among 50,000 known enterprises."""

from __future__ import annotations

import gzip
import io
import time
from typing import Any

import pytest
import sqlalchemy as sa

from models.enterprise import Enterprise
from tests import builders
from tests.bench.figures import Figures
from tests.wxsvc.documents.test_tables import workbook
from tests.wxsvc.pages.web import csrf_token
from tests.wxsvc.pages.world import World
from wxsvc.texts import names

KNOWN, SHEET = 50_000, 1_000


def company(number: int) -> str:
    """A name that differs from the others in more than its number."""
    return f"长沙{chr(0x4E00 + number % 2000)}{chr(0x5000 + number // 2000)}精密机械制造有限公司"


@pytest.mark.bench
def test_a_sheet_of_a_thousand_rows(
    rows: Any, phone: Any, world: World, figures: Figures, capsys: pytest.CaptureFixture[str]
) -> None:
    with rows() as session:
        values = [
            {
                "uscc": builders.uscc(1_000_000 + number),
                "name": company(number),
                "name_form": names.normal_form(company(number)),
                "created_at": builders.NOW,
            }
            for number in range(KNOWN)
        ]
        session.execute(sa.insert(Enterprise.__table__), values)  # type: ignore[arg-type]
    raw = workbook(
        ["签到表"],
        ["序号", "企业名称", "统一社会信用代码", "联系电话"],
        *(
            [
                place,
                company(place * 7) if place % 10 else company(place * 7)[:-4],
                builders.uscc(1_000_000 + place * 7) if place % 3 == 0 else None,
                "13812345678",
            ]
            for place in range(SHEET)
        ),
    )
    staff, where = phone(world.staff), f"/p/activity/{world.activity_code}/roster"
    token = csrf_token(staff.get(where))
    began = time.perf_counter()
    sent = staff.client.post(
        where,
        data={"csrf_token": token, "list": "", "file": (io.BytesIO(raw), "名单.xlsx")},
        headers={"User-Agent": staff.agent},
    )
    matched = time.perf_counter()
    page = staff._follow(sent)
    shown = time.perf_counter()
    open_lines = page.text.count("查找或登记")
    staff.post(page.request.path, deed="skip")
    asked = time.perf_counter()
    done = staff.post(page.request.path, deed="confirm")
    confirmed = time.perf_counter()
    assert f'max="{SHEET}"' in page.text
    assert "已补录" in done.text
    with capsys.disabled():
        figures.tell(
            f"a sign-in list of {SHEET:,} rows among {KNOWN:,} enterprises",
            f"read and matched {matched - began:.2f} s, "
            f"shown {shown - matched:.2f} s ({len(gzip.compress(page.data)) / 1000:.1f} kB, {open_lines} open lines), "
            f"confirmed {confirmed - asked:.2f} s",
        )
