"""名单补录 on the phone and on a desk: pasted or uploaded, settled, confirmed; every bad file has its sentence."""

from __future__ import annotations

import gzip
import hashlib
import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
import xlsxwriter

from models.activity import Activity
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.roster import Roster, RosterRow
from models.stored_file import StoredFile
from models.terms import Door, Stage
from tests import builders, paper_files
from tests.clock import SettableClock
from tests.wxsvc.documents.test_tables import MACROS, workbook
from tests.wxsvc.pages.web import csrf_token, fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.texts import names


@pytest.fixture
def companies(rows: Any, world: World) -> list[str]:
    """Names of three enterprises that we know."""
    found = ["长沙精工有限公司", "湘潭电机股份有限公司", "株洲（湖南）动力有限公司"]
    with rows() as session:
        for name in found:
            builders.enterprise(session, name=name, name_form=names.normal_form(name))
    return found


def path(world: World) -> str:
    return f"/p/activity/{world.activity_code}/roster"


def upload(phone: Any, world: World, raw: bytes, name: str = "名单.xlsx", **more: Any) -> Any:
    """Send a file as the page would."""
    staff = phone(world.staff)
    token = csrf_token(staff.get(path(world)))
    sent = staff.client.post(
        path(world),
        data={"csrf_token": token, "list": "", "file": (io.BytesIO(raw), name), **more},
        headers={"User-Agent": staff.agent},
    )
    return staff._follow(sent)


def one(rows: Any, table: Any, *conditions: Any) -> Any:
    with rows() as session:
        return session.scalars(sa.select(table).where(*conditions)).one()


def test_a_pasted_list_counts_once_it_is_confirmed(rows: Any, phone: Any, world: World, companies: list[str]) -> None:
    staff = phone(world.staff)
    page = staff.post(path(world), list="\n".join((*companies, world.enterprise_name)))
    assert page.status_code == 200
    assert "已读取4行，其中4行已对应到企业。核对后即可确认补录。" in seen(page)
    assert "确认补录（计入3家）" in page.text
    assert "已签到，不重复计 1" in page.text
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1
    done = staff.post(page.request.path, deed="confirm")
    assert "已补录3家，活动现有签到企业4家。" in seen(done)
    with rows() as session:
        doors = session.execute(sa.select(CheckIn.door, CheckIn.evidence_grade)).all()
    assert sorted(doors) == sorted([(Door.CODE, 1), *[(Door.SHEET, 3)] * 3])
    again = staff.post(page.request.path, page=path(world), deed="confirm")
    assert "已补录3家，活动现有签到企业4家。" in seen(again)
    fold(rows)
    assert "名单补录" in staff.get(f"/p/activity/{world.activity_code}").text


def test_the_same_file_twice_says_so(phone: Any, world: World, companies: list[str]) -> None:
    raw = workbook(["企业名称"], *([name] for name in companies))
    first = upload(phone, world, raw)
    again = upload(phone, world, raw, name="名单副本.xlsx")
    assert again.request.path == first.request.path
    assert "这份名单此前已经读取，已为您打开" in seen(again)
    phone(world.staff).post(first.request.path, deed="confirm")
    after = upload(phone, world, raw)
    assert "同一份名单已于2026年11月23日 10:00确认补录，没有重复计入。" in seen(after)


def cells(raw: bytes) -> list[tuple[Any, ...]]:
    """The rows of a workbook's only sheet."""
    return [tuple(row) for row in openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0].iter_rows(values_only=True)]


def test_of_a_list_its_companies_are_kept_and_given_to_its_own_staff_only(
    rows: Any, phone: Any, world: World, companies: list[str]
) -> None:
    raw = workbook(["签到表"], ["企业名称", "联系电话"], [companies[0], "13812345678"], ["李四", "13812345679"])
    page = upload(phone, world, raw, name="张三13812345678.xlsx")
    assert "第4行没有读到企业名称（只有人名、电话，或是示例、说明、主办单位、地点等），没有保存。" in seen(page)
    kept = phone(world.staff).get(f"{page.request.path}/file")
    assert kept.status_code == 200
    assert "attachment" in kept.headers["Content-Disposition"]
    told = cells(kept.data)
    assert hashlib.sha256(raw).hexdigest() in str(told)
    assert "未保留的行：4" in str(told)
    assert told[-1] == (3, companies[0], None)
    assert one(rows, StoredFile, StoredFile.name == "名单读取内容.xlsx").sha256 == one(rows, Roster).sha256
    assert phone(world.other_staff).get(f"{page.request.path}/file").status_code == 404
    assert "13812345678" not in page.text
    assert one(rows, RosterRow).name == companies[0]


