"""``docs/alerts.yml`` against the product: each rule is quiet while all is well, and fires when its fault is there."""

from __future__ import annotations

import ast
import operator
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from models.errand import ChatPicture, Heartbeat
from models.notice import Delivery, Notice
from models.terms import NoticePurpose, Role
from models.work_list import Change
from tests import builders
from tests.databases import put_sqlite
from tests.wxsvc.chat.test_callback import NOW, Account, Fixed
from wxsvc.app import create_app
from wxsvc.chat import events
from wxsvc.db import Database
from wxsvc.services import backup_notes
from wxsvc.worker.heartbeats import STARTED
from wxsvc.worker.timetable import TIMETABLE

ALERTS: Final = Path(__file__).parents[3] / "docs" / "alerts.yml"
RULES: Final = dict(re.findall(r"- alert: (\w+)\n(?: +#.*\n)* +expr: (.+)\n", ALERTS.read_text()))
BY_PROMETHEUS: Final = {"WxsvcWebAway": "wxsvc", "WxsvcWorkerAway": "wxsvc-worker"}
"""Rules of ``up``, which Prometheus sets by itself for each job."""
SCAN: Final = "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>1</EventKey>"
NOON, MIDNIGHT = 4, 16
"""In UTC, as ``hour()`` has it."""

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]


class Seen(Struct, frozen=True):
    """What Prometheus has: two pages as far apart as the longest range is, and the hour of the later one."""

    before: Mapping[str, Vector]
    after: Mapping[str, Vector]
    hour: int = NOON


def scraped(page: str) -> dict[str, Vector]:
    found: dict[str, Vector] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


_COMPARED: Final[dict[type, Callable[[float, float], bool]]] = {
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.Eq: operator.eq,
}  # fmt: skip


def told(expression: str, seen: Seen) -> Vector:
    """What the expression gives, by as much of Prometheus's language as our rules use."""
    text = re.sub(r"\b(sum|max) by \((\w+)\) ", r"\1_by_\2", expression).replace(" and on() ", " and ")
    text = re.sub(r"\b(wxsvc_\w+|up)(?:\{(.*?)\})?(?:\[\d+m\])?", r"series('\1', '\2')", text)
    return _told(ast.parse(text, mode="eval").body, seen)


def _told(node: ast.expr, seen: Seen) -> Vector:
    match node:
        case ast.Constant(value=float() | int() as number):
            return {frozenset(): float(number)}
        case ast.BoolOp(op=ast.And(), values=[left, right]):
            return _told(left, seen) if _told(right, seen) else {}
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            (number,) = _told(left, seen).values()
            return {labels: number * value for labels, value in _told(right, seen).items()}
        case ast.Compare():
            found = _told(node.left, seen)
            for each, other in zip(node.ops, node.comparators, strict=True):
                (limit,) = _told(other, seen).values()
                found = {labels: value for labels, value in found.items() if _COMPARED[type(each)](value, limit)}
            return found
        case ast.Call(func=ast.Name(id="hour")):
            return {frozenset(): float(seen.hour)}
        case ast.Call(func=ast.Name(id="rate"), args=[series]):
            before, after = (_series(series, pages) for pages in (seen.before, seen.after))
            return {labels: value - before[labels] for labels, value in after.items() if labels in before}
        case ast.Call(func=ast.Name(id="series")):
            return _series(node, seen.after)
        case ast.Call(func=ast.Name(id="histogram_quantile"), args=[ast.Constant(value=float() as share), buckets]):
            bounds = sorted((float(dict(labels)["le"]), value) for labels, value in _told(buckets, seen).items())
            reached = [bound for bound, value in bounds if bounds[-1][1] and value >= float(share) * bounds[-1][1]]
            return {frozenset(): min(reached[0], bounds[-2][0])} if reached else {}
        case ast.Call(func=ast.Name(id=name), args=[of]):
            how, _, label = name.partition("_by_")
            groups: dict[Labels, list[float]] = {}
            for labels, value in _told(of, seen).items():
                assert not label or label in dict(labels), f"no label {label}"
                groups.setdefault(frozenset((k, v) for k, v in labels if k == label), []).append(value)
            return {labels: sum(values) if how == "sum" else max(values) for labels, values in groups.items()}
    raise AssertionError(ast.unparse(node))


def _series(node: ast.expr, pages: Mapping[str, Vector]) -> Vector:
    name, wanted = (ast.literal_eval(each) for each in node.args)  # type: ignore[attr-defined]
    matched = set(re.findall(r'(\w+)="(.*?)"', wanted))
    found = pages.get(name, {})
    assert all(label in dict(labels) for labels in found for label, _ in matched), f"{name} has no {wanted}"
    return {labels: value for labels, value in found.items() if matched <= labels}


class Office:
    """An office where all is well; the page of its metrics."""

    def __init__(self, folder: Path) -> None:
        put_sqlite(folder / "office.db")
        self.account = Account(Database(f"sqlite:///{folder / 'office.db'}"), folder)
        with self.account.database.transaction() as session:
            self.activity_id = builders.activity(session, builders.platform(session), scene="1").id
            builders.contact(session, builders.person(session, openid="o-one"), builders.enterprise(session))
            builders.staff(session, role=Role.PROVINCE)
            backup_notes.note(session, NOW - timedelta(hours=8), None)
            session.add_all(Heartbeat(name=name, beat_at=NOW) for name in (STARTED, *(job.name for job in TIMETABLE)))

    def page(self) -> dict[str, Vector]:
        up = {frozenset({("job", job)}): 1.0 for job in BY_PROMETHEUS.values()}
        return scraped(self.account.client.get("/metrics").text) | {"up": up}

    def add(self, *rows: Any) -> None:
        with self.account.database.transaction() as session:
            session.add_all(rows)

    def scan(self) -> None:
        assert self.account.push(SCAN).status_code == 200


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def nobody_counts(office: Office, _: pytest.MonkeyPatch) -> None:
    office.add(Change(platform_id=1, year=2026, made_at=NOW - timedelta(seconds=30)))


