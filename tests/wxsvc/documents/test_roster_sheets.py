"""签到名单: however a list is written, its enterprises and codes come out, and nobody's phone or identity number."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from tests import builders
from tests.wxsvc.documents.test_tables import workbook
from wxsvc.documents import roster_sheets
from wxsvc.documents.roster_sheets import RosterSheetLine
from wxsvc.documents.tables import TableRefused
from wxsvc.texts import names

A, B = builders.uscc(71), builders.uscc(72)


def pairs(lines: tuple[RosterSheetLine, ...]) -> list[tuple[str, str]]:
    return [(line.name, line.uscc) for line in lines]


@pytest.mark.parametrize(
    "pasted",
    [
        f"长沙精工有限公司,{A}\n湘潭电机厂,{B}",
        f"1、长沙精工有限公司 {A}\n2、湘潭电机厂 {B}",
        f"① 长沙精工有限公司{A.lower()}\n② 湘潭电机厂　{B}",
        f"{A}\t长沙精工有限公司\n{B}\t湘潭电机厂",
        f"{A} 长沙精工有限公司 张三 13812345678\n{B} 湘潭电机厂 李四 0731-88668866",
        f"企业名称\t联系人\t统一社会信用代码\n长沙精工有限公司\t张三\t{A}\n湘潭电机厂\t\t{B}\n合计\t2",
        f"长沙精工有限公司，{A}；湘潭电机厂，{B}",
        f"长沙精工有限公司,{A},430102199001011234\n湘潭电机厂,{B},43010219900101123X",
        f"序号,参会单位（全称）,税号*\n1,长沙精工有限公司,{A}\n2,湘潭电机厂,{B}",
    ],
)
def test_pasted_lists_as_people_write_them(pasted: str) -> None:
    assert pairs(roster_sheets.read_pasted(pasted).lines) == [("长沙精工有限公司", A), ("湘潭电机厂", B)]


def test_several_names_on_one_line_are_several_lines() -> None:
    found = roster_sheets.read_pasted("参会：\n长沙精工有限公司、湘潭电机厂；株洲（湖南）动力有限公司").lines
    assert [(line.number, line.name) for line in found] == [
        (1, "长沙精工有限公司"),
        (2, "湘潭电机厂"),
        (3, "株洲（湖南）动力有限公司"),
    ]


def test_short_names_without_any_sign_are_taken_as_they_are() -> None:
    found = roster_sheets.read_pasted("精工机械\n3. 蓝思科技，张三，13812345678").lines
    assert pairs(found) == [("精工机械", ""), ("蓝思科技", "")]


def test_a_short_name_that_may_be_a_persons_is_passed_over_and_told() -> None:
    """Nobody can tell 蓝思 from 李四; a company's name can be written in full, a person's name cannot be unstored."""
    sheet = roster_sheets.read_pasted("#接龙\n精工机械\n李四，13812345678\n蓝思 13812345678")
    assert (pairs(sheet.lines), sheet.passed_over) == ([("精工机械", "")], (1, 3, 4))


@pytest.mark.parametrize(
    "line",
    [
        "1. 长沙精工机械有限公司 张三 13800138000",
        "长沙精工机械有限公司+李某+13800000001",
        "李某-长沙精工机械有限公司-138 0000 0001",
        "长沙精工机械有限公司（张某13800000000）",
        "长沙精工机械有限公司(总经理 欧阳修远 0731-8866 8866)",
        "张三：长沙精工机械有限公司 １３８００１３８０００",
        "姓名：张三 单位：长沙精工机械有限公司 电话：+86 138-0013-8000",
        "@长沙精工机械有限公司-张三 微信：zhang_san88",
        "长沙精工机械有限公司张厂长",
        "长沙精工机械有限公司 阿依古丽·买买提 a.b@qq.com",
        "长沙精工机械有限公司，2人，张总、李经理",
        "某某 430102209705148431 长沙精工机械有限公司",
        "长沙精工机械有限公司 430102 19900101 123X",
        "长沙精工机械有限公司 430102990101123",
        "13800138000长沙精工机械有限公司wxid_x8",
    ],
)
def test_a_company_is_found_and_nothing_of_the_person_beside_it(line: str) -> None:
    for listed in (line, f"企业名称\t签名\n{line}\t张三"):
        assert pairs(roster_sheets.read_pasted(listed).lines) == [("长沙精工机械有限公司", "")], listed


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("长沙精工有限公司株洲分公司", "长沙精工有限公司株洲分公司"),
        ("长沙精工有限公司（株洲）", "长沙精工有限公司（株洲）"),
        ("长沙精工有限公司（总部）", "长沙精工有限公司（总部）"),
        ("长沙机械厂（普通合伙）", "长沙机械厂（普通合伙）"),
        ("宁乡 精工厂", "宁乡 精工厂"),
        ("张三副食店", "张三副食店"),
        ("7-11便利店", "7-11便利店"),
        ("A+B科技有限公司", "A+B科技有限公司"),
        ("长沙365生活服务部", "长沙365生活服务部"),
        ("湘潭①号㈱精²科技有限公司", "湘潭①号㈱精²科技有限公司"),
        ("长沙精工有限公司（阿依古丽）", "长沙精工有限公司…"),  # who knows: a person of the staff looks
        ("金杯 电工有限公司", "…电工有限公司"),
    ],
)
def test_what_belongs_to_a_name_stays_and_what_is_unknown_makes_it_incomparable(cell: str, name: str) -> None:
    (line,) = roster_sheets.read(workbook(["企业名称"], [cell])).lines
    assert line.name == name
    assert names.is_comparable(line.name) is ("…" not in name)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (f" {A.lower()} ", A.lower()),
        (A[:-1], A[:-1]),
        ("9143", "9143"),
        ("430100000012345", "430100000012345"),
        ("914403001922038000", "914403001922038000"),  # what Excel has rounded off is mended by hand
        ("张三", ""),
        ("无", ""),
        ("13800138000", ""),
        ("8613800138000", ""),
        ("430102209705148431", ""),
        ("430102 20970514 843１", ""),
        ("430102990101123", ""),
        ("11010519491231002x", ""),
        ("110105194912310021", "?"),  # a slip in somebody's number, or in a public body's code
        (f"{A} 张三 13800138000", A),
    ],
)
def test_of_a_column_of_codes_only_codes_are_taken(cell: str, code: str) -> None:
    (line,) = roster_sheets.read(workbook(["企业名称", "税号"], ["长沙精工有限公司", cell])).lines
    assert (line.name, line.uscc) == ("长沙精工有限公司", code)


def test_codes_alone_and_mistyped_codes_are_kept_as_typed() -> None:
    found = roster_sheets.read_pasted(f"{A}\n长沙精工有限公司 {B[:-1]}\n湘潭电机厂 430100000012345").lines
    assert pairs(found) == [("", A), ("长沙精工有限公司", B[:-1]), ("湘潭电机厂", "430100000012345")]


def test_the_header_is_found_below_titles_and_footers_are_left_out() -> None:
    sheet = roster_sheets.read(
        workbook(
            ["数字化转型对接会企业签到表"],
            ["主办单位：长沙市窗口平台", None, None, "2026年11月23日"],
            [],
            ["序号", "单位名称\n（盖章）", "姓名", "联系电话", "统一社会信用代码"],
            [1, "长沙精工有限公司", "张三", 13812345678, A],
            [2, "湘潭电机厂", "李四", "13912345678", None],
            ["序号", "单位名称\n（盖章）", "姓名", "联系电话", "统一社会信用代码"],
            [3, None, "王五", None, B],
            ["合计", None, 3],
            ["填表人：赵六"],
        )
    )
    assert sheet.lines == (
        RosterSheetLine(5, "长沙精工有限公司", A),
        RosterSheetLine(6, "湘潭电机厂", ""),
        RosterSheetLine(8, "", B),
    )


def test_a_cell_that_says_enterprise_is_no_header() -> None:
    sheet = roster_sheets.read(workbook(["长沙精工有限公司", "企业", "张三"], ["湘潭电机厂", "企业", "李四"]))
    assert pairs(sheet.lines) == [("长沙精工有限公司", ""), ("湘潭电机厂", "")]


@pytest.mark.parametrize("pasted", ["", " \n\t\n", "13812345678", "企业名称\t代码\n\t"])
def test_nothing_to_read_is_told(pasted: str) -> None:
    with pytest.raises(TableRefused) as caught:
        roster_sheets.read_pasted(pasted)
    assert caught.value.code == ("no_rows" if "\t代码" in pasted or "\t\n" in pasted else "no_lines")


def test_more_than_two_thousand_are_refused() -> None:
    assert len(roster_sheets.read_pasted("\n".join(f"长沙第{n}厂" for n in range(2000))).lines) == 2000
    for pasted in ("\n".join(f"长沙第{n}厂" for n in range(2001)), "、".join(f"长沙第{n}厂" for n in range(2500))):
        with pytest.raises(TableRefused) as caught:
            roster_sheets.read_pasted(pasted)
        assert (caught.value.code, caught.value.facts) == ("too_many_rows", {"most": 2000})


def test_the_template_is_text_and_comes_back_as_a_list() -> None:
    raw = roster_sheets.template("对接会 {activity} <1>")
    made = openpyxl.load_workbook(io.BytesIO(raw))
    sheet = made["名单"]
    assert sheet["A1"].value == "签到名单：对接会 {activity} <1>"
    assert sheet.column_dimensions["C"].number_format == "@"
    with pytest.raises(TableRefused) as caught:
        roster_sheets.read(raw)
    assert caught.value.code == "no_rows"
    sheet.append([1, "长沙精工有限公司", A])
    buffer = io.BytesIO()
    made.save(buffer)
    filled = roster_sheets.read(buffer.getvalue())
    assert (filled.lines, filled.unread) == ((RosterSheetLine(3, "长沙精工有限公司", A),), ())


def test_whatever_is_pasted_is_read_or_refused() -> None:
    for text in (*builders.HOSTILE_NAMES, '"' * 1000, "\ud800", "\x00", "=1+1", "\t" * 5000, "，" * 5000):
        try:
            lines = roster_sheets.read_pasted(text).lines
        except TableRefused:
            continue
        assert all("\x00" not in line.name and len(line.name) <= 300 for line in lines)


def test_several_companies_in_one_row_of_a_table_are_lines_of_their_own() -> None:
    sheet = roster_sheets.read(workbook(["长沙精工有限公司", "湘潭电机厂", "张三"], ["株洲动力有限公司", "李四"]))
    assert [(line.number, line.name) for line in sheet.lines] == [
        (1, "长沙精工有限公司"),
        (2, "湘潭电机厂"),
        (3, "株洲动力有限公司"),
    ]


@pytest.mark.parametrize(
    ("name", "uscc"),
    [
        ("4、贵公司的全称是什么？", "5、营业执照上的统一社会信用代码"),
        ("1、请填写贵企业的名称", "2、贵企业统一社会信用代码是"),
        ("您所在单位的名称（必填）", "单位的纳税人识别号"),
    ],
)
def test_a_question_is_a_header(name: str, uscc: str) -> None:
    lines = roster_sheets.read(f"{name},{uscc}\n长沙精工机械有限公司,91430100MA4L00011K\n".encode()).lines
    assert [(each.name, each.uscc) for each in lines] == [("长沙精工机械有限公司", "91430100MA4L00011K")]


def test_two_lists_beside_each_other_are_both_read() -> None:
    text = "序号,单位名称,序号,单位名称\n1,长沙精工机械有限公司,2,湘江数控设备有限公司\n3,岳麓新材料有限公司,,\n"
    assert [each.name for each in roster_sheets.read(text.encode()).lines] == [
        "长沙精工机械有限公司", "湘江数控设备有限公司", "岳麓新材料有限公司",
    ]  # fmt: skip


def test_what_a_chats_list_is_called_is_no_company() -> None:
    sheet = roster_sheets.read_pasted("#接龙\n活动报名接龙\n格式：\n1. 长沙精工机械有限公司 张三\n")
    assert [each.name for each in sheet.lines] == ["长沙精工机械有限公司"]
    assert sheet.passed_over == (1, 2, 3)


@pytest.mark.parametrize("sign", [" ", "-"])
@pytest.mark.parametrize("parts", [(4, 8, 12, 16), (2, 8, 17), (6, 12)])
def test_a_code_in_groups_is_one_code(sign: str, parts: tuple[int, ...]) -> None:
    """As people read it out, and as a phone copies it from a picture; a phone behind it is nobody's business."""
    places = (0, *parts, 18)
    grouped = sign.join(A[begin:end] for begin, end in itertools.pairwise(places))
    for line in (f"长沙精工有限公司 {grouped} 13812345678", f"1、{grouped}，长沙精工有限公司"):
        assert pairs(roster_sheets.read_pasted(line).lines) == [("长沙精工有限公司", A)]


