"""人名、电话、身份证号不保存: after every door was tried with them, they stand in no table, file or line of the log."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from models import Base
from models.activity import Activity
from models.enterprise import Enterprise
from models.roster import RosterRow
from tests import builders
from tests.wxsvc.documents.test_tables import workbook
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World
from wxsvc import observe, wording
from wxsvc.settings import Settings

PERSON = "430102209705148431"
"""An identity number of nobody that has the check character of a company's code as well."""
OLDER = "430102990101123"
SENTENCE = "这是居民身份证号，不是企业代码"
PRIVATE = (
    "甄某娟",
    "欧阳验证",
    "13812345678",
    "138 1234",
    "８１２３４",
    "88668899",
    PERSON,
    "4301022097",
    OLDER,
    "zhen_juan88",
    "zj@qq",
)
COMPANY = "长沙精工机械有限公司"

PASTED = f"""#接龙
报名

1. {COMPANY} 甄某娟 13812345678
2. 湘江数控设备有限公司+甄某娟+138-1234-5678
3、岳麓新材料有限公司（欧阳验证１３８１２３４５６７８）
某某 {PERSON} 长沙金属材料有限公司
甄某娟 13812345678
欧阳验证 微信zhen_juan88 zj@qq.com
新来的厂 0731-88668899 {OLDER}"""


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    observe.log_to(stream, "DEBUG")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def known(rows: Any) -> list[int]:
    with rows() as session:
        names = (COMPANY, "湘江数控设备有限公司", "岳麓新材料有限公司", "长沙金属材料有限公司")
        return [builders.enterprise(session, name=name).id for name in names]


def kept(rows: Any, settings: Settings, log: io.StringIO) -> str:
    """Everything that is kept anywhere."""
    texts = [log.getvalue()]
    with rows() as session:
        for table in Base.metadata.sorted_tables:
            texts += [f"{table.name}: {tuple(row)}" for row in session.execute(sa.select(table))]
    for file in settings.files_dir.rglob("*"):
        if file.is_file():
            raw = file.read_bytes()
            texts.append(f"{file.name}: {raw.decode('utf-8', 'replace')} {raw.decode('gb18030', 'replace')}")
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    texts += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return "\n".join(texts)


def nothing_private(rows: Any, settings: Settings, log: io.StringIO) -> None:
    everything = kept(rows, settings, log)
    assert [each for each in PRIVATE if each in everything] == []


def path(world: World) -> str:
    return f"/p/activity/{world.activity_code}/roster"


def upload(phone: Any, where: str, field: str, raw: bytes, name: str, **typed: str) -> Any:
    staff = phone
    token = csrf_token(staff.get(where))
    data = {"csrf_token": token, "list": "", **typed, field: (io.BytesIO(raw), name)}
    return staff._follow(staff.client.post(where, data=data, headers={"User-Agent": staff.agent}))


def test_a_pasted_list_from_a_group_chat(
    rows: Any, phone: Any, world: World, known: list[int], settings: Settings, log: io.StringIO
) -> None:
    staff = phone(world.staff)
    page = staff.post(path(world), list=PASTED)
    assert "已读取5行，其中4行已对应到企业" in seen(page)
    assert "第1、2、8、9行没有读到企业名称" in seen(page)
    assert "第7、10行有居民身份证号，已去掉" in seen(page)
    where = page.request.path
    with rows() as session:
        query = sa.select(RosterRow.name, RosterRow.uscc, RosterRow.enterprise_id).order_by(RosterRow.id)
        found = session.execute(query).all()
        line = session.scalars(sa.select(RosterRow.id).where(RosterRow.enterprise_id.is_(None))).one()
    assert [row.enterprise_id for row in found] == [*known, None]
    assert (found[-1].name, found[-1].uscc) == ("新来的厂", "")
    for described in ({"uscc": PERSON}, {"licence_number": OLDER}, {"licence_number": PERSON}):
        refused = staff.post(f"{where}/line/{line}", page=where, deed="register", seen="", name="新来的厂", **described)
        assert (refused.status_code, SENTENCE in seen(refused)) == (422, True)
    named = staff.post(
        f"{where}/line/{line}", deed="register", seen="", name="甄某娟13812345678", uscc=builders.uscc(910_041)
    )
    assert (named.status_code, "企业名称中请不要填写电话" in seen(named)) == (422, True)
    staff.post(where, deed="confirm")  # refused: a line is open
    assert staff.post(path(world), list=PASTED).request.path == where  # the same list again
    staff.post(where, deed="skip")
    assert "已补录4家" in seen(staff.post(where, deed="confirm"))
    assert staff.get(f"{where}/file").status_code == 200
    nothing_private(rows, settings, log)


