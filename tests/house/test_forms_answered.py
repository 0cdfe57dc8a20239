"""Every form that could not be taken is answered at an address: the URL map is walked with forms that lack all."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask, g, request_finished
from werkzeug.test import TestResponse

from models.kept_answer import KeptAnswer
from tests.clock import SettableClock
from tests.databases import content_of, put_sqlite
from tests.house.test_permissions import answer_of, everything, is_changed, lines, visit
from tests.house.test_permissions import routes as routes_by_method
from tests.wxsvc.pages.url_map import path_of, routes, token_of
from tests.wxsvc.pages.web import Phone, seen
from tests.wxsvc.pages.whole_world import whole
from tests.wxsvc.pages.world import World, settle_records
from wxsvc.access import Audience, audience_of
from wxsvc.services import kept_answers


@pytest.fixture(autouse=True)
def own_records(rows: Any, world: World) -> None:
    """The owner has a record of every noun."""
    settle_records(rows, world)


OWNER = {
    Audience.ENTERPRISE: "visitor",
    Audience.PLATFORM: "staff",
    Audience.REVIEWER: "province",
    Audience.PROVINCE: "province",
}
ENDS_THE_SESSION = {"/me/delete", "/sign-ins/end-all", "/sign-ins/<int:session_id>/end"}
"""Nobody is left to whom an answer could be kept, and nothing to go back to."""
IDENTITY_NUMBER = "430102199003074514"


def post(somebody: Phone, path: str, **typed: object) -> TestResponse:
    """A form as it is answered at first."""
    return somebody.client.post(path, data=typed, headers={"User-Agent": somebody.agent})


def test_every_answer_to_a_form_has_an_address(app: Flask, world: World, phone: Any) -> None:
    """No page stands for a POST: each is shown again at its address, to its session alone, and leads to the mistake."""
    people = {who: phone(getattr(world, who)) for who in set(OWNER.values())}
    tokens = {who: token_of(somebody) for who, somebody in people.items()}
    other = phone(world.other_staff)
    answered, wrong = 0, {}
    for rule, method in routes(app):
        audience = audience_of(app, rule.endpoint)
        if method != "POST" or audience not in OWNER or rule.rule in ENDS_THE_SESSION:
            continue
        who = OWNER[audience]
        somebody = people[who]
        sent = post(somebody, path_of(rule, world), csrf_token=tokens[who], q="a", title=" ", deed="save")
        if sent.mimetype == "text/html" and sent.status_code in (200, 409, 422):
            wrong[rule.rule] = "stands for a POST"
        address = urlsplit(sent.headers.get("Location", ""))
        if "typed=" not in address.query:
            continue
        answered += 1
        at = f"{address.path}?{address.query}"
        first, again = somebody.get(at), somebody.get(at)
        if first.status_code not in (200, 409, 422) or seen(first) != seen(again):
            wrong[rule.rule] = "is not shown again"
        if first.status_code == 422 and not address.fragment:
            wrong[rule.rule] = "does not lead to the mistake"
        if address.fragment and f'id="{address.fragment}"' not in first.text:
            wrong[rule.rule] = "leads nowhere"
        if re.search(r"<form\b(?![^>]*\baction=)(?=[^>]*method=\"post\")", first.text):
            wrong[rule.rule] = "has a form that knows its way from one address only"
        if (strange := other.get(at)).status_code != 403 and seen(strange) == seen(first):
            wrong[rule.rule] = "is shown to somebody else"
    assert wrong == {}
    assert answered > 60


def test_what_was_typed_stays_until_the_form_is_taken(rows: Any, world: World, phone: Any) -> None:
    """Sent again from where the mistake is shown, it is taken; then going back shows the form as it is."""
    visitor = phone(world.visitor)
    token = token_of(visitor)
    text = "设备更新贷款办不下来，希望协调。"
    sent = post(visitor, "/needs/new?enterprise=1", csrf_token=token, text=text, kind="appeal", phone="123")
    at = sent.headers["Location"]
    assert at.startswith("/needs/new?enterprise=1&typed=")
    assert at.endswith("#phone")
    shown = visitor.get(at.partition("#")[0])
    assert text in shown.text
    with rows() as session:
        kept = session.scalars(sa.select(KeptAnswer)).one()
        assert text not in kept.sealed
        assert world.visitor not in (kept.owner, kept.page, kept.key)
    done = visitor.post("/needs/new?enterprise=1", at.partition("#")[0], text=text, kind="appeal")
    assert "已提交给" in seen(done)
    with rows() as session:
        assert session.scalars(sa.select(KeptAnswer)).all() == []
    back = visitor.client.get(at.partition("#")[0], headers={"User-Agent": visitor.agent})
    assert (back.status_code, back.headers["Location"]) == (302, "/needs/new?enterprise=1")


def test_a_search_opens_at_its_results(world: World, phone: Any) -> None:
    staff = phone(world.staff)
    sent = post(staff, "/p/offline-services/new", csrf_token=token_of(staff), deed="find", q="长沙", content="上门")
    assert sent.headers["Location"].endswith("#here")
    shown = staff.get(sent.headers["Location"].partition("#")[0])
    assert shown.status_code == 200
    assert 'id="here" class="found"' in shown.text
    assert "上门" in shown.text


def test_few_are_kept_for_an_hour_and_no_identity_number(
    rows: Any, world: World, phone: Any, page_clock: SettableClock
) -> None:
    visitor = phone(world.visitor)
    token = token_of(visitor)
    places = []
    for number in range(kept_answers.MOST + 3):
        typed = {"uscc": IDENTITY_NUMBER, "name": f"长沙第{number}厂", "whom": "new"}
        sent = post(visitor, "/enrol?add=1", csrf_token=token, **typed)
        places.append(sent.headers["Location"].partition("#")[0])
    with rows() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(KeptAnswer)) == kept_answers.MOST
    newest = visitor.get(places[-1])
    assert newest.status_code == 422
    assert "长沙第7厂" in newest.text
    assert IDENTITY_NUMBER not in newest.text
    page_clock.advance(seconds=kept_answers.KEPT_FOR.total_seconds() + 1)
    assert visitor.get(places[-1]).status_code == 200
    with rows() as session:
        assert kept_answers.let_go(session, page_clock.now()) == kept_answers.MOST


def test_a_form_that_is_taken_tells_the_browser(world: World, phone: Any) -> None:
    """So that it forgets what was typed; a form that was sent to the door first was not taken."""
    visitor, stranger = phone(world.visitor), phone(world.stranger)
    sent = post(visitor, "/needs/new", csrf_token=token_of(visitor), text="想找检测机构", kind="matching")
    assert "wxsvc-taken=/needs/new" in sent.headers["Set-Cookie"]
    assert "wxsvc-taken" not in str(stranger.post_raw("/needs/new", text="想找检测机构").headers)


def test_an_answer_stays_with_the_role_that_was_given_it(world: World, phone: Any) -> None:
    """Whoever works for two platforms is not shown the one's page while they stand for the other."""
    visitor = phone(world.visitor)
    sent = post(visitor, "/needs/new", csrf_token=token_of(visitor), text=" ", kind="appeal")
    at = sent.headers["Location"].partition("#")[0]
    assert visitor.get(at).status_code == 422
    with visitor.client.session_transaction() as session:
        session["standing"] = 999
    assert visitor.client.get(at, headers={"User-Agent": visitor.agent}).status_code == 302


