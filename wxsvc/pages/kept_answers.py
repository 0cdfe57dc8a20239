"""POST → redirect → GET for every form (填错的表单): a form that could not be taken is answered at an address.

A page that stands for a POST cannot be gone back to: the browser offers to send the form again, or shows an error of
its own. So every answer to a form that is a page — the form with its mistakes, a refusal, the results of a search — is
kept for the session (:mod:`wxsvc.services.kept_answers`) and the browser is led to it: to the page of the form with
``?typed=``, at the first mistake or the results. Once the form is taken the answer is gone: its address shows the form.

Hung into the app once, so no view knows of it. What is typed and not yet sent is kept by the browser (``forms.js``),
which hears by a cookie that a form was taken.
"""

from __future__ import annotations

import re
import secrets
from html import escape
from typing import Final
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, g, make_response, redirect, request, session
from flask_wtf.csrf import generate_csrf  # type: ignore[import-untyped]
from werkzeug.wrappers import Response as AnyResponse

from wxsvc import observe
from wxsvc.access import house, now
from wxsvc.pages import seen_screens
from wxsvc.services import kept_answers
from wxsvc.services.kept_answers import AnsweredPage
from wxsvc.texts import private_data

KEPT: Final = "typed"
"""The name in the address."""

TAKEN: Final = "wxsvc-taken"
"""The cookie that tells ``forms.js`` the address of a form that was taken."""

_OWNER: Final = "answers"
"""What the session keeps: the word by which its answers are known."""
_STATUSES: Final = (200, 409, 422)
_PLACE_OF_TOKEN: Final = "\x00token\x00"  # noqa: S105 - where the token of the reader stands
_FORM: Final = re.compile(r"<form\b(?![^>]*\baction=)(?=[^>]*\bmethod=\"post\")")
_FIRST: Final = re.compile(
    r"<(?P<tag>[a-z][a-z0-9]*)\b(?P<rest>[^>]*(?:\baria-invalid=\"true\"|\bclass=\"wrong\"|\brole=\"alert\")[^>]*)>"
)
_RESULTS: Final = re.compile(r"<(?P<tag>[a-z][a-z0-9]*)\b(?P<rest>[^>]*\bclass=\"found\"[^>]*)>")
_MAIN: Final = re.compile(r"<main\b[^>]*>")
_ID: Final = re.compile(r"\bid=\"([^\"]+)\"")
_HERE: Final = "here"


def register(app: Flask) -> None:
    """To be called after the guard is hung in, and after whatever compresses or adds headers."""
    app.before_request(_shown)
    app.after_request(_kept)
    app.jinja_env.globals["typist"] = _typist


def _page() -> str:
    """The page that this request's form stands on: its own address, or the nearest one above that can be read."""
    readable = {rule.rule for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    rule, path = str(request.url_rule), request.path
    while rule and rule not in readable:
        rule, path = rule.rpartition("/")[0], path.rpartition("/")[0]
    return path or "/"


def _shown() -> Response | AnyResponse | None:
    """The kept answer that the address names; without one, the page itself."""
    g.is_let_in = True
    word = request.args.get(KEPT)
    if word is None or request.method != "GET":
        return None
    owner = session.get(_OWNER)
    if isinstance(owner, str):
        with house().database.read() as reading:
            found = kept_answers.find(reading, _whose(owner), request.path, word, now(), vault=house().vault)
        if found is not None:
            return make_response(found.text.replace(_PLACE_OF_TOKEN, generate_csrf()), found.status)
    return redirect(_address(request.path))


def _kept(response: Response) -> Response:
    """Lead the browser to the answer, or forget former ones once the form was taken."""
    if request.method != "POST" or not g.get("is_let_in") or not session.get("openid"):
        return response
    if response.status_code in (302, 303):
        _forget()
        is_secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(TAKEN, quote(_address(request.path)), max_age=3600, secure=is_secure, samesite="Lax")
        return response
    is_page = response.mimetype == "text/html" and not response.direct_passthrough and not response.is_streamed
    is_answer = response.status_code in _STATUSES or g.get("is_form_page")
    if not is_answer or not is_page or _is_fetched():
        return response
    text = response.get_data(as_text=True)
    if observe.SECRET_OF_OURS.search(text):  # a page with one is answered directly and kept nowhere
        return response
    text, place = _marked(_plain(text), is_search=response.status_code == 200)
    owner = session.get(_OWNER)
    if not isinstance(owner, str):
        owner = session[_OWNER] = secrets.token_urlsafe(12)
    page = _page()
    with house().database.transaction() as writing:
        answer = AnsweredPage(text, response.status_code)
        word = kept_answers.keep(writing, _whose(owner), page, answer, now(), vault=house().vault)
    if word is None:
        return response
    led: Response = current_app.make_response(redirect(_address(page, word) + place, 303))
    return led


def _forget() -> None:
    owner = session.get(_OWNER)
    if isinstance(owner, str):
        with house().database.transaction() as writing:
            kept_answers.forget(writing, _whose(owner), _page(), vault=house().vault)


def _typist() -> str:
    """A word for who is signed in, by which the browser tells one person's typing from another's; else nothing."""
    openid = session.get("openid")
    return house().vault.lookup(f"typist {openid}")[:12] if openid else ""


def _whose(owner: str) -> str:
    """The session, who is signed in to it, and in which role: of two platforms' pages each stays with its own."""
    return f"{owner} {session.get('openid')} {session.get('standing')}"


def _is_fetched() -> bool:
    """Whether a script asked, which takes the answer as it is."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"


def _plain(text: str) -> str:
    """The page without the form's token and without identity numbers; forms know whither they go from anywhere."""
    text = text.replace(generate_csrf(), _PLACE_OF_TOKEN)
    here = escape(_address(request.path))
    text = _FORM.sub(lambda found: f'{found[0]} action="{here}"', text)
    for found in reversed(private_data.identity_numbers(text)):
        text = text[: found.start()] + text[found.end() :]
    return text


def _marked(text: str, *, is_search: bool) -> tuple[str, str]:
    """The page, and the fragment of its first mistake, or of what a search found; nothing where there is neither.

    A mistake in a field that the page does not show (any more) is told at its top.
    """
    found = _RESULTS.search(text) if is_search else _FIRST.search(text)
    if found is None and not is_search and (told := g.get("reproaches")):
        notice = f'<p class="notice notice-wrong" role="alert" id="{_HERE}"><b>!</b>{escape(told[0])}</p>'
        return _MAIN.sub(lambda main: main[0] + notice, text, count=1), f"#{_HERE}"
    if found is None:
        return text, ""
    if (named := _ID.search(found["rest"])) is not None:
        return text, f"#{named[1]}"
    return text[: found.end("tag")] + f' id="{_HERE}"' + text[found.end("tag") :], f"#{_HERE}"


def _address(path: str, word: str | None = None) -> str:
    """The address of this request's page, with its query, and with the word of the answer."""
    left_out = (KEPT,) if word is None else (KEPT, seen_screens.TOKEN)  # a rotating code is judged once
    asked = [(name, value) for name, value in request.args.items(multi=True) if name not in left_out]
    query = urlencode([*asked, *([(KEPT, word)] if word is not None else [])])
    return f"{path}?{query}" if query else path
