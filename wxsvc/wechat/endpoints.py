"""wechatpy's endpoint classes, over our own transport.

wechatpy knows the paths and shapes of the calls (`menu`, `tag`, `user`, `media`, `qrcode`, `jsapi` and more). What
1.8.18 does around them (tokens, retries, time limits, errors) is replaced as a whole: this class overrides every
method of its base that would touch the network or a token.
"""

from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

from wechatpy import WeChatClient

from wxsvc.wechat.errors import NotUnderstood
from wxsvc.wechat.transport import Upload

Call = Callable[[str, str, dict[str, Any], Any, dict[str, Upload] | None], dict[str, Any]]
"""method, path, params, JSON body, files -> the answer's JSON."""


class ClosedWay(RuntimeError):
    """A way of wechatpy's that we closed: a token, a session or a host of its own. Call the gateway instead."""


class Endpoints(WeChatClient):  # type: ignore[misc]
    """wechatpy's client, with the gateway underneath. Its session, secret and retries are never used."""

    API_BASE_URL = "/cgi-bin/"
    _http: Any

    def __init__(self, app_id: str, call: Call) -> None:
        super().__init__(app_id, secret="", session=_NoSession(), auto_retry=False)
        self._http.close()
        self._http = None
        self._call = call

    @property
    def access_token(self) -> NoReturn:
        """Never handed to wechatpy: the gateway adds the token to each attempt."""
        raise AttributeError("the gateway keeps the access token to itself")

    def fetch_access_token(self) -> NoReturn:
        """Never called: the gateway keeps the token."""
        raise ClosedWay("the gateway fetches the access token")

    def _request(self, method: str, url_or_endpoint: str, **given: Any) -> Any:
        parts = urlsplit(url_or_endpoint)
        if parts.netloc or given.get("api_base_url"):
            raise ClosedWay(f"{url_or_endpoint} goes to a host of its own")
        path = parts.path if parts.path.startswith("/") else self.API_BASE_URL + parts.path
        files = given.get("files")
        answer = self._call(
            method.upper(),
            path,
            dict(given.get("params") or {}),
            given.get("data"),
            {name: _upload(file) for name, file in files.items()} if files else None,
        )
        process = given.get("result_processor")
        try:
            return process(answer) if process else answer
        except (KeyError, TypeError, IndexError):
            raise NotUnderstood(f"{path}: an answer of another shape") from None


class _NoSession:
    """In the place of wechatpy's token storage: whoever uses it is mistaken."""

    def get(self, key: str, default: object = None) -> NoReturn:
        raise ClosedWay(key)

    set = delete = get


def _upload(file: Any) -> Upload:
    """Read a file once, into what can be sent any number of times."""
    if isinstance(file, tuple):
        name, content, media_type = file
        return name, content if isinstance(content, bytes) else content.read(), media_type
    return "media", file if isinstance(file, bytes) else file.read(), "application/octet-stream"
