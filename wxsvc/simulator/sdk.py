"""The JS-SDK stub: checks the page's signature, stands in for scanner and camera."""

import base64
import binascii
import json
from collections import deque

from jinja2 import Environment
from werkzeug.wrappers import Request, Response

from wxsvc.simulator.account import Account
from wxsvc.simulator.call import File
from wxsvc.simulator.media import kind_of
from wxsvc.simulator.webview import WebView


class Sdk:
    """Serves ``jweixin.js`` and answers what it asks. Source: "JS-SDK" page."""

    PREFIX = "/__wechat__/"

    def __init__(self, account: Account, pages: Environment) -> None:
        self._account, self._pages = account, pages
        self.pages_at: dict[str, str] = {}
        """Origin under which a browser sees a page, to the origin that the product signed."""
        self.scans: dict[str, deque[str]] = {}
        """What the next scans of a person will read, by openid; without any the browser asks."""
        self.titles: dict[str, deque[dict[str, str]]] = {}
        """The titles of invoices (发票抬头) that a person will choose next, by openid; without any they cancel."""

    def script(self, base_url: str) -> str:
        """Return the script; it asks back at ``base_url``."""
        return self._pages.get_template("jweixin.js").render(base=base_url + self.PREFIX)

    def check(self, app_id: str, signature: str, nonce: str, timestamp: str, url: str) -> str:
        """Return ``config:ok``, or the complaint of the real SDK."""
        if app_id != self._account.credentials.app_id:
            return "config:invalid appid"
        candidates = [url]
        for seen, signed in self.pages_at.items():
            if url.startswith(seen):
                candidates.append(signed + url[len(seen) :])
        with self._account.lock:
            accepted = any(self._account.tickets.accepts(signature, nonce, timestamp, each) for each in candidates)
        return "config:ok" if accepted else "config:invalid signature"

    def answer(self, request: Request, web: WebView | None) -> Response:
        """Answer one question of the script: ``check``, ``scan``, ``title``, ``subscribe``, ``upload``."""
        question = request.path.removeprefix(self.PREFIX)
        body = request.get_json(silent=True)
        body = body if isinstance(body, dict) else {}
        values = {
            name: str(body.get(name, "")) for name in ("appId", "signature", "nonceStr", "timestamp", "url", "data")
        }
        if question == "check":
            found = self.check(
                values["appId"], values["signature"], values["nonceStr"], values["timestamp"], values["url"]
            )
            return self._json({"errMsg": found})
        if question == "scan":
            waiting = self.scans.get(web.person.openid) if web is not None else None
            codes = [{"label": code.label or code.scene, "url": code.url} for code in self._account.codes.all()[:20]]
            return self._json({"result": waiting.popleft() if waiting else None, "codes": codes})
        if question == "title":
            kept = self.titles.get(web.person.openid) if web is not None else None
            return self._json({"title": kept.popleft() if kept else None})
        if question == "subscribe" and web is not None:
            asked = [each for each in str(body.get("templates", "")).split(",") if each]
            self._account.answer_subscriptions(web.person, asked, accept=body.get("status") == "accept")
            return self._json({"errMsg": "subscribe:ok"})
        if question == "upload":
            return self._upload(values["data"])
        return Response(status=404)

    def _upload(self, data: str) -> Response:
        try:
            content = base64.b64decode(data.partition(",")[2], validate=True)
        except binascii.Error:
            return self._json({"errMsg": "uploadImage:fail"})
        with self._account.lock:
            medium = self._account.media.keep("image", File(content, kind_of(content) or "image/jpeg", "photo.jpg"))
        return self._json({"errMsg": "uploadImage:ok", "serverId": medium.media_id})

    @staticmethod
    def _json(answer: object) -> Response:
        return Response(json.dumps(answer, ensure_ascii=False), mimetype="application/json")
