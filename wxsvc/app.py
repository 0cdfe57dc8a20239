"""The app: the one place where the parts are joined (装配). ``create_app(settings)`` gives what a server serves."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import urlsplit

from flask import Flask, request
from flask_compress import Compress
from flask_wtf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.wrappers import Response

from scoring.words import name_of
from wxsvc import access, observe, request_bodies, role_choice, wording
from wxsvc.access import Audience, admit
from wxsvc.api import answers, document
from wxsvc.chat.callback import Letterbox
from wxsvc.clock import Clock, SystemClock
from wxsvc.db import Database
from wxsvc.house import House
from wxsvc.pages import (
    assets,
    cards,
    clean_requests,
    desk,
    enterprise,
    entry,
    errors,
    kept_answers,
    limits,
    platform,
    province,
    records,
    rejoin,
    row_numbers,
    seen_screens,
    shared_activities,
    sign_ins,
    status,
)
from wxsvc.pages.address_rules import AddressRule
from wxsvc.pages.enterprise import subscribing
from wxsvc.pages.score_history import cause_text
from wxsvc.services.people import enterprises, web_sessions
from wxsvc.settings import Settings
from wxsvc.texts import browsers, regions
from wxsvc.trusted_proxies import TrustedProxies
from wxsvc.uploads.filetypes import OFFICE
from wxsvc.vault import Unreadable
from wxsvc.wechat import drawing


def create_app(
    settings: Settings,
    clock: Clock | None = None,
    database: Database | None = None,
) -> Flask:
    """Join settings, database, files, WeChat and every page into one Flask app. It reaches nobody while starting."""
    app = Flask("wxsvc", template_folder="templates/pages", static_folder=None)
    app.url_rule_class = AddressRule
    app.extensions["wxsvc"] = House(settings, database or Database(settings.database_url), clock or SystemClock())
    _configure(app, settings)
    _speak(app)
    _watch(app, settings)
    CSRFProtect(app)
    kept_answers.register(app)
    subscribing.register(app)
    _register(app)
    app.wsgi_app = Letterbox(app.extensions["wxsvc"], app.wsgi_app)  # type: ignore[method-assign]
    return app


def _register(app: Flask) -> None:
    """Every blueprint, with whom it is for."""
    row_numbers.register(app)
    clean_requests.register(app)
    admit(app, status.blueprint, Audience.ANYONE)
    admit(app, entry.blueprint, Audience.ANYONE)
    admit(app, desk.blueprint, Audience.ANYONE)
    admit(app, rejoin.blueprint, Audience.ANYONE)
    admit(app, shared_activities.blueprint, Audience.ANYONE)
    admit(app, sign_ins.blueprint, Audience.ENTERPRISE)
    admit(app, enterprise.blueprint, Audience.ENTERPRISE)
    admit(app, platform.blueprint, Audience.PLATFORM)
    admit(app, province.blueprint, Audience.REVIEWER)
    admit(app, answers.blueprint, Audience.SYSTEM)
    admit(app, document.blueprint, Audience.ANYONE)
    errors.register(app)


def _configure(app: Flask, settings: Settings) -> None:
    is_https = urlsplit(settings.public_url).scheme == "https"
    app.config.update(
        SECRET_KEY=settings.token_key,
        SESSION_COOKIE_NAME="__Host-wxsvc" if is_https else "wxsvc",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=web_sessions.LASTS,
        MAX_FORM_MEMORY_SIZE=2**20,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form may lie open during a whole event
        WTF_CSRF_SSL_STRICT=False,  # WeChat's browsers leave the Referer out; the token is the guard
        COMPRESS_MIN_SIZE=1024,
    )
    if settings.trusted_proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    Compress(app)
    limits.register(app, settings)


def _speak(app: Flask) -> None:
    """Templates: our filters and strictness, a QR code for an address, assets."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    wording.equip(app.jinja_env)
    app.jinja_env.filters |= {"qr": _qr, "region": regions.name_of, "term": name_of, "title_of": records.title_of}
    app.jinja_env.filters |= {"masked": records.masked, "opened": records.opened, "deed_word": records.deed_word}
    app.jinja_env.filters |= {"reading_text": cards.reading_text, "reading_ground": cards.reading_ground}
    app.jinja_env.filters |= {"cause_text": cause_text, "browser_name": browsers.name_of}
    app.jinja_env.tests["too_general"] = enterprises.is_too_general
    app.jinja_env.tests["office"] = OFFICE.__contains__
    app.jinja_env.tests["unreadable"] = lambda value: isinstance(value, Unreadable)
    app.jinja_env.globals.update(this_page=access.this_page)
    app.jinja_env.globals.update(visitor=access.visitor, own_name=access.own_name)
    app.jinja_env.globals.update(standing=access.standing, standings=access.standings, shown_as=role_choice.shown_as)
    assets.register(app)


def _qr(address: str) -> str:
    """The address as a QR code, for the ``src`` of an image."""
    return "data:image/svg+xml;base64," + b64encode(drawing.svg(address)).decode()


def _watch(app: Flask, settings: Settings) -> None:
    """A request id before, the guard, security headers after."""
    policy = (
        "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none';"
        f" form-action 'self' {settings.wechat_open_base_url}; frame-ancestors 'none'"
    )

    @app.before_request
    def begin() -> None:
        observe.begin_request(request.headers.get("X-Request-ID"))

    request_bodies.register(app, settings)
    app.before_request(seen_screens.note)
    app.before_request(access.guard)
    app.before_request(desk.must_be_fresh)

    app.after_request(access.bind_session)

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "geolocation=(), microphone=()"
        headers["X-Frame-Options"] = "DENY"
        if settings.public_url.startswith("https:"):
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response