def test_whoever_judges_sees_what_was_kept_of_the_lists(phone: Any, world: World, companies: list[str]) -> None:
    where = phone(world.staff).post(path(world), list=f"{companies[0]} 张三 13812345678").request.path
    reviewer = phone(world.reviewer)
    original = f"/v/roster/{where.rpartition('/')[2]}/file"
    assert reviewer.get(original).status_code == 404  # nothing is judged that was not confirmed
    phone(world.staff).post(where, deed="confirm")
    page = reviewer.get(f"/v/review/activity/{world.activity_id}")
    assert "补录的名单" in page.text
    assert f'href="{original}"' in page.text
    told = cells(reviewer.get(original).data)
    assert told[-1] == (1, companies[0], None)
    assert "粘贴录入" in str(told)
    assert reviewer.get("/v/roster/999/file").status_code == 404
    assert phone(world.staff).get(original).status_code == 403


def test_formulas_and_unread_sheets_are_told(phone: Any, world: World, companies: list[str]) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("上午")
    sheet.write_row(0, 0, ["企业名称", "信用代码"])
    sheet.write_formula(1, 0, '="长沙"&"精工有限公司"', None, companies[0])
    book.add_worksheet("下午").write(0, 0, companies[1])
    book.close()
    page = upload(phone, world, buffer.getvalue())
    assert "有1个单元格是公式（A2），已按表中显示的结果读取" in seen(page)
    assert "只读取了一张工作表；“下午”没有读取" in seen(page)
    assert "确认补录（计入1家）" in page.text


@pytest.mark.parametrize(
    ("raw", "name", "said"),
    [
        (b"", "空.xlsx", "文件是空的"),
        (b"MZ\x90\x00" + b"\0" * 300, "名单.xlsx", "这是程序文件"),
        (MACROS, "名单.xlsm", "文件含有宏，或打开时会运行其他程序，请另存为不含宏的格式"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "名单.xls", "这是旧版Excel（xls）文件，或文件加了密码"),
        (workbook(["企业名称"])[:700], "名单.xlsx", "文件已损坏"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "签到表.png", "这是图片，不能读成名单"),
        (paper_files.pdf(), "名单.pdf", "这不是Excel（xlsx）或CSV表格"),
        (workbook(["企业名称"]), "名单.xlsx", "没有读到企业"),
        ("企业名称\n".encode() + "长沙厂\n".encode() * 3000, "名单.csv", "一次最多2"),
        (b"\x93\xff\xfe\x00\xff\xff", "名单.csv", "文字编码无法识别"),
    ],
    ids=["empty", "program", "macros", "xls", "broken", "picture", "pdf", "nothing", "long", "encoding"],
)
def test_a_bad_file_is_told_beside_its_field(
    rows: Any, phone: Any, world: World, raw: bytes, name: str, said: str
) -> None:
    page = upload(phone, world, raw, name)
    assert page.status_code == 422
    assert said in seen(page)
    assert 'id="file-wrong"' in page.text
    with rows() as session:
        assert session.scalars(sa.select(Roster)).all() == []


def test_of_a_pasted_list_nobody_is_sent_to_a_column_and_numbers_say_whose_they_are(
    phone: Any, world: World, companies: list[str]
) -> None:
    staff = phone(world.staff)
    nobody = staff.post(path(world), list="13812345678")
    assert (nobody.status_code, "没有读到企业。请一行写一家企业" in seen(nobody)) == (422, True)
    split = seen(staff.post(path(world), list=f"#接龙\n{companies[0]}、{companies[1]}\n李四 13812345678"))
    assert split.index("已逐家拆开、重新编号") < split.index("第1、3行没有读到企业名称")
    whole = seen(staff.post(path(world), list=f"{companies[0]}\n李四 13812345678"))
    assert ("重新编号" in whole, "第2行没有读到企业名称" in whole) == (False, True)


