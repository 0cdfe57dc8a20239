"""操作记录: beside an object and as a page; searched, filtered, paged, and taken along as files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from models.activity import Activity
from models.enterprise import Enterprise
from models.journal import LogEntry
from models.terms import Role, Subject
from tests import builders
from tests.builders import NOW
from tests.databases import put_sqlite
from tests.rows_read import rows_read
from tests.wxsvc.pages.web import Phone, seen
from tests.wxsvc.pages.whole_world import whole
from tests.wxsvc.pages.world import World
from wxsvc.pages.province import operations as operations_page
from wxsvc.services import journal, operations
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.records import titles

CHANGED = {
    "deed": "change",
    "name": "长沙市中小企业窗口平台",
    "region": "430100",
    "phone": "0731-88668866",
    "reason": "机构改革",
    "seen": "0",
}


@pytest.fixture
def desk(phone: Callable[..., Phone], world: World) -> Phone:
    made = phone(world.province)
    made.post(f"/v/platforms/{world.platform_code}", **CHANGED)
    made.post(f"/v/review/activity/{world.activity_id}")
    return made


def test_who_what_when_before_and_after(desk: Phone, world: World) -> None:
    shown = seen(desk.get("/v/operations"))
    for each in ("平台更名", "原因：机构改革", "长沙市窗口平台 → 长沙市中小企业窗口平台"):
        assert each in shown


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("subject=platform", True),
        ("subject=activity", False),
        ("verb=renamed", True),
        ("verb=withdrawn", False),
        ("text=机构改革", True),
        ("text=更名", True),
        ("text=中小企业窗口", True),
        ("text=%25", False),
        ("person=machine", False),
        ("since=2026-11-23&until=2026-11-23", True),
        ("since=2026-11-24", False),
        ("until=2026-11-22", False),
        ("since=昨天&until=9999-12-31", True),
        ("platform=430100", True),
        ("platform=430200", False),
        ("platform=nowhere", False),
        ("id=99999999999999999999", True),
        ("subject=nonsense", True),
        ("text=%00&verb=%00", True),
        ("older=99999999999999999999&person=x", True),
    ],
)
def test_the_filters(desk: Phone, query: str, is_there: bool) -> None:
    got = desk.get(f"/v/operations?{query}")
    assert got.status_code == 200
    assert ("原因：机构改革" in seen(got)) is is_there


def test_it_stands_beside_its_object(desk: Phone, world: World) -> None:
    for page in (f"/v/platforms/{world.platform_code}", f"/v/score/{world.platform_code}"):
        assert f"/v/operations?platform={world.platform_code}" in desk.get(page).text
    at = f"/v/operations?subject=activity&amp;id={world.activity_id}"
    assert at in desk.get(f"/v/review/activity/{world.activity_id}").text


def test_older_entries_are_on_the_next_page(desk: Phone, rows: Any, world: World) -> None:
    with rows() as session:
        for number in range(60):
            journal.record(session, "bundle.imported", Subject.IMPORT, None, by=MACHINE, now=NOW, lines=number)
    first = desk.get("/v/operations?person=machine")
    assert "行：59" in seen(first)
    assert "行：9\n" not in seen(first)
    older = first.text.partition("更早的")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = seen(desk.get(older))
    assert "行：9" in second
    assert "行：10" not in second
    assert "更早的" not in second


def test_files_hold_what_is_looked_for(desk: Phone, rows: Any, world: World) -> None:
    with rows() as session:
        by = builders.staff(session, role=Role.REVIEWER)
        journal.record(
            session,
            "need.declined",
            Subject.NEED,
            1,
            by=Actor(by.person_id),
            now=NOW,
            platform_id=world.platform_id,
            reason="=HYPERLINK(1)",
        )
    table = list(csv.reader(io.StringIO(desk.get("/v/operations/csv?subject=need").get_data().decode("utf-8-sig"))))
    assert [row[3] for row in table] == ["操作", "不受理企业需求"]
    assert table[1][5] == "原因：=HYPERLINK(1)"
    book = load_workbook(io.BytesIO(desk.get("/v/operations/excel?platform=430100").get_data()))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row]
    assert any("长沙市窗口平台 → 长沙市中小企业窗口平台" in cell for cell in cells)
    assert book.active["B4"].is_date
    said = "".join(cells)
    assert ("填报单位" in said, "盖章" in said, "导出" in said) == (False, False, True)


def test_an_entry_of_another_release_stands_as_it_is(desk: Phone, rows: Any) -> None:
    with rows() as session:
        entry = {"done_at": NOW, "deed": "platform.moved_on", "subject": Subject.PLATFORM, "details": {"whither": "x"}}
        session.execute(LogEntry.__table__.insert(), [entry])
    shown = seen(desk.get("/v/operations"))
    assert "platform.moved_on" in shown
    assert "whither：x" in shown


def test_words_that_are_kept_as_text_are_told_by_their_names(desk: Phone, rows: Any) -> None:
    """An official reads 协同 and 退回, not the program's words; a word of another release stands as it is."""
    with rows() as session:
        for deed, subject, details in (
            ("ruling.given", Subject.RULING, {"indicator": "coordination"}),
            ("ruling.given", Subject.RULING, {"indicator": "line_of_another_year"}),
            ("activity.verdict_undone", Subject.ACTIVITY, {"verdict": "returned"}),
            ("evidence.added", Subject.EVIDENCE, {"item": "honour_papers"}),
            (
                "reading.decided",
                Subject.READING,
                {"kind": "cluster", "name": "partial_step", "old": "each", "new": "true"},
            ),
        ):
            journal.record(session, deed, subject, 1, by=MACHINE, now=NOW, **details)
    shown = seen(desk.get("/v/operations"))
    for told in ("协同", "line_of_another_year", "退回", "产业集群窗口平台", "是"):
        assert f"：{told}" in shown
    for raw in ("coordination", "returned", "honour_papers", "cluster", "partial_step", "true"):
        assert f"：{raw}" not in shown


