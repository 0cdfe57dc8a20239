"""What every page with a form needs, in one place: shown, refused, overtaken, taken."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, get_flashed_messages
from werkzeug.wrappers import Response

from models.enterprise import Enterprise
from tests import builders
from wxsvc.db import Session
from wxsvc.pages import form_pages, overtaken
from wxsvc.pages.form_pages import BY_OTHERS, status, taken
from wxsvc.pages.forms import ANY_OTHER, OVERTAKEN, TypedForm
from wxsvc.services.refusal import Refused

NEW = "新登记的企业"


def write(session: Session) -> str:
    builders.enterprise(session, name=NEW)
    return "/there"


def written(rows: Any) -> int:
    with rows() as session:
        return int(session.scalar(sa.select(sa.func.count()).where(Enterprise.name == NEW)) or 0)


def test_what_is_good_is_written_and_told(app: Flask, rows: Any) -> None:
    with app.test_request_context("/"):
        answer = taken(TypedForm({}), lambda session: (write(session), {"name": NEW}), "medium_added")
        assert isinstance(answer, Response)
        assert (answer.status_code, answer.location) == (303, "/there")
        ((kind, said),) = get_flashed_messages(with_categories=True)
        assert (kind, NEW in said) == ("done", True)
    assert written(rows) == 1


def test_what_is_complained_about_is_not_written(app: Flask, rows: Any) -> None:
    """Neither where the form was wrong before, nor where the deed itself finds it so."""
    form = TypedForm({"reason": ""})

    def complaining(session: Session) -> str:
        form.text("reason", needed="reason_needed")
        return write(session)

    with app.test_request_context("/"):
        assert taken(form, complaining, "medium_added") is None
        assert form.error("reason")
        assert taken(form, write, "medium_added") is None
        assert get_flashed_messages() == []
    assert written(rows) == 0


@pytest.mark.parametrize(
    ("code", "field", "is_overtaken"),
    [("reason_needed", "reason", False), ("not_found", "name", False), (OVERTAKEN, None, True)],
)
def test_a_refusal_stands_where_it_belongs(
    app: Flask, rows: Any, code: str, field: str | None, is_overtaken: bool
) -> None:
    form = TypedForm({})

    def refusing(session: Session) -> str:
        write(session)
        raise Refused(code)

    with app.test_request_context("/"):
        assert taken(form, refusing, "medium_added", {"reason_needed": "reason", ANY_OTHER: "name"}) is None
    assert [name for name in ("reason", "name") if form.error(name)] == ([field] if field else [])
    assert (form.is_overtaken, form.refusal is not None) == (is_overtaken, is_overtaken)
    assert written(rows) == 0


@pytest.mark.parametrize(
    ("code", "answered"),
    [
        ("reason_needed", 422),
        ("record_approved", 409),
        (OVERTAKEN, 409),
        ("year_sealed", 409),
        ("not_allowed", 403),
        ("not_found", 404),
    ],
)
def test_a_refused_form_is_answered_by_the_one_rule(app: Flask, code: str, answered: int) -> None:
    with app.test_request_context("/"):
        form = TypedForm({})
        form.refuse(Refused(code, year=2026))
        assert status(form) == answered
        beside = TypedForm({})
        beside.refuse(Refused("not_found"), {"not_found": "name"})
        assert (status(beside), status(TypedForm({}))) == (422, 200)


def test_no_page_has_a_rule_of_its_own() -> None:
    """Whether a form was wrong or overtaken is said by ``form_pages`` alone, from codes that have a sentence."""
    pages = Path(form_pages.__file__).parent
    own = {"form_pages.py", "errors.py", "kept_answers.py"}
    named = re.compile(r"\b(?:409|422)\b|UNPROCESSABLE|CONFLICT if (?!is_too_early)")
    assert [path.name for path in pages.rglob("*.py") if path.name not in own and named.search(path.read_text())] == []
    sentences = tomllib.loads((pages.parent / "templates/refusals.toml").read_text("utf-8"))
    assert sentences.keys() >= BY_OTHERS


def test_an_edit_form_shows_what_stands_what_was_typed_or_both(app: Flask) -> None:
    stands = {"name": "新名", "seen": "2"}
    typed = TypedForm({"name": "我写的", "seen": "1"})
    with app.test_request_context("/"):
        assert overtaken.filled(None, stands)["name"] == "新名"
        assert overtaken.filled(typed, stands) is typed
        typed.refuse(Refused(OVERTAKEN))
        both = overtaken.filled(typed, stands)
    assert (both["name"], both["seen"], both.is_good) == ("我写的", "2", False)
    assert "新名" in (both.error("name") or "")