def test_a_gbk_csv_and_a_filled_template_are_read(phone: Any, world: World, companies: list[str]) -> None:
    page = upload(phone, world, f"单位名称,税号\r\n{companies[0]},\r\n".encode("gbk"), "名单.csv")
    assert "确认补录（计入1家）" in page.text
    empty = phone(world.staff).get(f"{path(world)}/template.xlsx")
    assert empty.status_code == 200
    made = openpyxl.load_workbook(io.BytesIO(empty.data))
    made.worksheets[0].append([1, companies[1], ""])
    buffer = io.BytesIO()
    made.save(buffer)
    assert "确认补录（计入1家）" in upload(phone, world, buffer.getvalue()).text


def test_nothing_sent_is_told_and_what_was_pasted_stays(phone: Any, world: World) -> None:
    page = phone(world.staff).post(path(world), list=" ")
    assert (page.status_code, "请粘贴名单，或选择要上传的表格。" in page.text) == (422, True)
    page = phone(world.staff).post(path(world), list="13812345678<b>")
    assert "1381234" in page.text
    assert "<b>" not in page.text.partition("<textarea")[2].partition("</textarea")[0]


def test_open_lines_are_settled_one_by_one(
    rows: Any, phone: Any, world: World, companies: list[str], page_clock: SettableClock
) -> None:
    fresh, staff = builders.uscc(310_001), phone(world.staff)
    page = staff.post(path(world), list=f"长沙精工\n湘潭新材 {fresh}\n无名\n株洲某厂 {fresh[:-1]}?")
    text, where = seen(page), page.request.path
    assert "还有4行需要处理" in text
    assert "未找到同名企业，有名称相近的" in text
    assert "长沙精工有限公司" in text
    refused = staff.post(where, deed="confirm")
    assert (refused.status_code, "还有4行没有对应到企业" in refused.text) == (422, True)
    with rows() as session:
        lines = session.scalars(sa.select(RosterRow).order_by(RosterRow.line)).all()
        jinggong = session.scalars(sa.select(Enterprise).where(Enterprise.name == companies[0])).one().id
    first, second, third, fourth = (f"{where}/line/{line.id}" for line in lines)
    page_clock.set(builders.NOW + timedelta(minutes=1))
    assert "第1行已更新" in staff.post(first, enterprise=jinggong, deed="choose").text
    wrong = staff.post(second, deed="register", name="湘潭新材有限公司", uscc="123", seen="")
    assert (wrong.status_code, "统一社会信用代码为18位，您输入了3位" in wrong.text) == (422, True)
    assert 'value="湘潭新材有限公司"' in wrong.text
    staff.post(second, deed="register", name="湘潭新材有限公司", uscc=fresh, region="430302", seen="")
    assert "没有查到“完全没有”" in staff.get(f"{third}?q=完全没有").text
    assert "湘潭电机股份有限公司" in staff.get(f"{third}?q=湘潭").text
    assert "人工选定" in staff.get(first).text
    assert "新登记" in staff.get(second).text
    listed = seen(staff.get(f"{where}?show=ready"))
    assert ("第1行 · 人工选定" in listed, "第2行 · 新登记" in listed) == (True, True)
    staff.post(third, deed="skip")
    assert "请先选择一家企业" in staff.post(fourth, deed="choose").text
    page = staff.post(fourth, deed="skip")
    assert "确认补录（计入2家）" in page.text
    page = staff.post(third, deed="reopen")
    assert "还有1行需要处理" in seen(page)
    assert "已跳过1行" in staff.post(where, deed="skip").text
    assert "已补录2家" in staff.post(where, deed="confirm").text
    assert one(rows, Enterprise, Enterprise.uscc == fresh).region_code == "430302"


def test_plain_lines_are_settled_at_once(rows: Any, phone: Any, world: World, companies: list[str]) -> None:
    staff = phone(world.staff)
    new = [f"长沙新{n}厂 {builders.uscc(320_000 + n)}" for n in range(3)]
    page = staff.post(path(world), list="\n".join(["长沙精工", *new]))
    where = page.request.path
    assert "采用建议（1行）" in page.text
    assert "登记新企业（3家）" in page.text
    assert "已采用1行的建议" in staff.post(where, deed="adopt").text
    assert "已登记3家新企业" in staff.post(where, deed="register", region="430102").text
    assert "已补录4家" in staff.post(where, deed="confirm").text