@pytest.mark.parametrize("sign", ["   ", ":", "："])
def test_a_header_is_no_enterprise_whatever_parts_its_cells(sign: str) -> None:
    pasted = f"企业名称{sign}统一社会信用代码\n长沙精工有限公司{sign}{A}"
    assert pairs(roster_sheets.read_pasted(pasted).lines) == [("长沙精工有限公司", A)]


@pytest.mark.parametrize(
    "line",
    [
        "岳麓新材料 有限公司",
        "岳麓新材料\u00a0有限公司",
        "岳麓新材料\u3000股份 有限公司 张三",
        "岳麓新材料 有限责任公司，13812345678",
        "'岳麓新材料有限公司",
        "`岳麓新材料有限公司",
        "(二)岳麓新材料有限公司",
        "二、岳麓新材料有限公司",
        "Ⅱ. 岳麓新材料有限公司",
    ],
)
def test_a_space_before_the_legal_form_a_sign_or_a_number_loses_no_name(line: str) -> None:
    """``有限公司`` alone was read as the company."""
    (read,) = roster_sheets.read_pasted(line).lines
    assert names.stem(read.name) == "岳麓新材料"


@pytest.mark.parametrize("sign", ["+", "/", "＋", "和", "及", "以及", "与"])
def test_whole_names_beside_each_other_are_lines_of_their_own(sign: str) -> None:
    both = sign.join(("长沙精工有限公司", "湘江数控有限公司"))
    expected = [("长沙精工有限公司", ""), ("湘江数控有限公司", "")]
    assert pairs(roster_sheets.read_pasted(f"1. {both}").lines) == expected
    assert pairs(roster_sheets.read(workbook(["企业名称"], [both])).lines) == expected


