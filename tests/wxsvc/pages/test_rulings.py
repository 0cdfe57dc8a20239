"""评定认定 on the desk: as far as each role may, two persons where two are asked, on what is really there."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import Assignment, BonusClaim, Evidence, Response
from models.person import Person, StaffRole
from models.platform import Platform
from models.recognition import OnlineService, PlatformFusion, Ruling, ServiceItem, SiteInspection
from models.record import Post
from models.terms import AssignmentKind, Channel, FusionKind, PostKind, Role, Stage, Subject
from scoring.scheme_files import scheme_for
from scoring.terms import EvidenceItem, IndicatorCode, PlatformKind
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World, settle_records
from wxsvc import wording
from wxsvc.services import years
from wxsvc.services.actor import MACHINE
from wxsvc.services.judging import line_bases
from wxsvc.services.judging import rulings as judging
from wxsvc.services.judging.stated_reasons import Stated
from wxsvc.services.regulation import readings

STATED = {"without_basis": "平台已书面说明，经现场核实", "against_opinion": "已到现场复核"}
"""What is said apart where nothing is recorded that a ruling rests on."""


def rulings(rows: Any) -> dict[IndicatorCode, tuple[Decimal | None, Decimal | None]]:
    with rows() as session:
        return {row.indicator: (row.opinion_points, row.points) for row in session.scalars(sa.select(Ruling))}


def shown_version(page: Any) -> str:
    """The version that a form of the page carries."""
    return re.findall(r'name="version" value="(\d+)"', page.text)[0]


def say(phone: Any, path: str, **typed: Any) -> Any:
    """Send the form as the page shows it now."""
    return phone.post(path, version=shown_version(phone.get(path)), **STATED | typed)


def test_in_january_the_table_opens_on_the_year_in_closing_and_offers_both(
    rows: Any, phone: Any, world: World, page_clock: SettableClock
) -> None:
    """Last year is what is judged then; the new one has nothing yet."""
    fold(rows)
    page_clock.set(datetime(2027, 1, 20, 2, tzinfo=UTC))
    page = phone(world.reviewer).get("/v/rulings")
    assert "2026年度评定认定" in page.text
    for year in (2026, 2027):
        assert f"/v/rulings?kind=prefecture&amp;year={year}" in page.text


def test_in_january_what_is_judged_opens_on_the_year_in_closing(
    rows: Any, phone: Any, world: World, page_clock: SettableClock
) -> None:
    """As long as it is not sealed, although the new year has activities; for platforms, until theirs has something."""
    fold(rows)
    january = datetime(2027, 1, 2, 2, tzinfo=UTC)
    page_clock.set(january)
    reviewer, staff = phone(world.reviewer), phone(world.staff)
    assert "2026年度报送与响应" in reviewer.get("/v/owed").text
    assert "2026年度" in seen(staff.get("/p/evidence"))
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        builders.activity(session, own, starts_at=january, ends_at=january.replace(hour=4))
    for path in ("/v/rulings", "/v/rulings/sheet", "/v/inspections", "/v/online-services"):
        assert re.search(r'year=2026"[^>]* aria-current|<option value="2026" selected', reviewer.get(path).text), path
    assert "2027年度。不按要求提供" in seen(staff.get("/p/evidence"))
    page_clock.set(datetime(2027, 1, 7, 2, tzinfo=UTC))
    assert "2027年度报送与响应" in reviewer.get("/v/owed").text


def test_an_inspection_is_put_right_while_the_year_in_which_it_counts_is_open(
    rows: Any, phone: Any, world: World
) -> None:
    """Two of the sealed calendar year: the period of the next one has the day of one of them, which stands there."""
    hub, path = phone(world.reviewer), f"/v/inspections/{world.platform_code}"
    with rows() as session:
        following = years.platform_year(session, world.platform_id, 2027)
        following.assessed_from, following.assessed_until = date(2026, 11, 1), date(2027, 10, 31)
        following.period_reason = "会议决定"
        for day in (date(2026, 10, 8), date(2026, 11, 8)):
            session.add(
                SiteInspection(
                    platform_id=world.platform_id, year=2026, inspected_on=day, findings="正常", created_at=builders.NOW
                )
            )
        session.flush()
        frozen, still_open = session.scalars(sa.select(SiteInspection.id).order_by(SiteInspection.inspected_on))
        builders.seal(session, session.get_one(Platform, world.platform_id))
    page = hub.get(f"{path}?year=2026")
    assert "有1条计入已锁定的年度，只能查看" in seen(page)
    assert (f"{path}/{still_open}" in page.text, f"{path}/{frozen}" in page.text) == (False, False)
    page = hub.get(f"{path}?year=2027")
    assert "已锁定" not in seen(page)
    assert (f"{path}/{still_open}" in page.text, f"{path}/{frozen}" in page.text) == (True, False)
    assert "<form" in hub.get(f"{path}/{still_open}").text


def test_the_hub_rules_the_website_in_halves(rows: Any, phone: Any, world: World) -> None:
    hub = phone(world.reviewer)
    path = f"/v/rulings/{world.platform_code}/website?year=2026"
    assert "以0.5分为单位" in hub.get(path).text
    assert "分值应在0至5分之间" in seen(say(hub, path, deed="rule", points="4.3", reason="更新及时"))
    assert "请填写分数" in seen(say(hub, path, deed="rule", points=" ", reason="更新及时"))
    for mistyped in ("四分", "1_0", "1e0"):
        assert f"“{mistyped}”不是分数" in seen(say(hub, path, deed="rule", points=mistyped, reason="更新及时"))
    empty = say(hub, path, deed="rule", points="4.5", reason="")
    assert "请写明理由" in seen(empty)
    assert 'value="4.5"' in empty.text
    assert "评定已生效" in say(hub, path, deed="rule", points="４．５分", reason="更新及时").text
    assert rulings(rows) == {IndicatorCode.WEBSITE: (None, Decimal("4.5"))}
    assert "4.5分" in hub.get("/v/rulings").text
    empty = say(hub, path, deed="withdraw", withdraw_reason=" ")
    assert 'aria-describedby="withdraw_reason-wrong' in empty.text  # and not the 理由 of the form above
    names = re.findall(r' id="([^"]+)"', empty.text)
    assert sorted(names) == sorted(set(names))
    assert "评定已撤回" in say(hub, path, deed="withdraw", withdraw_reason="平台申诉").text


def test_the_hub_gives_an_opinion_and_the_province_confirms(rows: Any, phone: Any, world: World) -> None:
    hub, province = phone(world.reviewer), phone(world.province)
    path = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    assert "须先由省枢纽平台提出意见" in province.get(path).text
    assert "意见已提交" in say(hub, path, deed="opinion", points="10", reason="均可办理").text
    assert "意见10分，待确认" in seen(hub.get("/v/rulings"))
    refused = say(hub, path, deed="rule", points="10", reason="均可办理")
    assert "没有权限" in seen(refused)
    unproved = say(province, path, deed="rule", points="10", reason="同意")
    assert "，暂不能给分。请平台补充后再评定" in seen(unproved)  # nothing is passed (通过) on this page
    assert "只能给0分或10分" in seen(say(province, path, deed="rule", points="5", reason="各办一半"))
    assert rulings(rows) == {IndicatorCode.ONLINE_SERVICE: (Decimal(10), None)}


@pytest.mark.parametrize("deed", ["opinion", "rule"])
def test_an_officials_own_word_waits_for_another_official(rows: Any, phone: Any, world: World, deed: str) -> None:
    """The page says whose word it is and who must still confirm; the same person cannot, a colleague can."""
    with rows() as session:
        colleague = session.get_one(Person, builders.staff(session, role=Role.PROVINCE).person_id).openid
    official, other = phone(world.province), phone(colleague)
    path = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    assert "须由另一位省工信厅同事确认" in seen(say(official, path, deed=deed, points="0", reason="无法办理"))
    page = seen(official.get(path))
    assert "省工信厅意见 0分" in page
    assert "省枢纽平台意见 " not in page
    assert "确认省工信厅意见" not in page
    assert "省工信厅意见0分，待确认" in seen(official.get("/v/rulings"))
    say(official, path, deed="rule", points="0", reason="仍无法办理")
    assert rulings(rows) == {IndicatorCode.ONLINE_SERVICE: (None, None)}
    assert "确认省工信厅意见" in seen(other.get(path))
    assert "评定已生效" in say(other, path, deed="rule", points="0", reason="仍无法办理").text
    assert rulings(rows) == {IndicatorCode.ONLINE_SERVICE: (None, Decimal(0))}


def test_a_change_is_called_a_change_and_an_opinion_an_opinion(rows: Any, phone: Any, world: World) -> None:
    """改动, where points are in force that go on counting; 意见, where none are: proposed, shown and taken back."""
    with rows() as session:
        builders.staff(session, role=Role.PROVINCE)
    official = phone(world.province)
    recognition = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    said = seen(say(official, recognition, deed="rule", points="0", reason="无法办理"))
    assert "意见已提交，须由另一位省工信厅同事确认后生效。" in said
    assert "撤回省工信厅意见" in seen(official.get(recognition))
    taken_back = seen(say(official, recognition, deed="withdraw", withdraw_reason="尚待核对"))
    assert "意见已撤回，该项仍为待评定" in taken_back
    path = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    say(official, path, deed="rule", points="12", reason="初评")
    changed = seen(say(official, path, deed="rule", points="15", reason="响应及时"))
    assert "改动已提交，须由另一位省工信厅同事确认后生效，确认之前仍按原评定计分" in changed
    assert "拟改评15分，待确认" in changed
    assert "撤回拟改评定" in seen(official.get(path))
    assert "改动已撤回，原有评定不变" in seen(say(official, path, deed="take_back"))


def test_one_person_in_both_roles_is_one_person(rows: Any, phone: Any, world: World) -> None:
    """Who advised as the hub is refused as the province."""
    with rows() as session:
        advised = session.scalars(sa.select(StaffRole).where(StaffRole.role == Role.REVIEWER)).one()
        person_id = advised.person_id
    path = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    say(phone(world.reviewer), path, deed="opinion", points="0", reason="无法办理")
    with rows() as session:
        session.get_one(StaffRole, advised.id).ended_at = builders.NOW
        session.add(StaffRole(person_id=person_id, role=Role.PROVINCE, granted_at=builders.NOW))
    both = phone(world.reviewer)
    page = both.get(path)
    assert "省枢纽平台意见" in page.text
    assert "须由另一位同事确认" in seen(page)
    assert "该意见由您本人提出" in seen(say(both, path, deed="rule", points="0", reason="同意"))
    assert "评定已生效" in say(phone(world.province), path, deed="rule", points="0", reason="同意").text


@pytest.mark.parametrize("version", [{}, {"version": "0"}, {"version": "1"}])
def test_a_stale_tab_is_shown_both_values(rows: Any, phone: Any, world: World, version: dict[str, str]) -> None:
    """Nothing is overwritten, what was typed is still there, and sending it again is a decision."""
    official = phone(world.province)
    path = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    say(official, path, deed="rule", points="12", reason="初评")
    assert "无法由另一人确认" in seen(official.get(path))
    with rows() as session:
        colleague = session.get_one(Person, builders.staff(session, role=Role.PROVINCE).person_id).openid
    assert "须由另一位省工信厅同事确认" in seen(say(official, path, deed="rule", points="15", reason="响应及时"))
    assert rulings(rows) == {IndicatorCode.COORDINATION: (None, Decimal(12))}
    say(phone(colleague), path, deed="rule", points="15", reason="响应及时")
    assert "无法由另一人确认" not in seen(official.get(path))
    stale = official.post(path, deed="rule", points="8", reason="迟报两次", **STATED | version)
    assert stale.status_code == 409
    text = seen(stale)
    assert "2026年11月23日 10:00评定为15分" in text
    assert "您填写的是8分" in text
    assert "迟报两次</textarea>" in stale.text
    assert 'value="8"' in stale.text
    assert rulings(rows) == {IndicatorCode.COORDINATION: (None, Decimal(15))}
    again = official.post(
        path, deed="rule", points="15", reason="响应及时", **STATED | version
    )  # what stands already: no decision is lost
    assert "评定已生效" in again.text
    for who, page in ((official, stale), (phone(colleague), None)):
        version = {"version": shown_version(page or official.get(path))}
        who.post(path, deed="rule", points="8", reason="迟报两次", **STATED | version)
    assert rulings(rows) == {IndicatorCode.COORDINATION: (None, Decimal(8))}


def test_another_mistake_does_not_make_a_stale_form_fresh(rows: Any, phone: Any, world: World) -> None:
    """The form keeps what it saw until the page has said what is new."""
    official = phone(world.province)
    path = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    say(official, path, deed="rule", points="15", reason="响应及时")
    wrong = official.post(path, deed="rule", points="8", reason="", version="0")
    assert shown_version(wrong) == "0"


def test_coordination_is_the_provinces_alone(rows: Any, phone: Any, world: World) -> None:
    path = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    assert "<form" not in phone(world.reviewer).get(path).text
    done = say(phone(world.province), path, deed="rule", points="18", reason="响应及时")
    assert "评定已生效" in done.text
    assert rulings(rows) == {IndicatorCode.COORDINATION: (None, Decimal(18))}


@pytest.mark.parametrize("stage", list(Stage))
def test_what_a_ruling_rests_on_says_how_far_it_is(rows: Any, phone: Any, world: World, stage: Stage) -> None:
    """Withdrawn and voided rows, and those of another year, are no basis; others show their stage: on both pages."""
    day = date(2026, 11, 3)
    with rows() as session:
        cluster = builders.platform(session, code="JQ01", name="某产业集群", kind=PlatformKind.CLUSTER)
        paper = session.scalars(sa.select(Evidence)).one().sha256
        for year, called in ((2026, "本年"), (2025, "上年")):
            given = {"year": year, "created_at": builders.NOW}
            assignment = Assignment(kind=AssignmentKind.CASES, title=f"{called}案例征集", content="x", **given)
            item = ServiceItem(name=f"{called}政策匹配", **given)
            session.add_all([assignment, item])
            session.flush()
            reviewed = given | {"stage": stage}
            offered = {"channel": Channel.WEBSITE, "address": f"https://{year}.example"}
            fusion = PlatformFusion(
                platform_id=cluster.id,
                kind=FusionKind.BUILT,
                name=f"{called}融合平台",
                provider="乙",
                started_on=day.replace(year=year),
                effect="好",
                **reviewed,
            )
            shared = {"platform_id": world.platform_id}
            session.add_all(
                [
                    Response(
                        assignment_id=assignment.id,
                        content=f"{called}已征集",
                        responded_on=day.replace(year=year),
                        **shared,
                        **reviewed,
                    ),
                    OnlineService(service_item_id=item.id, **offered, **shared, **reviewed),
                    SiteInspection(inspected_on=date(year, 11, 3), findings=f"{called}检查", **shared, **given),
                    Post(
                        kind=PostKind.NEWS,
                        title="甲",
                        link=f"https://{year}.example/1",
                        posted_on=day.replace(year=year),
                        **shared,
                        **given,
                    ),
                    Post(
                        kind=PostKind.NEWS,
                        title="乙",
                        link=f"https://{year}.example/2",
                        posted_on=day.replace(year=year),
                        withdrawn_at=builders.NOW,
                        **shared,
                        **given,
                    ),
                    fusion,
                ]
            )
            session.flush()
            proof = {"platform_id": cluster.id, "year": year, "item": EvidenceItem.PLATFORM_FUSION_PAPERS}
            session.add(
                Evidence(
                    title=f"{called}融合佐证",
                    sha256=paper,
                    subject=Subject.PLATFORM_FUSION,
                    subject_id=fusion.id,
                    created_at=builders.NOW,
                    **proof,
                )
            )
    fold(rows)
    official = phone(world.province)
    is_basis = stage is not Stage.VOID
    for line, told in (
        ("coordination", "已征集"),
        ("platform_fusion", "融合平台"),
        ("online_service", "政策匹配"),
        ("website", "检查"),
    ):
        code = "JQ01" if line == "platform_fusion" else world.platform_code
        for page in (f"/v/rulings/{code}/{line}?year=2026", f"/v/score/{code}/{line}?year=2026"):
            text = seen(official.get(page))
            assert "上年" not in text, page
            assert (f"本年{told}" in text) is (is_basis or line == "website"), page
            assert "已响应" not in text
            assert ("未响应" in text) is (line == "coordination" and not is_basis), page
            if line == "website":
                assert "信息发布1条" in text
            elif is_basis:
                assert ("未提交" if stage is Stage.PUBLISHED else wording.word(stage)) in text, page
    ruled = seen(official.get("/v/rulings/JQ01/platform_fusion?year=2026"))
    assert ("本年融合佐证" in ruled) is is_basis
    if not is_basis:
        with rows() as session:
            colleague = builders.staff(session, role=Role.REVIEWER)
            cluster_id = session.scalars(sa.select(Platform.id).where(Platform.code == "JQ01")).one()
            place = (session, cluster_id, 2026, IndicatorCode.PLATFORM_FUSION)
            judging.give_opinion(*place, Decimal(10), "资料齐全", colleague, builders.NOW, stated=Stated(**STATED))
        refused = say(official, "/v/rulings/JQ01/platform_fusion?year=2026", deed="rule", points="10", reason="同意")
        assert "缺少佐证材料" in seen(refused)


@pytest.mark.parametrize(
    "path", ["/v/rulings/430100/platform_fusion", "/v/rulings/430100/brand", "/v/rulings/x/website"]
)
def test_what_is_not_ruled_here_is_404(phone: Any, world: World, path: str) -> None:
    assert phone(world.province).get(path).status_code == 404


@pytest.mark.parametrize(
    ("line", "role", "points", "lacks"),
    [
        ("website", "reviewer", "4", "网站检查"),
        ("coordination", "province", "15", "重点工作响应"),
        ("online_service", "reviewer", "10", "在线服务"),
    ],
)
def test_what_rests_on_nothing_is_warned_of_and_asks_for_its_reason(
    rows: Any, phone: Any, world: World, line: str, role: str, points: str, lacks: str
) -> None:
    """The sentence stands beside the field, what was typed is kept, and the reason is shown to whoever reads on."""
    clerk = phone(getattr(world, role))
    path = f"/v/rulings/{world.platform_code}/{line}?year=2026"
    deed = "opinion" if line == "online_service" else "rule"
    assert f"尚无可作依据的{lacks}" in seen(clerk.get(path))
    version = shown_version(clerk.get(path))
    refused = clerk.post(path, deed=deed, points=points, reason="按平时掌握", version=version)
    assert refused.status_code == 422
    assert f"尚无可作依据的{lacks}，请先补充记录" in refused.text[refused.text.index('id="without_basis-wrong"') :]
    assert "按平时掌握</textarea>" in refused.text
    assert rulings(rows) == {}
    done = clerk.post(path, deed=deed, points=points, reason="按平时掌握", without_basis="迁站期间", version=version)
    assert done.status_code == 200
    assert "依据说明：迁站期间" in seen(clerk.get(path))


def test_what_is_recorded_stands_beside_the_field_and_asks_for_nothing_more(
    rows: Any, phone: Any, world: World
) -> None:
    """Inspections and posts of the website, the response to 重点工作: title, day and finding, without a warning."""
    settle_records(rows, world)
    with rows() as session:
        session.add(
            SiteInspection(
                platform_id=world.platform_id,
                year=2026,
                inspected_on=date(2026, 11, 3),
                findings="栏目齐全",
                created_at=builders.NOW,
            )
        )
    hub, official = phone(world.reviewer), phone(world.province)
    website = f"/v/rulings/{world.platform_code}/website?year=2026"
    page = hub.get(website)
    for told in ("平台登记的信息发布1条", "新闻", "栏目齐全"):
        assert told in seen(page)
    assert 'name="without_basis"' not in page.text
    assert page.text.index('class="beside"') < page.text.index("栏目齐全") < page.text.index('name="points"')
    version = shown_version(page)
    assert "评定已生效" in hub.post(website, deed="rule", points="4", reason="更新及时", version=version).text
    coordination = f"/v/rulings/{world.platform_code}/coordination?year=2026"
    page = official.get(coordination)
    assert "报送案例三个" in seen(page)
    assert 'name="without_basis"' not in page.text
    version = shown_version(page)
    assert "评定已生效" in official.post(coordination, deed="rule", points="18", reason="及时", version=version).text


def test_against_the_hubs_opinion_the_page_asks_why(rows: Any, phone: Any, world: World) -> None:
    """Beside its field; with the reading 以省工信厅认定为准 the field is not there."""
    hub, official = phone(world.reviewer), phone(world.province)
    path = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    say(hub, path, deed="opinion", points="10", reason="均可办理")
    page = official.get(path)
    assert "与省枢纽平台意见（10分）一致的不用填写" in seen(page)
    version = shown_version(page)
    refused = official.post(path, deed="rule", points="0", reason="打不开", version=version)
    assert "不一致，请在" in refused.text[refused.text.index('id="against_opinion-wrong"') :]
    say(official, path, deed="rule", points="0", reason="打不开", against_opinion="现场复核三次均打不开")
    assert "与省枢纽平台意见不一致的理由：现场复核三次均打不开" in seen(hub.get(path))
    with rows() as session:
        kind = session.get_one(Platform, world.platform_id).kind
        readings.decide(session, 2026, kind, "recognition_needs", "province", "按条文", MACHINE, builders.NOW)
    assert 'name="against_opinion"' not in official.get(path).text


def held_alike(rows: Any, expected: dict[tuple[int, str], Decimal]) -> None:
    """All platforms at once are judged as the page of each line judges it."""
    with rows() as session:
        found = session.scalars(sa.select(Platform)).all()
        places = [(each.id, code) for each in found for code in scheme_for(each.kind, 2026).rulings]
        bases = {place: line_bases.of(session, place[0], 2026, place[1], builders.NOW) for place in places}
        alone = {place: each.ruling.points for place, each in bases.items() if each.is_held and each.ruling is not None}
        assert line_bases.held_of_all(session, found, 2026) == alone == expected


@pytest.mark.parametrize(
    ("goes", "stated", "is_shared", "is_held"),
    [
        (Stage.RETURNED, None, False, True),
        (Stage.VOID, None, True, True),
        (Stage.VOID, "按平时掌握", False, True),
        (Stage.VOID, "按平时掌握", True, False),
    ],
)
def test_all_platforms_are_held_as_each_by_itself(
    rows: Any, world: World, goes: Stage, stated: str | None, is_shared: bool, is_held: bool
) -> None:
    """A record that goes takes its paper along; points given without a basis need no record, but a paper."""
    settle_records(rows, world)
    item = EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
    place = {"platform_id": world.platform_id, "year": 2026, "indicator": "online_service"}
    with rows() as session:
        service = session.scalars(sa.select(OnlineService)).one()
        service.stage = Stage.APPROVED
        said = {"reason": "好", "ruled_at": builders.NOW, "points": Decimal(10)}
        session.add(Ruling(**place, **said, without_basis=stated))
        builders.proof(session, service, item)
        if is_shared:
            builders.proof(session, service, item, subject=None, subject_id=None)
    held_alike(rows, {})
    with rows() as session:
        session.scalars(sa.select(OnlineService)).one().stage = goes
    held_alike(rows, {(world.platform_id, "online_service"): Decimal(10)} if is_held else {})


def test_points_that_wait_for_their_proof_say_so_wherever_they_stand(rows: Any, phone: Any, world: World) -> None:
    """A paper is taken back after the ten points: score page, line, rulings and the ruling's own page say the same."""
    settle_records(rows, world)
    with rows() as session:
        session.execute(sa.delete(BonusClaim))  # it waits for its own paper
        service = session.scalars(sa.select(OnlineService)).one()
        service.stage = Stage.APPROVED
        builders.proof(session, service, EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
    hub, official, staff = phone(world.reviewer), phone(world.province), phone(world.staff)
    path = f"/v/rulings/{world.platform_code}/online_service?year=2026"
    for clerk, deed in ((hub, "opinion"), (official, "rule")):
        version = shown_version(clerk.get(path))
        clerk.post(path, deed=deed, points="10", reason="均可办理", version=version)
    assert rulings(rows) == {IndicatorCode.ONLINE_SERVICE: (Decimal(10), Decimal(10))}
    fold(rows)
    held_alike(rows, {})
    pages = (
        (official, f"/v/score/{world.platform_code}?year=2026"),
        (official, f"/v/score/{world.platform_code}/online_service?year=2026"),
        (staff, "/p/score?year=2026"),
        (official, "/v/rulings?year=2026"),
        (official, path),
    )
    for clerk, page in pages:
        assert "缺佐证，暂不计" not in seen(clerk.get(page)), page
    with rows() as session:
        session.execute(
            sa.update(Evidence)
            .where(Evidence.item == EvidenceItem.ONLINE_SERVICE_SCREENSHOTS)
            .values(withdrawn_at=builders.NOW)
        )
    fold(rows)
    held_alike(rows, {(world.platform_id, "online_service"): Decimal(10)})
    for clerk, page in pages:
        assert "缺佐证，暂不计" in seen(clerk.get(page)), page
