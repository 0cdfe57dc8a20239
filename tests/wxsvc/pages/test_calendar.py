"""工作日历: a notice is pasted or uploaded, judged, tried, loaded; the banner; the command does the same."""

from __future__ import annotations

import io
import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from models.collaboration import Filing
from models.regulation import HolidayNotice, Workday
from models.terms import Stage
from scoring.terms import Obligation
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World
from wxsvc.cli import main

OF_2026 = (Path(__file__).parents[1] / "documents" / "notice_2026.txt").read_text()
OF_2027 = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕9号
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。2月14日（周日）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假，共1天。
六、中秋节：9月15日（周三）放假，共1天。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。10月9日（周六）上班。
2026年11月10日"""
WHERE = "/v/calendar?year=2027"


def squeezed(page: Any) -> str:
    return "".join(seen(page).split())


def loaded(rows: Any) -> int:
    with rows() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Workday)) or 0)


def hidden(page: Any) -> dict[str, str]:
    """What the form of the preview carries."""
    form = page.text.split('id="preview"')[1].split("</form>")[0]
    return dict(re.findall(r'name="(seen|number|issued)" value="([^"]*)"', form))


def test_a_notice_is_pasted_looked_at_and_loaded(rows: Any, phone: Any, world: World) -> None:
    """Due days that move are told first; nothing is written until it is loaded; the banner goes away."""
    official = phone(world.province)
    for page in ("/v/more", "/v/scores"):
        assert "2027年的放假通知还没有启用" in squeezed(official.get(page))
    assert "均为暂定" in squeezed(official.get(WHERE))
    tried = official.post(WHERE, text=OF_2027, deed="preview")
    told = squeezed(tried)
    assert "读到7项安排" in told
    assert "劳动节2027年5月1日（周六）至5月5日（周三）55月8日（周六）" in told
    assert "2027年5月" in told
    assert "5月6日（周四）各类平台" in told
    assert "项日期不变，由暂定转为确定" in told
    assert loaded(rows) == 0
    done = official.post(WHERE, text=OF_2027, deed="load", **hidden(tried))
    assert "2027年放假通知已启用" in done.text
    assert "国办发明电〔2026〕9号，2026年11月10日（周二）成文" in squeezed(done)
    assert loaded(rows) == 30
    for page in ("/v/more", "/v/scores"):
        assert "还没有启用" not in squeezed(official.get(page))
    again = official.post(WHERE, text=OF_2027, deed="preview")
    assert "与已启用的通知相同" in squeezed(again)


def test_a_file_does_as_well(rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    token = csrf_token(official.get(WHERE))
    for name, raw, said in (
        ("通知.txt", OF_2027.encode("gb18030"), "读到7项安排"),
        ("通知.pdf", b"%PDF-1.7 \x80\x81", "PDF、图片和旧版Word（doc）请复制文字后粘贴"),
    ):
        page = official.answer(
            official.client.post(
                WHERE,
                data={"csrf_token": token, "text": "", "deed": "preview", "file": (io.BytesIO(raw), name)},
                headers={"User-Agent": official.agent},
            )
        )
        assert said in squeezed(page)
    assert loaded(rows) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OF_2026, "这是2026年的放假通知，不是2027年的"),
        (OF_2027.replace("三、清明节", "三、安排"), "缺少2027年清明节的放假安排"),
        (OF_2027.replace("5月8日（周六）上班", "5月10日上班"), "5月10日（周一）不是周六或周日"),
        (OF_2027.replace("共5天", "共6天"), "劳动节写明共6天，按起止日期算是5天"),
        (OF_2027.replace("2026年11月10日", ""), "通知缺少成文日期"),
        ("下周一开会", "没有读到节假日安排"),
        ("", "请粘贴通知正文"),
    ],
)
def test_a_wrong_notice_is_one_sentence(rows: Any, phone: Any, world: World, text: str, said: str) -> None:
    """For the look and for loading; what was pasted stays."""
    for deed in ("preview", "load"):
        page = phone(world.province).post(WHERE, text=text, deed=deed)
        assert page.status_code == 422
        assert said in squeezed(page)
        assert text.strip()[:20] in page.text
    assert loaded(rows) == 0


def test_an_older_notice_and_a_colleague_who_was_faster(rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    first = official.post(WHERE, text=OF_2027, deed="preview")
    official.post(WHERE, text=OF_2027, deed="load", **hidden(first))
    older = OF_2027.replace("2026年11月10日", "2026年11月2日").replace(
        "至5日（周三）放假调休，共5天", "至3日放假，共3天"
    )
    page = official.post(WHERE, text=older, deed="preview")
    assert "早于2026年11月10日（周二）成文的已启用通知，未启用" in squeezed(page)
    newer = older.replace("2026年11月2日", "2026年11月20日")
    page = official.post(WHERE, text=newer, deed="load", **hidden(first))
    assert page.status_code == 409
    assert "本次未启用。请按现在的结果重新核对" in squeezed(page)
    assert "2027年放假通知已启用" in official.post(WHERE, text=newer, deed="load", **hidden(page)).text
    with rows() as session:
        assert session.scalars(sa.select(HolidayNotice.year)).all() == [2027, 2027]


def test_a_filing_in_time_becomes_late_by_a_persons_word_alone(
    rows: Any, phone: Any, world: World, page_clock: SettableClock
) -> None:
    """It is named with platform and days; unticked, nothing is loaded; ticked, it is."""
    official = phone(world.province)
    official.post(WHERE, text=OF_2027, deed="load")
    with rows() as session:
        filing = Filing(
            platform_id=world.platform_id,
            year=2027,
            obligation=Obligation.PLAN,
            period="2027-05",
            claimed_on=date(2027, 5, 6),
            stage=Stage.APPROVED,
            submitted_at=datetime(2027, 5, 6, 10, tzinfo=builders.BEIJING),
            created_at=builders.NOW,
            version=1,
        )
        session.add(filing)
        session.flush()
        filing_id = filing.id
    page_clock.advance(days=190)
    newer = OF_2027.replace("2026年11月10日", "2026年11月20日").replace(
        "至5日（周三）放假调休，共5天", "至3日放假，共3天"
    )
    tried = official.post(WHERE, text=newer, deed="preview")
    assert "长沙市窗口平台：5月" in squeezed(tried)
    assert "5月6日（周四）报送，截止日5月6日（周四）→5月4日（周二），按时→晚报" in squeezed(tried)
    before = loaded(rows)
    refused = official.post(WHERE, text=newer, deed="load", **hidden(tried))
    assert "将有1项已按时的报送变为晚报" in squeezed(refused)
    assert loaded(rows) == before
    done = official.post(WHERE, text=newer, deed="load", late=str(filing_id), **hidden(refused))
    assert "2027年放假通知已启用" in done.text


def test_a_reviewer_reads_and_loads_nothing(rows: Any, phone: Any, world: World) -> None:
    reviewer = phone(world.reviewer)
    page = reviewer.get(WHERE)
    assert "2027年截止日" in squeezed(page)
    assert "核对</button>" not in page.text
    reviewer.post(WHERE, text=OF_2027, deed="load")
    assert loaded(rows) == 0


def test_the_command_loads_what_the_page_would(
    rows: Any, phone: Any, world: World, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same moves, then the same table; a wrong one is one line and exit 2."""
    given = app.extensions["wxsvc"].settings
    for name, value in {"DATABASE_URL": given.database_url, "DATA_DIR": str(given.data_dir)}.items():
        monkeypatch.setenv(f"WXSVC_{name}", value)
    monkeypatch.setattr("wxsvc.clock.SystemClock.now", lambda _: builders.NOW)
    (tmp_path / "notice.txt").write_text(OF_2027)

    def run(*words: str) -> Any:
        return CliRunner().invoke(main, ["workdays", *words])

    tried = run("2027", "--load", str(tmp_path / "notice.txt"), "--dry-run", "--json")
    told = json.loads(tried.stdout)
    page = squeezed(phone(world.province).post(WHERE, text=OF_2027, deed="preview"))
    assert page.count("各类平台") == sum(each["old"] != each["new"] for each in told["moves"])
    assert loaded(rows) == 0
    assert run("2027", "--load", str(tmp_path / "notice.txt")).exit_code == 0
    assert loaded(rows) == 30
    assert "2027-05-08\tworked\t劳动节" in run("2027").stdout
    assert len(json.loads(run("2027", "--json").stdout)) == 30
    wrong = run("2026", "--load", str(tmp_path / "notice.txt"))
    assert (wrong.exit_code, wrong.stderr.strip()) == (
        2, "这是2027年的放假通知，不是2026年的。请选择相应年度，或换一份通知。"
    )  # fmt: skip
