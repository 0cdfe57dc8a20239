"""A name with something within it that parts names elsewhere (a space, half a bracket, a line break) stays one name."""

from __future__ import annotations

import pytest

from tests.wxsvc.documents.test_strange_lists import CODE, NAME, OTHER, ROSTER, workbook
from wxsvc.documents import roster_sheets

WHOLE = [
    "湖南精工(集团有限公司",
    "湖南精工（集团有限公司",
    "湖南精工【集团有限公司",
    "湖南“精工机械有限公司",
    "湘江数控 设备有限公司",
    "湖南 湘江数控 设备有限公司",
    "长沙市岳麓区 红星机械厂",
    "湖南A·B·C 3D打印有限公司",
    "湖南和 与及科技有限公司",
    f"{NAME} 长沙分公司",
    "岳麓区老王便利店（个体工商户）",
    "Hunan Jinggong Machinery Co., Ltd.",
    "HUNAN JINGGONG CO.,LTD",
]


@pytest.mark.parametrize("name", WHOLE)
def test_a_name_is_never_taken_from_a_part_of_it(name: str) -> None:
    sheets = [
        roster_sheets.read_pasted(name),
        roster_sheets.read_pasted(f"1、{name}\n2、{OTHER}"),
        roster_sheets.read(workbook(ROSTER, [1, name, None])),
        roster_sheets.read(workbook([1, name, 3])),
    ]
    assert [sheet.lines[0].name for sheet in sheets] == [name] * len(sheets)


@pytest.mark.parametrize(
    "cell", ["湖南精工、有限公司", "蓝思(集团有限公司", "王华 设备有限公司", "精工机械(集团有限公司"]
)
def test_what_is_left_of_a_name_is_marked(cell: str) -> None:
    """``…``: no company is found by it, a person looks."""
    assert [line.name[0] for line in roster_sheets.read_pasted(cell).lines] == ["…"]


def test_a_cell_of_several_lines_is_one_when_it_is_pasted() -> None:
    pasted = roster_sheets.read_pasted(f'"湘江数控\n设备有限公司"\n"{NAME}\n{OTHER}"')
    assert [line.name for line in pasted.lines] == ["湘江数控 设备有限公司", NAME, OTHER]


@pytest.mark.parametrize(
    "line",
    [
        f"张三（{NAME}",
        f"张三（{NAME}）",
        f"总经理张三({NAME}",
        f"张三 {NAME} 13812345678",
        f"岳麓区 {NAME}",
        f"1 {NAME} 张三",
        f"{CODE} {NAME}",
    ],
)
def test_who_and_where_is_left_out_as_before(line: str) -> None:
    assert [each.name for each in roster_sheets.read_pasted(line).lines] == [NAME]
