"""The app that tests of a process share is as good as a new one for each of them."""

from __future__ import annotations

import pytest
from flask import Flask
from limits import parse

from tests import one_app
from tests.clock import SettableClock
from wxsvc.db import Database
from wxsvc.pages import limits
from wxsvc.settings import Settings


def test_nothing_of_a_test_stays_for_the_next(app: Flask, settings: Settings, sqlite_database: Database) -> None:
    parts = app.extensions["wxsvc"]
    vault, clock = parts.vault, SettableClock()
    app.config["WTF_CSRF_ENABLED"] = False
    app.wsgi_app = limited = lambda _environ, _start: []  # type: ignore[method-assign]
    once = parse("1 per minute")
    assert limits.limiter.limiter.hit(once, "somebody")
    assert not limits.limiter.limiter.test(once, "somebody")
    again = one_app.joined(settings, clock, sqlite_database)
    assert again is app
    assert again.config["WTF_CSRF_ENABLED"]
    assert again.wsgi_app is not limited
    assert limits.limiter.limiter.test(once, "somebody")
    assert (parts.clock, parts.vault is vault) == (clock, False)


def test_other_settings_make_another_app(app: Flask, settings: Settings, sqlite_database: Database) -> None:
    changed = settings.model_copy(update={"public_url": "https://other.example.cn"})
    assert one_app.joined(changed, SettableClock(), sqlite_database) is not app


def test_it_takes_no_more_addresses(app: Flask) -> None:
    with pytest.raises(AssertionError, match="can no longer be called"):
        app.add_url_rule("/more", view_func=lambda: "")
