"""What other systems read: the figures of the commands, page by page, by a key and by nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from limits import parse

from models.api_key import ApiKey
from models.journal import LogEntry
from models.scorecard import ScorecardRow
from models.terms import ApiScope, Stage
from scoring.readings import Readings
from scoring.scorecard import score
from scoring.tally import Tally
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.pages import statements
from tests.wxsvc.pages.world import World
from wxsvc.api.lists import LISTS
from wxsvc.pages import limits
from wxsvc.services import api_keys
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import folding, tally_list

PATHS = ("platforms", "activities", "tallies?year=2026", "scorecards?year=2026")


@pytest.fixture
def folded(app: Flask, world: World) -> list[dict[str, Any]]:
    """What ``wxsvc tallies --year 2026`` prints."""
    house = app.extensions["wxsvc"]
    folding.retally(house.database, house.now)
    return tally_list.entries(house.database, house.now, 2026)


def test_tallies_are_those_of_the_command(ask: Any, folded: list[dict[str, Any]]) -> None:
    assert ask("tallies", year=2026).json == {"data": folded, "next": None}
    assert folded[0]["tally"]["counted"], "the small province counts something"


def test_a_scorecard_is_what_the_regulation_makes_of_the_tally(
    app: Flask, ask: Any, folded: list[dict[str, Any]]
) -> None:
    """As ``wxsvc score`` prints it from that tally, line by line."""
    found = ask("scorecards", year=2026).json["data"]
    assert [each["code"] for each in found] == [each["code"] for each in folded]
    with app.extensions["wxsvc"].database.read() as session:
        words = session.scalars(sa.select(ScorecardRow.readings).order_by(ScorecardRow.platform_id)).first()
    for told, counted in zip(found, folded, strict=True):
        alone = score(Tally.from_dict(counted["tally"]), Readings.from_words(words)).as_dict()
        assert told["scorecard"] == json.loads(json.dumps(alone))
        assert told["as_of"] == counted["scorecard"]["as_of"]


def test_every_answer_is_as_its_model_says(ask: Any, folded: Any) -> None:
    """The OpenAPI document is made of the models; entry by entry they take what is answered, and nothing else."""
    for each, path in zip(LISTS, PATHS, strict=True):
        found = ask(path)
        assert found.json["data"], path
        each.page.model_validate(found.json)


def test_pages_follow_one_another_without_gap_or_repeat(ask: Any, rows: Any, world: World) -> None:
    with rows() as session:
        own = builders.platform(session, code="430300")
        for number in range(5):
            builders.activity(session, own, code=f"更多 {number}", stage=Stage.APPROVED, reviewed_at=builders.NOW)
    whole = [each["code"] for each in ask("activities").json["data"]]
    assert len(whole) == len(set(whole)) >= 7
    read, cursor = [], {}
    while True:
        page = ask("activities", limit=2, **cursor).json
        read += [each["code"] for each in page["data"]]
        if page["next"] is None:
            break
        assert len(page["data"]) == 2
        cursor = {"cursor": page["next"]}
    assert read == whole
    of_one = ask("activities", platform="430300", year=2026, stage="approved").json["data"]
    assert [each["code"] for each in of_one] == [f"更多 {number}" for number in range(5)]
    assert {host["code"] for each in of_one for host in each["platforms"]} == {"430300"}


def test_drafts_and_persons_are_not_told(app: Flask, ask: Any, rows: Any, world: World, folded: Any) -> None:
    with rows() as session:
        session.execute(sa.text("update persons set phone_sealed = '13800138000'"))
        session.execute(sa.text("update platforms set phone = '13800138000'"))
        session.execute(sa.text("update persons set name_sealed = '王小明'"))
        session.execute(sa.text("update activities set content = '请联系王小明13800138000', summary = '王小明'"))
    told = "".join(ask(path).text for path in PATHS)
    with rows() as session:
        openids = session.scalars(sa.text("select openid from persons")).all()
    assert len(openids) > 3
    for secret in (*openids, "王小明", "13800138000"):
        assert secret not in told
    assert "draft" not in {each["stage"] for each in ask("activities").json["data"]}


def test_what_has_not_changed_is_304(ask: Any, rows: Any, world: World, page_clock: SettableClock) -> None:
    first = ask("platforms")
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert set(first.vary) == {"Authorization", "Accept-Encoding"}
    assert "Set-Cookie" not in first.headers
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = ask("platforms", headers={"If-None-Match": tag})
    assert (again.status_code, again.text, again.headers["ETag"]) == (304, "", tag)
    with rows() as session:
        builders.platform(session, code="430400")
    changed = ask("platforms", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize("wanted", ["*", '"other"', "its own"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_whoever_names_the_answer_that_they_want_gets_what_there_is(
    ask: Any, rows: Any, world: World, wanted: str, encoding: str
) -> None:
    """``If-Match`` is for those who write; an answer with 412 would be none that the document has."""
    with rows() as session:
        for number in range(20):
            builders.platform(session, code=f"4399{number:02}")
    accepted = {"Accept-Encoding": encoding}
    whole = ask("platforms", headers=accepted)
    got = ask("platforms", headers=accepted | {"If-Match": whole.headers["ETag"] if wanted == "its own" else wanted})
    assert (got.status_code, got.data) == (200, whole.data)
    known = accepted | {"If-Match": wanted, "If-None-Match": whole.headers["ETag"]}
    assert ask("platforms", headers=known).status_code == 304


def test_a_compressed_answer_is_304_by_its_own_etag(ask: Any, rows: Any, world: World) -> None:
    with rows() as session:
        for number in range(20):
            builders.platform(session, code=f"4399{number:02}")
    packed = ask("platforms", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    again = ask("platforms", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304
    assert packed.headers["ETag"] != ask("platforms").headers["ETag"], "other bytes, another strong tag"


def test_a_cookie_opens_nothing_and_a_key_opens_no_page(app: Flask, key: str, phone: Any, world: World) -> None:
    official = phone(world.province)
    assert official.get("/v/systems").status_code == 200
    refused = official.client.get("/api/v1/platforms")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.json["code"] == "no_key"
    bearer = {"Authorization": f"Bearer {key}"}
    assert app.test_client().get("/v/systems", headers=bearer).status_code != 200
    for query in ("access_token", "key", "token"):
        assert app.test_client().get(f"/api/v1/platforms?{query}={key}").status_code == 401


def test_nothing_can_be_written(app: Flask, key: str, world: World) -> None:
    bearer = {"Authorization": f"Bearer {key}"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        got = app.test_client().open("/api/v1/platforms", method=method, headers=bearer)
        assert (got.status_code, got.mimetype) == (405, "application/problem+json")
        assert set(got.allow) == {"GET", "HEAD", "OPTIONS"}
    methods = [rule.methods for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    assert set().union(*methods) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("path", "status", "code", "parameter"),
    [
        ("tallies", 400, "parameter_missing", "year"),
        ("tallies?year=1999", 400, "parameter_wrong", "year"),
        ("tallies?year=2026&year=2025", 400, "parameter_repeated", "year"),
        ("platforms?page=2", 400, "parameter_unknown", "page"),
        ("platforms?limit=201", 400, "parameter_wrong", "limit"),
        ("platforms?limit=1.0", 400, "parameter_wrong", "limit"),
        ("platforms?cursor=", 400, "parameter_wrong", "cursor"),
        ("platforms?cursor=a%0Ab", 400, "parameter_wrong", "cursor"),
        ("activities?stage=draft", 400, "parameter_wrong", "stage"),
        ("persons", 404, "status_404", None),
    ],
)
def test_what_is_wrong_is_said(ask: Any, path: str, status: int, code: str, parameter: str | None) -> None:
    got = ask(path)
    assert (got.status_code, got.mimetype) == (status, "application/problem+json")
    assert (got.json["status"], got.json["code"], got.json.get("parameter")) == (status, code, parameter)
    assert got.json["detail"].endswith("。")


def test_a_key_reads_what_it_was_made_for_until_it_ends(app: Flask, world: World, page_clock: SettableClock) -> None:
    house = app.extensions["wxsvc"]
    with house.database.transaction() as session:
        number, token = api_keys.make(session, " 甲  系统 ", [ApiScope.PLATFORMS], MACHINE, house.now())

    def status(path: str) -> int:
        found = app.test_client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        return found.status_code

    assert (status("platforms"), status("activities")) == (200, 403)
    with house.database.read() as session:
        key = session.get_one(ApiKey, number)
        assert (key.system, key.last_used_at) == ("甲 系统", house.now())
        assert token not in str(vars(key))
    page_clock.advance(minutes=6)
    assert status("platforms") == 200
    with house.database.transaction() as session:
        assert session.get_one(ApiKey, number).last_used_at == house.now()
        api_keys.end(session, number, MACHINE, house.now())
        api_keys.end(session, number, MACHINE, house.now())
    assert status("platforms") == 401
    with house.database.read() as session:
        kept = sa.select(LogEntry).where(LogEntry.deed.like("api_key.%")).order_by(LogEntry.id)
        entries = session.scalars(kept).all()
    assert [entry.deed for entry in entries] == ["api_key.made", "api_key.ended"]
    assert entries[0].after is not None
    assert "token_hash" not in entries[0].after


def test_each_key_has_its_own_limit(ask: Any, app: Flask) -> None:
    """All lists of a key together; another key begins anew."""
    item = parse(limits.SYSTEMS)
    limits.limiter.limiter.hit(item, "key 1", "api", cost=item.amount - 2)
    assert [ask(path).status_code for path in PATHS] == [200, 200, 429, 429]
    refused = ask("platforms")
    assert (refused.status_code, refused.json["code"]) == (429, "status_429")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    house = app.extensions["wxsvc"]
    with house.database.transaction() as session:
        _, other = api_keys.make(session, "乙系统", list(ApiScope), MACHINE, house.now())
    assert app.test_client().get("/api/v1/platforms", headers={"Authorization": f"Bearer {other}"}).status_code == 200


def test_a_page_of_200_costs_as_few_statements_as_one_of_two(app: Flask, ask: Any, rows: Any, folded: Any) -> None:
    """Once the use of the key is noted: one that knows the key, at most three that read."""
    with rows() as session:
        own = builders.platform(session, code="430300")
        for number in range(30):
            builders.activity(session, own, code=f"more-{number}", stage=Stage.APPROVED, reviewed_at=builders.NOW)
    ask("platforms")
    for path in PATHS:
        with statements.counted(app) as few:
            ask(f"{path}{'&' if '?' in path else '?'}limit=2")
        with statements.counted(app) as many:
            ask(f"{path}{'&' if '?' in path else '?'}limit=200")
        assert len(many) <= 4, many
        assert len(few) == len(many)
