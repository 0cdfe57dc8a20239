"""年终 on pages: lived from the first blocker to the seal, objected, amended, unsealed; each refusal one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document

from models.person import Person
from models.platform import Platform
from models.terms import Stage
from tests import builders, paper_files
from tests.clock import SettableClock
from tests.wxsvc.pages.web import Phone, csrf_token, seen
from tests.wxsvc.services.year_end.ending import (
    AFTER,
    LATER,
    Ending,
    decide,
    ending,
    fold,
    published,
    rule,
    rule_anew,
    seal,
    sealed,
    settled,
)
from wxsvc.clock import BEIJING
from wxsvc.pages import paging

YEAR = "/v/year/2026"
PLACE = f"{YEAR}/platforms/430100"


@dataclass
class Province:
    """The ending, and its people at their browsers."""

    e: Ending
    staff: Phone
    first: Phone
    second: Phone
    reviewer: Phone


@pytest.fixture
def settle(rows: Any, phone: Callable[..., Phone], page_clock: SettableClock) -> Callable[..., Province]:
    """A province brought up to a step, at a moment."""

    def made(step: Callable[..., Ending], now: datetime = AFTER) -> Province:
        page_clock.set(now)
        with rows() as session:
            e = step(session)
            people = (e.staff, e.first, e.second, e.reviewer)
            openids = [str(session.get_one(Person, each.person_id).openid) for each in people]
        return Province(e, *(phone(openid) for openid in openids))

    return made


def shown(page: Any) -> str:
    """Its text without the spaces of the template."""
    return re.sub(r"\s+", "", seen(page))


def hidden(page: Any, name: str) -> str:
    """The hidden value of a form."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found
    return found[1]


def test_a_year_is_closed_step_by_step(rows: Any, settle: Any, page_clock: SettableClock) -> None:
    """Each blocker leads to where it is mended; preview, publicity, two people; then the documents' place."""
    p = settle(ending)
    page = p.first.get("/v/year")
    assert "还没有统计得分" in page.text
    assert "已重新统计" in p.first.post(f"{YEAR}/count", YEAR).text
    with rows() as session:
        fold(session)
    page = p.first.get(YEAR)
    for part in (
        "还有6项得分待评定",
        'href="/v/rulings?year=2026"',
        "/v/readings?kind=cluster&amp;year=2026",
        "待前一步",
    ):
        assert part in page.text
    preview = p.first.get(f"{YEAR}/preview")
    assert ("还有6项得分待评定" in preview.text, "开始公示" in preview.text) == (True, False)
    assert "目前没有未办结的事项" not in page.text
    with rows() as session:
        decide(session, p.e)
        fold(session)
    assert p.first.get(YEAR).text.count("目前没有未办结的事项") == 1  # of the step behind the one that is open
    with rows() as session:
        rule(session, p.e)
        fold(session)
    preview = p.first.get(f"{YEAR}/preview")
    typed = {"days": "0", "seen": hidden(preview, "seen")}
    refused = p.first.post(f"{YEAR}/preview", **typed)
    assert (refused.status_code, "公示期请填写1至60天" in refused.text) == (422, True)
    stale = p.first.post(f"{YEAR}/preview", days="7", seen="0" * 64)
    assert (stale.status_code, "请按最新的预览重新核对" in stale.text) == (409, True)
    colleague = p.second.get(f"{YEAR}/preview")  # opened before the first one begins
    assert "公示已经开始" in p.first.post(f"{YEAR}/preview", **typed | {"days": "7"}).text
    sent = {name: hidden(colleague, name) for name in ("csrf_token", "seen", "after")}
    faster = p.second.post_raw(f"{YEAR}/preview", days="5", **sent)
    assert (faster.status_code, "已由其他同事或您本人在别处开始公示，至2027年1月18日" in faster.text) == (409, True)
    assert "结果公示至2027年1月18日" in shown(p.first.get(YEAR))
    early = p.first.post(f"{YEAR}/seal", f"{YEAR}/preview", deed="ask", seen=typed["seen"])
    assert (early.status_code, "公示期满后再锁定" in early.text) == (409, True)
    page_clock.set(LATER)
    preview = p.first.get(f"{YEAR}/preview")
    assert (
        "已申请锁定" in p.first.post(f"{YEAR}/seal", f"{YEAR}/preview", deed="ask", seen=hidden(preview, "seen")).text
    )
    assert "请由另一位同事确认" in shown(p.first.get(YEAR))
    assert ["待办1件" in seen(each.get("/v/more")) for each in (p.first, p.second)] == [False, True]
    preview = shown(p.first.get(f"{YEAR}/preview"))
    assert ("您已于" in preview, "请由另一位同事确认。" in preview, "去确认锁定" in preview) == (True, True, False)
    preview = shown(p.second.get(f"{YEAR}/preview"))
    assert ("以上得分与申请时一致" in preview, "去确认锁定" in preview) == (True, True)
    alone = p.first.post(f"{YEAR}/seal", YEAR, deed="confirm")
    assert (alone.status_code, "锁定需两人办理" in alone.text) == (409, True)
    done = p.second.post(f"{YEAR}/seal", YEAR, deed="confirm")
    for part in ("全部2家平台已锁定", f"{YEAR}/documents", "校验码"):
        assert part in done.text
    assert re.search(r"申请，.+确认，2027年1月19日09:00锁定。", shown(done))
    assert f'href="{YEAR}"' in p.first.get(f"{YEAR}/documents").text
    document = p.first.get(f"{YEAR}/snapshot")
    assert [each["code"] for each in json.loads(document.data)["platforms"]] == ["430100", "430200"]


