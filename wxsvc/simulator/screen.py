"""The page of phones, and the other pages a browser may ask the simulator for."""

import hashlib
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from wxsvc.simulator import workbench
from wxsvc.simulator.authorisation import PATH, BadRequest
from wxsvc.simulator.buttons import Button, leaves
from wxsvc.simulator.codes import picture
from wxsvc.simulator.console import Console
from wxsvc.simulator.phone import SCANNERS, NoSuchButton, NotFollowing
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.sdk import Sdk
from wxsvc.simulator.shown_phone import ShownPhone
from wxsvc.simulator.wechat import WeChat

MOST_CODES = 40


class Screen:
    """A small Flask application. Buttons post, the page asks once a second what is new."""

    def __init__(self, app: Flask, wechat: WeChat) -> None:
        self._wechat = wechat
        self.app = app
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
        app.config["MAX_CONTENT_LENGTH"] = 32 * 1024 * 1024
        app.add_url_rule("/", view_func=self.phones)
        app.add_url_rule("/state", view_func=self.state)
        app.add_url_rule("/phones/<key>/open", view_func=self.open)
        app.add_url_rule("/phones/<key>/<action>", view_func=self.act, methods=["POST"])
        app.add_url_rule("/mmbiz/<media_id>", view_func=self.medium)
        app.add_url_rule("/qr", view_func=self.drawing)
        app.add_url_rule("/cgi-bin/showqrcode", view_func=self.code_picture)
        app.add_url_rule(PATH, view_func=self.authorise)
        app.add_url_rule("/jweixin.js", view_func=self.script)
        app.add_url_rule(f"{Sdk.PREFIX}<question>", view_func=self.sdk, methods=["POST", "OPTIONS"])
        workbench.mount(app, wechat)
        self._console = Console(app, wechat)

    # The page of phones

    def phones(self) -> str:
        """Show all phones side by side."""
        return render_template("phones.html", wechat=self._wechat, phones=self._wechat.shown_phones)

    def state(self) -> Response:
        """Return what has changed: parts of the page as HTML, under names, with a digest each.

        The page sends the digests it has as the query; what is unchanged is left out.
        """
        parts = {"codes": render_template("codes.html", codes=self._codes(), addresses=self._wechat.addresses)}
        parts["workbench"] = render_template(
            "journal.html", wechat=self._wechat, console=self._console, **workbench.journal(self._wechat)
        )
        for shown in self._wechat.shown_phones:
            menu = shown.phone.menu()
            buttons = menu.buttons if menu is not None else []
            parts[f"chat-{shown.key}"] = render_template(
                "chat.html", shown=shown, lines=shown.phone.chat, account_name=self._wechat.account_name
            )
            parts[f"habits-{shown.key}"] = render_template("habits.html", shown=shown)
            parts[f"foot-{shown.key}"] = render_template("foot.html", shown=shown, buttons=buttons)
        digests = {part: hashlib.sha256(html.encode()).hexdigest()[:16] for part, html in parts.items()}
        news = {
            part: {"digest": digests[part], "html": html}
            for part, html in parts.items()
            if request.args.get(part) != digests[part]
        }
        return jsonify(news)

    def _codes(self) -> list[Any]:
        with self._wechat.account.lock:
            codes = self._wechat.account.codes.all()
        newest: dict[str, Any] = {}
        for code in sorted(codes, key=lambda code: not code.label):
            newest.setdefault(code.scene, code)
        return list(newest.values())[:MOST_CODES]

    def act(self, key: str, action: str) -> AnyResponse:
        """Do what a button says, as that person; answer with a page to open, if there is one."""
        shown, opened, problem = self._shown(key), None, None
        try:
            opened = self._do(shown, action)
        except (NoSuchButton, NotFollowing) as error:
            problem = type(error).__name__
        if request.accept_mimetypes.best == "application/json":
            return jsonify({"open": opened, "problem": problem})
        return redirect(opened or f"/#phone-{key}")

    def _do(self, shown: ShownPhone, action: str) -> str | None:
        phone, form = shown.phone, request.form
        if action == "follow":
            phone.follow()
        elif action == "unfollow":
            phone.unfollow()
        elif action == "revoke":
            phone.revoke()
        elif action == "habits":
            self._habits(shown)
        elif action == "send":
            if form.get("text", "").strip():
                phone.send(form["text"].strip())
        elif action == "photo":
            photo = request.files.get("photo")
            if photo is not None:
                self._photo(shown, photo.read(), form.get("which", ""))
        elif action == "scan":
            return self._scan(shown, form.get("what", "").strip(), form.get("which", ""))
        elif action == "tap":
            return self._tap(shown, form.get("which", ""))
        else:
            abort(404)
        return None

    @staticmethod
    def _habits(shown: ShownPhone) -> None:
        """What this person does when asked: by a page, by a template message, for a subscription notice."""
        phone, form = shown.phone, request.form
        if form.get("consent") in ("allow", "refuse", "snapshot"):
            phone.web.consent = form["consent"]
        if "notices" in form:
            phone.person.refuses_notices = form["notices"] == "refuse"
        if form.get("template"):
            phone.answer_subscription(form["template"], form.get("answer") != "reject")

    def _photo(self, shown: ShownPhone, content: bytes, which: str) -> None:
        if which:
            shown.phone.tap(which, photo=content)
        elif content:
            shown.phone.send_photo(content)

    def _scan(self, shown: ShownPhone, what: str, which: str) -> str | None:
        if not what:
            return None
        codes, phone = self._wechat.account.codes, shown.phone
        is_address = what.startswith(("http://", "https://")) and codes.find(what) is None
        if which:
            button = self._button(shown, which)
            if is_address and button.get("type") == "scancode_push":
                phone.event("scancode_push", EventKey=which, ScanCodeInfo={"ScanType": "qrcode", "ScanResult": what})
                return self._opening(shown, what)
            phone.scan_with_menu(what, which)
            return None
        if is_address:
            return self._opening(shown, what)
        if codes.find(what) is None:
            # A printed code outlives the simulator: any scene typed by hand is taken as one.
            self._wechat.add_code(what, what)
        phone.scan(what)
        return None

    def _tap(self, shown: ShownPhone, which: str) -> str | None:
        button = self._button(shown, which)
        if button["type"] == "view":
            menu = shown.phone.menu()
            shown.phone.event("VIEW", EventKey=button["url"], MenuId=menu.menu_id if menu else 0)
            return self._opening(shown, button["url"])
        if button["type"] not in SCANNERS:
            shown.phone.tap(which)
        return None

    @staticmethod
    def _button(shown: ShownPhone, which: str) -> Button:
        menu = shown.phone.menu()
        for button in leaves(menu.buttons if menu else []):
            if which in (button.get("key"), button.get("url"), button["name"]):
                return button
        raise NoSuchButton(which)

    @staticmethod
    def _opening(shown: ShownPhone, url: str) -> str:
        return f"/phones/{shown.key}/open?url={quote(url, safe='')}"

    def open(self, key: str) -> AnyResponse | str:
        """Lead a browser to a page as this phone sees it; other sites cannot be reached from here."""
        shown, url = self._shown(key), request.args.get("url", "")
        inside = shown.proxy.inside(url)
        return redirect(inside) if inside else render_template("outside.html", address=url)

    def _shown(self, key: str) -> ShownPhone:
        return next((shown for shown in self._wechat.shown_phones if shown.key == key), None) or abort(404)

    # What else a browser asks for

    def medium(self, media_id: str) -> Response:
        """Show a picture that somebody sent or the account uploaded."""
        try:
            with self._wechat.account.lock:
                file = self._wechat.account.media.find(media_id).file
        except Refusal:
            abort(404)
        return Response(file.content, mimetype=file.content_type)

    def drawing(self) -> Response:
        """Draw any text as a code."""
        return Response(picture(request.args.get("text", "")[:1000]), mimetype="image/png")

    def code_picture(self) -> Response:
        """Show a parametric code, as the mp host does: 404 on a ticket that does not exist."""
        with self._wechat.account.lock:
            png = self._wechat.account.codes.picture_of(request.args.get("ticket", ""))
        return Response(png, mimetype="image/jpg") if png is not None else abort(404)

    def authorise(self) -> AnyResponse | str | tuple[str, int]:
        """Answer the authorise address for a browser that came by itself, not through a phone's port.

        Who it is says the header ``X-Simulator-OpenID`` or ``as``; without either the page offers the phones.
        """
        args = request.args.to_dict()
        openid = request.headers.get("X-Simulator-OpenID") or args.pop("as", "")
        try:
            with self._wechat.account.lock:
                wanted = self._wechat.account.authorisation.read(args)
        except BadRequest as error:
            return render_template("authorise_error.html", code=error.code, reason=error.reason)
        if not openid:
            inside = "MicroMessenger" in request.user_agent.string
            return render_template("who.html", phones=self._wechat.shown_phones, inside=inside, address=request.url)
        web = self._wechat.phone(openid).web
        return redirect(web.decide(wanted, web.consent))

    def script(self) -> Response:
        """Serve the JS-SDK stub to a page that is not behind a phone's port."""
        return Response(self._wechat.sdk.script(self._wechat.base_url), mimetype="text/javascript")

    def sdk(self, question: str) -> AnyResponse:
        """Answer the stub's questions from such a page."""
        if request.method == "OPTIONS":
            answer: AnyResponse = Response()
        else:
            answer = self._wechat.sdk.answer(request, None)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        return answer
