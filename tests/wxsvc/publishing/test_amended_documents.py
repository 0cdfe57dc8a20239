"""更正 after the seal: documents show what was sealed, what holds since, and why; without any they are as before."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import docx
import openpyxl

from scoring.words import points_text
from tests import builders
from tests.wxsvc.services.year_end.ending import LATER, YEAR, published, seal, sealed
from wxsvc.db import Database
from wxsvc.publishing import wanted
from wxsvc.publishing.wanted import What
from wxsvc.services.counting import amendments

WHY = "检查记录录错平台"


def document(db: Database, what: What) -> bytes:
    content = io.BytesIO()
    wanted.write(db, wanted.of(what, YEAR), lambda: LATER, content)
    return content.getvalue()


def test_those_of_whom_the_notice_says_the_same_stand_in_one_line(db: Database) -> None:
    """Two platforms that are not assessed are one line of 年度通报, not one each."""
    with db.transaction() as session:
        for name in ("甲窗口平台", "乙窗口平台"):
            builders.platform(session, name=name, accepted_on=date(YEAR, 12, 5))
    notice = [each.text for each in docx.Document(io.BytesIO(document(db, What.NOTICE))).paragraphs]
    assert [text for text in notice if "不参加考评" in text] == ["甲窗口平台、乙窗口平台：本年度不参加考评。"]


def test_since_the_seal_the_bulletin_says_nothing_of_rulings_to_come(db: Database) -> None:
    def told() -> tuple[list[str], str]:
        content = io.BytesIO()
        wanted.write(db, wanted.of(What.BULLETIN, YEAR, quarter=4), lambda: LATER, content)
        paper = docx.Document(content)
        return [cell.text for cell in paper.tables[-1].rows[0].cells], "".join(each.text for each in paper.paragraphs)

    with db.transaction() as session:
        e = published(session)
    head, text = told()
    assert (head[-1], "评定后更新" in text) == ("待评定", True)
    with db.transaction() as session:
        seal(session, e)
    head, text = told()
    assert (head[-1], "评定后更新" in text) == ("合计", False)


def test_documents_name_what_was_put_right_since(db: Database) -> None:
    with db.transaction() as session:
        e = sealed(session)
    before = {what: document(db, what) for what in (What.WORKBOOK, What.NOTICE, What.ANNEX1)}
    assert "更正" not in openpyxl.load_workbook(io.BytesIO(before[What.WORKBOOK])).sheetnames
    with db.transaction() as session:
        row = amendments.propose(session, e.own.id, YEAR, "website", Decimal(3), WHY, e.first, LATER)
    assert {what: document(db, what) for what in before} == before
    with db.transaction() as session:
        amendments.confirm(session, row.id, e.second, LATER)
        holds = points_text(amendments.amended_cards(session, YEAR)[e.own.id].total)

    book = openpyxl.load_workbook(io.BytesIO(document(db, What.WORKBOOK)))
    (told,) = [[cell.value for cell in line] for line in book["更正"].iter_rows(min_row=4, max_row=4)]
    assert told[1:7] == [e.own.code, e.own.name, "平台网站日常更新维护", 5, 3, WHY]
    assert "锁定后更正1项" in book["汇总"]["A2"].value
    notice = [each.text for each in docx.Document(io.BytesIO(document(db, What.NOTICE))).paragraphs]
    (said,) = [text for text in notice if text.startswith(f"{e.own.name}：")]
    assert "由5分改为3分" in said
    assert "锁定后的更正" in "".join(notice)
    annex = [each.text for each in docx.Document(io.BytesIO(document(db, What.ANNEX1))).paragraphs]
    said = f"由5分改为3分（{WHY}）；更正后合计{holds}分"
    assert any(said in text for text in annex)
    assert any(said in str(line[-1].value) for line in book["汇总"].iter_rows())
    content = io.BytesIO()
    wanted.write(db, wanted.of(What.BULLETIN, YEAR, quarter=4), lambda: LATER, content)
    assert [each.text for each in docx.Document(content).paragraphs if said in each.text]
    lines = csv.DictReader(io.StringIO(document(db, What.CSV).decode("utf-8-sig")))
    assert {line["平台编码"]: line["更正后合计"] for line in lines} == {e.own.code: holds, e.other.code: ""}