def test_two_colleagues_on_one_line(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        twins = [
            builders.enterprise(session, name="长沙精工有限公司", name_form=names.normal_form("长沙精工有限公司")).id
            for _ in range(2)
        ]
    staff = phone(world.staff)
    where = staff.post(path(world), list="长沙精工有限公司").request.path
    line = f"{where}/line/{one(rows, RosterRow).id}"
    assert "有多家同名企业" in staff.get(where).text
    staff.post(line, deed="choose", enterprise=twins[0], seen="")
    late = staff.post(line, deed="choose", enterprise=twins[1], seen="")
    assert (late.status_code, "其他同事或您本人在别处修改" in late.text) == (409, True)
    assert staff.post(line, deed="choose", enterprise=twins[0], seen="").status_code == 200


def test_a_list_waits_in_the_database_and_may_be_dropped(phone: Any, world: World, companies: list[str]) -> None:
    where = phone(world.staff).post(path(world), list=companies[0]).request.path
    page = phone(world.staff).get(path(world))  # another phone, another day
    assert "处理中的名单" in page.text
    assert f'href="{where}"' in page.text
    dropped = phone(world.staff).post(where, deed="discard")
    assert "名单已放弃，没有计入。" in dropped.text
    assert "处理中的名单" not in dropped.text
    assert "确认补录" not in phone(world.staff).get(where).text


@pytest.mark.parametrize(("stage", "said"), [(Stage.APPROVED, "不再接受补录"), (Stage.VOID, "不再接受补录")])
def test_an_activity_that_is_settled_takes_no_list(
    rows: Any, phone: Any, world: World, companies: list[str], stage: Stage, said: str
) -> None:
    staff = phone(world.staff)
    token = csrf_token(staff.get(path(world)))
    with rows() as session:
        row = session.get_one(Activity, world.activity_id)
        row.stage, row.reviewed_at, row.return_reason = stage, builders.NOW, "重复"
    assert said in staff.get(path(world)).text
    refused = staff.post_raw(path(world), csrf_token=token, list=companies[0])
    assert refused.status_code == 409
    assert one(rows, CheckIn).door is Door.CODE


def test_a_thousand_lines_weigh_little_and_are_leafed_through(
    rows: Any, phone: Any, world: World, companies: list[str]
) -> None:
    listed = [f"长沙第{n}精密机械制造有限公司" for n in range(1000)]
    with rows() as session:
        builders.enterprises(session, listed[:700])
    staff = phone(world.staff)
    page = staff.post(path(world), list="\n".join(listed))
    where = page.request.path
    assert "已处理700/1000行" in seen(page)
    assert 'max="1000"' in page.text
    for shown in (page, staff.get(f"{where}?show=ready&page=2"), staff.get(f"{where}?page=15")):
        assert len(gzip.compress(shown.data)) < 100_000
    assert page.text.count("查找或登记") == 20
    assert "第1/15页" in page.text
    assert "第100/7页" not in staff.get(f"{where}?show=ready&page=100").text
    staff.post(where, deed="skip")
    assert "已补录700家" in staff.post(where, deed="confirm").text


@pytest.mark.parametrize("name", builders.HOSTILE_NAMES)
def test_hostile_names_are_shown_as_text(rows: Any, phone: Any, world: World, name: str) -> None:
    staff = phone(world.staff)
    page = staff.post(path(world), list=f"企业名称\t代码\n{name}\t{builders.uscc(330_001)}")
    assert "<script>alert" not in page.text
    assert name[:30] in seen(page)
    staff.post(page.request.path, deed="register")
    if not names.is_likely(name):
        line = f"{page.request.path}/line/{one(rows, RosterRow).id}"
        staff.post(line, deed="register", name=name, uscc=builders.uscc(330_001), sure=name)
    assert "已补录1家" in staff.post(page.request.path, deed="confirm").text
    assert one(rows, Enterprise, Enterprise.uscc == builders.uscc(330_001)).name == name
