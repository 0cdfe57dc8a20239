"""Lists hold more than companies: examples, hosts and places, answers of surveys, 同上 and 无."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wxsvc.documents.test_strange_lists import CODE, NAME, ORDERS, OTHER, ROSTER, order, refused, workbook
from wxsvc.documents import bundle_sheets, cells, roster_sheets, trade_sheets
from wxsvc.texts import names


@pytest.mark.parametrize("example", ["例", "示例", "（示例）", "例：", "填写示例", "样例1"])
def test_an_example_is_no_entry(example: str) -> None:
    """A form that shows how to fill it in came back with its example, which was one participant and one order more."""
    sheet = roster_sheets.read(workbook(ROSTER, [example, NAME, CODE], [1, OTHER, None]))
    assert ([line.name for line in sheet.lines], sheet.passed_over) == ([OTHER], (2,))
    orders = trade_sheets.read(workbook(["序号", *ORDERS], [example, *order()], [1, *order("D-2")]))
    assert ([line.order_number for line in orders.lines], orders.totals) == (["D-2"], (2,))
    header = ["序号", "统一社会信用代码", "企业名称", "行政区划代码"]
    bundle = bundle_sheets.read(workbook(header, [example, CODE, NAME, "430100"], title="企业"))
    assert (bundle.content["enterprises"], [note.code for note in bundle.notes]) == (
        [],
        ["column_unread", "total_unread"],
    )


@pytest.mark.parametrize(
    "line", [f"例 {NAME} 2人", f"例：{NAME}", f"（示例）{NAME}", f"{NAME}（示例）", f"1.例如：{NAME}"]
)
def test_an_example_in_a_chats_list_is_no_participant(line: str) -> None:
    sheet = roster_sheets.read_pasted(f"#接龙\n{line}\n1. {OTHER}\n2. 例外科技有限公司\n3. 示例科技有限公司")
    assert [each.name for each in sheet.lines] == [OTHER, "例外科技有限公司", "示例科技有限公司"]
    assert 2 in sheet.passed_over


@pytest.mark.parametrize(
    "line",
    [
        "主办单位：{}",
        "主办单位（盖章）：{}",
        "一、承办：{}",
        "指导单位: {}、湖南省工业和信息化厅",
        "活动地点：{}",
        "地点：长沙华天酒店",
        "时间：2026年11月3日 9:00 {}",
        "特邀嘉宾：{}",
        "{} 主办",
        "{}（承办）",
        "湖南省工业和信息化厅 主办",
    ],
)
def test_who_held_the_activity_and_where_is_no_participant(line: str) -> None:
    """The host of a pasted notice and the hotel were two participants."""
    sheet = roster_sheets.read_pasted(f"{line.format(NAME)}\n{OTHER}")
    assert ([each.name for each in sheet.lines], sheet.passed_over) == ([OTHER], (1,))
    below = workbook(ROSTER, [1, OTHER, None], ["承办单位：", NAME])
    assert [each.name for each in roster_sheets.read(below).lines] == [OTHER]


@pytest.mark.parametrize("post", ["财务主办", "信贷主办", "协办"])
def test_a_post_or_a_part_is_not_who_held_the_activity(post: str) -> None:
    """A company whose 财务主办 came was left out."""
    sheet = roster_sheets.read(workbook([*ROSTER, "联系人", "职务"], [1, NAME, CODE, "张三", post], [2, OTHER]))
    assert ([line.name for line in sheet.lines], sheet.passed_over) == ([NAME, OTHER], ())
    pasted = roster_sheets.read_pasted(f"{NAME} 张三 {post}\n{OTHER} 张三{post}\n{OTHER}张三{post}")
    assert [line.name for line in pasted.lines] == [NAME, OTHER, f"{OTHER}…"]


@pytest.mark.parametrize("said", ["无", "暂无", "不详", "未知", "待定", "无单位", "（空）", "/"])
def test_what_says_that_there_is_none_is_no_participant(said: str) -> None:
    """暂无 and 不详 were participants to be asked about."""
    sheet = roster_sheets.read(workbook([*ROSTER, "联系人"], [1, said, None, "张三"], [2, OTHER]))
    assert ([line.name for line in sheet.lines], sheet.passed_over) == ([OTHER], () if said == "（空）" else (2,))


@pytest.mark.parametrize("line", [f"张三：{NAME}", f"企业：{NAME}", f"时间：11月3日 参会企业：{NAME}", f"{NAME} 参会"])
def test_another_label_leaves_no_company_out(line: str) -> None:
    assert [each.name for each in roster_sheets.read_pasted(f"{line}\n{OTHER}").lines] == [NAME, OTHER]


@pytest.mark.parametrize(
    "line",
    [
        "请填写企业全称+人数",
        "请各企业报名",
        "2026年11月3日服务月活动签到表",
        "张三 11月3日 上午10:05",
        "收到",
        "温馨提示：请提前10分钟到场",
    ],
)
def test_what_explains_a_list_is_no_company(line: str) -> None:
    sheet = roster_sheets.read_pasted(f"{NAME}\n{line}\n{OTHER}\n请茶餐饮管理有限公司\n蓝思科技")
    assert [each.name for each in sheet.lines] == [NAME, OTHER, "请茶餐饮管理有限公司", "蓝思科技"]
    headed = roster_sheets.read(
        workbook(["企业名称", "姓名"], ["必填，与营业执照一致", ""], ["第一组：", ""], [NAME, "张三"])
    )
    assert ([each.name for each in headed.lines], headed.passed_over) == ([NAME], (2, 3))


@pytest.mark.parametrize("answer", ["否，请假", "否（出差）", "B、不参会", "B.否", "不能参加，因出差", "未到（请假）"])
def test_a_surveys_answer_says_who_did_not_come(answer: str) -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, "是否参会"], [1, NAME, CODE, "A.参会"], [2, OTHER, None, answer]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3,))


def test_a_list_of_those_who_did_not_come_is_told_so() -> None:
    assert refused(lambda: roster_sheets.read_pasted(f"未到：\n{NAME}")) == ("none_came", {})


@pytest.mark.parametrize("answer", ["否（线上参加）", "否，派李四代", "A.是", "是，迟到"])
def test_who_came_in_another_way_came(answer: str) -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, "是否参会"], [1, NAME, CODE, answer]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], ())


@pytest.mark.parametrize("note", ["临时有事未到", "临时有事，未到场", "因工作原因请假", "出差请假", "因故取消"])
def test_why_somebody_did_not_come_may_stand_before_it(note: str) -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, "备注"], [1, NAME, CODE, "李四有事未到"], [2, OTHER, None, note]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3,))


def test_groups_directly_below_those_who_did_not_come_are_theirs() -> None:
    """``第一组：`` ended what the heading above it said; who stayed away was counted."""
    third = "岳麓新材料有限公司"
    sheet = roster_sheets.read_pasted(f"未到：\n第一组：\n{NAME}\n第二组：\n{OTHER}\n实到：\n{third}")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([third], (1, 2, 3, 4, 5))
    sheet = roster_sheets.read_pasted(f"第一组：\n{NAME}\n未到：\n第二组：\n{OTHER}\n未到：\n{third}")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME, OTHER], (3, 6, 7))


@pytest.mark.parametrize("same", ["同上", "〃", '"'])
def test_a_cell_that_says_the_same_has_what_stands_above_it(same: str) -> None:
    header = [*ORDERS, "服务机构"]
    raw = workbook(header, [*order(), "湖南检测有限公司"], ["D-2", same, same, same, same, 200, same])
    first, second = trade_sheets.read(raw).lines
    assert [getattr(second, each) for each in ("traded_on", "uscc", "enterprise", "service", "institution")] == [
        getattr(first, each) for each in ("traded_on", "uscc", "enterprise", "service", "institution")
    ]
    third = [3, "岳麓新材料有限公司"]
    sheet = roster_sheets.read(workbook([*ROSTER, "备注"], [1, NAME, CODE, "未到"], [2, OTHER, None, same], third))
    assert sheet.absent == (2, 3)


@pytest.mark.parametrize("said", ["无", "暂无", "不详", "无服务机构", "(空)", "NULL", "N/A", "同上", "——", "(跳过)"])
def test_what_says_that_there_is_none_is_no_institution(said: str) -> None:
    """An order without 服务机构 counts for no 家次; 暂无 was registered as one, and the order counted."""
    (line,) = trade_sheets.read(workbook([*ORDERS, "服务机构"], [*order(amount=said), said])).lines
    assert (line.institution, line.amount if said != "同上" else "") == ("", "")


@pytest.mark.parametrize("name", ["无锡机械有限公司", "无", "空港物流有限公司", "略阳机械厂", "NA", "NULL科技", "自营"])
def test_a_name_that_begins_so_is_one(name: str) -> None:
    assert names.says_none(name) is (name in ("无", "NA"))


@pytest.mark.parametrize("sign", ["`", "'", "＇"])
def test_a_sign_before_every_field_belongs_to_none(sign: str) -> None:
    """As the bills of payment services have it: the same order handed in without it was another order."""
    told = ["D-1", "2026-11-20 10:15:30", CODE, NAME, "检测", "1200.50"]
    csv = "\n".join([",".join(ORDERS), ",".join(f"{sign}{each}" for each in told)]).encode()
    (line,) = trade_sheets.read(csv).lines
    shown = [line.order_number, line.traded_on, line.uscc, line.enterprise, line.service, line.amount]
    assert shown == told
    assert cells.clean(f"{sign}互联网+{sign}培训") == f"{sign}互联网+{sign}培训"


@pytest.mark.parametrize("number", ["2.02611E+11", "4.30103E+14"])
def test_a_number_of_twelve_digits_is_shortened_too(number: str) -> None:
    """Excel writes it so into a CSV; it was taken for the number of an order."""
    csv = "\n".join([",".join(ORDERS), ",".join(map(str, order(number)))]).encode()
    assert trade_sheets.read(csv).lines[0].lost == {"order_number"}


@pytest.mark.parametrize("row", [["编号"], ["说明：", "编号", "为平台订单编号"]])
def test_a_line_with_one_word_of_the_header_is_none(row: list[Any]) -> None:
    """The whole list was refused for want of 成交日期; now the row is told."""
    lines = trade_sheets.read(workbook(ORDERS, order(), row, order("D-2"))).lines
    assert [line.number for line in lines] == [2, 3, 4]


def test_orders_as_a_shop_exports_them() -> None:
    header = ["订单编号", "买家公司名", "订单付款时间", "商品标题", "买家实付金额", "税号"]
    (line,) = trade_sheets.read(workbook(header, ["1", NAME, "2026-11-03 10:00:00", "检测", "1200.00", CODE])).lines
    assert [line.enterprise, line.traded_on, line.service, line.amount, line.uscc] == [
        NAME, "2026-11-03 10:00:00", "检测", "1200.00", CODE,
    ]  # fmt: skip


@pytest.mark.parametrize(("paid", "back", "is_undone"), [("1.2万", "500", False), ("1.2万元", "12000", True)])
def test_what_was_paid_back_is_compared_with_its_multiple(paid: str, back: str, is_undone: bool) -> None:
    raw = workbook([*ORDERS, "退款金额"], [*order(amount=paid), back], [*order("D-2"), ""])
    assert trade_sheets.read(raw).undone == ((2,) if is_undone else ())


@pytest.mark.parametrize(
    ("number", "shown", "amount"),
    [
        (1.5, '0.00"万元"', "1.5万元"),
        (12, '#,##0.00"万元"', "12万元"),
        (0.3, '0.0"亿"', "0.3亿"),
        (1.5, "0.0\\万", "1.5万"),
        (-2, '0"万元"', "-2万元"),
        (1.5, 'General"万元"', "1.5万元"),
        (800.5, "[$$-409]#,##0.00", "$800.5"),
        (800, '"US$"0', "US$800"),
        (800.5, "[$€-2] #,##0.00", "€800.5"),
        (12000, '0!.0,"万元"', "12000"),
        (12000, '0!.0000"万元"', "12000"),
        (12000, '0.0,"千元"', "12000"),
        (12000.5, "[$¥-804]#,##0.00", "12000.5"),
        (12000.5, '_ ¥* #,##0.00_ ;[Red]0"元"', "12000.5"),
        (12000.5, '0.00"元"', "12000.5"),
    ],
)
def test_an_amount_counts_what_its_format_says(number: float, shown: str, amount: str) -> None:
    """1.50万元 was read as 1.5 yuan, $800.50 as yuan."""

    def change(sheet: Any) -> None:
        sheet["F2"].number_format = shown

    (line,) = trade_sheets.read(workbook(ORDERS, order(amount=number), change=change)).lines
    assert line.amount == amount


@pytest.mark.parametrize(
    "typed", ["2026-1-31", "2026/1/31", "2026.01.31", "2026年1月31日", "２０２６／１／３１", "2026-01-31"]
)
def test_a_day_that_was_typed_is_a_day_of_a_bundle(typed: str) -> None:
    header = ["平台代码", "平台名称", "验收日期"]
    (row,) = bundle_sheets.read(workbook(header, ["430100", "长沙市窗口平台", typed])).content["platforms"]
    assert row["accepted_on"] == "2026-01-31"


@pytest.mark.parametrize(
    "said",
    [
        "来不了了",
        "去不了",
        "参加不了",
        "不去了",
        "没去",
        "取消了",
        "退出接龙",
        "放弃",
        "撤回报名",
        "请假了",
        "未签",
        "已报名未到",
    ],
)
@pytest.mark.parametrize("form", ["{} {}", "{}（{}）", "{}，{}", "{}\t{}", "1. {} 张三（{}）"])
def test_who_did_not_come_is_told_in_many_words(said: str, form: str) -> None:
    sheet = roster_sheets.read_pasted(f"{NAME}\n{form.format(OTHER, said)}")
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (2,))


@pytest.mark.parametrize(
    "said", ["有事来不了", "不好意思来不了了", "出差请假", "未到场（出差）", "预报名没来", "No-show"]
)
def test_why_somebody_did_not_come_may_stand_on_either_side(said: str) -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, "备注"], [1, NAME, CODE, ""], [2, OTHER, None, said]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3,))


@pytest.mark.parametrize(
    "title",
    [
        "是否参加11月20日活动（必填）",
        "2. 您是否参会",
        "贵单位是否参加本次数字化转型培训",
        "能否到场",
        "是否确认参加此次活动",
    ],
)
def test_a_question_asks_who_comes_whatever_it_calls_the_activity(title: str) -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, "是"], [2, OTHER, None, "否"]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3,))


@pytest.mark.parametrize("title", ["是否参加路演", "是否参加下午参观", "是否参加过类似培训", "是否参加社保"])
def test_a_question_about_something_else_leaves_nobody_out(title: str) -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, "否"]))
    assert ([line.is_hidden for line in sheet.lines], sheet.absent) == ([False], ())


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("是否参会", "不确定"),
        ("备注", "待定"),
        ("参会人员", "张三有事未到"),
        ("备注", "负责人没来"),
        ("备注", "下次参加"),
        ("备注", "临时有事"),
        ("未到原因", "出差"),
        ("", "改期"),
    ],
)
def test_what_leaves_it_open_is_asked_about(title: str, said: str) -> None:
    """Somebody of the company may have come; nobody but who made the list can tell."""
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, ""], [2, OTHER, None, said]))
    assert [(line.name, line.is_hidden) for line in sheet.lines] == [(NAME, False), (OTHER, True)]


@pytest.mark.parametrize("line", ["待定：{}", "{} 待定", "{}，可能不来", "{} 张三来不了，待定"])
def test_a_line_of_a_chat_that_leaves_it_open_is_asked_about(line: str) -> None:
    assert [each.is_hidden for each in roster_sheets.read_pasted(f"{NAME}\n{line.format(OTHER)}").lines] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("参会人员", "张三请假，李四到"),
        ("参会人员", "张三、李四（请假）"),
        ("备注", "张三未到，派李四"),
        ("备注", "晚宴不参加"),
        ("备注", "未参加过类似培训"),
        ("企业规模", "不到20人"),
        ("对接需求", "待定"),
        ("统一社会信用代码", "待定"),
    ],
)
def test_what_says_so_of_something_else_asks_nothing(title: str, said: str) -> None:
    sheet = roster_sheets.read(workbook(["企业名称", title], [NAME, said]))
    assert [(line.name, line.is_hidden) for line in sheet.lines] == [(NAME, False)]


@pytest.mark.parametrize(
    "header",
    ["参会企业名称", "参训企业", "报名单位", "单位/公司", "公司名", "单位及职务", "工作单位和职务", "市场主体名称"],
)
def test_a_header_of_companies_may_be_put_together(header: str) -> None:
    """Below a header that is not known, nobody would read what another column says: 是否到场 否."""
    sheet = roster_sheets.read(workbook(["序号", header, "是否到场"], [1, NAME, "是"], [2, OTHER, "否"]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3,))


def test_nothing_is_the_same_as_a_header() -> None:
    """同上 directly below it was read as the header, and its row was lost without a word."""
    sheet = roster_sheets.read(workbook(["企业名称", "姓名"], ["同上", "张三"], [NAME, "李四"]))
    assert ([line.name for line in sheet.lines], sheet.passed_over) == ([NAME], (2,))


@pytest.mark.parametrize("header", [["企业名称"], ["参会企业", "姓名"]])
def test_a_company_above_the_header_is_named(header: list[Any]) -> None:
    sheet = roster_sheets.read(workbook([OTHER], ["培训签到表"], header, [NAME]))
    assert ([line.name for line in sheet.lines], sheet.passed_over) == ([NAME], (1,))


def test_what_was_paid_back_may_name_its_money() -> None:
    head, paid = [*ORDERS, "退款金额"], [*order("D-1", "12000.00 RMB"), "人民币12,000元"]
    assert refused(lambda: trade_sheets.read(workbook(head, paid)))[0] == "none_traded"


@pytest.mark.parametrize("cross", ["×", "✗", "❌", " ✘"])
def test_a_cross_behind_a_name_is_no_ornament(cross: str) -> None:
    """A tick does; a cross says that somebody did not come, or that the name is to be taken out."""
    came, asked = roster_sheets.read_pasted(f"1. {NAME} ✓\n2. {OTHER}{cross}").lines
    assert (came.name, came.is_hidden) == (NAME, False)
    assert asked.is_hidden or not names.is_comparable(asked.name)


@pytest.mark.parametrize("line", ["1.{}2.{}", "1、{} 2、{}", "①{}②{}", "（1）{}（2）{}"])
def test_numbers_part_the_names_of_one_line(line: str) -> None:
    assert [each.name for each in roster_sheets.read_pasted(line.format(NAME, OTHER)).lines] == [NAME, OTHER]


def test_a_number_within_a_name_parts_nothing() -> None:
    for name in ("长沙精工有限公司（二）店", "湖南3.0创业有限公司", "长沙八方公司2号厂"):
        assert len(roster_sheets.read_pasted(name).lines) == 1


def test_what_counts_those_above_is_no_company() -> None:
    sheet = roster_sheets.read_pasted(f"{NAME}\n以上1家\n共1家")
    assert [each.name for each in sheet.lines] == [NAME]


@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("实到人数", (2, 0)),
        ("参会人数", ("3人", "0人")),
        ("是否到", ("到", "未")),
        ("能否参加", ("能", "不能")),
        ("参会", (True, False)),
        ("Attended", ("Yes", "No")),
        ("Status", ("Checked in", "Not checked in")),
        ("签到状态", ("已签到", "待签到")),
        ("核销状态", ("已核销", "未核销")),
        ("是否取消", ("否", "是")),
        ("是否请假", ("", "√")),
    ],
)
def test_every_way_to_say_that_nobody_came_is_understood(title: str, cells: tuple[Any, Any]) -> None:
    came, stayed = cells
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, came], [2, OTHER, None, stayed]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3,))


@pytest.mark.parametrize(
    ("title", "mark"), [("签到", "√"), ("签名", "张三"), ("签到时间", "2026-11-20 09:01"), ("是否到场", "是")]
)
@pytest.mark.parametrize("empty", ["", "-", "/", "——"])
def test_who_left_empty_what_others_signed_is_asked_about(title: str, mark: str, empty: str) -> None:
    """A printed list of those who signed up, in which those who came have signed."""
    signed = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, mark], [2, OTHER, None, empty]))
    assert [line.is_hidden for line in signed.lines] == [False, True]
    unsigned = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, empty], [2, OTHER, None, empty]))
    assert [line.is_hidden for line in unsigned.lines] == [False, False]


def test_where_only_those_who_stayed_away_are_marked_the_others_came() -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, "签到情况"], [1, NAME, CODE, ""], [2, OTHER, None, "未到"]))
    assert ([(line.name, line.is_hidden) for line in sheet.lines], sheet.absent) == ([(NAME, False)], (3,))


def test_who_came_on_one_of_two_days_is_not_left_out() -> None:
    head = ["企业名称", "11月20日签到", "11月21日签到"]
    sheet = roster_sheets.read(
        workbook(head, [NAME, "√", "√"], [OTHER, "√", "未到"], ["岳麓新材料有限公司", "未到", "未到"])
    )
    assert ([(line.name, line.is_hidden) for line in sheet.lines], sheet.absent) == (
        [(NAME, False), (OTHER, True)],
        (4,),
    )


def test_who_signed_up_and_did_not_come_is_left_out() -> None:
    head = ["企业名称", "是否报名", "是否到场"]
    sheet = roster_sheets.read(workbook(head, [NAME, "是", "是"], [OTHER, "是", "否"]))
    assert ([line.name for line in sheet.lines], sheet.absent) == ([NAME], (3,))


@pytest.mark.parametrize("title", ["是否参加过其他活动", "以往是否参加", "是否愿意参加下次活动", "未到原因"])
def test_what_is_said_of_other_days_leaves_nobody_out(title: str) -> None:
    said = "无" if title == "未到原因" else "没有参加"
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, said]))
    assert ([line.is_hidden for line in sheet.lines], sheet.absent) == ([False], ())


def test_several_in_a_cell_beside_a_label_are_lines_of_their_own() -> None:
    sheet = roster_sheets.read(workbook(["参会企业", f"{NAME}、{OTHER}"], ["时间", "2026年11月20日"]))
    assert [line.name for line in sheet.lines] == [NAME, OTHER]


@pytest.mark.parametrize("title", ["是否取消参会", "是否退出活动报名", "是否未到", "是否不参加"])
def test_a_question_may_ask_who_stays_away_whatever_it_speaks_of(title: str) -> None:
    """Its 是 was read as 参会 是."""
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, "否"], [2, OTHER, None, "是"]))
    assert ([(line.name, line.is_hidden) for line in sheet.lines], sheet.absent) == ([(NAME, False)], (3,))


@pytest.mark.parametrize("title", ["未到", "未参会", "不参加", "请假", "缺席", "取消报名"])
@pytest.mark.parametrize("mark", ["√", "是", "张三"])
def test_a_mark_in_a_column_of_who_stayed_away_is_asked_about(title: str, mark: str) -> None:
    sheet = roster_sheets.read(workbook([*ROSTER, title], [1, NAME, CODE, "否"], [2, OTHER, None, mark]))
    assert [(line.name, line.is_hidden) for line in sheet.lines] == [(NAME, False), (OTHER, True)]


def test_how_many_are_on_leave_asks_nothing_beside_how_many_came() -> None:
    head = ["企业名称", "应到", "实到", "请假"]
    sheet = roster_sheets.read(workbook(head, [NAME, 3, 2, 1], [OTHER, 1, 0, 1]))
    assert ([(line.name, line.is_hidden) for line in sheet.lines], sheet.absent) == ([(NAME, False)], (3,))


def test_a_company_that_one_of_its_people_signed_for_is_not_asked_about() -> None:
    """A line for each person: whoever did not come leaves nothing open, as the company came with another."""
    head = ["企业名称", "姓名", "签到时间"]
    rows = [NAME, "张三", "09:01"], [NAME, "李四", ""], [OTHER, "王五", ""]
    sheet = roster_sheets.read(workbook(head, *rows))
    assert [line.is_hidden for line in sheet.lines] == [False, False, True]
