"""成员企业: clusters and parks list them by paste or Excel, matched like a sign-in list; the province does it too."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from models.enterprise import Enterprise
from models.journal import LogEntry
from models.platform import ClusterMember, Platform
from models.work_list import Change
from scoring.terms import PlatformKind
from tests import builders
from tests.wxsvc.documents.test_tables import workbook
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World
from wxsvc.texts import names

PAGE = "/p/members"
KNOWN, TWIN = "长沙精工有限公司", "湘潭同名有限公司"


@pytest.fixture
def cluster(rows: Any, world: World) -> World:
    """The world's own platform is a cluster; one enterprise is known by its name, two share theirs."""
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = PlatformKind.CLUSTER
        for name in (KNOWN, TWIN, TWIN):
            builders.enterprise(session, name=name, name_form=names.normal_form(name), region_code="430304")
        session.execute(sa.delete(Change))
    return world


def members(rows: Any, world: World) -> list[str]:
    with rows() as session:
        query = sa.select(Enterprise.name).join(ClusterMember)
        return sorted(session.scalars(query.where(ClusterMember.platform_id == world.platform_id)))


def test_a_pasted_list_is_matched_and_what_is_open_comes_back(rows: Any, phone: Any, cluster: World) -> None:
    """A known name and a new right code become members; the doubtful line stays in the form with its choices."""
    staff = phone(cluster.staff)
    assert "尚未登记成员，暂按长沙市的企业计" in seen(staff.get(PAGE))
    code = builders.uscc(7_000_001)
    told = staff.post(PAGE, list=f"{KNOWN}\n株洲新材有限公司\t{code}\n{TWIN}")
    assert told.status_code == 422
    assert members(rows, cluster) == sorted([KNOWN, "株洲新材有限公司"])
    assert "已登记2家成员企业" in seen(told)
    assert "有多家同名企业" in seen(told)
    assert f"{TWIN}</textarea>" in told.text
    with rows() as session:
        twin = session.scalars(sa.select(Enterprise.id).where(Enterprise.name == TWIN).order_by(Enterprise.id)).first()
        deeds = session.scalars(sa.select(LogEntry.deed).where(LogEntry.deed.startswith("platform.")))
        assert list(deeds) == ["platform.members_added"]
        assert (cluster.platform_id, 2026) in [
            (each.platform_id, each.year) for each in session.scalars(sa.select(Change))
        ]
    chosen = staff.post(PAGE, list=f"{TWIN}\n没有听说过的公司", choose=f"{twin} {TWIN}")
    assert members(rows, cluster) == sorted([KNOWN, "株洲新材有限公司", TWIN])
    assert "没有听说过的公司</textarea>" in chosen.text
    assert "所属区域以这份名单为准" in seen(chosen)


def test_an_uploaded_list_twice_is_one_list(rows: Any, phone: Any, cluster: World) -> None:
    raw = workbook(["企业名称", "统一社会信用代码"], [KNOWN, ""])
    staff = phone(cluster.staff)
    for said in ("已登记1家成员企业", "1家此前已在名单中"):
        sent = staff.client.post(
            PAGE,
            data={"csrf_token": csrf_token(staff.get(PAGE)), "list": "", "file": (io.BytesIO(raw), "名单.xlsx")},
            headers={"User-Agent": staff.agent},
        )
        assert said in seen(staff._follow(sent))
    assert members(rows, cluster) == [KNOWN]


def test_what_of_a_table_was_not_read_is_told(rows: Any, phone: Any, cluster: World) -> None:
    """Another sheet, a hidden column, a row without an enterprise: nobody would miss them among the members."""
    made = openpyxl.load_workbook(
        io.BytesIO(workbook(["代码", "企业名称"], ["x", KNOWN], ["", "张三"], 第二批=[["企业名称"], [TWIN]]))
    )
    made.worksheets[0].column_dimensions["A"].hidden = True
    raw = io.BytesIO()
    made.save(raw)
    raw.seek(0)
    staff = phone(cluster.staff)
    token = csrf_token(staff.get(PAGE))
    agent = {"User-Agent": staff.agent}
    sent = staff.client.post(PAGE, data={"csrf_token": token, "list": "", "file": (raw, "名单.xlsx")}, headers=agent)
    shown = seen(staff._follow(sent))
    for said in ("“第二批”没有读取", "第A列在表中是隐藏的，没有读取", "第3行没有读到企业名称"):
        assert said in shown
    assert members(rows, cluster) == [KNOWN]


@pytest.mark.parametrize(
    ("typed", "said"),
    [({}, "请粘贴名单"), ({"list": " "}, "请粘贴名单"), ({"choose": "999999999"}, "未找到所选企业")],
)
def test_what_is_no_list_is_told(rows: Any, phone: Any, cluster: World, typed: dict[str, str], said: str) -> None:
    told = phone(cluster.staff).post(PAGE, **typed)
    assert told.status_code == 422
    assert said in seen(told)
    assert members(rows, cluster) == []


def test_one_is_removed_and_the_province_keeps_the_list_too(rows: Any, phone: Any, cluster: World) -> None:
    hub = phone(cluster.reviewer)
    assert "成员0家" in seen(hub.get("/v/members"))
    at = f"/v/members/{cluster.platform_code}"
    assert "已登记1家成员企业" in seen(hub.post(at, list=KNOWN))
    with rows() as session:
        known = session.scalars(sa.select(Enterprise.id).where(Enterprise.name == KNOWN)).one()
    staff = phone(cluster.staff)
    assert KNOWN in seen(staff.get(PAGE))
    assert "名单不分时间" in seen(staff.get(PAGE))
    token = csrf_token(staff.get(PAGE))
    for _ in range(2):
        assert staff.post_raw(f"{PAGE}/{known}/remove", csrf_token=token).status_code == 303
    assert members(rows, cluster) == []
    hub.post(at, list=KNOWN)
    hub.post_raw(f"{at}/{known}/remove", csrf_token=csrf_token(hub.get(at)))
    assert "已移出" in seen(hub.get(at))
    with rows() as session:
        query = sa.select(LogEntry.deed).where(LogEntry.deed.startswith("platform.member")).order_by(LogEntry.id)
        deeds = session.scalars(query)
        assert list(deeds) == ["platform.members_added", "platform.member_removed"] * 2


def test_a_city_has_no_such_page(phone: Any, world: World) -> None:
    assert phone(world.staff).get(PAGE).status_code == 404
    assert phone(world.province).get(f"/v/members/{world.platform_code}").status_code == 404


def test_a_long_list_is_turned_and_searched(rows: Any, phone: Any, cluster: World) -> None:
    """Fifty on a page, whatever number is asked for; a name's part or a whole code finds one."""
    with rows() as session:
        for number in range(120):
            made = builders.enterprise(session, name=f"湘江第{number:03}号有限公司")
            session.add(ClusterMember(platform_id=cluster.platform_id, enterprise_id=made.id))
        code = made.uscc
    staff = phone(cluster.staff)
    for asked, shown, first in (
        ("", 50, "湘江第000号"),
        ("?page=3", 20, "湘江第100号"),
        ("?page=99", 20, "湘江第100号"),
    ):
        page = staff.get(f"{PAGE}{asked}")
        assert page.text.count("确认移出") == shown
        assert first in page.text
        assert "成员名单（120家）" in page.text
    for text in ("第119号", str(code).lower()):
        assert seen(staff.get(f"{PAGE}?text={text}")).count("湘江第") == 1
    assert "名单中没有符合“100%”的企业" in seen(staff.get(f"{PAGE}?text=100%25"))
