"""The browser inside WeChat on one phone: its cookies, and the silent web authorisation."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from wxsvc.simulator.account import Account
from wxsvc.simulator.authorisation import PATH, Request
from wxsvc.simulator.people import Person

USER_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Phone) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 "
    "Mobile Safari/537.36 MicroMessenger/8.0.50.2700(0x28003253) WeChat/arm64 NetType/WIFI Language/zh_CN"
)
OPEN_HOST = "open.weixin.qq.com"
MOST_REDIRECTS = 20


def origin(url: str) -> str:
    """Return scheme and host of an address, without a slash at the end."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class WebView:
    """One person's WebView. ``consent`` is what the person does when asked for more than the openid:
    ``allow``, ``refuse``, or ``snapshot`` for WeChat's snapshot page, which hands out a virtual person.
    """

    def __init__(self, account: Account, person: Person) -> None:
        self._account, self.person = account, person
        self.consent = "allow"
        self.open_origins: set[str] = {f"https://{OPEN_HOST}", f"http://{OPEN_HOST}"}
        """Origins at which the authorise address lives: WeChat's own and the simulator's."""
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["User-Agent"] = USER_AGENT
        self.session.headers["Accept-Language"] = "zh-CN,zh;q=0.9"

    def open(self, url: str, method: str = "GET", **more: Any) -> requests.Response:
        """Return the page that the person finally sees; redirects and authorisation are followed.

        ``more`` is handed to requests (``data``, ``files`` …). Raises BadRequest where WeChat would show an
        error page of its own.
        """
        passed: list[requests.Response] = []
        for _ in range(MOST_REDIRECTS):
            if self.is_authorise(url):
                url, method, more = self.authorise(url), "GET", {}
                continue
            response = self.send(method, url, **more)
            if not response.is_redirect:
                response.history = passed
                return response
            passed.append(response)
            url = urljoin(url, response.headers["Location"])
            if response.status_code not in (307, 308):
                method, more = "GET", {}
        raise requests.TooManyRedirects(url)

    def send(self, method: str, url: str, **more: Any) -> requests.Response:
        """Make one request with this phone's cookies; redirects are not followed."""
        response = self.session.request(method, url, allow_redirects=False, timeout=60, **more)
        for cookie in self.session.cookies:
            # Browsers treat loopback as secure, requests does not.
            cookie.secure = False
        return response

    def is_authorise(self, url: str) -> bool:
        """Tell whether an address is the one that asks WeChat who the person is."""
        return urlsplit(url).path == PATH and origin(url) in self.open_origins

    def read(self, args: Mapping[str, str]) -> Request:
        """Read the query of an authorise address; raise BadRequest when WeChat would refuse it."""
        with self._account.lock:
            return self._account.authorisation.read(args)

    def needs_consent(self, request: Request) -> bool:
        """Tell whether the person is asked before the account learns more than the openid."""
        return request.scope == "snsapi_userinfo"

    def authorise(self, url: str) -> str:
        """Return the product's address to which WeChat sends this person back; BadRequest as ``read`` raises it."""
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        return self.decide(self.read(dict(query)), self.consent)

    def decide(self, request: Request, decision: str) -> str:
        """Return the way back after ``allow``, ``refuse`` (no code, only the state) or ``snapshot``."""
        if decision == "refuse" and self.needs_consent(request):
            return request.back()
        with self._account.lock:
            return self._account.authorisation.grant(request, self.person, snapshot=decision == "snapshot")

    def close(self) -> None:
        """Give back the connections."""
        self.session.close()
