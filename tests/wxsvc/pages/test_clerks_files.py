"""What clerks upload and paste, at every door that takes it: a sign-in list, a list of orders, ``wxsvc import``."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from openpyxl.styles import Font

from models.enterprise import Enterprise
from models.record import OnlineTrade
from models.roster import RosterRow
from tests import builders
from tests.wxsvc.documents.packages import KINDS, changed
from tests.wxsvc.pages.test_persons_left_out import path, upload
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.commands.bundles import import_bundle
from wxsvc.settings import Settings

NAME, CODE = "长沙精工机械有限公司", builders.uscc(870_001)
OTHER, OTHER_CODE = "湘江数控设备有限公司", builders.uscc(870_002)
ORDERS = ["订单号", "成交日期", "统一社会信用代码", "企业名称", "服务项目"]
ORDERS_AT = "/p/online-trades/list"


@pytest.fixture(autouse=True)
def known(rows: Any, world: World) -> None:
    with rows() as session:
        builders.enterprise(session, name=NAME, uscc=CODE)
        builders.enterprise(session, name=OTHER, uscc=OTHER_CODE)


def sheets(
    *, hidden: tuple[int, ...] = (), struck: tuple[int, ...] = (), is_filtered: bool = False, **content: list[list[Any]]
) -> bytes:
    """A workbook with these sheets; rows of the last are hidden or struck through."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows_of in content.items():
        sheet = made.create_sheet(name)
        for row in rows_of:
            sheet.append(row)
    for number in hidden:
        made.worksheets[-1].row_dimensions[number].hidden = True
    for cell in (each for number in struck for each in made.worksheets[-1][number]):
        cell.font = Font(strike=True)
    if is_filtered:
        made.worksheets[-1].auto_filter.ref = "A1:E9"
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def order(number: Any, code: Any = CODE, name: str = NAME) -> list[Any]:
    return [number, "2026-11-20", code, name, "检测"]


