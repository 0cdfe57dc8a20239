"""Every download there is, over a real socket, from both servers: there, whole, and under its Chinese name.

The addresses come from the URL map: a new download is either found here, and then its name has to be written down, or
nothing in this world leads to it, and then the test says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
import requests
import sqlalchemy as sa
from docx import Document
from icalendar import Calendar
from openpyxl import load_workbook
from PIL import Image
from werkzeug.routing import Rule

from models.announcement import Announcement
from models.collaboration import Evidence, Filing
from models.platform import Platform
from models.roster import Roster
from models.stored_file import FileName, StoredFile
from models.year_end import ScoreObjection
from tests import builders
from tests.migrated import migrate
from tests.real import Postgres
from tests.served import HOST, SERVE, WEB, product, signed_in
from tests.wxsvc.pages.web import PretendedWeChat, fold
from tests.wxsvc.pages.whole_world import Keys, settle_everything
from tests.wxsvc.pages.world import World, settle
from wxsvc.app import create_app
from wxsvc.db import Database
from wxsvc.documents import roster_sheets
from wxsvc.files import Files
from wxsvc.publishing.wanted import What
from wxsvc.settings import Settings

PAGES: Final = Path(__file__).parents[2] / "wxsvc" / "pages"
SENT_NAME: Final = "企业/“签到”\n名单（第1期）.xlsx"
"""As its sender called it; a slash and a line break have no place in a name."""
KEPT_NAME: Final = "企业_“签到”名单（第1期）.xlsx"
_TITLE: Final = "中小企业数字化转型对接会"

UNNAMED: Final = "bff5433f275b.jpg"
"""Of a picture that nobody handed in: the worker took it."""

NAMES: Final = {
    "enterprise.own_information.export_file": {"my-information.json"},
    "enterprise.own_information.licence": {"现场.jpg"},
    "enterprise.receipts.material": {"现场.jpg"},
    "platform.activities.paper": {KEPT_NAME},
    "platform.announcements.paper": {KEPT_NAME},
    "platform.activities.photo": {"现场.jpg"},
    "platform.codes.png": {f"签到码-{_TITLE}.png"},
    "platform.codes.svg": {f"签到码-{_TITLE}.svg"},
    "platform.filings.excel": {"长沙市窗口平台2026年11月活动计划表.xlsx", "长沙市窗口平台2026年10月平台数据.xlsx"},
    "platform.filings.paper": {KEPT_NAME},
    "platform.filings.word": {
        "长沙市窗口平台2026年11月活动计划表.docx",
        "长沙市窗口平台2026年度工作总结（初稿）.docx",
    },
    "platform.materials.show": {"现场.jpg"},
    "platform.objections.paper": {KEPT_NAME},
    "platform.poster.picture": {f"活动海报-{_TITLE}.png"},
    "platform.rosters.file": {KEPT_NAME},
    "platform.rosters.template": {"签到名单模板.xlsx"},
    "platform.trade_lists.template": {"线上交易清单.xlsx"},
    "province.announcements.paper": {KEPT_NAME},
    "province.annex.filed_paper": {KEPT_NAME},
    "province.documents.file": {
        "2026年度窗口平台考评工作簿（预览）.xlsx",
        "2026年度窗口平台考评表（附件1）（预览）.docx",
        "2026年度窗口平台考评通报（预览）.docx",
        "2026年度窗口平台得分数据（预览）.csv",
        "2026年第1季度窗口平台简报（预览）.docx",
        "2026年1月窗口平台数据（预览）.docx",
    },
    "province.online_checks.picture": {UNNAMED},
    "province.operations.csv": {"操作记录.csv"},
    "province.operations.excel": {"操作记录.xlsx"},
    "province.review.paper": {KEPT_NAME},
    "province.review.photo": {"现场.jpg"},
    "province.roster_copies.file": {KEPT_NAME},
    "province.ruling_sheet.workbook": {"2026年度评定表.xlsx"},
    "province.scores.csv": {"2026年度市州窗口平台得分总表.csv"},
    "province.scores.excel": {"2026年度市州窗口平台得分总表.xlsx"},
    "province.scores.word": {"2026年度市州窗口平台得分总表.docx"},
    "province.sealed_years.province": {"2025年度快照.json"},
    "province.sealed_years.snapshot": {"长沙市窗口平台2025年度快照.json"},
    "province.standings.licence": {"现场.jpg"},
    "province.year_end.paper": {KEPT_NAME},
    "shared_activities.calendar": {"A-n.ics"},
    "shared_activities.picture": {"A-n.png"},
}
"""Every download by its endpoint, and the names under which it comes."""

PAGES_WITHOUT_ROWS: Final = {
    *(f"api.{noun}" for noun in ("platforms", "activities", "tallies", "scorecards")),  # JSON, for who has a key
    "status.verify",
    "desk.asked",
    "entry.join",
    "rejoin.offered",
    "enterprise.enrol.title",
    "enterprise.disputes.form",
    "enterprise.door.share",  # JSON for a page that names itself
    "enterprise.subscribing.config",
    "platform.members.own_list",
    *(f"platform.{noun}.{page}" for noun in ("research_reports", "platform_fusions") for page in ("record", "correct")),
    *(f"platform.{noun}.{page}" for noun in ("research_reports", "platform_fusions") for page in ("listed", "blank")),
}
"""Pages that nothing in this world leads to. None of them is a download: a new endpoint has to be looked at."""

_OPENS: Final = {
    ".xlsx": load_workbook,
    ".docx": Document,
    ".json": json.load,
    ".csv": lambda content: content.read().decode("utf-8-sig").index("平台"),
    ".svg": ElementTree.parse,
    ".ics": lambda content: Calendar.from_ical(content.read()),
    ".png": lambda content: Image.open(content).load(),
    ".jpg": lambda content: Image.open(content).load(),
}
_NO_FILE: Final = ("text/html", "text/plain", "application/json")


@dataclass
class Served:
    """A running server with a province in its database."""

    url: str
    rules: list[Rule]
    world: World
    keys: Keys
    is_asked_for_all: bool
    """The other one has the same addresses and is asked for the downloads; every page on SQLite has other tests."""


@pytest.fixture(scope="module", params=[SERVE, WEB], ids=["serve", "web"])
def served(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    wechat_server: tuple[str, PretendedWeChat],
) -> Iterator[Served]:
    """``wxsvc serve`` on SQLite, ``wxsvc web`` on PostgreSQL."""
    folder, command = tmp_path_factory.mktemp("downloads"), request.param
    postgres: Postgres | None = request.getfixturevalue("postgres") if command == WEB else None
    url = postgres.create() if postgres else f"sqlite:///{folder / 'wxsvc.db'}"
    database, files = Database(url), Files(folder / "files", 2**24)
    migrate(database, request)
    world = settle(database.transaction, files)
    keys = settle_everything(database.transaction, world)
    _workbooks(database, files)
    fold(database.transaction)  # no worker runs beside `wxsvc web`
    rules = list(create_app(Settings(data_dir=folder, database_url=url)).url_map.iter_rules())
    where = {f"wechat_{name}_base_url": wechat_server[0] for name in ("api", "open", "mp")}
    with product(command, folder, database_url=url, **where) as port:
        yield Served(f"http://{HOST}:{port}", rules, world, keys, command == WEB)
    database.dispose()
    if postgres:
        postgres.drop(url)


def _workbooks(database: Database, files: Files) -> None:
    """Every paper is a workbook with a Chinese name; the photo stays one."""
    kept = files.store_paper(BytesIO(roster_sheets.template("对接会")))
    with database.transaction() as session:
        session.add(
            StoredFile(
                sha256=kept.sha256, media_type=kept.media_type, size=kept.size, name=SENT_NAME, stored_at=builders.NOW
            )
        )
        session.flush()
        for owner_id in (*session.scalars(sa.select(Platform.id)), 0):
            session.add(FileName(sha256=kept.sha256, owner_id=owner_id, name=SENT_NAME))
        for paper in (Evidence, Announcement, Roster, Filing, ScoreObjection):
            session.execute(sa.update(paper).where(paper.sha256.is_not(None)).values(sha256=kept.sha256))


@pytest.mark.usefixtures("chinese_font")
def test_every_download_opens_under_its_name(served: Served) -> None:
    """200, the bytes of what the name promises, and the right name once RFC 5987 is decoded."""
    world = served.world
    people = [signed_in(served.url, openid) for openid in (world.staff, world.province, world.visitor)]
    names: dict[str, set[str]] = {}
    unseen = set()
    for rule in served.rules:
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        if not served.is_asked_for_all and rule.endpoint not in NAMES:
            continue
        answers = [_first_good(people, served.url + path) for path in _paths(rule, served.keys)]
        if not any(answers):
            unseen.add(rule.endpoint)
        for answer in filter(None, answers):
            if answer.headers.get("Content-Disposition") or not answer.headers["Content-Type"].startswith(_NO_FILE):
                name = _name(answer)
                _OPENS[Path(name).suffix](BytesIO(answer.content))
                names.setdefault(rule.endpoint, set()).add(re.sub(r"^A-\d+", "A-n", name))
    assert names == NAMES
    assert unseen - PAGES_WITHOUT_ROWS == set()


def test_files_are_sent_in_one_place() -> None:
    """A header written by hand is an error 500 with one server, and fine with the other."""
    by_hand = re.compile(
        r"Content-Disposition|send_file|send_from_directory|mimetype=XLSX|mimetype=DOCX", re.IGNORECASE
    )
    found = {path.name for path in PAGES.rglob("*.py") if by_hand.search(path.read_text())}
    assert found == {"downloads.py"}


def _first_good(people: list[requests.Session], url: str) -> requests.Response | None:
    """The answer to whoever may have it; no error of ours to anybody."""
    for browser in people:
        answer = browser.get(url, allow_redirects=False, timeout=20)
        assert answer.status_code < 500, url
        if answer.status_code < 400:
            return answer
    return None


def _name(answer: requests.Response) -> str:
    """The name of a file as a browser reads it."""
    header = answer.headers["Content-Disposition"]
    assert header.isascii(), answer.url
    assert "filename=." not in header, "an old browser is given a name too"
    encoded = re.search(r"filename\*=UTF-8''(\S+)$", header)
    plain = re.search(r'filename="?([^";]+)', header)
    return unquote(encoded[1], errors="strict") if encoded else plain[1] if plain else ""


def _paths(rule: Rule, keys: Keys) -> list[str]:
    """The addresses of a rule: with its variants, and for every obligation."""
    links = {"token": "unknown", "sealed": "unknown"}
    if "obligation" in rule.arguments:
        periods = [("plan", "2026-11"), ("data", "2026-11"), ("summary", "2026")]
        return [keys.of(rule, obligation=obligation, period=period) for obligation, period in periods]
    path = keys.of(rule, **links)
    if rule.endpoint in ("platform.codes.png", "platform.codes.svg"):
        return [path, f"{path}?download"]
    if rule.endpoint.endswith(".photo"):
        return [path, f"{path}?small"]
    if rule.endpoint == "province.documents.file":
        return [path.replace("/csv", f"/{what}?quarter=1&month=1") for what in What]
    return [path]
