"""媒体清单: the province keeps it, the regulation's own media stand first, everything is in the log."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.collaboration import Medium
from models.journal import LogEntry
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World

PATH = "/v/media"
HUNAN = {"name": "湖南日报", "sites": "华声在线（voc.com.cn）", "accounts": "湖南日报"}


def names(rows: Any) -> list[str]:
    with rows() as session:
        return list(session.scalars(sa.select(Medium.name).where(Medium.withdrawn_at.is_(None)).order_by(Medium.id)))


def deeds(rows: Any) -> list[str]:
    with rows() as session:
        query = sa.select(LogEntry.deed).where(LogEntry.deed.like("medium.%")).order_by(LogEntry.id)
        return list(session.scalars(query))


def test_the_media_that_the_regulation_names_stand_first(rows: Any, phone: Any, world: World) -> None:
    assert names(rows) == ["央视", "新华社", "人民日报", "工信部官网"]
    page = seen(phone(world.reviewer).get(PATH))
    for said in ("央视网（cctv.com）", "新华网", "人民网（people.com.cn）", "工信微报", "每次加3分"):
        assert said in page, said
    assert "加入清单" not in page
    assert "媒体清单" in seen(phone(world.province).get("/v/more"))


def test_the_province_adds_and_withdraws_and_the_log_says_so(rows: Any, phone: Any, world: World) -> None:
    """Adding twice adds once; what was taken off comes back to its place with what is typed now."""
    official = phone(world.province)
    for _ in range(2):
        assert "湖南日报" in seen(official.post(PATH, **HUNAN))
    with rows() as session:
        (number,) = session.scalars(sa.select(Medium.id).where(Medium.name == "湖南日报"))
    assert "“湖南日报”已移出媒体清单" in seen(official.post(f"{PATH}/{number}/withdraw", page=PATH))
    assert "湖南日报" not in seen(official.get(PATH))
    official.post(PATH, **HUNAN | {"sites": "新湖南（hunantoday.cn）"})
    assert "hunantoday.cn" in seen(official.get(PATH))
    assert names(rows)[-1] == "湖南日报"
    assert deeds(rows) == ["medium.added", "medium.withdrawn", "medium.added"]


def test_a_name_that_is_listed_with_other_sites_is_refused_and_stays_typed(rows: Any, phone: Any, world: World) -> None:
    answer = phone(world.province).post(PATH, name="央视", sites="cntv.cn", accounts="")
    assert answer.status_code == 422
    assert "已在媒体清单中" in seen(answer)
    assert 'value="cntv.cn"' in answer.text
    empty = phone(world.province).post(PATH, name=" ", sites="a.cn")
    assert "请填写。" in seen(empty)
    assert len(names(rows)) == 4


def test_the_reviewer_reads_the_list_and_cannot_change_it(rows: Any, phone: Any, world: World) -> None:
    reviewer, page = phone(world.reviewer), f"/v/review/activity/{world.activity_id}"
    assert reviewer.post(PATH, page=page, **HUNAN).status_code == 403
    assert reviewer.post(f"{PATH}/1/withdraw", page=page).status_code in (403, 409)
    assert len(names(rows)) == 4
