"""The addresses of the API (接口): read-only, for the bearer of a key; a cookie opens nothing here.

Each answer is a page of a list with a strong ETag, so that who asks again for what has not changed gets 304.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from models.terms import ApiScope
from wxsvc.access import house, now
from wxsvc.db import Unreachable
from wxsvc.pages import limits
from wxsvc.problems import RefusedRequest
from wxsvc.readers import reader
from wxsvc.services import api_keys
from wxsvc.services.reports.open_figures import EntryFilter

if TYPE_CHECKING:
    from wxsvc.api.entries import AskedPage

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
limits.limiter.shared_limit(limits.SYSTEMS, scope="api", key_func=limits.which_system)(blueprint)

_FAULTS: Final = {"missing": "parameter_missing", "extra_forbidden": "parameter_unknown"}
"""Pydantic's word for what is wrong with a parameter, and ours; any other is a value that does not fit."""


def answer(content: object) -> Response:
    """JSON that only its reader may keep, and asks for again by its ETag.

    ``If-Match`` guards what is written or read in parts, and is passed over: werkzeug would send all data as a 412,
    also where ``*`` asks for anything.
    """
    request.environ.pop("HTTP_IF_MATCH", None)
    made = Response(json.dumps(content, ensure_ascii=False), content_type="application/json")
    made.add_etag()
    made.headers["Cache-Control"] = "private, no-cache"
    made.vary.add("Authorization")
    made.make_conditional(request)
    return made


def _page(scope: ApiScope) -> Response:
    """One page of the list of this scope."""
    from wxsvc.api.lists import LISTS

    _note_use()
    if scope not in reader(house()).scopes:
        raise RefusedRequest(HTTPStatus.FORBIDDEN, "key_without_scope", scope=scope)
    of = next(each for each in LISTS if each.scope is scope)
    asked = _asked(of.asked)
    wanted = asked.model_dump(exclude={"cursor", "limit"})
    with house().database.read() as session:
        found = of.find(session, EntryFilter(**wanted, after=asked.cursor or ""), asked.limit + 1)
    data = found[: asked.limit]
    return answer({"data": data, "next": data[-1]["code"] if len(found) > asked.limit else None})


def _view(scope: ApiScope) -> Callable[[], Response]:
    def view() -> Response:
        return _page(scope)

    return view


for each in ApiScope:
    blueprint.add_url_rule(f"/{each.value}", each.value, _view(each), methods=["GET"])


def _note_use() -> None:
    """When a key was used is good to know; that it cannot be written down is no reason not to answer."""
    if api_keys.is_to_be_noted(reader(house()), now()):
        with suppress(Unreachable), house().database.transaction() as session:
            api_keys.note_use(session, reader(house()).key_id, now())


def _asked(by: type[AskedPage]) -> AskedPage:
    """The parameters, sign by sign as sent. Raises ``RefusedRequest``, which names the first that is wrong."""
    given = MultiDict(parse_qsl(request.query_string.decode(errors="replace"), keep_blank_values=True))
    for name, values in given.lists():
        if len(values) > 1:
            raise RefusedRequest(HTTPStatus.BAD_REQUEST, "parameter_repeated", parameter=name)
    try:
        return by.model_validate(given.to_dict())
    except ValidationError as wrong:
        fault = wrong.errors()[0]
        word = _FAULTS.get(fault["type"], "parameter_wrong")
        raise RefusedRequest(HTTPStatus.BAD_REQUEST, word, parameter=str(fault["loc"][0])) from None
