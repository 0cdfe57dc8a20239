"""A phone with WeChat on it: what one person can do, and what the screen then shows."""

import hashlib
import threading
from typing import Any

import requests

from wxsvc.simulator import texts
from wxsvc.simulator.account import Account
from wxsvc.simulator.buttons import Button, leaves
from wxsvc.simulator.call import File
from wxsvc.simulator.media import kind_of
from wxsvc.simulator.menus import Menu
from wxsvc.simulator.people import Person
from wxsvc.simulator.pushes import Delivery
from wxsvc.simulator.reply import Reply
from wxsvc.simulator.webview import WebView, origin
from wxsvc.simulator.xmltext import Value

SCANNERS = ("scancode_waitmsg", "scancode_push")
CAMERAS = ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")


class UnknownCode(LookupError):
    """Nothing with this ticket, url, label or scene can be scanned."""


class NoSuchButton(LookupError):
    """The menu that this person sees has no such button."""


class NotFollowing(RuntimeError):
    """Only followers have a chat with the account."""


class Phone:
    """One person's phone. Every action waits for its end and returns the reply in the chat, or None.

    A push that failed shows WeChat's own sentence: a reply of kind ``system``. ``page`` is the page last opened.
    """

    def __init__(self, account: Account, person: Person, base_url: str, menu_cache: float = 0.0) -> None:
        self._account, self.person, self._base_url = account, person, base_url
        self.menu_cache = menu_cache
        """Seconds for which the phone shows its own copy of the menu; five minutes in reality."""
        self._menu: tuple[float, Menu | None] | None = None
        self._lock = threading.RLock()
        self.web = WebView(account, person)
        self.web.open_origins.add(base_url)
        self.page: requests.Response | None = None
        self.last_delivery: Delivery | None = None
        self.location = (28.2282, 112.9388)

    @property
    def openid(self) -> str:
        """The person's openid under this account."""
        return self.person.openid

    @property
    def session(self) -> requests.Session:
        """The cookies and headers of this phone's WebView."""
        return self.web.session

    @property
    def chat(self) -> list[Any]:
        """The lines on the screen, oldest first."""
        return self._account.chat(self.openid).lines()

    # Following

    def follow(self) -> Reply | None:
        """Follow the account, found by search; already a follower, do nothing."""
        with self._lock:
            if self.person.follows:
                return None
            return self._follow("ADD_SCENE_SEARCH", EventKey="")

    def unfollow(self) -> None:
        """Leave the account; there is no reply to that."""
        with self._lock:
            if not self.person.follows:
                return
            with self._account.lock:
                self._account.people.unfollow(self.person)
            self._menu = None
            self._say("system", "system", texts.UNFOLLOWED)
            self.last_delivery = self._account.event(self.person, "unsubscribe", EventKey="")

    def revoke(self, event: str = "user_authorization_revoke") -> None:
        """Take back what the account may know of this person, in WeChat's own settings; there is no reply to that.

        The other compliance events are ``user_authorization_cancellation`` and ``user_info_modified``.
        """
        app_id = self._account.credentials.app_id
        fields = {"OpenID": self.openid, "AppID": app_id, "UnionID": "", "RevokeInfo": "1"}
        self.last_delivery = self._account.event(self.person, event, **fields)

    def _follow(self, scene: str, qr_scene: int = 0, qr_scene_str: str = "", **fields: Value) -> Reply | None:
        with self._account.lock:
            self._account.people.follow(self.person, scene, qr_scene, qr_scene_str)
        self._menu = None
        self._say("system", "system", texts.FOLLOWED)
        return self.event("subscribe", **fields)

    # Scanning

    def scan(self, what: str) -> Reply | None:
        """Scan with WeChat's own scanner: a parametric code by ticket, url, label or scene, or a web address.

        A follower sends SCAN, anybody else follows first and sends subscribe; a web address is opened in the
        WebView (see ``page``). Raises UnknownCode for anything else.
        """
        with self._lock:
            code = self._account.codes.find(what)
            if code is None:
                if not what.startswith(("http://", "https://")):
                    raise UnknownCode(what)
                self.open(what)
                return None
            self._say("system", "system", texts.SCANNED)
            if self._account.codes.is_over(code):
                return self._system(texts.CODE_EXPIRED)
            if self.person.follows:
                return self.event("SCAN", EventKey=code.scene, Ticket=code.ticket)
            number, text = (int(code.scene), "") if code.is_number else (0, code.scene)
            key = f"qrscene_{code.scene}"
            return self._follow("ADD_SCENE_QR_CODE", number, text, EventKey=key, Ticket=code.ticket)

    def scan_with_menu(self, what: str, key: str | None = None) -> Reply | None:
        """Scan through a menu's scanner button (the first one, or the one with this key).

        ``what`` is the text in the code; a code's label or ticket stands for its url. With a ``scancode_push``
        button the client itself opens an address that it reads.
        """
        with self._lock:
            button = self._scanner(key)
            code = self._account.codes.find(what)
            text = code.url if code is not None and what in (code.label, code.ticket) else what
            scanned: Value = {"ScanType": "qrcode", "ScanResult": text}
            reply = self.event(button["type"], EventKey=button["key"], ScanCodeInfo=scanned)
            if button["type"] == "scancode_push" and text.startswith(("http://", "https://")):
                return self.scan(text)
            return reply

    def _scanner(self, key: str | None) -> Button:
        menu = self.menu()
        for button in leaves(menu.buttons if menu is not None else []):
            if button.get("type") in SCANNERS and key in (None, button.get("key")):
                return button
        if key is None:
            raise NoSuchButton("scancode_waitmsg")
        # A menu that the account has since replaced can still be on a phone.
        return {"type": "scancode_waitmsg", "key": key}

    # Talking

    def send(self, text: str) -> Reply | None:
        """Send a text."""
        with self._lock:
            self._must_follow()
            self._say("me", "text", text)
            return self._shown(self._account.message(self.person, "text", Content=text))

    def send_photo(self, content: bytes) -> Reply | None:
        """Send a picture; the account can fetch it for three days by its MediaId."""
        with self._lock:
            self._must_follow()
            file = File(content, kind_of(content) or "image/jpeg", "photo.jpg")
            with self._account.lock:
                medium = self._account.media.keep("image", file)
            picture = f"{self._base_url}/mmbiz/{medium.media_id}"
            self._say("me", "image", texts.PHOTO, picture=f"/mmbiz/{medium.media_id}")
            fields = {"PicUrl": picture, "MediaId": medium.media_id}
            return self._shown(self._account.message(self.person, "image", **fields))

    def event(self, name: str, **fields: Value) -> Reply | None:
        """Push any event by name, also one that no screen offers."""
        return self._shown(self._account.event(self.person, name, **fields))

    def answer_subscription(self, template_id: str, accept: bool = True) -> None:
        """Agree to one subscription notice of a template, or refuse, in the window that a page opened."""
        with self._lock:
            self.last_delivery = self._account.answer_subscriptions(self.person, [template_id], accept=accept)

    # The menu

    def menu(self) -> Menu | None:
        """Return the menu on the screen: WeChat's, or the phone's own copy while that is young enough."""
        if not self.person.follows:
            return None
        now = self._account.clock.now()
        if self._menu is None or now - self._menu[0] >= self.menu_cache:
            with self._account.lock:
                self._menu = (now, self._account.menus.seen_by(self.person))
        return self._menu[1]

    def tap(self, which: str, *, photo: bytes | None = None, scanned: str | None = None) -> Reply | None:
        """Tap a button by key, name or url. A view opens in the WebView (see ``page``).

        Scanner buttons need ``scanned``, camera buttons ``photo``. Raises NoSuchButton.
        """
        with self._lock:
            menu = self.menu()
            for button in leaves(menu.buttons if menu is not None else []):
                if which in (button.get("key"), button["name"], button.get("url")):
                    return self._tap(button, menu.menu_id if menu is not None else 0, photo, scanned)
            raise NoSuchButton(which)

    def _tap(self, button: Button, menu_id: int, photo: bytes | None, scanned: str | None) -> Reply | None:
        kind, key = button["type"], str(button.get("key", ""))
        if kind == "click":
            return self.event("CLICK", EventKey=key)
        if kind == "view":
            self.event("VIEW", EventKey=button["url"], MenuId=menu_id)
            self.open(button["url"])
            return None
        if kind in SCANNERS:
            if scanned is None:
                raise ValueError("a scanner button needs `scanned`")
            return self.scan_with_menu(scanned, key)
        if kind in CAMERAS:
            if photo is None:
                raise ValueError("a camera button needs `photo`")
            md5 = hashlib.md5(photo, usedforsecurity=False).hexdigest()
            self.event(kind, EventKey=key, SendPicsInfo={"Count": 1, "PicList": {"item": [{"PicMd5Sum": md5}]}})
            return self.send_photo(photo)
        if kind == "location_select":
            x, y = self.location
            place: Value = {"Location_X": str(x), "Location_Y": str(y), "Scale": "16", "Label": "", "Poiname": ""}
            return self.event(kind, EventKey=key, SendLocationInfo=place)
        if kind == "miniprogram":
            return self.event("view_miniprogram", EventKey=button.get("pagepath", ""), MenuId=menu_id)
        return None

    # The WebView

    def open(self, url: str) -> requests.Response:
        """Open an address in the WebView, with silent web authorisation; return the page finally shown."""
        with self._lock:
            self.page = self.web.open(url)
            return self.page

    def submit(self, url: str, data: Any = None, files: Any = None) -> requests.Response:
        """Send a form from the page that is open, as a browser would: with its origin and referer."""
        with self._lock:
            headers = {}
            if self.page is not None and self.page.url:
                headers = {"Referer": self.page.url, "Origin": origin(self.page.url)}
            self.page = self.web.open(url, "POST", data=data, files=files, headers=headers)
            return self.page

    # Inside

    def _must_follow(self) -> None:
        if not self.person.follows:
            raise NotFollowing(self.person.name)

    def _say(self, side: str, kind: str, text: str, picture: str = "") -> None:
        self._account.say(self.openid, side, kind, text, picture=picture)

    def _system(self, text: str) -> Reply:
        self._say("system", "system", text)
        return Reply("system", text)

    def _shown(self, delivery: Delivery | None) -> Reply | None:
        self.last_delivery = delivery
        if delivery is None:
            return None
        return Reply("system", texts.UNAVAILABLE) if delivery.problem else delivery.reply
