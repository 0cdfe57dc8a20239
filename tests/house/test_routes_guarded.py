"""Every route says for whom it is, and opens to nobody else: the whole URL map, asked by everyone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from models.person import StaffRole
from models.terms import Role
from tests import builders
from tests.clock import SettableClock
from wxsvc.access import Audience, audience_of
from wxsvc.app import create_app
from wxsvc.settings import Settings

ROLES = {"o-platform": Role.PLATFORM, "o-reviewer": Role.REVIEWER, "o-province": Role.PROVINCE}
ADMITTED = {
    Audience.ENTERPRISE: {"o-enterprise", *ROLES},
    Audience.PLATFORM: {"o-platform"},
    Audience.REVIEWER: {"o-reviewer", "o-province"},
    Audience.PROVINCE: {"o-province"},
}
"""Who enters where; nobody knows who comes without a session."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The whole app with one person of every kind, and nothing else to see."""
    here: Path = tmp_path_factory.mktemp("guarded")
    clock = SettableClock()
    clock.set(builders.NOW)
    made = create_app(Settings(data_dir=here, database_url=f"sqlite:///{here / 'wxsvc.db'}"), clock=clock)
    made.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    database = made.extensions["wxsvc"].database
    database.upgrade()
    with database.transaction() as session:
        platform = builders.platform(session)
        builders.person(session, openid="o-enterprise")
        for openid, role in ROLES.items():
            who = builders.person(session, openid=openid)
            at = platform.id if role is Role.PLATFORM else None
            session.add(StaffRole(person_id=who.id, role=role, platform_id=at, granted_at=builders.NOW))
    yield made
    database.dispose()


def browser(app: Flask, openid: str | None) -> FlaskClient:
    """Somebody signed in, or nobody."""
    client = app.test_client()
    if openid is not None:
        with client.session_transaction() as session:
            session["openid"], session["entered_at"] = openid, int(builders.NOW.timestamp())
    return client


def address_of(app: Flask, rule: Rule) -> str:
    """An address that fits the rule; what it names does not exist."""
    given = {name: 0 if "int" in type(rule._converters[name]).__name__.lower() else "none" for name in rule.arguments}
    with app.test_request_context():
        built = app.url_map.bind("localhost").build(rule.endpoint, given)
    return str(built)


def asked(app: Flask) -> list[tuple[Rule, str]]:
    """Every rule with every method that somebody may use."""
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    return [(rule, method) for rule in app.url_map.iter_rules() for method in sorted(methods & (rule.methods or set()))]


def test_every_route_says_for_whom_it_is(app: Flask) -> None:
    silent = [rule.rule for rule in app.url_map.iter_rules() if audience_of(app, rule.endpoint) is None]
    assert silent == []


def test_nobody_unknown_gets_past_the_guard(app: Flask) -> None:
    client = browser(app, None)
    for rule, method in asked(app):
        if audience_of(app, rule.endpoint) is Audience.ANYONE:
            continue
        answer = client.open(address_of(app, rule), method=method)
        assert answer.status_code in (302, 303, 403), f"{method} {rule.rule} {answer.status_code}"
        if answer.status_code != 403:
            assert answer.headers["Location"].startswith("/enter?"), f"{method} {rule.rule}"


@pytest.mark.parametrize("openid", ["o-enterprise", *ROLES])
def test_a_door_that_is_not_ones_own_stays_shut(app: Flask, openid: str) -> None:
    client = browser(app, openid)
    for rule, method in asked(app):
        audience = audience_of(app, rule.endpoint)
        if audience is None or audience is Audience.ANYONE or openid in ADMITTED[audience]:
            continue
        answer = client.open(address_of(app, rule), method=method)
        assert answer.status_code == 403, f"{method} {rule.rule} {answer.status_code}"


@pytest.mark.parametrize("openid", ["o-enterprise", *ROLES])
def test_ones_own_plain_pages_open(app: Flask, openid: str) -> None:
    client = browser(app, openid)
    for rule, method in asked(app):
        audience = audience_of(app, rule.endpoint)
        if method != "GET" or rule.arguments or audience not in ADMITTED or openid not in ADMITTED[audience]:
            continue
        answer = client.get(rule.rule)
        assert answer.status_code in (200, 302, 303), f"{rule.rule} {answer.status_code}"