def test_a_person_who_is_named_has_a_name(app: Any, desk: Phone, rows: Any) -> None:
    """The one who asked for the seal, too; who left keeps a number alone."""
    vault = app.extensions["wxsvc"].vault
    with rows() as session:
        asked = builders.person(session, name_sealed=vault.encrypt("余超桂"))
        for person_id in (asked.id, 909):
            journal.record(session, "year.sealed", Subject.PLATFORM_YEAR, None, by=MACHINE, now=NOW, asked_by=person_id)
    shown = seen(desk.get("/v/operations"))
    assert "申请人：余超桂" in shown
    assert "申请人：人员909" in shown


def test_points_that_are_corrected_or_objected_to_are_told_by_their_indicator(
    app: Any, phone: Callable[..., Phone], world: World
) -> None:
    """更正 and 得分异议: 家次 from 0 to so many points, and not an assessment period (考评期) of 0."""
    content, keys = whole()
    put_sqlite(app.extensions["wxsvc"].database, content)
    phone(keys.openids["staff"]).post("/p/objections/2026/participations", text="有一场活动未计入")
    desk = phone(keys.openids["province"])
    for deed, told in (("提出更正", ("指标：家次", "原为：0")), ("提出得分异议", ("指标：家次",))):
        shown = seen(desk.get(f"/v/operations?subject=platform_year&text={deed}"))
        for each in (deed, *told):
            assert each in shown
        assert "考评期：" not in shown


def test_it_says_how_many_there_are_and_what_each_is_about(
    app: Any, desk: Phone, rows: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title or a name stands where a number stood; a person's is opened, and what nothing is known of has its
    number. Of very many it says so, and which the file holds."""
    with rows() as session:
        asked = builders.person(session, name_sealed=app.extensions["wxsvc"].vault.encrypt("余超桂"))
        for subject, subject_id in ((Subject.ENTERPRISE, world.enterprise_id), (Subject.ACTIVITY, world.activity_id)):
            journal.record(session, f"{subject}.withdrawn", subject, subject_id, by=MACHINE, now=NOW, reason="甲乙丙")
        for person_id in (asked.id, 909):
            journal.record(session, "person.withdrawn", Subject.PERSON, person_id, by=MACHINE, now=NOW, reason="甲乙丙")
        enterprise = session.get_one(Enterprise, world.enterprise_id).name
        activity = session.get_one(Activity, world.activity_id).title
    page = desk.get("/v/operations?text=甲乙丙")
    assert "共4条" in seen(page)
    named = re.findall(r'href="/v/operations\?[^"]*id=\d+"(?: title="[^"]*")?>([^<]+)</a>', page.text)
    assert named == ["第909号", "余超桂", activity, enterprise]
    table = csv.reader(io.StringIO(desk.get("/v/operations/csv?text=甲乙丙").data.decode("utf-8-sig")))
    assert [row[4] for row in table if enterprise in row[4]] == [f"企业{world.enterprise_id} {enterprise}"]
    monkeypatch.setattr(operations_page, "MOST_EXPORTED", 3)
    monkeypatch.setattr(operations, "MOST_EXPORTED", 3)
    many = seen(desk.get("/v/operations?text=甲乙丙"))
    assert "超过3条" in many
    assert "最近3条；可按日期分次导出" in many


def test_what_is_called_by_its_title(app: Any) -> None:
    """Every noun with a name of its own has it in the log; one statement for all of them."""
    content, _ = whole()
    put_sqlite(app.extensions["wxsvc"].database, content)
    with app.extensions["wxsvc"].database.read() as session, rows_read(session.get_bind()) as read:
        found = titles.of(session, [(subject, number) for subject in Subject for number in range(1, 40)])
    assert read.statements == 1
    nameless = {Subject.PERSON, Subject.STAFF_ROLE, Subject.INVITATION, Subject.PLATFORM_YEAR, Subject.SITE_INSPECTION}
    nameless |= {Subject.RULING, Subject.READING, Subject.WORKDAY, Subject.IMPORT}
    assert {subject for subject, _ in found} == set(Subject) - nameless
    assert all(found.values())
    filings = [title for (subject, _), title in found.items() if subject is Subject.FILING]
    assert all("月报送的" in title for title in filings), filings
