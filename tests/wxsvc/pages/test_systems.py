"""对接系统: officials make and end keys of other systems; a key is shown once and kept nowhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from models.api_key import ApiKey
from models.kept_answer import KeptAnswer
from models.terms import ApiScope, WebhookEvent
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.services import api_keys, webhooks
from wxsvc.services.actor import MACHINE

PATH = "/v/systems"


def test_a_key_is_shown_once_works_and_ends(app: Any, rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    page = official.post(PATH, system="省工信厅数据平台", scopes=["platforms", "tallies"])
    (key,) = re.findall(r">(wxsvc_[\w-]+)<", page.text)
    bearer = {"Authorization": f"Bearer {key}"}
    assert app.test_client().get("/api/v1/platforms", headers=bearer).status_code == 200
    assert app.test_client().get("/api/v1/activities", headers=bearer).status_code == 403
    later = official.get(PATH)
    assert key not in later.text
    for said in ("省工信厅数据平台", "可读：平台、统计数据", "使用中", "最近使用："):
        assert said in seen(later)
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(KeptAnswer)) == 0, "the page is not kept either"
        (number,) = session.scalars(sa.select(ApiKey.id))
    assert "的密钥已停用" in seen(official.post(f"{PATH}/{number}/end", page=PATH))
    assert app.test_client().get("/api/v1/platforms", headers=bearer).status_code == 401
    log = seen(official.get("/v/operations?subject=api_key"))
    for said in ("生成接口密钥", "停用接口密钥", "平台、统计数据"):
        assert said in log
    assert "对接系统" in seen(official.get("/v/more"))


def test_a_system_without_a_name_or_scope_is_sent_back(rows: Any, phone: Any, world: World) -> None:
    official = phone(world.province)
    assert "请至少选择一项" in seen(official.post(PATH, system="数据平台"))
    assert "请填写" in seen(official.post(PATH, system=" ", scopes="tallies"))
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ApiKey)) == 0


def a_thousand(app: Any, rows: Any) -> None:
    """Each has a key, and an address of its own."""
    vault, now = app.extensions["wxsvc"].vault, app.extensions["wxsvc"].now()
    with rows() as session:
        for number in range(1000):
            system = f"第{number:03}号系统_Data" if number != 500 else "第500%号系统"
            api_keys.make(session, system, list(ApiScope), MACHINE, now)
            webhooks.make(session, system, "https://a.example", list(WebhookEvent), MACHINE, now, vault=vault)


@pytest.mark.parametrize("path", [PATH, f"{PATH}/webhooks"])
def test_one_of_a_thousand_systems_is_found_by_its_name(
    app: Any, rows: Any, phone: Any, world: World, filled: Any, path: str
) -> None:
    """Keys and addresses alike; a sign that means something to a database is a sign of the name."""
    filled(a_thousand, app, rows)
    official = phone(world.province)
    first = official.get(path)
    assert "第999号系统" in seen(first)
    assert "第500%号系统" not in seen(first)
    found = seen(official.get(f"{path}?text=500%25"))
    assert "共1条" in found
    assert "第500%号系统" in found
    assert "共100条" in seen(official.get(f"{path}?text=9号系统_data"))
    nothing = official.get(f"{path}?text=__号")
    assert "没有符合条件的系统" in seen(nothing)
    assert '<details class="card" open>' not in nothing.text, "who looks for one does not make one"


def test_the_reviewer_sees_the_list_and_makes_no_key(rows: Any, phone: Any, world: World) -> None:
    reviewer = phone(world.reviewer)
    assert "生成密钥" not in reviewer.get(PATH).text
    page = f"/v/review/activity/{world.activity_id}"
    assert reviewer.post(PATH, page=page, system="数据平台", scopes="tallies").status_code == 403
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ApiKey)) == 0