@pytest.mark.parametrize("kind", ["xlsx", "csv", "gbk", "headless"])
def test_an_uploaded_list(
    kind: str, rows: Any, phone: Any, world: World, known: list[int], settings: Settings, log: io.StringIO
) -> None:
    table = [
        ["企业名称", "姓名", "联系电话", "统一社会信用代码", "身份证号"],
        [COMPANY, "甄某娟", "13812345678", PERSON, OLDER],
        ["湘江数控设备有限公司（甄某娟13812345678）", "", "", "甄某娟", ""],
        ["欧阳验证", "", "0731-88668899", "13812345678", ""],
        ["岳麓新材料有限公司 zhen_juan88", "", "", builders.uscc(910_042), PERSON],
    ]
    if kind == "headless":
        table = [row for row in table[1:] if row[0] != "欧阳验证"]
    text = "\n".join(",".join(row) for row in table)
    raw = workbook(*table) if kind in ("xlsx", "headless") else text.encode("gbk" if kind == "gbk" else "utf-8-sig")
    staff = phone(world.staff)
    page = upload(staff, path(world), "file", raw, "甄某娟13812345678的名单.xlsx")
    assert "已读取3行，其中2行已对应到企业" in seen(page)
    staff.post(page.request.path, deed="register")
    staff.post(page.request.path, deed="skip")
    staff.post(page.request.path, deed="confirm")
    upload(staff, path(world), "file", raw, "甄某娟.xlsx")
    upload(staff, path(world), "file", workbook(["姓名", "电话"], ["甄某娟", "13812345678"]), "甄某娟.xlsx")
    upload(staff, path(world), "file", raw[:200], "甄某娟.xlsx")
    nothing_private(rows, settings, log)


def test_an_order_list(
    rows: Any, phone: Any, world: World, known: list[int], settings: Settings, log: io.StringIO
) -> None:
    header = ["订单号", "成交日期", "统一社会信用代码", "客户名称", "服务项目", "服务机构", "联系人", "电话"]
    orders = [
        ["T-1", "2026-11-20", "", f"{COMPANY}（甄某娟 13812345678）", "检测 13812345678", "", "甄某娟", "13812345678"],
        [
            "T-2",
            "2026-11-20",
            builders.uscc(910_043),
            "长沙新厂（欧阳验证）",
            "检测",
            "湖南某中心 13812345678",
            "欧阳验证",
            "1",
        ],
    ]
    staff = phone(world.staff)
    where = "/p/online-trades/list"
    assert "已提交2笔" in seen(upload(staff, where, "sheet", workbook(header, *orders), "甄某娟.xlsx"))
    wrong = [
        ["T-3", "2026-11-20", PERSON, "长沙又一厂", "检测", "", "", ""],
        ["T-4", "2026-11-20", "", "甄某娟", "检测", "", "", ""],
    ]
    refused = upload(staff, where, "sheet", workbook(header, *wrong), "甄某娟.xlsx")
    assert (refused.status_code, SENTENCE in seen(refused)) == (422, True)
    nothing_private(rows, settings, log)


def test_a_persons_number_is_refused_at_every_form(
    rows: Any, phone: Any, world: World, settings: Settings, log: io.StringIO
) -> None:
    """Enrolment, walk-ins at the door, records, and codes given later: refused with one sentence, nothing written."""
    with rows() as session:
        older = builders.enterprise(session, uscc=None, licence_number="430100000012345", name="长沙老厂")
        person = builders.person(session, openid="o-older")
        builders.contact(session, person, older)
        check_in_id = builders.check_in(session, session.get_one(Activity, world.activity_id), older).id
        older_id = older.id
        before = session.scalar(sa.select(sa.func.count()).select_from(Enterprise))
    bob, staff = phone("o-bob"), phone(world.staff)
    enrol = f"/enrol?activity={world.activity_code}"
    for typed in (PERSON, OLDER, "430102 20970514 8431", "４３０１０２２０９７０５１４８４３１"):
        page = bob.get(f"{enrol}&q={typed}")
        assert (page.status_code, SENTENCE in seen(page)) == (422, True), typed
        for field in ("uscc", "licence_number"):
            consent = wording.sentence("pages", "consent_version")
            page = bob.post(f"{enrol}&q=x", whom="new", name="长沙甲厂", consent=consent, **{field: typed})
            assert (page.status_code, SENTENCE in seen(page)) == (422, True), (typed, field)
            assert f'id="{field}-wrong"' in page.text  # beside the field in which it was typed
            walk_in = {"name": "长沙甲厂", "uscc": "", "licence_number": "", field: typed}
            page = staff.post(
                f"/p/activity/{world.activity_code}/enter", page=f"/p/activity/{world.activity_code}", **walk_in
            )
            assert SENTENCE in seen(page), (typed, field)
    given = phone("o-older").post(f"/mine/{older_id}/code", uscc=PERSON)
    assert (given.status_code, SENTENCE in seen(given)) == (422, True)
    given = staff.post(f"/p/activity/{world.activity_code}/check-in/{check_in_id}", deed="code", uscc=PERSON)
    assert (given.status_code, SENTENCE in seen(given)) == (422, True)
    served = staff.post(
        "/p/offline-services/new",
        served_on="2026-11-20",
        content="检测",
        new_name="长沙甲厂",
        new_uscc=PERSON,
        new_licence="",
    )
    assert SENTENCE in seen(served)
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Enterprise)) == before
    nothing_private(rows, settings, log)
