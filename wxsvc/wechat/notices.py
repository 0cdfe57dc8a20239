"""Template messages and subscription notices: the words that reach a person who has not just written to the account.

Source: WeChat service account documentation, page "template message interface", and the announcement
of 4 May 2023 on what values may hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from wxsvc.wechat import errors

if TYPE_CHECKING:
    from wxsvc.wechat.gateway import Gateway

MOST_CHARACTERS = 20
"""Characters in a value of a type without a limit of its own."""

_PATH = "/cgi-bin/message/template/send"
_SUBSCRIBED = "/cgi-bin/message/subscribe/bizsend"
_KEY = re.compile(r"([a-z]+(?:_[a-z]+)*)[0-9]*")
_BREAK = re.compile(r"[\r\n\u2028\u2029]")
_LIMITS = {
    "character_string": 32,
    "number": 32,
    "letter": 32,
    "phone_number": 17,
    "phrase": 5,
    "car_number": 8,
    "symbol": 5,
}
_FORMS = {
    "character_string": re.compile(r"[\x20-\x7e]*"),
    "number": re.compile(r"[0-9.]*"),
    "letter": re.compile(r"[A-Za-z]*"),
    "phone_number": re.compile(r"[0-9+\- ]*"),
    "phrase": re.compile(r"[\u3400-\u9fff]*"),
}


class TemplateMessage(Struct, frozen=True):
    """One message. `values` maps the template's keys (`thing1`, `time2`, `phrase3` and the like) to their texts.

    `client_msg_id` is ours: within ten minutes WeChat delivers a message with the same id to the same person once, so
    that a send may be repeated when its answer got lost.
    """

    openid: str
    template_id: str
    values: Mapping[str, str]
    client_msg_id: str
    url: str = ""


class BadValues(ValueError):
    """Values that WeChat would refuse with 47003 or cut; `problems` names each key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Fate(StrEnum):
    """What becomes of a message that was not sent."""

    LATER = "later"  # WeChat is away, slow or busy: try again in some minutes, with the same client_msg_id
    TOMORROW = "tomorrow"  # the day's quota is spent
    NOT_FOLLOWING = "not_following"  # until the person follows the account
    DECLINED = "declined"  # the person does not want these messages
    UNSUBSCRIBED = "unsubscribed"  # the person has not agreed to one more of these messages
    MEND = "mend"  # template, values, permission or settings are wrong: an operator has to look


def send(gateway: Gateway, message: TemplateMessage) -> str:
    """Send, and return WeChat's number of the message, by which its result event is known.

    That event (TEMPLATESENDJOBFINISH) alone tells whether it arrived. Raises BadValues before anything is sent, and
    WeChatError: ask `fate_of`.
    """
    body = _body(message) | {"client_msg_id": message.client_msg_id}
    if message.url:
        body["url"] = message.url
    answer = gateway.call("POST", _PATH, body=body, repeatable=bool(message.client_msg_id))
    return str(answer.get("msgid", ""))


def send_subscribed(gateway: Gateway, message: TemplateMessage) -> None:
    """Send a subscription notice (订阅通知): it uses up one agreement, unless the template is a long-term one.

    WeChat knows no repeated send here, so none is repeated. Raises BadValues before anything is sent, and WeChatError:
    ask `fate_of`.
    """
    body = _body(message)
    if message.url:
        body["page"] = message.url
    gateway.call("POST", _SUBSCRIBED, body=body, repeatable=False)


def _body(message: TemplateMessage) -> dict[str, Any]:
    if problems := problems_of(message.values):
        raise BadValues(problems)
    data = {key: {"value": value} for key, value in message.values.items()}
    return {"touser": message.openid, "template_id": message.template_id, "data": data}


def problems_of(values: Mapping[str, str]) -> list[str]:
    """What WeChat would object to, one sentence per key; empty when all is well."""
    problems = []
    for key, value in values.items():
        named = _KEY.fullmatch(key)
        kind = named[1] if named else ""
        limit = _LIMITS.get(kind, MOST_CHARACTERS)
        if not named:
            problems.append(f"{key}: not the name of a template value")
        elif not value.strip():
            problems.append(f"{key}: empty")
        elif _BREAK.search(value):
            problems.append(f"{key}: a line break")
        elif len(value) > limit:
            problems.append(f"{key}: {len(value)} characters, at most {limit}")
        elif kind in _FORMS and _FORMS[kind].fullmatch(value) is None:
            problems.append(f"{key}: characters that a {kind} does not have")
    return problems


def fitted(values: Mapping[str, str]) -> dict[str, str]:
    """The values with every `thing` made fit; what is wrong with the others is for `problems_of` to say."""
    return {key: shortened(value) if key.startswith("thing") else value for key, value in values.items()}


def shortened(text: str) -> str:
    """A text made fit for a `thing`: one line of at most 20 characters, an ellipsis where something was cut."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…"


def fate_of(failure: errors.WeChatError | BadValues) -> Fate:
    """What to do with a message that was refused or got lost."""
    match failure:
        case errors.NotFollowing():
            return Fate.NOT_FOLLOWING
        case errors.Declined():
            return Fate.DECLINED
        case errors.QuotaSpent():
            return Fate.TOMORROW
        case errors.Busy() | errors.TooOften() | errors.TokenRefused() | errors.Misconfigured() | errors.Paused():
            return Fate.LATER
        case errors.Unreachable() | errors.NoAnswer() | errors.NotUnderstood():
            return Fate.LATER
    return Fate.MEND


def may_have_arrived(failure: errors.WeChatError) -> bool:
    """Whether it may have gone out all the same: the send itself was under way, and no answer came.

    A proxy's page in place of WeChat's answer is taken for what it nearly always is, a call that was not carried out.
    """
    return isinstance(failure, errors.NoAnswer) and str(failure).startswith((_PATH, _SUBSCRIBED))


def delivered(status: str) -> bool | None:
    """What the `Status` of a result event says: arrived, not arrived, or None for a word that we do not know."""
    word = re.sub(r"\s", "", status).lower()
    return True if word == "success" else False if word.startswith("failed") else None