def test_a_long_preview_is_shown_in_parts_and_decided_on_as_a_whole(
    settle: Callable[..., Province], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody opens a publicity below a part of what it shows; ranks and digest are of all."""
    p = settle(settled)
    whole = p.first.get(f"{YEAR}/preview")
    monkeypatch.setattr(paging, "OF_A_PROVINCE", 1)
    first, second = (p.first.get(f"{YEAR}/preview?page={number}") for number in (1, 2))
    assert ["长沙市窗口平台" in seen(each) for each in (first, second)] == [True, False]
    assert ["株洲市窗口平台" in seen(each) for each in (first, second)] == [False, True]
    for part in (first, second):
        assert ("开始公示" in part.text, "一页显示全部2家，核对后办理" in part.text) == (False, True)
        assert "（2家）" in part.text
    together = p.first.get(f"{YEAR}/preview?all=1")
    assert "本页显示全部。" in seen(together)
    assert hidden(together, "seen") == hidden(whole, "seen")
    typed = {"days": "7", "seen": hidden(together, "seen")}
    assert "公示已经开始" in p.first.post(f"{YEAR}/preview?all=1", **typed).text


def test_figures_that_move_after_the_publicity_and_after_the_ask_are_told_before_anybody_confirms(
    rows: Any, settle: Any
) -> None:
    """The preview counts the platforms that moved, and says that this ask can only be taken back."""
    p = settle(published, LATER)
    assert "公示后有" not in p.first.get(f"{YEAR}/preview").text
    asked = hidden(p.first.get(f"{YEAR}/preview"), "seen")
    p.first.post(f"{YEAR}/seal", f"{YEAR}/preview", deed="ask", seen=asked)
    with rows() as session:
        rule_anew(session, p.e, Decimal(1), LATER)
        fold(session, LATER)
    preview = shown(p.second.get(f"{YEAR}/preview"))
    for part in (
        "公示后有1家平台的得分变动",
        "请先撤回，核对后重新申请。",
        "去撤回申请",
        "最近一次公示为2027年1月11日",
    ):
        assert part in preview
    assert "去确认锁定" not in preview
    assert preview.index("去撤回申请") < preview.index("已核对，重新公示")


def test_the_platform_that_was_unsealed_is_named_where_the_year_is_closed_again(rows: Any, settle: Any) -> None:
    """Nobody looks for it among all others; its documents can be had before."""
    p = settle(sealed, LATER)
    assert "没有锁定" not in shown(p.first.get(f"{YEAR}/preview"))
    p.first.post(f"{PLACE}/unseal", PLACE, deed="ask", unseal_reason="漏计")
    p.second.post(f"{PLACE}/unseal", PLACE, deed="confirm")
    with rows() as session:
        fold(session, LATER)
    assert "先下载预览文件" in p.first.get(YEAR).text
    preview = p.first.get(f"{YEAR}/preview")
    assert "已锁定1家平台，还有1家没有锁定：长沙市窗口平台。" in shown(preview)
    assert f'href="{YEAR}/documents"' in preview.text


def test_a_reviewer_reads_and_decides_nothing(settle: Any) -> None:
    """No form is shown, and what is sent all the same is refused."""
    p = settle(published)
    for path in (YEAR, f"{YEAR}/preview"):
        page = p.reviewer.get(path)
        assert (page.status_code, "<form" in page.text.partition("<main")[2]) == (200, False)
    page = p.reviewer.get("/v/rulings/430100/website?year=2026")
    sent = {"csrf_token": csrf_token(page), "deed": "ask", "seen": "x"}
    refused = p.reviewer.post_raw(f"{YEAR}/seal", **sent)
    assert (refused.status_code, "您没有权限办理" in refused.text) == (403, True)


def test_a_platform_objects_and_reads_the_answer(rows: Any, settle: Any, page_clock: SettableClock) -> None:
    """From its own score line, with a paper; the form keeps what was typed; answered once, with a reason."""
    p = settle(published)
    assert "2026年度评价结果公示至2027年1月18日（周一），请核对" in shown(p.staff.get("/p/today"))
    score = p.staff.get("/p/score?year=2026")
    assert "结果公示至2027年1月18日" in shown(score)
    line = "/p/objections/2026/website"
    assert f'href="{line}"' in score.text
    empty = p.staff.post(line, text=" ")
    assert (empty.status_code, "请写明异议和理由" in empty.text) == (422, True)
    wrong = p.staff.post(line, text="应得满分", paper=(BytesIO(b"not a paper"), "a.exe"))
    assert (wrong.status_code, "应得满分" in wrong.text) == (422, True)
    paper = (BytesIO(paper_files.pdf()), "检查记录.pdf")
    assert "异议已提出" in p.staff.post(line, text="网站全年更新", paper=paper).text
    assert "检查记录.pdf" in p.staff.get("/p/objections").text
    waits = p.staff.get(line)
    assert ("正在等候答复：网站全年更新" in shown(waits), 'name="text"' in waits.text) == (True, False)
    more = p.staff.post(line, "/p/publish", text="还有一条")  # from a second tab: not lost without a word
    assert (more.status_code, "已有一件异议待答复" in more.text, "还有一条" in more.text) == (409, True, True)
    assert p.staff.get("/p/objections/1/paper").status_code == 200
    assert "还有1件得分异议没有答复" in p.first.get(YEAR).text
    listed = p.first.get(f"{YEAR}/objections")
    assert ("网站全年更新" in listed.text, "/v/year/objections/1" in listed.text) == (True, True)
    assert p.first.get("/v/year/objections/1/paper").status_code == 200
    one = "/v/year/objections/1"
    assert p.first.post(one, reason=" ", verdict="upheld").status_code == 422
    assert "已答复长沙市窗口平台：异议成立" in p.first.post(one, reason="重新检查", verdict="upheld").text
    upheld = p.first.get(f"{YEAR}/objections?state=upheld").text
    assert ("得分还没有变化" in upheld, "成立1件" in upheld, "待答复0件" in upheld) == (True, True, True)
    for path in (YEAR, f"{YEAR}/preview"):  # it bars no seal, and nobody seals without having read it
        page = p.first.get(path)
        assert "1件得分异议已答复成立，得分还没有变化" in seen(page), path
        assert f"{YEAR}/objections?state=upheld" in page.text, path
    assert 'href="/v/rulings/430100/website?year=2026"' in p.first.get(one).text
    assert "没有待答复的异议" in p.first.get(f"{YEAR}/objections?state=open").text
    late = p.second.post(one, YEAR + "/preview", reason="我的答复", verdict="dismissed")
    assert (late.status_code, "已由同事答复" in late.text, "我的答复" in late.text) == (409, True, True)
    assert "答复：重新检查" in shown(p.staff.get("/p/objections"))
    page_clock.set(LATER)
    with rows() as session:
        rule_anew(session, p.e, Decimal(4), LATER)
        fold(session, LATER)
    assert "得分还没有变化" not in p.first.get(YEAR).text + p.first.get(f"{YEAR}/preview").text
    assert "不在公示期" in p.staff.get(line).text
    over = p.staff.post(line, "/p/publish", text="又一件")
    assert (over.status_code, "公示已于" in over.text, "又一件" in over.text) == (409, True, True)
    assert "提出异议" not in p.staff.get("/p/score?year=2026").text


def test_what_was_upheld_and_not_mended_before_the_seal_leads_to_its_amendment(
    rows: Any, settle: Any, page_clock: SettableClock
) -> None:
    """The records are closed by then: the page of the year goes on telling, and the form begins with the line."""
    p = settle(published)
    p.staff.post("/p/objections/2026/website", text="网站全年更新")
    p.first.post("/v/year/objections/1", reason="重新检查", verdict="upheld")
    page_clock.set(LATER)
    with rows() as session:
        seal(session, p.e)
    assert "得分还没有变化，请提出更正。" in shown(p.first.get(YEAR))
    told = p.first.get("/v/year/objections/1")
    assert ("年度已锁定，请" in told.text, "/v/rulings/" in told.text) == (True, False)
    (way,) = re.findall(rf'href="({PLACE}\?line=website)#amend"', told.text)
    assert re.search(r'<option value="website" selected>', p.first.get(way).text)
    p.first.post(f"{PLACE}/amend", PLACE, code="website", after="4", reason="异议成立")
    p.second.post("/v/year/amendments/1", PLACE, deed="confirm")
    assert "得分还没有变化" not in p.first.get(YEAR).text + p.first.get("/v/year/objections/1").text
    assert "现在4分" in shown(p.staff.get("/p/objections"))


def test_an_objection_is_taken_back(settle: Any) -> None:
    p = settle(published)
    p.staff.post("/p/objections/2026/website", text="写错了")
    assert "异议已撤回" in p.staff.post("/p/objections/1/withdraw", "/p/objections").text
    gone = p.first.post("/v/year/objections/1", YEAR + "/preview", reason="答复", verdict="upheld")
    assert "平台已撤回该异议" in gone.text


def test_check_ins_that_nobody_submitted_are_named_before_the_seal(rows: Any, settle: Any) -> None:
    """By platform, with the way to them; what was sent back and not mended too. They bar nothing."""
    p = settle(settled)
    assert "没有提交审核" not in shown(p.first.get(YEAR))
    with rows() as session:
        other = session.scalars(sa.select(Platform).where(Platform.code == "430200")).one()
        for stage, came in ((Stage.PUBLISHED, 2), (Stage.RETURNED, 1), (Stage.PUBLISHED, 0), (Stage.SUBMITTED, 1)):
            row = builders.activity(session, other, stage=stage)
            for _ in range(came):
                builders.check_in(session, row, builders.enterprise(session))
    page, preview = p.first.get(YEAR), p.first.get(f"{YEAR}/preview")
    for told in (page, preview):
        said = "1家平台有2场活动没有提交审核，或退回后没有重新提交；不提交的，3家次签到不计入"
        assert said in shown(told), told.request.path
    assert f'href="{YEAR}/preview">1家平台' in page.text
    assert "未提交2场，签到3家次" in shown(preview)
    assert 'href="/v/score/430200/participations?year=2026"' in preview.text
    assert p.first.get("/v/score/430200/participations?year=2026").status_code == 200


def test_a_sealed_line_is_amended_by_two(settle: Any) -> None:
    """Before and after on every page of the card; one sentence for each mistake, nothing typed is lost."""
    p = settle(sealed, LATER)
    assert "年度锁定" in p.first.get(PLACE).text
    totals = re.compile(r'430100.*?data-label="合计"><b>([\d.]+)<', re.DOTALL)
    sealed_as = Decimal(totals.findall(p.first.get(f"{YEAR}/preview").text)[0])
    typed = {"code": "website", "after": "3", "reason": "检查记录录错平台"}
    for wrong, said in (
        ({"after": "6"}, "分值应在0至5分之间"),
        ({"after": "abc"}, "“abc”不是分数"),
        ({"after": "NaN"}, "“NaN”不是分数"),
        ({"after": ""}, "请填写分数"),
        ({"after": "5"}, "与现在的相同"),
        ({"reason": " "}, "请写明理由"),
    ):
        page = p.first.post(f"{PLACE}/amend", PLACE, **typed | wrong)
        assert (page.status_code, said in page.text) == (422, True), wrong
        assert "检查记录录错平台" in page.text or "reason" in wrong
    assert "更正已提出" in p.first.post(f"{PLACE}/amend", PLACE, **typed).text
    told = p.second.get("/v/notices")
    assert "年度“平台网站日常更新维护”的得分由5分更正为3分，须由省工信厅另一位同事核实后确认" in shown(told)
    assert f'href="{PLACE}"' in told.text
    waits = shown(p.second.get(YEAR))
    assert ("待另一位同事确认" in waits, "窗口平台更正" in waits, "检查记录录错平台" in waits) == (True, True, True)
    assert f'href="{PLACE}"' in p.second.get(f"{YEAR}/amendments").text
    assert ["待办1件" in seen(each.get("/v/more")) for each in (p.first, p.second, p.reviewer)] == [False, True, False]
    alone = p.first.post("/v/year/amendments/1", PLACE, deed="confirm")
    assert (alone.status_code, "更正需两人办理" in alone.text) == (409, True)
    assert "更正不再适用" not in p.first.get(PLACE).text
    assert "更正已生效" in p.second.post("/v/year/amendments/1", PLACE, deed="confirm").text
    assert "待另一位同事确认" not in p.second.get(YEAR).text
    assert "待办" not in seen(p.second.get("/v/more"))
    for part in ("<del>5</del> <ins>3</ins>", "更正不再适用"):  # whoever unseals is told
        assert part in p.first.get(PLACE).text
    assert "<del>5</del> <ins>3</ins>" in p.first.get(f"{YEAR}/amendments").text
    assert "更正：5分改为3分" in p.first.get("/v/score/430100?year=2026").text
    table = "/v/scores?year=2026&kind=cluster"
    assert ("更正后合计" in p.first.get(table).text, f"{YEAR}/amendments" in p.first.get(table).text) == (True, True)
    head, *lines = p.first.get(table.replace("scores", "scores/csv")).data.decode("utf-8-sig").splitlines()
    place = head.split(",").index("更正后合计")
    (amended,) = [line.split(",") for line in lines if line.split(",")[place]]
    assert Decimal(amended[place - 1]) - Decimal(amended[place]) == 2
    word = Document(BytesIO(p.first.get(table.replace("scores", "scores/word")).data))
    assert "更正后合计" in [cell.text for cell in word.tables[0].rows[0].cells]
    assert "5分改为3分" in p.staff.get("/p/score?year=2026").text
    for path in ("/v/scores/compare?kind=cluster&year=2026&with=2025", "/v/score/430100/compare?year=2026&with=2025"):
        assert "合计的增减按更正后计算" in shown(p.first.get(path)), path
    assert "5分改为3分" in shown(p.staff.get("/p/notices"))
    preview = p.first.get(f"{YEAR}/preview")  # what is looked at when another platform is unsealed and sealed again
    assert Decimal(totals.findall(preview.text)[0]) == sealed_as - 2
    assert "已锁定，有更正" in preview.text


def test_unsealing_takes_two_people_and_a_reason(rows: Any, settle: Any) -> None:
    """Refused for one person twice; what was sealed is kept and can be fetched byte for byte."""
    p = settle(sealed, LATER)
    sealed_bytes = p.first.get("/v/year/snapshots/1").data
    page = p.first.post(f"{PLACE}/unseal", PLACE, deed="ask", unseal_reason=" ")
    assert (page.status_code, "请写明理由" in page.text) == (422, True)
    assert "已申请解锁" in p.first.post(f"{PLACE}/unseal", PLACE, deed="ask", unseal_reason="漏计一项荣誉").text
    told = p.second.get("/v/notices")
    assert ("有同事申请解锁长沙市窗口平台的2026年度" in shown(told), f'href="{PLACE}"' in told.text) == (True, True)
    waits = shown(p.second.get(YEAR))
    assert ("待另一位同事确认" in waits, "窗口平台解锁" in waits, "漏计一项荣誉" in waits) == (True, True, True)
    assert "待办1件" in seen(p.second.get("/v/more"))
    alone = p.first.post(f"{PLACE}/unseal", PLACE, deed="confirm")
    assert (alone.status_code, "解锁需两人办理" in alone.text) == (409, True)
    done = p.second.post(f"{PLACE}/unseal", PLACE, deed="confirm")
    for part in ("已解锁", "历次快照", "漏计一项荣誉"):
        assert part in done.text
    assert "2026年度已解锁，本平台得分按记录重新统计" in shown(p.staff.get("/p/notices"))
    assert p.first.get("/v/year/snapshots/1").data == sealed_bytes
    refused = p.first.post(f"{PLACE}/amend", "/v/assignments", code="website", after="3", reason="更正")
    assert "2026年度没有锁定" in refused.text
    assert "已锁定1家" in shown(p.first.get(YEAR))


def test_what_waits_for_a_colleague_is_where_the_menu_leads_also_in_later_years(
    rows: Any, settle: Any, page_clock: SettableClock
) -> None:
    """年终 leads to the year that is over; a deed of an earlier one would be counted there, and not be found."""
    p = settle(sealed, LATER)
    p.first.post(f"{PLACE}/unseal", PLACE, deed="ask", unseal_reason="漏计一项荣誉")
    page_clock.advance(days=365)
    assert [each.get("/v/year").request.path for each in (p.second, p.first)] == [YEAR, "/v/year/2027"]
    p.second.post(f"{PLACE}/unseal", PLACE, deed="confirm")
    assert p.second.get("/v/year").request.path == "/v/year/2027"


@pytest.mark.parametrize(
    ("step", "day", "opens"),
    [
        (sealed, datetime(2027, 11, 30, tzinfo=BEIJING), 2026),
        (sealed, datetime(2027, 12, 1, tzinfo=BEIJING), 2027),
        (settled, datetime(2027, 12, 1, tzinfo=BEIJING), 2026),
        (settled, datetime(2028, 1, 1, tzinfo=BEIJING), 2027),
        (settled, datetime(2028, 4, 1, tzinfo=BEIJING), 2028),
    ],
)
def test_the_year_that_opens(
    settle: Any, page_clock: SettableClock, step: Callable[..., Ending], day: datetime, opens: int
) -> None:
    """In December what was sealed makes way for the year that ends; what was not sealed stays; no empty year opens."""
    p = settle(step, LATER)
    page_clock.set(day)
    assert p.first.get("/v/year").request.path == f"/v/year/{opens}"


def test_whoever_asked_to_unseal_may_take_it_back(rows: Any, settle: Any) -> None:
    """A colleague may not; afterwards nobody can confirm it, the log has it, and once unsealed it is too late."""
    p = settle(sealed, LATER)
    p.first.post(f"{PLACE}/unseal", PLACE, deed="ask", unseal_reason="漏计一项荣誉")
    assert 'value="withdraw"' not in p.second.get(PLACE).text
    other = p.second.post(f"{PLACE}/unseal", PLACE, deed="withdraw")
    assert (other.status_code, "请由其本人撤回" in other.text) == (409, True)
    assert 'value="withdraw"' in p.first.get(PLACE).text
    for _ in range(2):
        assert "解锁申请已撤回" in p.first.post(f"{PLACE}/unseal", PLACE, deed="withdraw").text
    late = p.second.post(f"{PLACE}/unseal", PLACE, deed="confirm")
    assert (late.status_code, "尚无人申请解锁" in late.text) == (409, True)
    log = shown(p.second.get("/v/operations"))
    assert log.count("撤回解锁申请") == 1
    p.first.post(f"{PLACE}/unseal", PLACE, deed="ask", unseal_reason="仍需复核")
    p.second.post(f"{PLACE}/unseal", PLACE, deed="confirm")
    gone = p.first.post(f"{PLACE}/unseal", "/v/assignments", deed="withdraw")
    assert (gone.status_code, "没有锁定" in gone.text) == (409, True)


@pytest.mark.parametrize(
    "path", [YEAR, f"{YEAR}/preview", f"{YEAR}/objections", f"{YEAR}/amendments", PLACE, "/v/score/430100?year=2026"]
)
def test_a_page_asks_little(settle: Any, path: str) -> None:
    """At most 12 statements, whatever there is."""
    p = settle(sealed, LATER)
    p.first.get(path)
    asked: list[str] = []
    sa.event.listen(sa.Engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
    try:
        assert p.first.get(path).status_code == 200
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len([each for each in asked if each.lstrip().lower().startswith("select")]) <= 12 + ("score" in path) * 12


def test_a_sealed_year_stays_at_hand_years_later(settle: Any, page_clock: SettableClock) -> None:
    """Its amendments and snapshots are looked for long after."""
    p = settle(sealed)
    page_clock.advance(days=3 * 365)
    assert f'href="{YEAR}"' in p.first.get("/v/year").text


def test_a_year_without_rules_is_no_page(settle: Any) -> None:
    p = settle(ending)
    for path in ("/v/year/1999", "/v/year/1999/preview"):
        assert p.first.get(path).status_code == 404
