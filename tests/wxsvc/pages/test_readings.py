"""口径 in sight: every reading that bears on a line, its value, who decided it; one reading side by side for all."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import docx
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from openpyxl import load_workbook

from models.journal import LogEntry
from models.person import Person
from models.platform import Platform
from models.regulation import ReadingDecision
from models.scorecard import ScorecardRow, ScoreLineRow
from models.terms import Role
from scoring.scheme_files import scheme_for
from scoring.scorecard import score
from scoring.tally import Tally
from scoring.terms import ARITHMETIC_READINGS, READING_VALUES, PlatformKind, ReadingName
from scoring.words import explanation_of, name_of
from tests import builders
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.cli import main
from wxsvc.services.people import persons
from wxsvc.services.regulation import readings

PREFECTURE = PlatformKind.PREFECTURE
DEFAULT = "不足一档如何扣分：按整档（暂按默认口径）"


def squeezed(page: Any) -> str:
    """What a reader sees, without the spaces between the pieces."""
    return "".join(seen(page).split())


def decide(rows: Any, app: Flask, name: str, value: str, days: int = 0) -> None:
    """The province's official 何志远 decides, some days after the world's morning."""
    with rows() as session:
        by = builders.staff(session, role=Role.PROVINCE)
        persons.keep_name(session.get_one(Person, by.person_id), "何志远", app.extensions["wxsvc"].vault)
        readings.decide(session, 2026, PREFECTURE, name, value, "会议决定", by, builders.NOW + timedelta(days=days))


def give(rows: Any, platform_id: int, **facts: int) -> None:
    """A stored tally with these facts; its card says what they are worth."""
    with rows() as session:
        stored = session.get_one(ScorecardRow, (platform_id, 2026))
        tally = Tally(kind=PREFECTURE, year=2026, facts=facts)
        card = score(tally)
        stored.tally, stored.base, stored.bonus, stored.total = tally.as_dict(), card.base, card.bonus, card.total
        for line in session.scalars(sa.select(ScoreLineRow).filter_by(platform_id=platform_id, year=2026)):
            line.points = card.line(line.code).points


def test_a_score_page_names_each_reading_of_a_line(phone: Any, world: World) -> None:
    """Both sides, on the card and on the page of the line, until something is decided 暂按默认口径."""
    for who, page in ((world.staff, "/p/score"), (world.province, f"/v/score/{world.platform_code}")):
        somebody = phone(who)
        assert DEFAULT in squeezed(somebody.get(page))
        behind = squeezed(somebody.get(f"{page}/participations"))
        for name in scheme_for(PREFECTURE, 2026).indicator("participations").readings:
            assert name_of(name) in behind


def test_who_decided_and_since_when_stands_beside_the_value(rows: Any, phone: Any, world: World, app: Flask) -> None:
    """The province's page names the official, the platform's names 省工信厅."""
    decide(rows, app, "partial_step", "linear")
    fold(rows)
    told = "不足一档如何扣分：按比例（省工信厅{}于2026年11月23日10:00决定）"
    assert told.format("何志远") in squeezed(phone(world.province).get(f"/v/score/{world.platform_code}/needs"))
    assert told.format("") in squeezed(phone(world.staff).get("/p/score/needs"))


def test_a_card_names_the_readings_that_it_rests_on(rows: Any, phone: Any, world: World, app: Flask) -> None:
    """A sealed card keeps its reading, whatever is decided afterwards; the register says what is in force."""
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    decide(rows, app, "partial_step", "started", days=1)
    assert DEFAULT in squeezed(phone(world.staff).get("/p/score/needs"))
    assert "不足按一档" in squeezed(phone(world.province).get("/v/readings?kind=prefecture&year=2026"))


def test_confirming_the_default_is_a_decision_too(rows: Any, phone: Any, world: World, app: Flask) -> None:
    decide(rows, app, "press_bonus", "true")
    fold(rows)
    assert "媒体报道是否加分：是（省工信厅于" in squeezed(phone(world.staff).get("/p/score/bonus_honours"))


def test_the_table_of_all_platforms_names_its_readings_and_the_note(
    rows: Any, phone: Any, world: World, app: Flask
) -> None:
    """On screen, in Excel and in Word; where a sealed card rests on another value, both are named."""
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    decide(rows, app, "partial_step", "linear")
    fold(rows)
    official = phone(world.province)
    decided = "口径 不足一档如何扣分：按比例（省工信厅于2026年11月23日 10:00决定）"
    below = [f"口径 {DEFAULT}", decided, "注：如无特殊情况，考评期为每年度1月1日-12月31日"]
    sheet = load_workbook(BytesIO(official.get("/v/scores/excel?kind=prefecture&year=2026").data)).active
    assert set(below) <= {row[0].value for row in sheet.iter_rows()}
    word = docx.Document(BytesIO(official.get("/v/scores/word?kind=prefecture&year=2026").data))
    texts = [each.text for each in word.paragraphs]
    assert set(below) <= set(texts)
    assert any("引导区域内企业积极参与活动" in text for text in texts)
    page = squeezed(official.get("/v/scores?kind=prefecture&year=2026"))
    assert "按比例（省工信厅何志远于" in page
    assert DEFAULT in page


def test_the_opening_and_the_note_are_quoted(phone: Any, world: World) -> None:
    """引导区域内企业… beside its line and 注 below the table, on both sides."""
    for who, page in ((world.staff, "/p/score"), (world.province, f"/v/score/{world.platform_code}")):
        shown = squeezed(phone(who).get(page))
        assert "引导区域内企业积极参与活动，及时将线下服务录入后台" in shown
        assert "及时发布通知公告、优惠政策、原创新闻等信息。" in shown
        assert "注：如无特殊情况，考评期为每年度1月1日-12月31日" in shown
        assert "引导区域内企业积极参与活动" in squeezed(phone(who).get(f"{page}/participations"))


def test_the_register_lists_every_reading(phone: Any, world: World) -> None:
    """For each kind and year, to reviewers and officials; reachable from 更多 and from a score page."""
    for who in (world.reviewer, world.province):
        for kind in PlatformKind:
            page = seen(phone(who).get(f"/v/readings?kind={kind}"))
            assert [name for name in ReadingName if name_of(name) not in page] == []
    official = phone(world.province)
    assert 'href="/v/readings"' in official.get("/v/more").text
    assert "/v/readings/partial_step?kind=prefecture" in official.get(f"/v/score/{world.platform_code}").text


def test_what_stands_at_its_default_is_confirmed_together(rows: Any, phone: Any, world: World, app: Flask) -> None:
    """Listed first; one reason for all; none when a colleague decides one of them meanwhile; the log has each."""
    official, path = phone(world.province), "/v/readings/defaults?kind=prefecture&year=2026"
    scheme = scheme_for(PREFECTURE, 2026)
    bearing = [name for name in ReadingName if scheme.bearing(name)]
    assert f"确认默认口径（{len(bearing)}项未定）" in squeezed(official.get("/v/readings?kind=prefecture&year=2026"))
    page = official.get(path)
    assert [name for name in bearing if name_of(name) not in seen(page)] == []
    shown = re.findall(r'name="shown" value="([^"]+)"', page.text)
    assert len(shown) == len(bearing)
    wrong = official.post(path, shown=shown, reason=" ")
    assert (wrong.status_code, "请写明理由" in wrong.text) == (422, True)
    decide(rows, app, "partial_step", "started")
    late = official.post(path, shown=shown, reason="厅长办公会2027年第1次会议")
    assert (late.status_code, "刚刚有变动，尚未确认任何一项" in late.text, "厅长办公会" in late.text) == (
        409,
        True,
        True,
    )
    again = re.findall(r'name="shown" value="([^"]+)"', late.text)
    assert len(again) == len(bearing) - 1
    done = official.post(path, shown=again, reason="厅长办公会2027年第1次会议")
    assert f"已按默认口径确认{len(again)}项" in done.text
    assert "项未定" not in done.text
    with rows() as session:
        taken = {each.name: each.value for each in readings.decisions(session, 2026, PREFECTURE)}
        told = session.scalars(sa.select(LogEntry.details).where(LogEntry.deed == "reading.decided")).all()
    assert taken == {name.value: scheme.readings.as_words()[name] for name in bearing} | {"partial_step": "started"}
    assert {each["name"] for each in told} == set(taken)
    assert "都已决定" in official.get(path).text
    assert 'name="reason"' not in phone(world.reviewer).get(path.replace("prefecture", "county")).text


@pytest.mark.parametrize("name", ReadingName)
@pytest.mark.parametrize("kind", PlatformKind)
def test_every_reading_has_its_page(phone: Any, world: World, name: ReadingName, kind: PlatformKind) -> None:
    """Its explanation, its sentence where the kind has one, its values, and the decision that waits."""
    page = squeezed(phone(world.reviewer).get(f"/v/readings/{name}?kind={kind}"))
    assert "".join(explanation_of(name).split()) in page
    for line in scheme_for(kind, 2026).bearing(name):
        assert line.text in page
    assert "还没有决定，暂按默认口径" in page


def test_an_annex_reading_quotes_the_annex(phone: Any, world: World) -> None:
    page = seen(phone(world.province).get("/v/readings/leaders_remarks_asked"))
    assert "附件2第3项" in page
    assert "获得当地主要负责人肯定性批示、调研、出席平台活动等相关证明材料" in page


def test_three_results_stand_side_by_side_for_every_platform(rows: Any, phone: Any, world: World) -> None:
    """1401 of 1500 家次 and 41 of 50 needs: 15 and 5 by whole steps, 14 and 4 by begun ones, 14.01 and 4.1 linear."""
    fold(rows)
    give(rows, world.platform_id, activity_participations=1401, needs=41)
    page = phone(world.province).get("/v/readings/partial_step?kind=prefecture&year=2026")
    row = next(row for row in page.text.split("<tr>") if "长沙市窗口平台" in row)
    numbers = re.findall(r'<td class="number[^>]*>(?:<b>|<span>)?([\d.]+)', row)
    assert numbers == ["1401", "41", "15", "5", "25", "14", "4", "23", "14.01", "4.1", "23.11"]
    assert "<b>25</b>" in row
    assert "株洲市窗口平台" in page.text
    assert "共2家平台，其中1家的合计因取值而不同" in squeezed(page)


@pytest.mark.parametrize("name", ARITHMETIC_READINGS)
def test_every_arithmetic_reading_is_compared(rows: Any, phone: Any, world: World, name: ReadingName) -> None:
    """The bold figure is the total that the score page shows."""
    give(rows, world.platform_id, **{"activities.brand": 9, "bonus.press": 2, "activity_participations": 1250})
    page = phone(world.province).get(f"/v/readings/{name}?kind=prefecture&year=2026")
    row = next(row for row in page.text.split("<tr>") if "长沙市窗口平台" in row)
    assert row.count("：合计") == len(READING_VALUES[name])
    with rows() as session:
        total = session.get_one(ScorecardRow, (world.platform_id, 2026)).total
    assert f"<b>{total.normalize():f}</b>" in row


def test_a_reading_of_facts_is_an_entry_without_a_table(phone: Any, world: World) -> None:
    page = seen(phone(world.province).get("/v/readings/assist_counts"))
    assert "各取值下的得分" not in page
    assert "可取值" in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v/readings/nothing", 404),
        ("/v/readings/partial_step?year=2001", 404),
        ("/v/readings?year=2001", 404),
        ("/v/readings?kind=x&year=abc", 200),
    ],
)
def test_an_odd_address_is_answered_calmly(phone: Any, world: World, path: str, status: int) -> None:
    assert phone(world.province).get(path).status_code == status


def test_the_comparison_asks_for_all_platforms_at_once(rows: Any, phone: Any, world: World) -> None:
    """At most 12 statements, however many platforms there are."""
    with rows() as session:
        for number in range(30):
            builders.platform(session, code=f"43{number:04}", name=f"第{number}平台")
    fold(rows)
    official = phone(world.province)
    official.get("/v/readings/partial_step")
    asked: list[str] = []
    sa.event.listen(sa.Engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
    try:
        page = official.get("/v/readings/partial_step")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert "第29平台" in page.text
    assert len(asked) <= 12, asked


def test_another_value_is_tried_before_it_is_decided(rows: Any, phone: Any, world: World) -> None:
    """Old → new points and rank of whoever moves; looking changes nothing; deciding does, and the card follows."""
    fold(rows)
    give(rows, world.platform_id, activity_participations=1401, needs=41)
    where = "/v/readings/partial_step?kind=prefecture&year=2026"
    tried = phone(world.province).get(f"{where}&value=linear")
    assert "现行“按整档”改为“按比例”后，市州窗口平台2家平台中，1家得分变化，0家名次变化" in squeezed(tried)
    row = next(row for row in tried.text.split('id="what-if"')[1].split("<tr>") if "长沙市窗口平台" in row)
    assert re.findall(r'<td class="number[^>]*>(?:<b>)?([^<]+)', row) == ["25", "23.11", "-1.89", "1", "1"]
    assert "15→14.01" in row
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ReadingDecision)) == 0
    done = phone(world.province).post(where, value="linear", reason="按比例更公平", seen="0")
    assert "已定为“按比例”" in squeezed(done)
    assert "按比例更公平" in squeezed(done)
    fold(rows)
    card = squeezed(phone(world.province).get(f"/v/score/{world.platform_code}/needs"))
    assert "不足一档如何扣分：按比例" in card


def test_who_decided_while_another_previewed_is_told_with_both_values(
    rows: Any, phone: Any, world: World, app: Flask
) -> None:
    """Nothing is written, what was typed stays, and sending it again is a decision over what stands now."""
    where = "/v/readings/partial_step?kind=prefecture&year=2026"
    official = phone(world.province)
    official.get(f"{where}&value=started")
    decide(rows, app, "partial_step", "linear")
    page = official.post(where, value="started", reason="省里会议定", seen="0")
    assert page.status_code == 409
    told = squeezed(page)
    assert "已于2026年11月23日10:00定为“按比例”，您选的“不足按一档”尚未提交" in told
    assert "省里会议定" in page.text
    with rows() as session:
        assert [each.value for each in session.scalars(sa.select(ReadingDecision))] == ["linear"]
    seen_now = re.search(r'name="seen" value="(\d+)"', page.text)
    assert seen_now is not None
    assert "已定为“不足按一档”" in squeezed(
        official.post(where, value="started", reason="省里会议定", seen=seen_now.group(1))
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"value": "linear", "reason": " "}, "请写明理由"),
        ({"value": "", "reason": "理由"}, "请选择一种取值"),
        ({"value": "other", "reason": "理由"}, "该口径没有这一选项"),
    ],
)
def test_half_a_decision_is_none(rows: Any, phone: Any, world: World, typed: dict[str, str], said: str) -> None:
    page = phone(world.province).post("/v/readings/partial_step?kind=prefecture&year=2026", **typed)
    assert (page.status_code, said in page.text) == (422, True)
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ReadingDecision)) == 0


def test_a_reviewer_tries_and_does_not_decide(rows: Any, phone: Any, world: World) -> None:
    where = "/v/readings/partial_step?kind=prefecture&year=2026"
    page = phone(world.reviewer).get(f"{where}&value=linear")
    assert "作出决定" not in page.text
    assert "家得分变化" in page.text
    assert "已定为" not in phone(world.reviewer).post(where, value="linear", reason="理由").text
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ReadingDecision)) == 0


@pytest.mark.parametrize("tried", [None, "partial_step=linear", "sole_traders_count=false"])
def test_the_command_says_the_same_as_the_page(
    rows: Any, phone: Any, world: World, app: Flask, monkeypatch: pytest.MonkeyPatch, tried: str | None
) -> None:
    """Register and trial, kind by kind, in words and as JSON."""
    decide(rows, app, "press_bonus", "false")
    fold(rows)
    give(rows, world.platform_id, activity_participations=1401, needs=41)
    given = app.extensions["wxsvc"].settings
    for name, value in {"DATABASE_URL": given.database_url, "DATA_DIR": str(given.data_dir)}.items():
        monkeypatch.setenv(f"WXSVC_{name}", value)
    monkeypatch.setattr("wxsvc.clock.SystemClock.now", lambda _: builders.NOW)
    asked = ["readings", "--year", "2026", *(["--what-if", tried] if tried else [])]
    plain, as_json = (CliRunner().invoke(main, [*asked, *more]) for more in ((), ("--json",)))
    assert (plain.exit_code, as_json.exit_code) == (0, 0), plain.output + as_json.output
    official, found = phone(world.province), json.loads(as_json.stdout)
    if tried is None:
        for each in found:
            page = squeezed(official.get(f"/v/readings?kind={each['kind']}&year=2026"))
            assert each["title"] + each["value_name"] in page
            assert "\t".join((each["title"], each["value_name"], each["ground"])) in plain.stdout
        assert sum(each["decided_at"] is not None for each in found) == 1
        return
    name, value = tried.split("=")
    for each in found:
        page = official.get(f"/v/readings/{name}?kind={each['kind']}&year=2026&value={value}")
        for row in each["platforms"]:
            shown = next(part for part in page.text.split('id="what-if"')[1].split("<tr>") if row["name"] in part)
            old, new, _, old_rank, new_rank = re.findall(r'<td class="number[^>]*>(?:<b>)?([^<]+)', shown)
            assert (old, new) == (row["old"], row["new"])
            assert (int(old_rank), int(new_rank)) == (row["old_rank"], row["new_rank"])
            assert f"{row['old']}→{row['new']}\t{row['old_rank']}→{row['new_rank']}" in plain.stdout
        if not each["platforms"]:
            assert "没有平台的得分或名次变化" in page.text or "家得分变化" not in page.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--year", "2001"], "2001年没有评价办法"),
        (["--year", "2026", "--kind", "city"], "no kind is called city: prefecture, cluster, county"),
        (["--year", "2026", "--what-if", "partial_step"], "口径要写成NAME=VALUE：partial_step"),
        (["--year", "2026", "--what-if", "nothing=1"], "没有口径nothing，可为partial_step、"),
        (["--year", "2026", "--what-if", "partial_step=1"], "口径partial_step不能取1，可为whole、started、linear"),
    ],
)
def test_the_command_refuses_in_one_line(
    app: Flask, monkeypatch: pytest.MonkeyPatch, asked: list[str], said: str
) -> None:
    given = app.extensions["wxsvc"].settings
    for name, value in {"DATABASE_URL": given.database_url, "DATA_DIR": str(given.data_dir)}.items():
        monkeypatch.setenv(f"WXSVC_{name}", value)
    done = CliRunner().invoke(main, ["readings", *asked])
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(said)
