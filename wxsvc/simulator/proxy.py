"""The WebView of one phone inside a desk browser: a port of its own in front of the product.

Three phones in one browser would share the cookies of the product's host. Behind its own port each phone keeps its
cookies here, in its WebView's session, and the browser gets none.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import requests
from jinja2 import Environment
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from wxsvc.simulator.authorisation import PATH, BadRequest
from wxsvc.simulator.listener import Listener
from wxsvc.simulator.sdk import Sdk
from wxsvc.simulator.webview import WebView, origin

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "proxy-connection"}
NOT_FORWARDED = HOP_BY_HOP | {"host", "cookie", "content-length", "accept-encoding", "user-agent"}
NOT_RETURNED = HOP_BY_HOP | {
    "content-length", "content-encoding", "set-cookie", "x-frame-options", "strict-transport-security", "location",
    "cross-origin-opener-policy", "cross-origin-resource-policy", "cross-origin-embedder-policy", "server", "date",
}  # fmt: skip
REWRITTEN = ("text/", "application/json", "application/javascript", "application/manifest+json", "image/svg+xml")
_FRAMES = re.compile(r"frame-ancestors[^;]*;?\s*", re.IGNORECASE)
_SDK = re.compile(r"/jweixin[\w.-]*\.js$|/jweixin\.js$", re.IGNORECASE)


class Proxy:
    """Forwards everything to the product at ``home``, which pages may also call by the name ``localhost``.

    Links, forms, redirects and cookies work as in WeChat: Host, Origin and Referer are the product's own, the authorise
    address is answered as this phone's person, framing is allowed.
    """

    def __init__(self, web: WebView, home: str, pages: Environment, sdk: Sdk) -> None:
        self._web, self._home, self._pages, self._sdk = web, origin(home), pages, sdk
        self._aliases = list(dict.fromkeys((self._home, self._home.replace("//127.0.0.1", "//localhost"))))
        self._listener = Listener(self)
        self._sdk.pages_at[self.url] = self._home

    @property
    def url(self) -> str:
        """The origin under which this phone sees the product."""
        return self._listener.url

    def start(self) -> None:
        """Open the port."""
        self._listener.start()

    def stop(self) -> None:
        """Close the port."""
        self._listener.stop()

    def inside(self, url: str) -> str | None:
        """Return an address of the product or of authorisation as this phone's browser must ask for it."""
        if self._web.is_authorise(url):
            parts = urlsplit(url)
            return f"{self.url}{PATH}?{parts.query}"
        for alias in self._aliases:
            if url == alias or url.startswith((f"{alias}/", f"{alias}?", f"{alias}#")):
                return self.url + url[len(alias) :]
        return None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request of the browser."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path == PATH:
            return self._authorise(request)
        if _SDK.search(request.path):
            return Response(self._sdk.script(self.url), mimetype="text/javascript")
        if request.path.startswith(Sdk.PREFIX):
            return self._sdk.answer(request, self._web)
        try:
            return self._forward(request)
        except requests.RequestException:
            return self._page("unreachable.html", 502, address=self._home)

    def _authorise(self, request: Request) -> Response:
        """Answer as this phone's person: silently, or after asking for more than the openid."""
        args = request.args.to_dict()
        decision = args.pop("decision", "")
        try:
            wanted = self._web.read(args)
        except BadRequest as error:
            return self._page("authorise_error.html", 200, code=error.code, reason=error.reason)
        if self._web.needs_consent(wanted) and not decision:
            return self._page("consent.html", 200, address=request.url, name=self._web.person.name)
        target = self._web.decide(wanted, decision or self._web.consent)
        return redirect(self.inside(target) or target)

    def _forward(self, request: Request) -> Response:
        query = request.query_string.decode("latin-1")
        # The path as the browser wrote it: escapes must arrive at the product as they were.
        path = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or ""
        url = self._home + (path or request.path + (f"?{query}" if query else ""))
        headers = {name: value for name, value in request.headers.items() if name.lower() not in NOT_FORWARDED}
        for name in ("Origin", "Referer"):
            if name in headers:
                headers[name] = headers[name].replace(self.url, self._home)
        headers["Accept-Encoding"] = "gzip, deflate"
        answer = self._web.send(request.method, url, data=request.get_data() or None, headers=headers)
        response = Response(self._rewritten(answer), answer.status_code)
        response.headers.clear()
        for name, value in answer.headers.items():
            if name.lower() == "content-security-policy":
                value = self._outward(_FRAMES.sub("", value))
            if name.lower() not in NOT_RETURNED:
                response.headers.add(name, value)
        if "Location" in answer.headers:
            target = answer.headers["Location"]
            response.headers["Location"] = self.inside(target) or target
            response.autocorrect_location_header = False
        return response

    def _rewritten(self, answer: requests.Response) -> bytes:
        """Turn quoted addresses of the product into this phone's; what is text to be read stays as it is."""
        if not answer.headers.get("Content-Type", "").startswith(REWRITTEN):
            return answer.content
        return self._outward(answer.content.decode("latin-1"), r"(?<=[\"'(])(?<!value=[\"'])").encode("latin-1")

    def _outward(self, text: str, before: str = "") -> str:
        for known in self._aliases:
            text = re.sub(before + re.escape(known) + r"(?![\w.:-])", self.url, text)
        for known in self._web.open_origins:
            text = re.sub(before + re.escape(known + PATH), self.url + PATH, text)
        return text

    def _page(self, template: str, status: int, **values: object) -> Response:
        return Response(self._pages.get_template(template).render(**values), status, mimetype="text/html")
