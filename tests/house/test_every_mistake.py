"""Every mistake of a form is told at once, with 422: whoever mends one is not sent back for the next.

Each form that somebody has taken (``permissions.toml``) is sent with all its fields wrong. A field that is not
complained about then, and is when it alone is wrong, was told only after the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from flask import Flask, template_rendered
from werkzeug.test import TestResponse

from tests.clock import SettableClock
from tests.databases import content_of, put_sqlite
from tests.house.test_permissions import ROLES, Line, answer_of, everything, is_changed, lines, routes, visit
from tests.wxsvc.pages.whole_world import whole
from tests.wxsvc.pages.world import World
from wxsvc.pages.forms import TypedForm

CARRIED: Final = frozenset({"deed", "verdict", "seen", "version", "key", "was", "sure", "to", "shown"})
"""What a page sends along and nobody types."""
ONE_AFTER_THE_OTHER: Final = {
    "POST /v/year/<int:year>/platforms/<code>/amend: after": "which points fit, only the line says",
    "POST /p/online-services/new: address": "only a website is opened by an address",
    "POST /p/online-services/<int:record_id>/edit: address": "only a website is opened by an address",
    "POST /p/publish: ends_at": "how long it takes, only both times say",
    "POST /p/activity/<code>/edit: ends_at": "how long it takes, only both times say",
}


def wrong_values(good: str) -> tuple[str, str]:
    """Nothing, and what cannot be, in the place of a good value."""
    if re.match(r"\d{4}-\d\d-\d\d", good):
        return "", "2199-01-01" + good[10:]
    if good.startswith("http"):
        return "", "网址"
    if good.replace(".", "").isdigit():
        return "", "99999"
    return "", "长" * 6000


def doses(good: dict[str, str]) -> Iterator[dict[str, str]]:
    """Every field wrong: all empty, all impossible, and in turns."""
    yield {name: wrong_values(value)[0] for name, value in good.items()}
    yield {name: wrong_values(value)[1] for name, value in good.items()}
    yield {name: wrong_values(value)[number % 2] for number, (name, value) in enumerate(good.items())}


def senders() -> Iterator[tuple[str, list[Line]]]:
    """Each form once, by the first role that has it taken."""
    for role in ROLES:
        own = [line for line in lines() if line.method == "POST" and not line.before and not line.state]
        yield role, [line for line in own if next((each for each in ROLES if does(each, line)), "") == role]


def does(role: str, line: Line) -> bool:
    return answer_of(role, line.answer) == "does"


@pytest.mark.parametrize(("role", "forms"), [(role, forms) for role, forms in senders() if forms])
def test_every_mistake_is_told_at_once(
    app: Flask, world: World, page_clock: SettableClock, role: str, forms: list[Line]
) -> None:
    (content, keys), database = whole(), app.extensions["wxsvc"].database
    put_sqlite(database, content)
    somebody, there, shown = visit(app, keys, role), routes(app), list[TypedForm]()
    kept, before = content_of(database), everything(database)

    def note(_app: Flask, context: dict[str, Any], **_more: object) -> None:
        shown.extend(each for each in (context.get("form"), context.get("region_form")) if isinstance(each, TypedForm))

    def sent(line: Line, wrong: dict[str, str]) -> TestResponse:
        shown.clear()
        typed = {**keys.filled(line.form), **wrong, "csrf_token": somebody.token}
        with template_rendered.connected_to(note, app):
            answer = somebody.ask("POST", keys.of(there["POST", line.rule]), keys.filled(line.query), typed)
        if is_changed(database, before):
            put_sqlite(database, kept)
        return answer

    def reproached(names: list[str]) -> set[str]:
        return {name for name in names if any(form.error(name) for form in shown)}

    late, wrong = set(), set()
    for line in forms:
        good = {name: value for name, value in keys.filled(line.form).items() if isinstance(value, str)}
        fields = {name: value for name, value in good.items() if name not in CARRIED}
        for dose in doses(fields) if len(fields) > 1 else ():
            answer = sent(line, dose)
            told = reproached(list(fields))
            if told and somebody.follow(answer).status_code != 422:
                wrong.add(line.name)
            for name in fields if told else ():
                if name not in told and f"{line.name}: {name}" not in late:
                    sent(line, {name: dose[name]})
                    if name in reproached([name]):
                        late.add(f"{line.name}: {name}")
    assert (late - ONE_AFTER_THE_OTHER.keys(), wrong) == (set(), set())
