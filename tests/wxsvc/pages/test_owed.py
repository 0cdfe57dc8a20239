"""报送与响应: the matrix of who owes what, its filters, and one reminder for all that miss one."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import Assignment, Filing, Response
from models.notice import Notice
from models.platform import Platform
from models.terms import AssignmentKind, Stage
from scoring.terms import FilingState, Obligation, PlatformKind
from tests import builders
from tests.rows_read import rows_read
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.pages.province import owed
from wxsvc.services.records import filings, owed_filings
from wxsvc.services.reports import obligations
from wxsvc.services.reports.obligations import ObligationState

OWED = "/v/owed?year=2026"


@pytest.fixture
def filed(rows: Any, world: World) -> None:
    """The first platform: a plan in time, one late, one sent back, an answer; the other nothing."""
    day = date(2026, 11, 3)
    with rows() as session:
        given = {"year": 2026, "created_at": builders.NOW}
        shared = {"platform_id": world.platform_id, **given}
        works = [
            Assignment(kind=AssignmentKind.CASES, title=title, content="x", due_on=due, **given)
            for title, due in (("案例征集", date(2026, 11, 10)), ("服务大会", None))
        ]
        session.add_all(works)
        session.flush()
        session.add_all(
            [
                Filing(obligation=Obligation.PLAN, period="2026-03", claimed_on=date(2026, 3, 2), **shared),
                Filing(obligation=Obligation.PLAN, period="2026-04", claimed_on=date(2026, 4, 20), **shared),
                Filing(
                    obligation=Obligation.PLAN,
                    period="2026-05",
                    claimed_on=date(2026, 5, 2),
                    stage=Stage.RETURNED,
                    return_reason="缺章",
                    **shared,
                ),
                Response(assignment_id=works[0].id, content="三个案例", responded_on=day, **shared),
            ]
        )


def cells(page: Any, name: str) -> dict[str, str]:
    """The cells of one platform's row by their column's full name."""
    row = next(each for each in re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL) if name in each)
    found = re.findall(r'data-label="([^"]*)">(.*?)</td>', row, re.DOTALL)
    return {label: re.sub(r"<[^>]+>|\s", "", cell) for label, cell in found}


@pytest.mark.usefixtures("filed")
def test_every_cell_says_how_it_stands_and_leads_to_it(rows: Any, phone: Any, world: World) -> None:
    hub = phone(world.reviewer)
    page = hub.get(OWED)
    own, other = cells(page, "长沙市窗口平台"), cells(page, "株洲市窗口平台")
    assert (own["3月活动计划表"], own["4月活动计划表"], own["5月活动计划表"]) == ("按时", "晚", "退回")
    assert (own["案例征集"], other["案例征集"], own["服务大会"]) == ("按时", "缺", "未响应")
    assert other["3月活动计划表"] == "缺"
    assert not any("12月活动" in label for label in own)
    assert any("12月活动" in label for label in cells(hub.get(f"{OWED}&whole=1"), "长沙市窗口平台"))
    for subject in ("filing/1", "filing/2", "response/1"):
        assert f"/v/review/{subject}" in page.text
        assert hub.get(f"/v/review/{subject}").status_code == 200
    assert phone(world.staff).get(OWED).status_code in (403, 404)
    assert hub.get("/v/owed?year=2015").status_code == 404


@pytest.mark.usefixtures("filed")
def test_one_tap_reminds_all_that_miss_one_once_a_day(rows: Any, phone: Any, world: World) -> None:
    hub = phone(world.reviewer)
    told = hub.post("/v/owed/remind?year=2026", OWED, item="plan:2026-05")
    assert "已提醒2家平台" in seen(told)
    assert "没有工作人员" not in seen(told)
    again = hub.post("/v/owed/remind?year=2026", OWED, item="plan:2026-05")
    assert "2家今天已提醒过，不再重复" in seen(again)
    only = hub.post("/v/owed/remind?year=2026", OWED, item="plan:2026-03")
    assert "已提醒1家平台" in seen(only)
    back = hub.post("/v/owed/remind?year=2026", OWED, item="assignment:1", back="assignments")
    assert "重点工作" in seen(back)
    with rows() as session:
        told_to = [(notice.facts["deed"], notice.platform_id) for notice in session.scalars(sa.select(Notice))]
    own, other = world.platform_id, world.other_platform_id
    assert sorted(told_to) == sorted([("overdue", own), ("overdue", other), ("overdue", other), ("assignment", other)])
    inbox = seen(phone(world.other_staff).get("/p/notices"))
    assert "3月活动计划表应于" in inbox
    assert "重点工作“案例征集”尚未收到贵平台的响应" in inbox
    assert hub.post("/v/owed/remind?year=2026", OWED, item="plan:2031-01").status_code == 404


@pytest.mark.usefixtures("filed")
def test_a_platform_at_which_nobody_works_is_named_when_it_is_reminded(rows: Any, phone: Any, world: World) -> None:
    """The notice waits there for whoever comes; until then somebody has to call."""
    with rows() as session:
        builders.platform(session, code="430300", name="湘潭市窗口平台", region_code="430300")
    told = seen(phone(world.reviewer).post("/v/owed/remind?year=2026", OWED, item="plan:2026-05"))
    assert "已提醒3家平台。其中1家没有工作人员，提醒无人收到，请另行联系：湘潭市窗口平台。" in told


@pytest.mark.usefixtures("filed")
def test_filters_stand_in_the_address(rows: Any, phone: Any, world: World) -> None:
    hub = phone(world.reviewer)
    assert "株洲市窗口平台" not in seen(hub.get(f"{OWED}&city=430100"))
    assert "长沙市窗口平台" not in seen(hub.get(f"{OWED}&kind={PlatformKind.CLUSTER.value}"))
    told = hub.post("/v/owed/remind?year=2026&city=430200", OWED, item="plan:2026-05")
    assert "已提醒1家平台" in seen(told)
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    none = hub.post("/v/owed/remind?year=2026&city=430100", OWED, item="plan:2026-05")
    assert "没有需要提醒的平台" in seen(none)


@pytest.mark.usefixtures("filed")
def test_the_assignments_page_names_who_has_not_answered(rows: Any, phone: Any, world: World) -> None:
    page = phone(world.province).get("/v/assignments?year=2026")
    text = re.sub(r"\s+", "", seen(page))
    assert re.search("1家1家要求与响应.{,20}尚未响应的1家平台株洲市窗口平台", text)
    assert re.search("0家2家要求与响应.{,20}尚未响应的2家平台长沙市窗口平台、株洲市窗口平台", text)


def told(status: Any) -> tuple[Any, ...]:
    """How one obligation stands, and which filing says so."""
    filing = status.filing.id if status.filing is not None else None
    return status.deadline, status.state, filing, status.filed_on, status.if_confirmed, status.is_returned


@pytest.mark.usefixtures("filed")
def test_many_at_once_are_judged_as_each_alone(rows: Any, world: World) -> None:
    """The matrix and a platform's own page cannot differ; one accepted in summer owes nothing before."""
    with rows() as session:
        late = builders.platform(session, code="430900", accepted_on=date(2026, 8, 20))
        found = session.scalars(sa.select(Platform).order_by(Platform.code)).all()
        for year in (2025, 2026):
            together = owed_filings.of_platforms(session, found, year, builders.NOW)
            alone = {each.id: filings.state(session, each.id, year, builders.NOW) for each in found}
            assert {one: [told(each) for each in states] for one, states in together.items()} == {
                one: [told(each) for each in states] for one, states in alone.items()
            }
        table = obligations.table(session, 2026, builders.NOW)
        (row,) = [each for each in table.rows if each.platform.id == late.id]
        march = next(item for item in table.items if item.key == "plan:2026-03")
        assert row.cell(march).standing is ObligationState.NOT_ASKED
        missed = [each for each in together[late.id] if each.state is FilingState.MISSED]
        assert row.missing == len(missed) + 1  # and the assignment that was due