@pytest.mark.parametrize(
    "name", ["永和食品有限公司", "长沙精工公司和平分公司", "长沙和盛/中天有限公司", "A+B科技有限公司"]
)
def test_such_a_sign_within_a_name_parts_nothing(name: str) -> None:
    assert len(roster_sheets.read_pasted(name).lines) == 1


def test_numbers_that_run_on_belong_to_no_name() -> None:
    listed = roster_sheets.read_pasted("1长沙精工有限公司\n2湘江数控有限公司 张三\n\n3一〇一有限公司")
    assert [line.name for line in listed.lines] == ["长沙精工有限公司", "湘江数控有限公司", "一〇一有限公司"]
    kept = roster_sheets.read_pasted("3点半茶社\n58同城有限公司\n365便利店")
    assert [line.name for line in kept.lines] == ["3点半茶社", "58同城有限公司", "365便利店"]


@pytest.mark.parametrize(
    "former",
    [
        "（曾用名：湘江数控设备有限公司）",
        "(曾用名:湘江（长沙）数控设备有限公司)",
        "（曾用名湘江数控）",
        "（原名：湘江数控设备有限公司）",
        "（原企业名称：湘江数控设备有限公司",
        "【更名前名称为湘江数控设备有限公司】",
        " 曾用名：湘江数控设备有限公司",
        "，曾用名：湘江数控设备有限公司",
        "\n原名：湘江数控设备有限公司",
        "曾用名湘江数控设备有限公司",
    ],
)
def test_what_a_company_was_called_before_is_no_second_company(former: str) -> None:
    """A former name is neither counted nor does it keep the name that holds now from being matched."""
    sheet = workbook(["企业名称"], [f"长沙精工机械有限公司{former} {A}"])
    assert pairs(roster_sheets.read(sheet).lines) == [("长沙精工机械有限公司", A)]
    pasted = roster_sheets.read_pasted(
        f"1、长沙精工机械有限公司{former.replace(chr(10), ' ')} {A}\n长沙原名文化有限公司"
    )
    assert [line.name for line in pasted.lines] == ["长沙精工机械有限公司", "长沙原名文化有限公司"]
    assert pasted.lines[0].uscc == A