def no_notice_goes(office: Office, _: pytest.MonkeyPatch) -> None:
    made = NOW - timedelta(hours=1)
    notice = Notice(purpose=NoticePurpose.REVIEW, key="k", facts={}, made_at=made, person_id=1)
    with office.account.database.transaction() as session:
        session.add(notice)
        session.flush()
        session.add(Delivery(notice_id=notice.id, person_id=1, client_msg_id="m"))


def no_picture_comes(office: Office, _: pytest.MonkeyPatch) -> None:
    came = NOW - timedelta(hours=2)
    office.add(
        ChatPicture(key="k", media_id="m", person_id=1, sent_at=came, received_at=came, activity_id=office.activity_id)
    )


def beats(office: Office, **changed: Any) -> None:
    with office.account.database.transaction() as session:
        row = session.get_one(Heartbeat, "fold")
        for name, value in changed.items():
            setattr(row, name, value)


def a_job_stands_still(office: Office, _: pytest.MonkeyPatch) -> None:
    beats(office, beat_at=NOW - timedelta(hours=1))


def a_job_fails(office: Office, _: pytest.MonkeyPatch) -> None:
    beats(office, problem="away")


def no_backup_is_made(office: Office, _: pytest.MonkeyPatch) -> None:
    with office.account.database.transaction() as session:
        backup_notes.note(session, NOW - timedelta(days=3), None)


def the_token_is_wrong(office: Office, _: pytest.MonkeyPatch) -> None:
    body, query = office.account.sealed(b"<xml/>")
    refused = office.account.post(body, **query | {"msg_signature": "0" * 40})
    assert refused.status_code == 403


def nothing_is_taken(office: Office, _: pytest.MonkeyPatch) -> None:
    with office.account.database.engine.connect() as connection:
        # As with a full disk: what is asked is answered, what is written is not taken.
        connection.exec_driver_sql(
            "create trigger if not exists is_full before insert on changes begin select raise(abort, 'full'); end"
        )
        connection.commit()
    assert office.account.push(SCAN).status_code == 500


def scans_are_slow(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = events.answer

    def late(*given: Any) -> str | None:
        time.sleep(2.6)
        return answer(*given)

    with monkeypatch.context() as patch:
        patch.setattr(events, "answer", late)
        office.scan()


def the_database_is_away(office: Office, _: pytest.MonkeyPatch) -> None:
    account = office.account
    account.client = create_app(
        account.settings, Fixed(), Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    ).test_client()


def the_last_official_leaves(office: Office, _: pytest.MonkeyPatch) -> None:
    with office.account.database.engine.begin() as connection:
        connection.exec_driver_sql("delete from staff_roles")


FAULTS: Final = {
    "WxsvcDatabaseAway": the_database_is_away,
    "WxsvcScoresLate": nobody_counts,
    "WxsvcNoticesLate": no_notice_goes,
    "WxsvcChatPicturesLate": no_picture_comes,
    "WxsvcJobOverdue": a_job_stands_still,
    "WxsvcJobFailing": a_job_fails,
    "WxsvcBackupLate": no_backup_is_made,
    "WxsvcPushesRefused": the_token_is_wrong,
    "WxsvcPushesFail": nothing_is_taken,
    "WxsvcPushesSlow": scans_are_slow,
    "WxsvcNoOfficial": the_last_official_leaves,
}


def test_every_rule_has_its_fault() -> None:
    assert RULES.keys() == FAULTS.keys() | BY_PROMETHEUS.keys()


@pytest.mark.parametrize("alert", RULES)
def test_a_rule_is_quiet_while_all_is_well(alert: str, office: Office) -> None:
    office.scan()
    before = office.page()
    office.scan()
    assert told(RULES[alert], Seen(before, office.page())) == {}


@pytest.mark.parametrize("alert", FAULTS)
def test_a_rule_fires_when_its_fault_is_done(alert: str, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, then once more within the time that the rule looks back over: a small office has no more."""
    fault = FAULTS[alert]
    is_counted = "rate(" in RULES[alert]
    if is_counted:
        fault(office, monkeypatch)
    before = office.page()
    fault(office, monkeypatch)
    assert told(RULES[alert], Seen(before, office.page())) != {}


@pytest.mark.parametrize(("alert", "job"), BY_PROMETHEUS.items())
def test_a_rule_fires_when_nobody_answers_for_its_job(alert: str, job: str) -> None:
    assert f"#   job {job} " in ALERTS.read_text()
    for asked in BY_PROMETHEUS.values():
        away = {"up": {frozenset({("job", asked)}): 0.0}}
        assert bool(told(RULES[alert], Seen({}, away))) == (asked == job)


def test_notices_that_wait_at_night_are_no_fault(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    no_notice_goes(office, monkeypatch)
    assert told(RULES["WxsvcNoticesLate"], Seen({}, office.page(), MIDNIGHT)) == {}
