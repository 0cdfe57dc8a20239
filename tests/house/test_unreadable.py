"""（无法解密）: one value that no secret opens never makes a fault, in no page, export or answer in the chat.

Which places open sealed data is found by walking the URL map while all is well; the same places are asked again when
nothing can be opened.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.person import Person
from models.terms import Subject
from tests import builders
from tests.databases import put_sqlite
from tests.house.test_permissions import LINK_NAMES, Visit, routes, visit
from tests.wxsvc.chat.hall import event, scanned, text
from tests.wxsvc.pages.web import (  # the fixtures of the pages' tests
    app,
    empty_database,
    page_clock,
    phone,
    rows,
    settings,
    wechat,
    wechat_server,
    world,
)
from tests.wxsvc.pages.whole_world import Keys, whole
from tests.wxsvc.pages.world import World
from wxsvc.chat import events
from wxsvc.chat.push import Push
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.vault import Vault

__all__ = ["app", "empty_database", "page_clock", "phone", "rows", "settings", "wechat", "wechat_server", "world"]

NAME: Final = "欧阳小明明"
PHONE: Final = "13812341234"
SHOWN: Final = (NAME, PHONE, "欧**", "138****1234")
UNREADABLE: Final = "（无法解密）"
FORMER: Final = Vault(["another secret, that of the database which was restored"])
BROKEN: Final = (FORMER.encrypt(NAME), "gAAAAA", "x", "姓名", "=" * 200)
ROLES: Final = {"contact": "/", "staff": "/p/", "other_staff": "/p/", "province": "/v/"}
"""Who is asked, and where: pages of the others are refused to them."""


def close_all(session: Session, names: Any, phones: Any) -> None:
    """Every person's name and phone, each in its turn."""
    for number, person in enumerate(session.scalars(sa.select(Person).order_by(Person.id))):
        person.name_sealed, person.phone_sealed = names[number % len(names)], phones[number % len(phones)]


def text_of(got: TestResponse) -> str:
    """A page, or all that a workbook, a document or a table holds."""
    if got.mimetype == "text/html" or not got.data.startswith(b"PK"):
        return got.data.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(got.data)) as whole:
        return "".join(whole.read(name).decode(errors="replace") for name in whole.namelist() if name.endswith(".xml"))


def places(app: Flask, keys: Keys, somebody: Visit, part: str) -> dict[str, tuple[int, str]]:
    """What every address of this part answers to this visitor who only looks."""
    found = {}
    for (method, _), rule in sorted(routes(app).items()):
        is_here = (rule.rule[:3] if rule.rule[:3] in ("/p/", "/v/") else "/") == part
        if method != "GET" or not is_here or LINK_NAMES & rule.arguments or rule.endpoint in ("static", "status.ready"):
            continue
        got = somebody.ask("GET", keys.of(rule), {"year": "2026"} if rule.rule != "/v/operations" else {})
        found[rule.rule] = (got.status_code, text_of(got))
    return found


def test_every_place_that_opens_sealed_data_says_so(app: Flask, rows: Any, world: World) -> None:
    content, keys = whole()
    put_sqlite(app.extensions["wxsvc"].database, content)
    vault = app.extensions["wxsvc"].vault
    with rows() as session:
        for openid in (world.staff, world.province):  # who did something is named in the log
            who = session.scalars(sa.select(Person.id).where(Person.openid == openid)).one()
            journal.record(session, "person.corrected", Subject.PERSON, who, by=Actor(who), now=builders.NOW)
        close_all(session, [vault.encrypt(NAME)], [vault.encrypt(PHONE)])
    visitors = {role: visit(app, keys, role) for role in ROLES}
    before = {role: places(app, keys, somebody, ROLES[role]) for role, somebody in visitors.items()}
    every = {(role, rule): shown for role in ROLES for rule, (_, shown) in before[role].items()}
    opens = {place for place, shown in every.items() if any(each in shown for each in SHOWN)}
    assert len({rule for _, rule in opens}) > 12, opens
    assert {rule for _, rule in opens} >= {"/v/operations/csv", "/v/operations/excel", "/v/people", "/me/export.json"}
    with rows() as session:
        close_all(session, BROKEN, BROKEN[::-1])  # /readyz says so, as it should
    wrong = []
    for role, somebody in visitors.items():
        for rule, (status, shown) in places(app, keys, somebody, ROLES[role]).items():
            if status != before[role][rule][0]:
                wrong.append(f"{role} {rule}: {before[role][rule][0]}, then {status}")
            if (role, rule) in opens and UNREADABLE not in shown:
                wrong.append(f"{role} {rule}: does not say that it cannot be opened")
            if "（*" in shown or f"tel:{UNREADABLE}" in shown:
                wrong.append(f"{role} {rule}: masks or calls what is no name")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", ["visitor", "staff", "province", "reviewer", "stranger"])
def test_the_chat_answers_as_ever(app: Flask, rows: Any, world: World, who: str) -> None:
    """Every kind of push, from people whose name and phone nobody can open."""
    house, openid = app.extensions["wxsvc"], getattr(world, who)
    pushes = [
        *(text(typed, openid) for typed in ("您好", "12345", "长沙", "1")),
        *(event("CLICK", key, openid=openid) for key in ("my_check_ins", "platform_score", "province_overview")),
        event("SCAN", "1", openid=openid),
        scanned("https://x.cn/c/A-9", openid),
        event("subscribe", "", openid=openid),
    ]

    def answers() -> list[str | None]:
        return [events.answer(house, Push.parse(xml), builders.NOW) for xml in pushes]

    first = answers()
    with rows() as session:
        close_all(session, BROKEN, BROKEN[::-1])
    assert answers()[:-1] == first[:-1]