@pytest.fixture
def import_file(
    settings: Settings, rows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bytes], Result]:
    monkeypatch.setenv("WXSVC_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("WXSVC_DATA_DIR", str(settings.data_dir))

    def load(raw: bytes) -> Result:
        file = tmp_path / "bundle.xlsx"
        file.write_bytes(raw)
        return CliRunner().invoke(import_bundle, [str(file)])

    return load


def bundle(code: Any, name: str, **more: Any) -> bytes:
    return sheets(企业=[["统一社会信用代码", "企业名称"], [code, name]], **more)


def listed(rows: Any) -> list[tuple[str, str, str | None]]:
    """Names and codes of the lines, and whom they mean."""
    query = sa.select(RosterRow.name, RosterRow.uscc, Enterprise.name).outerjoin(
        Enterprise, Enterprise.id == RosterRow.enterprise_id
    )
    with rows() as session:
        return [(row[0], row[1], row[2]) for row in session.execute(query.order_by(RosterRow.line))]


def ordered(rows: Any) -> list[tuple[str, str]]:
    query = sa.select(OnlineTrade.order_number, Enterprise.name).join(Enterprise).order_by(OnlineTrade.id)
    with rows() as session:
        return [(row[0], row[1]) for row in session.execute(query)]


def names_of(rows: Any, code: str) -> list[str]:
    with rows() as session:
        return list(session.scalars(sa.select(Enterprise.name).where(Enterprise.uscc == code)))


@pytest.mark.parametrize("kind", KINDS)
def test_what_excel_opens_is_read_at_every_door(
    kind: str, rows: Any, phone: Any, world: World, import_file: Callable[[bytes], Result]
) -> None:
    """Strict Open XML, parts in another case, styles that no other program understands."""
    staff = phone(world.staff)
    raw = changed(sheets(名单=[["企业名称", "代码"], [NAME, None], [None, OTHER_CODE]]), KINDS[kind])
    assert "已读取2行，其中2行已对应到企业" in seen(upload(staff, path(world), "file", raw, "名单.xlsx"))
    raw = changed(sheets(订单=[ORDERS, order("D-1")]), KINDS[kind])
    assert "已提交1笔" in seen(upload(staff, ORDERS_AT, "sheet", raw, "订单.xlsx"))
    done = import_file(changed(bundle(builders.uscc(870_003), "长沙新来的厂"), KINDS[kind]))
    assert (done.exit_code, done.stderr) == (0, "")
    assert names_of(rows, builders.uscc(870_003)) == ["长沙新来的厂"]


def test_an_order_that_was_paid_back_is_not_entered(rows: Any, phone: Any, world: World) -> None:
    """A shop's export has a column 订单状态; a list of nothing else is refused with the reason."""
    staff = phone(world.staff)
    head, kept, undone = [*ORDERS, "订单状态"], [*order("D-1"), "已完成"], [*order("D-2"), "已退款"]
    page = seen(upload(staff, ORDERS_AT, "sheet", sheets(订单=[head, kept, undone]), "订单.xlsx"))
    assert "已提交1笔" in page
    assert "第3行注明已取消、已退款" in page
    assert ordered(rows) == [("D-1", NAME)]
    refused = upload(staff, ORDERS_AT, "sheet", sheets(订单=[head, undone]), "订单.xlsx")
    assert (refused.status_code, "没有可录入的订单" in seen(refused)) == (422, True)


def test_orders_without_an_institution_are_told_to_count_nothing(rows: Any, phone: Any, world: World) -> None:
    """引导企业与服务机构通过线上交易: the column may be left empty, and then the order is no 家次."""
    staff = phone(world.staff)
    whole = [[*ORDERS, "服务机构"], [*order("D-1"), "湖南某某知识产权代理有限公司"]]
    assert "没有填写服务机构" not in seen(upload(staff, ORDERS_AT, "sheet", sheets(订单=whole), "订单.xlsx"))
    page = seen(upload(staff, ORDERS_AT, "sheet", sheets(订单=[*whole, [*order("D-2"), ""]]), "订单.xlsx"))
    assert "其中1笔没有填写服务机构，不计家次" in page


@pytest.mark.parametrize("sign", ["_x000D_", "_x000D_\n", "_x0009_", "_x200B_"])
def test_escaped_signs_are_none_of_a_name(
    sign: str, rows: Any, phone: Any, world: World, import_file: Callable[[bytes], Result]
) -> None:
    """``_x000D_`` is a line's end that Excel does not show: nobody is renamed by it."""
    staff = phone(world.staff)
    upload(staff, path(world), "file", sheets(名单=[["企业名称"], [NAME + sign]]), "名单.xlsx")
    assert listed(rows) == [(NAME, "", NAME)]
    upload(staff, ORDERS_AT, "sheet", sheets(订单=[ORDERS, order("D-1" + sign, None, NAME + sign)]), "订单.xlsx")
    assert ordered(rows) == [("D-1", NAME)]
    done = import_file(bundle(CODE + sign, NAME + sign))
    assert (done.exit_code, "没有变动" in done.stdout) == (0, True), done.output
    assert names_of(rows, CODE) == [NAME]


@pytest.mark.parametrize(
    "around",
    [
        "'{}",
        "`{}",
        "‘{}",
        "＇{}",
        '"{}"',
        "“{}”",
        "\t{}",
        "{}\t",
        "代码：{}",
        "统一社会信用代码:{}",
        "{}（副本）",
        "{}(副本)1-1",
        " {} ",
    ],
)
def test_what_stands_around_a_code_goes(
    around: str, rows: Any, phone: Any, world: World, import_file: Callable[[bytes], Result]
) -> None:
    """Signs that keep Excel from rounding, labels, 副本: in workbooks, CSV and what is pasted."""
    staff, code = phone(world.staff), around.format(CODE)
    upload(staff, path(world), "file", sheets(名单=[["企业名称", "代码"], ["", code]]), "名单.xlsx")
    text = f'企业名称,代码\n"某某甲厂","{code.replace(chr(34), chr(34) * 2)}"\n'
    upload(staff, path(world), "file", text.encode("gb18030"), "名单.csv")
    staff.post(path(world), list=f"精工二厂 {code}")
    assert [(code, name) for _, code, name in listed(rows)] == [(CODE, NAME)] * 3
    upload(staff, ORDERS_AT, "sheet", sheets(订单=[ORDERS, order("'20261120990", code)]), "订单.xlsx")
    quoted = code.replace('"', '""')
    text = f'{",".join(ORDERS)}\n\t20261120991,2026-11-20,"{quoted}",{NAME},检测\n'
    upload(staff, ORDERS_AT, "sheet", text.encode("gb18030"), "订单.csv")
    assert ordered(rows) == [("20261120990", NAME), ("20261120991", NAME)]
    done = import_file(bundle(code, NAME))
    assert (done.exit_code, "没有变动" in done.stdout) == (0, True), done.output
    page = phone("o-bob").get("/enrol", query_string={"q": code})
    assert NAME in seen(page)


@pytest.mark.parametrize("lost", [914301040012345678, 9.14301040012346e17, "9.14301E+17"])
def test_lost_digits_are_named_as_lost_and_never_stored(
    lost: Any, rows: Any, phone: Any, world: World, import_file: Callable[[bytes], Result]
) -> None:
    """What Excel has rounded is neither a code nor an order number, whatever zeros stand in place of the digits."""
    staff = phone(world.staff)
    page = upload(staff, path(world), "file", sheets(名单=[["企业名称", "代码"], ["长沙新来的厂", lost]]), "名单.xlsx")
    if isinstance(lost, str):  # a text of a workbook is a text; in CSV it is what Excel made of a number
        page = upload(staff, path(world), "file", f"企业名称,代码\n长沙新来的厂,{lost}\n".encode(), "名单.csv")
    assert "末尾几位已丢失" in seen(page)
    page = staff.post(path(world), list=f"企业名称,代码\n长沙又来的厂,{float(lost):.5E}")
    assert "末尾几位已丢失" in seen(page)
    assert not [code for _, code, _ in listed(rows) if code.endswith("000") or "E+" in code]
    for column, row in (("订单号", order(lost)), ("统一社会信用代码", order("D-1", lost))):
        raw = sheets(订单=[ORDERS, row])
        if isinstance(lost, str):
            raw = "\n".join(",".join(map(str, each)) for each in (ORDERS, row)).encode()
        refused = upload(staff, ORDERS_AT, "sheet", raw, "订单.xlsx")
        assert (refused.status_code, f"第2行 · {column}" in seen(refused)) == (422, True)
        assert "Excel已丢失末尾几位" in seen(refused)
    assert ordered(rows) == []
    if not isinstance(lost, str):
        done = import_file(bundle(lost, "长沙新来的厂"))
        assert (done.exit_code, "Excel已丢失末尾几位" in done.stderr) == (2, True)


def test_an_order_number_that_ends_in_zeros_is_no_lost_one(rows: Any, phone: Any, world: World) -> None:
    """Zeros are digits where the column has longer numbers too, and in a cell of text."""
    staff = phone(world.staff)
    numbers = ["202611201234567000", "202611201234567001"]
    text = "\n".join(",".join(each) for each in (ORDERS, *(order(number) for number in numbers)))
    upload(staff, ORDERS_AT, "sheet", text.encode(), "订单.csv")
    upload(staff, ORDERS_AT, "sheet", sheets(订单=[ORDERS, order("302611201234567000")]), "订单.xlsx")
    assert [number for number, _ in ordered(rows)] == [*numbers, "302611201234567000"]
    alone = text.replace(numbers[1], "402611201234567000").encode()  # every one of the column ends so
    assert "丢失末尾几位" in seen(upload(staff, ORDERS_AT, "sheet", alone, "订单.csv"))


@pytest.mark.parametrize("head", ["企业名称,代码", "\t企业名称,\t代码", "序号,企业名称,代码", "企业名称;代码"])
def test_the_header_decides_what_parts_the_cells(head: str, rows: Any, phone: Any, world: World) -> None:
    """A tab within a cell of a comma file is a space, and before digits nothing."""
    sign = ";" if ";" in head else ","
    number = f"1{sign}" if head.startswith("序号") else ""
    text = f"{head}\n{number}长沙精工\t机械有限公司{sign}\t{CODE}\n{number}\t湘江数控设备有限公司{sign}\n"
    upload(phone(world.staff), path(world), "file", text.encode(), "名单.csv")
    assert listed(rows) == [("长沙精工 机械有限公司", CODE, NAME), (OTHER, "", OTHER)]


UNSURE: list[dict[str, Any]] = [{"hidden": (3,)}, {"hidden": (3,), "is_filtered": True}, {"struck": (3,)}]
"""How a third row may be there without being meant."""


@pytest.mark.parametrize("unsure", UNSURE)
@pytest.mark.parametrize(("deed", "counted"), [("take_hidden", 2), ("skip_hidden", 1)])
def test_hidden_rows_of_a_list_are_asked_about(
    deed: str, counted: int, unsure: dict[str, Any], rows: Any, phone: Any, world: World
) -> None:
    """They mean nobody, and nothing is confirmed, until somebody says that they are meant or not."""
    staff = phone(world.staff)
    raw = sheets(名单=[["企业名称"], [NAME], [OTHER]], **unsure)
    page = upload(staff, path(world), "file", raw, "名单.xlsx")
    assert "第3行没有写明是否到场（如待定），或是隐藏、筛选掉或划了删除线的。这些企业也参加了吗" in seen(page)
    assert listed(rows) == [(NAME, "", NAME), (OTHER, "", None)]
    where = page.request.path
    staff.post(where, deed="adopt")
    assert staff.post(where, deed="confirm").status_code == 422
    staff.post(where, deed=deed)
    assert f"已补录{counted}家" in seen(staff.post(where, deed="confirm"))


@pytest.mark.parametrize("unsure", UNSURE)
def test_hidden_rows_of_orders_are_asked_about(unsure: dict[str, Any], rows: Any, phone: Any, world: World) -> None:
    """Nothing is written before the answer; either answer is one more tap."""
    staff = phone(world.staff)
    raw = sheets(订单=[ORDERS, order("D-1"), order("D-2")], **unsure)
    page = upload(staff, ORDERS_AT, "sheet", raw, "订单.xlsx")
    assert (page.status_code, "第3行在表中是隐藏、筛选掉或划了删除线的" in seen(page), ordered(rows)) == (422, True, [])
    assert 'name="hidden" value="take"' in page.text
    for answer, numbers in (("leave", ["D-1"]), ("take", ["D-1", "D-2"])):
        token = {"hidden": answer}
        upload(staff, ORDERS_AT, "sheet", raw, "订单.xlsx", **token)
        assert [number for number, _ in ordered(rows)] == numbers


@pytest.mark.parametrize("unsure", [{"hidden": (2,)}, {"struck": (2,)}])
def test_a_hidden_row_of_a_bundle_is_named(
    unsure: dict[str, Any], rows: Any, import_file: Callable[[bytes], Result]
) -> None:
    """A command cannot ask: it says what to do, and writes nothing."""
    raw = bundle(builders.uscc(870_004), "长沙藏起来的厂", **unsure)
    done = import_file(raw)
    assert (done.exit_code, "“企业”表第2行: 此行是隐藏、筛选掉或划了删除线的" in done.stderr) == (2, True), done.stderr
    assert names_of(rows, builders.uscc(870_004)) == []


@pytest.mark.parametrize(
    "total",
    [
        ["合计"],
        ["", "总 计："],
        ["3", "小计"],
        ["合计（元）"],
        ["本页合计：2笔"],
        ["共2笔"],
        ["总额", "", "", "", "200"],
    ],
)
def test_a_row_that_adds_up_is_no_order_and_no_company(total: list[str], rows: Any, phone: Any, world: World) -> None:
    """Wherever the word stands; orders say which row was left out."""
    staff = phone(world.staff)
    page = upload(staff, ORDERS_AT, "sheet", sheets(订单=[ORDERS, order("D-1"), total]), "订单.xlsx")
    assert "第3行是合计、示例或表尾说明，不是订单" in seen(page)
    assert len(ordered(rows)) == 1
    upload(staff, path(world), "file", sheets(名单=[["企业名称", "金额"], [NAME], total]), "名单.xlsx")
    assert listed(rows) == [(NAME, "", NAME)]


@pytest.mark.parametrize(
    "headers",
    [
        ["1、您的企业名称", "2、统一社会信用代码"],
        ["Q1.请填写贵单位全称（必填）", "Q2.请填写统一社会信用代码"],
        ["（一）企业全称", "（二）信用代码"],
        ["*您所在单位的名称", "营业执照上的统一社会信用代码（18位）"],
        ["1. 企业名称 [单行文本]", "2. 税号 [单行文本]"],
        ["第1题：请问您所在的公司全称是？", "第2题：贵单位的统一社会信用代码"],
        ["①企业名称", "②纳税人识别号："],
    ],
)
def test_headers_of_a_survey_behind_a_cover_sheet(headers: list[str], rows: Any, phone: Any, world: World) -> None:
    """The sheet with the header is the list, whatever the survey tool wrote around it."""
    raw = sheets(
        填表说明=[["请如实填写"], ["企业名称应与营业执照一致"]],
        数据=[["提交时间", *headers, "姓名"], ["2026/11/20 9:00", NAME, CODE, "张三"], ["", OTHER, "", "李四"]],
    )
    page = upload(phone(world.staff), path(world), "file", raw, "问卷.xlsx")
    assert listed(rows) == [(NAME, CODE, NAME), (OTHER, "", OTHER)]
    assert "填表说明" in seen(page)


def test_a_name_with_a_new_sign_is_another_company(
    rows: Any, phone: Any, world: World, import_file: Callable[[bytes], Result]
) -> None:
    """A character of the newest Unicode blocks tells names apart: an open line, in a bundle a company of its own."""
    with rows() as session:
        builders.enterprise(session, name="长沙金属材料有限公司")
    name = "长沙\U0002ebf0金属材料有限公司"
    page = upload(phone(world.staff), path(world), "file", sheets(名单=[["企业名称"], [name]]), "名单.xlsx")
    assert listed(rows) == [(name, "", None)]
    assert "名称一致" not in seen(page)
    assert import_file(bundle(builders.uscc(870_005), name)).exit_code == 0
    with rows() as session:
        forms = session.scalars(
            sa.select(Enterprise.name_form).where(Enterprise.name.like("长沙%金属材料有限公司"))
        ).all()
    assert len(set(forms)) == 2


def test_who_may_have_come_counts_once_somebody_says_so(rows: Any, phone: Any, world: World) -> None:
    """待定 is asked about, 来不了 is left out and named; nobody is confirmed before the answer."""
    staff = phone(world.staff)
    third = "岳麓新材料有限公司"
    raw = sheets(名单=[["报名单位", "备注"], [NAME, ""], [OTHER, "待定"], [third, "有事来不了"]])
    page = upload(staff, path(world), "file", raw, "名单.xlsx")
    assert "第4行注明未到场、请假或取消，没有读取" in seen(page)
    assert "第3行没有写明是否到场（如待定）" in seen(page)
    assert listed(rows) == [(NAME, "", NAME), (OTHER, "", None)]
    where = page.request.path
    assert staff.post(where, deed="confirm").status_code == 422
    staff.post(where, deed="skip_hidden")
    assert "已补录1家" in seen(staff.post(where, deed="confirm"))


def test_an_amount_may_name_its_money_behind_it(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    raw = sheets(订单=[[*ORDERS, "成交金额"], [*order("D-1"), "12000.00 RMB"]])
    assert "已提交1笔" in seen(upload(staff, ORDERS_AT, "sheet", raw, "订单.xlsx"))
    with rows() as session:
        assert session.scalars(sa.select(OnlineTrade.amount_fen)).all() == [1_200_000]


def test_hidden_columns_are_named_where_nothing_is_found(rows: Any, phone: Any, world: World) -> None:
    made = openpyxl.load_workbook(io.BytesIO(sheets(名单=[["企业名称", "姓名"], [NAME, "张三"]])))
    made.worksheets[0].column_dimensions["A"].hidden = True
    kept = io.BytesIO()
    made.save(kept)
    page = upload(phone(world.staff), path(world), "file", kept.getvalue(), "名单.xlsx")
    assert (page.status_code, "第A列是隐藏的，没有读取" in seen(page), listed(rows)) == (422, True, [])
