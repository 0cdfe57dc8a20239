"""Everything that can go wrong between WeChat and us, as types that say what may be done about it.

Codes: WeChat service account documentation, page "global return codes".
"""

import re
from collections.abc import Mapping
from typing import Any

_RID = re.compile(r"\brid: ([0-9a-f-]{8,40})")
_ADDRESS = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")


class WeChatError(Exception):
    """A call to WeChat that did not succeed. Its text holds no secret."""


class Unreachable(WeChatError):
    """No connection was made: WeChat knows nothing of the call."""


class NoSuchName(Unreachable):
    """The host's name leads to no address (域名解析)."""


class Untrusted(Unreachable):
    """No safe connection came about: the host's certificate (证书) is none that this machine trusts."""


class NoAnswer(WeChatError):
    """The connection broke or the time ran out after the call was sent: WeChat may have carried it out."""


class NotUnderstood(WeChatError):
    """The answer is none of WeChat's: a proxy's page, an HTTP error, too many bytes, JSON of another shape."""


class Paused(WeChatError):
    """The call was not made, because those before it failed for a reason that only an operator can mend.

    `cause` is that failure.
    """

    def __init__(self, cause: "ApiError", seconds: float) -> None:
        super().__init__(f"calls to WeChat pause for {seconds:.0f} s more: {cause}")
        self.cause = cause
        self.seconds = seconds


class ApiError(WeChatError):
    """WeChat's own refusal: HTTP 200 with an `errcode`.

    `rid` identifies the request for WeChat's support (`openapi/rid/get` explains it for seven days); `body` is the
    whole answer.
    """

    def __init__(self, errcode: int, errmsg: str, endpoint: str = "", body: Mapping[str, Any] | None = None) -> None:
        super().__init__(errcode, errmsg)
        self.errcode: int = errcode
        self.errmsg: str = errmsg
        self.endpoint = endpoint
        self.body: Mapping[str, Any] = body or {}

    @property
    def rid(self) -> str | None:
        """The request's number at WeChat, if it gave one."""
        found = _RID.search(self.errmsg)
        return found and found[1]

    def __str__(self) -> str:
        return f"{self.endpoint or 'WeChat'} answers {self.errcode}: {self.errmsg}"


class Busy(ApiError):
    """WeChat is busy and did nothing; a repeatable call has been repeated already."""


class TokenRefused(ApiError):
    """The access token is not, or no longer, accepted; one with a fresh token has failed as well."""


class Misconfigured(ApiError):
    """AppID, AppSecret or the list of allowed addresses is wrong: an operator has to act in the console."""


class NotPermitted(ApiError):
    """The account may not use this interface, or not any more."""


class QuotaSpent(ApiError):
    """The day's quota is used up; it begins anew at midnight in Beijing."""


class TooOften(ApiError):
    """Too many calls within a minute."""


class NotFollowing(ApiError):
    """The person does not follow the account, or the openid is not one of this account."""


class Declined(ApiError):
    """The person does not want these messages."""


class BadTemplate(ApiError):
    """The template or what was filled into it does not fit: the text names the key."""


class CodeSpent(ApiError):
    """The web authorisation code was used, has expired or never was one: authorise once more."""


class MediaGone(ApiError):
    """The medium does not exist or its three days are over."""


class NoMenu(ApiError):
    """The account has no menu made by the API."""


class PartlyTagged(ApiError):
    """Some openids of the call were not changed; `failed` lists them."""

    @property
    def failed(self) -> list[str]:
        """The openids to try again."""
        return [str(openid) for openid in self.body.get("fail_openid_list") or ()]


_TYPES: dict[type[ApiError], tuple[int, ...]] = {
    Busy: (-1, 45169, 268487001, 268487002),
    TokenRefused: (40001, 40014, 42001),
    Misconfigured: (40013, 40125, 40164, 40243, 41002, 41004, 89503, 89506, 89507),
    NotPermitted: (48001, 48004, 50002, 61004),
    QuotaSpent: (45009,),
    TooOften: (45011,),
    NotFollowing: (40003, 43004, 46004, 49003, 50005),
    Declined: (43101, 48002),
    BadTemplate: (40036, 40037, 40039, 40246, 40247, 40249, 43116, 47003),
    CodeSpent: (40029, 40163, 42003),
    MediaGone: (40007,),
    NoMenu: (46003,),
    PartlyTagged: (45171,),
}
_BY_CODE = {code: kind for kind, codes in _TYPES.items() for code in codes}


def address_in(errmsg: str) -> str | None:
    """Our address as WeChat sees it, where its refusal quotes it."""
    found = _ADDRESS.search(errmsg)
    return found and found[1]


def api_error(body: Mapping[str, Any], endpoint: str) -> ApiError | None:
    """The refusal in an answer, typed by its code; None when the answer is a success (no `errcode`, or 0)."""
    code = body.get("errcode") or 0
    try:
        code = int(code)
    except (TypeError, ValueError):
        return ApiError(-1000, "an errcode that is no number", endpoint, body)
    if code == 0:
        return None
    return _BY_CODE.get(code, ApiError)(code, str(body.get("errmsg", "")), endpoint, body)
