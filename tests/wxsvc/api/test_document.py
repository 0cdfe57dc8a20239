"""The OpenAPI document is held to what is answered: schemathesis asks every list what fits it and what does not."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.fuzzing import examples
from tests.wxsvc.api.test_answers import PATHS
from wxsvc.api.document import document
from wxsvc.pages import limits

load_all_checks()
LEFT_OUT = CHECKS.get_by_names(["ignored_auth", "unsupported_method"])
"""What ``test_answers`` asks by itself: no key, a key that ended, other methods."""


@pytest.fixture
def told(app: Flask) -> dict[str, Any]:
    """The document as it is served, to anyone."""
    got = app.test_client().get("/api/v1/openapi.json")
    assert (got.status_code, got.mimetype) == (200, "application/json")
    assert got.headers["ETag"]
    found: dict[str, Any] = got.json
    return found


def test_it_is_the_document_of_this_place_and_names_no_person(app: Flask, told: dict[str, Any]) -> None:
    assert told == document("https://wx.example.cn")
    assert told["openapi"] == "3.1.0"
    assert told["servers"] == [{"url": "https://wx.example.cn/api/v1"}]
    answered = {rule.rule.removeprefix("/api/v1") for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    assert set(told["paths"]) == answered - {"/openapi.json"}
    assert {path.partition("?")[0] for path in PATHS} == {path.removeprefix("/") for path in told["paths"]}


@pytest.mark.fuzz
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", [path.partition("?")[0] for path in PATHS])
def test_what_fits_the_document_is_answered_and_what_does_not_is_refused(
    app: Flask, key: str, path: str, mode: GenerationMode
) -> None:
    """Status, headers and body as the document says, whatever is asked; what does not fit is 400, what fits is 200."""
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)[f"/{path}"]["GET"]
    bearer, asked = {"Authorization": f"Bearer {key}"}, set()

    @settings(max_examples=examples(10), suppress_health_check=list(HealthCheck), database=None)
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        limits.limiter.reset()
        case.cookies.clear()
        response = case.call(headers=bearer)
        asked.add(response.status_code)
        case.validate_response(response, excluded_checks=LEFT_OUT, headers=bearer)

    ask()
    if mode is GenerationMode.POSITIVE:
        assert asked == {200}
    else:
        assert 400 in asked, "401 is said to a header that is no key"