WHO_SENDS = ("contact", "staff", "other_staff", "province")
TOO_LONG = "长" * 6000


def free_texts(form: dict[str, Any]) -> list[str]:
    """The fields in which somebody writes what they like."""
    return [name for name, value in form.items() if isinstance(value, str) and re.search("[一-鿿]", value)]


@pytest.mark.parametrize("role", WHO_SENDS)
def test_what_is_complained_about_is_not_done(app: Flask, world: World, page_clock: SettableClock, role: str) -> None:
    """Each form that this role has taken, with one text that is too long: what is written has no complaint against it,
    and what is complained about is not written."""
    (content, keys), database = whole(), app.extensions["wxsvc"].database
    put_sqlite(database, content)
    somebody, there, complaints = visit(app, keys, role), routes_by_method(app), list[str]()
    kept, before = content_of(database), everything(database)
    sent, wrong = 0, []

    def note(*_: object, **_more: object) -> None:
        complaints[:] = g.get("reproaches", [])

    for line in lines():
        if line.method != "POST" or line.before or line.state or answer_of(role, line.answer) != "does":
            continue
        path, form = keys.of(there["POST", line.rule]), keys.filled(line.form)
        for name in free_texts(form):
            typed = {**keys.filled(line.form), name: TOO_LONG, "csrf_token": somebody.token}
            with request_finished.connected_to(note, app):
                got, sent = somebody.ask("POST", path, keys.filled(line.query), typed), sent + 1
            has_changed = is_changed(database, before)
            if (has_changed and complaints) or got.status_code >= 500:
                wrong.append(f"{line.name}: {name}: {got.status_code}, done and yet {complaints}")
            if has_changed:
                put_sqlite(database, kept)
    assert wrong == []
    assert sent > 3
