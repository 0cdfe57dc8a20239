"""Every kind of list that clerks have, at every door that takes one: roster, orders, members and ``wxsvc import``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from models.enterprise import Enterprise
from models.journal import LogEntry
from models.platform import ClusterMember, Platform
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.pages.test_clerks_files import (
    CODE,
    NAME,
    ORDERS,
    ORDERS_AT,
    OTHER,
    OTHER_CODE,
    import_file,
    known,
    listed,
    names_of,
    order,
    ordered,
    sheets,
)
from tests.wxsvc.pages.test_persons_left_out import path, upload
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.commands.bundles import import_bundle
from wxsvc.documents import roster_sheets

__all__ = ["import_file", "known"]

MEMBERS_AT = "/p/members"
Encode = Callable[[str], bytes]

WRITTEN: dict[str, Encode] = {
    "gbk": lambda text: text.encode("gbk"),
    "gb18030": lambda text: text.encode("gb18030"),
    "utf-8": lambda text: text.encode(),
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 big endian": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16 without a mark": lambda text: text.encode("utf-16-le"),
    "utf-16 big endian without a mark": lambda text: text.encode("utf-16-be"),
    "tab": lambda text: text.replace(",", "\t").encode("utf-16"),
    "semicolon": lambda text: text.replace(",", ";").encode("gbk"),
    "full-width comma": lambda text: text.replace(",", "，").encode("gbk"),
    "upright stroke": lambda text: text.replace(",", "|").encode(),
    "sep line": lambda text: ("sep=;\r\n" + text.replace(",", ";")).encode("gbk"),
    "returns alone": lambda text: text.replace("\n", "\r").encode("gbk"),
    "quoted": lambda text: "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in text.split("\n")
    ).encode(),
    "formulas that are texts": lambda text: "\n".join(
        ",".join(f'="{cell}"' for cell in line.split(",")) for line in text.split("\n")
    ).encode("gbk"),
}


@pytest.fixture
def cluster(rows: Any, world: World) -> Callable[[], list[str]]:
    """The platform takes members; the names of those that it has."""
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = PlatformKind.CLUSTER

    def members() -> list[str]:
        with rows() as session:
            return list(session.scalars(sa.select(Enterprise.name).join(ClusterMember).order_by(Enterprise.id)))

    return members


@pytest.mark.parametrize("kind", WRITTEN)
def test_text_files_of_any_kind(
    kind: str, rows: Any, phone: Any, world: World, cluster: Callable[[], list[str]]
) -> None:
    """Any encoding, any sign between the cells."""
    staff, written = phone(world.staff), WRITTEN[kind]
    text = f"企业名称,统一社会信用代码\n{NAME},\n某厂,{OTHER_CODE}\n"
    upload(staff, path(world), "file", written(text), "名单.csv")
    assert listed(rows) == [(NAME, "", NAME), ("某厂", OTHER_CODE, OTHER)]
    upload(staff, MEMBERS_AT, "file", written(text), "名单.csv")
    assert cluster() == [NAME, OTHER]
    orders = [",".join(ORDERS), *(",".join(order(f"D-{number}")) for number in range(3)), ""]
    upload(staff, ORDERS_AT, "sheet", written("\n".join(orders)), "订单.csv")
    assert [number for number, _ in ordered(rows)] == ["D-0", "D-1", "D-2"]


@pytest.mark.parametrize(("cut", "whole"), [(4, 1), (0, 2)])
def test_a_file_that_was_cut_keeps_what_is_whole(cut: int, whole: int, rows: Any, phone: Any, world: World) -> None:
    """In the middle of a sign: the last name has ``�`` and means nobody; nothing is read as another encoding."""
    raw = f"企业名称,代码\n{NAME},\n{OTHER}".encode()
    upload(phone(world.staff), path(world), "file", raw[: len(raw) - cut], "名单.csv")
    assert len([each for *_, each in listed(rows) if each]) == whole
    assert len(listed(rows)) == 2


CHATS = {
    f"✅{NAME} 张三 13812345678\n👉{OTHER}": [NAME, OTHER],
    f"1️⃣ {NAME}\n2️⃣ {OTHER} 李四": [NAME, OTHER],
    f"⭐ {NAME}⭐\n☎️{OTHER}☎️": [NAME, OTHER],
    f"“{NAME}”、“{OTHER}”": [NAME, OTHER],
    f"【{NAME}】张三\n[{OTHER}] 李四": [NAME, OTHER],
    f"「{NAME}」\n《{OTHER}》": [NAME, OTHER],
    f"{NAME}。\n{OTHER}！": [NAME, OTHER],
    f"张三 2026/11/20 9:00:12\n{NAME}\n\n李四 9:01\n{OTHER}\n": [NAME, OTHER],
    f"| 企业名称 | 代码 |\n|---|---|\n| {NAME} | |\n| {OTHER} | |": [NAME, OTHER],
    f"1.{NAME} 张三 2.{OTHER} 李四": [NAME, OTHER],
    f"企业名称：{NAME}\n统一社会信用代码：{CODE}\n联系人：张三\n企业名称：{OTHER}\n代码：{OTHER_CODE}": [NAME, OTHER],
}


@pytest.mark.parametrize("text", CHATS)
def test_what_is_copied_from_a_chat(
    text: str, rows: Any, phone: Any, world: World, cluster: Callable[[], list[str]]
) -> None:
    """Pictures, brackets and quotation marks around names; a form of several lines is one company."""
    staff = phone(world.staff)
    staff.post(path(world), list=text)
    assert [found for *_, found in listed(rows)] == CHATS[text]
    staff.post(MEMBERS_AT, list=text)
    assert cluster() == CHATS[text]


@pytest.mark.parametrize("text", [f"张三{NAME}", f"★{NAME}", f"⬜{NAME}", f"长沙新材 {CODE[:-1]}？"])
def test_what_may_be_another_company_is_open(text: str, rows: Any, phone: Any, world: World) -> None:
    """A person's name before a company's goes, and a person compares what is left; so is what stands for a sign."""
    phone(world.staff).post(path(world), list=text)
    assert [found for *_, found in listed(rows)] == [None]
    assert not any("张三" in name for name, *_ in listed(rows))


@pytest.fixture
def import_json(import_file: Callable[[bytes], Result], tmp_path: Any) -> Callable[[list[dict[str, str]]], Result]:
    """``wxsvc import`` of enterprises in JSON."""

    def load(enterprises: list[dict[str, str]]) -> Result:
        file = tmp_path / "bundle.json"
        file.write_text(json.dumps({"enterprises": enterprises}, ensure_ascii=False), encoding="utf-8")
        return CliRunner().invoke(import_bundle, [str(file)])

    return load


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u00ad", "\u200e", "\u202c", "\u2060", "_x000D_", "\u00a0"])
def test_invisible_signs_rename_nobody(
    sign: str,
    rows: Any,
    phone: Any,
    world: World,
    cluster: Callable[[], list[str]],
    import_json: Callable[[list[dict[str, str]]], Result],
) -> None:
    """Whichever door brings them, also as Excel writes them in a file that another program made."""
    staff, odd = phone(world.staff), f"{NAME[:4]}{sign if sign > '~' and sign != chr(0xA0) else ''}{NAME[4:]}{sign}"
    done = import_json([{"uscc": CODE, "name": odd}])
    assert (done.exit_code, "没有变动" in done.stdout) == (0, True), done.output
    staff.post(path(world), list=f"企业名称\t代码\n{odd}\t")
    assert listed(rows) == [(NAME, "", NAME)]
    staff.post(MEMBERS_AT, list=odd)
    assert cluster() == [NAME]
    upload(staff, ORDERS_AT, "sheet", "\n".join(map(",".join, (ORDERS, order("D-1", "", odd)))).encode(), "订单.csv")
    assert ordered(rows) == [("D-1", NAME)]
    staff.post(
        "/p/offline-services/new",
        served_on="2026-11-20",
        content="检测",
        new_name=f"{odd}厂",
        new_licence="",
        new_uscc=OTHER_CODE[:-1] + "?",
    )
    assert import_json([{"uscc": builders.uscc(871_001), "name": f"长沙新来的{sign}厂"}]).exit_code == 0
    assert names_of(rows, builders.uscc(871_001)) == [
        "长沙新来的 厂" if sign in ("_x000D_", "\u00a0") else "长沙新来的厂"
    ]
    with rows() as session:
        assert not session.scalars(sa.select(LogEntry).where(LogEntry.deed == "enterprise.renamed")).all()


def test_a_new_name_that_looks_like_none_is_asked_about_in_every_list(
    rows: Any,
    phone: Any,
    world: World,
    cluster: Callable[[], list[str]],
    import_json: Callable[[list[dict[str, str]]], Result],
) -> None:
    """With its row, before anything is registered; a command loads it and says so."""
    staff, codes = phone(world.staff), [builders.uscc(872_000 + number) for number in range(4)]
    page = staff.post(path(world), list=f"企业名称\t代码\n李四光明\t{codes[0]}\n长沙新来的厂\t{codes[1]}")
    assert "第2行 · 代码校验通过，尚未登记；名称不像企业、单位或店铺的名称" in seen(page)
    staff.post(page.request.path, deed="register")
    assert (names_of(rows, codes[0]), names_of(rows, codes[1])) == ([], ["长沙新来的厂"])
    page = staff.post(MEMBERS_AT, list=f"企业名称\t代码\n李四光明\t{codes[0]}")
    assert ("名称不像企业" in seen(page), cluster()) == (True, [])
    staff.post(
        MEMBERS_AT, list=f"{roster_sheets.header_line()}\n李四光明\t{codes[0]}", choose=f"new 李四光明\t{codes[0]}"
    )
    assert cluster() == ["李四光明"]
    raw = sheets(订单=[ORDERS, order("D-1", codes[2], "甲乙丙丁")])
    page = upload(staff, ORDERS_AT, "sheet", raw, "订单.xlsx")
    assert (page.status_code, "第2行 · 企业名称" in seen(page), ordered(rows)) == (422, True, [])
    assert "“甲乙丙丁”不像企业、单位或店铺的名称" in seen(page)
    upload(staff, ORDERS_AT, "sheet", raw, "订单.xlsx", names="1")
    assert ordered(rows) == [("D-1", "甲乙丙丁")]
    told = import_json([{"uscc": codes[3], "name": "甲乙丙"}, {"uscc": CODE, "name": NAME}])
    assert (told.exit_code, names_of(rows, codes[3])) == (0, ["甲乙丙"])
    assert "enterprises[0].name: 已导入，但名称“甲乙丙”不像企业" in told.stdout
    assert "不像企业" not in import_json([{"uscc": codes[3], "name": "甲乙丙"}]).stdout
