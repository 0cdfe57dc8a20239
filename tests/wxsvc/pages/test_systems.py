"""对接系统: officials make and end keys of other systems; a key is shown once and kept nowhere."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from models.api_key import ApiKey
from models.kept_answer import KeptAnswer
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World

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
    assert "已停用" in seen(official.post(f"{PATH}/{number}/end", page=PATH))
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


def test_the_reviewer_sees_the_list_and_makes_no_key(rows: Any, phone: Any, world: World) -> None:
    reviewer = phone(world.reviewer)
    assert "生成密钥" not in reviewer.get(PATH).text
    page = f"/v/review/activity/{world.activity_id}"
    assert reviewer.post(PATH, page=page, system="数据平台", scopes="tallies").status_code == 422
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ApiKey)) == 0
