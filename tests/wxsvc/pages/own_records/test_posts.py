"""信息发布 on the phone: a link is pasted and listed once, corrected, withdrawn and brought back."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from models.platform import Platform
from models.record import Post
from models.terms import PostKind
from tests import builders
from tests.wxsvc.pages.web import csrf_token, seen
from tests.wxsvc.pages.world import World

PATH = "/p/posts"
NEW = f"{PATH}/new"
TYPED = {"link": "https://example.cn/a", "title": "省级政策解读", "kind": "policy", "day": "2026-11-20"}


def posts(rows: Any) -> list[Post]:
    with rows() as session:
        return list(session.scalars(sa.select(Post).order_by(Post.id)))


def test_a_link_is_listed_once(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    for _ in range(2):
        page = staff.post(NEW, **TYPED)
        assert "已登记" in seen(page)
    (row,) = posts(rows)
    assert (row.kind, row.title, row.link, row.posted_on) == (
        PostKind.POLICY,
        "省级政策解读",
        "https://example.cn/a",
        date(2026, 11, 20),
    )
    assert 'href="https://example.cn/a"' in page.text
    assert "2026年度（1条）" in seen(page)
    assert "由省平台定期检查网站维护情况评定" in seen(page)  # the regulation's own sentence


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"link": ""}, "link", "请填写此项"),
        ({"link": "javascript:alert(1)"}, "link", "请填写完整的网址"),
        ({"link": "https://example.cn/" + "a" * 1000}, "link", "控制在1000字以内"),
        ({"link": "https://example.cn/taken"}, "link", "已有相同编号、链接"),
        ({"title": " "}, "title", "请填写此项"),
        ({"title": "长" * 201}, "title", "控制在200字以内"),
        ({"kind": ""}, "kind", "请选择一项"),
        ({"day": ""}, "day", "请填写此项"),
        ({"day": "2026-11-24"}, "day", "日期不能晚于今天"),
        ({"day": "1926-11-20"}, "day", "没有评价办法"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    rows: Any, phone: Any, world: World, wrong: dict[str, Any], field: str, said: str
) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **TYPED | {"link": "https://example.cn/taken", "title": "另一条"})
    staff.post(NEW, **TYPED | {"link": "https://example.cn/mine"})
    mine = posts(rows)[1].id
    for path in (NEW, f"{PATH}/{mine}"):
        page = staff.post(path, **TYPED | wrong)
        assert page.status_code == 422
        begins = page.text.index(f'id="{field}-wrong"')
        assert said in page.text[begins : page.text.index("</p>", begins)]
    assert [row.link for row in posts(rows)] == ["https://example.cn/taken", "https://example.cn/mine"]


def test_a_post_is_corrected_withdrawn_and_brought_back(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **TYPED)
    path = f"{PATH}/{posts(rows)[0].id}"
    assert 'value="https://example.cn/a"' in staff.get(path).text
    assert "修改已保存" in seen(staff.post(path, **TYPED | {"title": "改后的标题"}))
    assert posts(rows)[0].title == "改后的标题"
    for _ in range(2):
        assert "已撤回" in seen(staff.post(f"{path}/withdraw", page=path))
    assert "2026年度（0条）" in seen(staff.get(PATH))
    staff.post(NEW, **TYPED)
    assert [row.withdrawn_at for row in posts(rows)] == [None]


def test_another_platforms_post_is_not_there(rows: Any, phone: Any, world: World) -> None:
    phone(world.staff).post(NEW, **TYPED)
    path = f"{PATH}/{posts(rows)[0].id}"
    other = phone(world.other_staff)
    token = csrf_token(other.get(NEW))
    assert other.get(path).status_code == 404
    assert other.post_raw(path, csrf_token=token, **TYPED | {"title": "别人的"}).status_code == 404
    assert other.post_raw(f"{path}/withdraw", csrf_token=token).status_code == 404
    assert (posts(rows)[0].title, posts(rows)[0].withdrawn_at) == ("省级政策解读", None)


def test_a_sealed_year_takes_no_post(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    page = phone(world.staff).post(NEW, **TYPED)
    assert page.status_code == 409
    assert "2026年度已锁定" in seen(page)
    assert posts(rows) == []


def test_an_older_form_overwrites_nothing(phone: Any, world: World, rows: Any) -> None:
    """Two pages of one post: what the first one saved is shown to the second, which then decides."""
    somebody = phone(world.staff)
    somebody.post(NEW, **TYPED)
    path = f"{PATH}/{posts(rows)[0].id}"
    older = re.search(r'name="seen" value="([0-9a-f]+)"', somebody.get(path).text)
    assert older is not None
    somebody.post(path, **TYPED | {"title": "甲页保存的标题", "seen": older[1]})
    told = somebody.post(path, **TYPED | {"title": "乙页填写的标题", "seen": older[1]})
    assert told.status_code == 409
    assert "目前保存的是“甲页保存的标题”" in seen(told)
    assert "乙页填写的标题" in told.text
    assert posts(rows)[0].title == "甲页保存的标题"
    newer = re.search(r'name="seen" value="([0-9a-f]+)"', told.text)
    assert newer is not None
    somebody.post(path, **TYPED | {"title": "乙页填写的标题", "seen": newer[1]})
    assert posts(rows)[0].title == "乙页填写的标题"
    again = somebody.post(path, **TYPED | {"title": "乙页填写的标题", "seen": older[1]})
    assert again.status_code == 200  # the same again is what stands