@pytest.mark.usefixtures("filed")
@pytest.mark.parametrize(
    "path",
    [
        OWED,
        "/v/assignments?year=2026",
        "/v/rulings/sheet?year=2026",
        "/v/rulings?year=2026",
        "/v/online-services?year=2026",
    ],
)
def test_more_platforms_ask_the_database_no_more_often(
    app: Any, rows: Any, phone: Any, world: World, path: str
) -> None:
    """At most twelve statements, with two platforms as with thirty."""
    hub = phone(world.reviewer)
    for more in (0, 28):
        with rows() as session:
            for kind in [*PlatformKind] * (more // 3):
                builders.platform(session, kind=kind)
        hub.get(path)
        with counted(app) as asked:
            assert hub.get(path).status_code == 200
        assert 0 < len(asked) <= 12


@pytest.mark.usefixtures("filed")
def test_of_more_platforms_than_a_page_shows_the_filings_are_not_read(
    app: Any, rows: Any, phone: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of each platform and of each obligation; who lacks what is told of all, whatever the page shows."""
    monkeypatch.setattr(owed, "_ROWS", 1)
    hub, read = phone(world.reviewer), []
    for more in (10, 30):
        with rows() as session:
            for each in range(more):
                platform = builders.platform(session, kind=PlatformKind.CLUSTER, code=f"JQ{more}-{each}")
                for month in range(2, 10):
                    session.add(
                        Filing(
                            platform_id=platform.id,
                            year=2026,
                            obligation=Obligation.PLAN,
                            period=f"2026-{month:02}",
                            claimed_on=date(2026, month, 2),
                            created_at=builders.NOW,
                        )
                    )
        with rows_read(app.extensions["wxsvc"].database.engine) as asked:
            shown = hub.get(OWED)
        assert re.search(r"提醒这(\d+)家", shown.text)
        read.append(asked.rows)
    assert read[1] - read[0] <= 30 + 5
