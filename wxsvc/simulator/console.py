"""The account's console (公众平台后台): what an operator sets there, by hand below the page of phones."""

from flask import Flask, jsonify, redirect, request
from werkzeug.wrappers import Response

from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.wechat import WeChat


class Console:
    """Security, limits, the callback's check, templates. Each address takes a form and answers 303, or JSON."""

    def __init__(self, app: Flask, wechat: WeChat) -> None:
        self._wechat = wechat
        self.echoes: bool | None = None
        """Whether the callback's address echoed when it was last checked; None before."""
        for view in (self.security, self.limit, self.verify, self.template, self.menus):
            app.add_url_rule(f"/console/{view.__name__}", view_func=view, methods=["POST"])

    def security(self) -> Response:
        """``whitelist``: addresses that may ask for tokens, by commas; empty admits all. ``frozen``: the AppSecret."""
        listed = {each.strip() for each in request.form.get("whitelist", "").split(",") if each.strip()}
        with self._wechat.account.lock:
            self._wechat.account.tokens.whitelist = listed or None
            self._wechat.account.tokens.secret_frozen = "frozen" in request.form
        return self._done()

    def limit(self) -> Response:
        """Leave ``left`` calls of the endpoint ``path`` for today."""
        path, quotas = request.form.get("path", ""), self._wechat.account.quotas
        if path.startswith("/"):
            with self._wechat.account.lock:
                quotas.day.setdefault(path, 0)
                quotas.day[path] = quotas.used(path) + request.form.get("left", 0, int)
        return self._done()

    def verify(self) -> Response:
        """Ask the callback as when its address is saved."""
        self.echoes = self._wechat.pushes.verify_url()
        return self._done()

    def template(self) -> Response:
        """Add a message template: ``id``, ``title``, ``content`` with ``{{thing1.DATA}}``."""
        given = [request.form.get(name, "").strip() for name in ("id", "title", "content")]
        if all(given):
            try:
                self._wechat.add_template(*given)
            except Refusal as refusal:
                return self._done(refusal.message)
        return self._done()

    def menus(self) -> Response:
        """``seconds``: how long every phone shows its own copy of the menu."""
        for shown in self._wechat.shown_phones:
            shown.phone.menu_cache = request.form.get("seconds", 0.0, float)
        return self._done()

    @staticmethod
    def _done(problem: str | None = None) -> Response:
        if request.accept_mimetypes.best == "application/json":
            return jsonify({"ok": problem is None, "problem": problem})
        return redirect("/#workbench", 303)