def test_a_former_name_on_a_line_of_its_own_is_passed_over_and_told() -> None:
    sheet = roster_sheets.read_pasted("长沙精工机械有限公司\n曾用名：湘江数控设备有限公司")
    assert (pairs(sheet.lines), sheet.passed_over) == ([("长沙精工机械有限公司", "")], (2,))


@pytest.mark.parametrize("name", ['湖南"金星"机械有限公司', '"金星"机械有限公司', "湖南“金星”机械有限公司"])
def test_quotation_marks_within_a_name_cut_nothing_off(name: str) -> None:
    (line,) = roster_sheets.read(workbook(["企业名称"], [name])).lines
    assert line.name == name


@pytest.mark.parametrize("header", ["No.\tCompany Name\tTax ID", "no.\tCOMPANY\tUSCC", "序號\t參會單位\t信用代碼"])
def test_a_header_may_be_english_or_traditional(header: str) -> None:
    found = roster_sheets.read_pasted(f"{header}\n1\t精工机械\t{A}\n{header}\n2\t湘潭电机\t{B}").lines
    assert pairs(found) == [("精工机械", A), ("湘潭电机", B)]


def _by_openpyxl(how: str) -> bytes:
    """Texts in their own cells; what is struck through is a cell's style, or the text or a part of it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    ending = "有限公司" if how == "a part" else TextBlock(InlineFont(strike=True), "有限公司")
    rich = CellRichText(TextBlock(InlineFont(strike=True), "湘江数控设备"), ending)
    for name in (
        "企业名称",
        "长沙精工机械有限公司",
        "湘江数控设备有限公司" if how == "style" else rich,
        "岳麓新材料有限公司",
    ):
        sheet.append([name])
    sheet["A2"].font, sheet["A3"].font, sheet["A4"].font = (
        Font(bold=True),
        Font(strike=how == "style"),
        Font(strike=False),
    )
    sheet["B4"].font = Font(strike=True)  # nothing stands there
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _by_xlsxwriter(how: str) -> bytes:
    """The same with texts that cells share."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet, struck = book.add_worksheet(), book.add_format({"font_strikeout": True})
    sheet.write_column(0, 0, ["企业名称", "长沙精工机械有限公司", "", "岳麓新材料有限公司"])
    if how == "style":
        sheet.write_string(2, 0, "湘江数控设备有限公司", struck)
    else:
        sheet.write_rich_string(2, 0, struck, "湘江数控设备", *([] if how == "a part" else [struck]), "有限公司")
    sheet.write_blank(3, 1, None, struck)
    book.close()
    return kept.getvalue()


@pytest.mark.parametrize("how", ["style", "the text", "a part"])
@pytest.mark.parametrize("program", [_by_openpyxl, _by_xlsxwriter])
def test_a_name_that_is_struck_through_is_asked_about(program: Callable[[str], bytes], how: str) -> None:
    """It may be off the list, or ticked off: nobody but who made the list can tell."""
    found = roster_sheets.read(program(how)).lines
    assert [(line.name, line.is_hidden) for line in found] == [
        ("长沙精工机械有限公司", False),
        ("湘江数控设备有限公司", True),
        ("岳麓新材料有限公司", False),
    ]
