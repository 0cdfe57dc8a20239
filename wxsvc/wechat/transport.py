"""One HTTP exchange with WeChat: time limits, size limits, failures as our own types."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from msgspec import Struct
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, SSLError

from wxsvc.wechat.errors import NoAnswer, NoSuchName, NotUnderstood, Unreachable, Untrusted, WeChatError

CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0
"""Between two reads. A whole answer may take WHOLE_SECONDS."""

WHOLE_SECONDS = 30.0
MAX_JSON = 2 * 1024 * 1024
"""Bytes. The longest answer, a page of 10,000 openids, has about 300 kB."""

_CHUNK = 64 * 1024
_NOT_IN_JSON = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Upload = tuple[str, bytes, str]
"""File name, content, media type. Bytes and not a file, so that a repeated call sends the same again."""


class Request(Struct, frozen=True):
    """One call, ready to be sent any number of times. `limit` bounds the answer, in bytes."""

    method: str
    path: str
    params: Mapping[str, Any]
    body: bytes | None = None
    files: Mapping[str, Upload] | None = None
    limit: int = MAX_JSON
    is_medium: bool = False
    """Whether the answer may be something else than JSON."""


class ApiResponse(Struct, frozen=True):
    """What came back: HTTP status, media type without parameters, headers, the whole body."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    content: bytes

    def as_json(self) -> dict[str, Any] | None:
        """The JSON object in the body, or None if it is anything else."""
        try:
            found = json.loads(self.content.decode("utf-8-sig"), strict=False)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def new_session(base_url: str) -> requests.Session:
    """A session for many threads. It repeats nothing by itself, and goes to this machine without a proxy."""
    session = requests.Session()
    adapter = HTTPAdapter(pool_maxsize=32, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    if (urlsplit(base_url).hostname or "") in ("localhost", "127.0.0.1", "::1"):
        session.trust_env = False
    return session


def json_body(body: Any) -> bytes:
    """UTF-8 JSON without any `\\uXXXX`, which WeChat refuses with 40033; control characters are left out."""
    return json.dumps(_clean(body), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def exchange(session: requests.Session, base_url: str, request: Request) -> ApiResponse:
    """Send once and read the whole answer. Raises Unreachable, NoAnswer or NotUnderstood."""
    where = request.path
    failure: WeChatError
    try:
        with session.request(
            request.method,
            base_url + request.path,
            params=request.params,
            data=request.body,
            files=dict(request.files) if request.files else None,
            headers={"Content-Type": "application/json; charset=utf-8"} if request.body is not None else {},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,  # a redirect would carry the token to another host
            stream=True,
        ) as response:
            content = _read(response, request.limit, where)
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return ApiResponse(response.status_code, media_type, response.headers, content)
    except WeChatError as known:
        failure = known
    except RequestsConnectionError as error:
        failure = _failure(error, where)
    except requests.Timeout:
        failure = NoAnswer(f"{where}: no answer within {READ_SECONDS:.0f} s")
    except requests.RequestException as error:
        failure = NoAnswer(f"{where}: {type(error).__name__}")
    raise failure  # outside the handlers: the library's exception, which quotes the token, is not kept as context


def _read(response: requests.Response, limit: int, where: str) -> bytes:
    until = time.monotonic() + WHOLE_SECONDS
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(_CHUNK):
        size += len(part)
        if size > limit:
            raise NotUnderstood(f"{where}: the answer is longer than {limit} bytes")
        if time.monotonic() > until:
            raise NoAnswer(f"{where}: the answer took more than {WHOLE_SECONDS:.0f} s")
        parts.append(part)
    return b"".join(parts)


def _failure(error: RequestsConnectionError, where: str) -> WeChatError:
    """What the library's words mean; they are not told, as they quote the address with its token."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    match reason:
        case NameResolutionError():
            return NoSuchName(f"{where}: no such name")
        case SSLError():
            return Untrusted(f"{where}: {getattr(reason.args[0], 'verify_message', 'no safe connection')}")
        case NewConnectionError() | ConnectTimeoutError():
            return Unreachable(f"{where}: no connection")
    if isinstance(error, requests.ConnectTimeout):
        return Unreachable(f"{where}: no connection")
    return NoAnswer(f"{where}: connection lost")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _NOT_IN_JSON.sub("", value)
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
