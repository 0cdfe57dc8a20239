"""The OpenAPI document (接口文档), version 3.1: made of the declarations that answer.

Why no library: nine tenths of such a document are JSON schemas, and pydantic writes them in the very dialect of
OpenAPI 3.1. What is left is this page. Of the libraries that fit Flask, flask-openapi3 wants to be the app in Flask's
place; spectree validates beside our guard, with errors of its own form, and its pages load scripts from elsewhere.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response

from wxsvc.access import house
from wxsvc.api.answers import answer
from wxsvc.api.answers import blueprint as lists_blueprint
from wxsvc.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaMode

    from wxsvc.api.lists import List

blueprint = Blueprint("api_document", __name__, url_prefix=lists_blueprint.url_prefix)

_VERSION: Final = "1"
_ABOUT: Final = """\
What a province's network of SME window platforms counts and scores, for other systems of the province.

Read-only. Each system has a key of its own, which provincial officials make. Lists come in pages in
the order of codes; `next` of a page is the `cursor` of the one behind it. Each answer has a strong `ETag`: send it back
in `If-None-Match`, and what has not changed is 304. Figures are those of the last fold, whose moment is `as_of`.
"""
_REFUSALS: Final = {
    "400": "A parameter is missing, unknown, repeated or wrong; `parameter` names it.",
    "401": "There is no key, or it has ended.",
    "403": "The key is not made for this list.",
    "429": "Too many requests of this key; `Retry-After` says for how many seconds to wait.",
}
_ETAG: Final = {"description": "Strong: equal tags mean equal bytes.", "schema": {"type": "string"}}


@blueprint.get("/openapi.json")
def shown() -> Response:
    """The document, for anyone: there is no secret in it."""
    return answer(document(house().settings.public_url))


@cache
def document(public_url: str) -> dict[str, Any]:
    """The document of the API as it is served below this address; not to be changed."""
    from pydantic.json_schema import models_json_schema

    from wxsvc.api.entries import Problem
    from wxsvc.api.lists import LISTS

    models: list[type[BaseModel]] = [Problem, *(each.page for each in LISTS)]
    asked: list[type[BaseModel]] = [each.asked for each in LISTS]
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(each, "serialization") for each in models]
    wanted += [(each, "validation") for each in dict.fromkeys(asked)]
    references, made = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = made["$defs"]
    parameters = {each: schemas.pop(_named(references[each, "validation"])) for each in dict.fromkeys(asked)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "wxsvc", "version": _VERSION, "description": _ABOUT},
        "servers": [{"url": f"{public_url}{blueprint.url_prefix}"}],
        "security": [{"key": []}],
        "paths": {
            f"/{each.scope.value}": {
                "get": _operation(each, parameters[each.asked], references[each.page, "serialization"])
            }
            for each in LISTS
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "responses": {
                status: {
                    "description": about,
                    "content": {MEDIA_TYPE: {"schema": references[Problem, "serialization"]}},
                }
                for status, about in _REFUSALS.items()
            },
        },
    }


def _operation(of: List, asked: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": of.scope.value,
        "summary": of.summary,
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in asked.get("required", ()),
                "description": schema.get("description", ""),
                "schema": _given(schema),
            }
            for name, schema in asked["properties"].items()
        ],
        "responses": {
            "200": {
                "description": "One page.",
                "headers": {"ETag": _ETAG},
                "content": {"application/json": {"schema": page}},
            },
            "304": {"description": "Nothing has changed since the answer with this ETag."},
        }
        | {status: {"$ref": f"#/components/responses/{status}"} for status in _REFUSALS},
    }


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that is given: in an address there is no null, one leaves it out."""
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default", "description", "title")}
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            rest |= choice
    return rest | ({"default": schema["default"]} if schema.get("default") is not None else {})


def _named(reference: dict[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]
