"""The simulated WeChat: an account, its API, the phones of its people, and the codes there are to scan."""

import re
import threading
from collections import deque
from collections.abc import Callable
from time import time

from jinja2 import Environment

from wxsvc.simulator.account import Account
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.codes import Code
from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.gate import Gate
from wxsvc.simulator.people import Person
from wxsvc.simulator.phone import Phone
from wxsvc.simulator.proxy import Proxy
from wxsvc.simulator.sdk import Sdk
from wxsvc.simulator.serial import Serial
from wxsvc.simulator.shown_phone import ShownPhone
from wxsvc.simulator.webview import origin

OPENID = re.compile(r"o[A-Za-z0-9_-]{15,63}")


class WeChat:
    """A WeChat with one account. ``pages`` are the templates of the pages that it shows by itself.

    The same ``seed`` gives the same tokens and tickets; ``now`` (Unix seconds) is the source of the clock.
    ``menu_cache`` is for how many seconds a phone keeps its copy of the menu: 300 in reality, 0 unless asked for.
    """

    def __init__(
        self,
        callback_url: str,
        credentials: Credentials,
        pages: Environment,
        *,
        seed: str | None = None,
        now: Callable[[], float] = time,
        menu_cache: float = 0.0,
    ) -> None:
        self.clock, self.account_name = Clock(now), credentials.account_name
        self.account = Account(credentials, callback_url, self.clock, Serial(seed))
        self.pushes, self.faults = self.account.pushes, self.account.faults
        self.gate = Gate(self.account)
        self.sdk = Sdk(self.account, pages)
        self.shown_phones: list[ShownPhone] = []
        """The phones on the page of phones."""
        self.addresses: dict[str, str] = {}
        """Plain codes on the page of phones: label to web address."""
        self._product, self._pages, self._menu_cache = origin(callback_url), pages, menu_cache
        self._phones: dict[str, Phone] = {}
        self._lock = threading.RLock()
        self._url: str | None = None

    @property
    def base_url(self) -> str:
        """The address for the product's api, open and mp base URLs, without a slash at the end."""
        if self._url is None:
            raise RuntimeError("the simulator has not been started")
        return self._url

    def settle(self) -> None:
        """Wait until no push is under way any more."""
        self.pushes.settle()

    def phone(self, who: str, *, follows: bool | None = None) -> Phone:
        """Return the phone of a person by openid or name; a new name gets an openid of its own.

        ``follows=True`` makes the person a follower without any push, as if it had happened long ago.
        """
        with self._lock:
            people = self.account.people
            known = next((p for p in people if who in (p.openid, p.name)), None)
            person = known or people.add(who if OPENID.fullmatch(who) else people.openid_of(who), who)
            if follows is not None and follows != person.follows:
                with self.account.lock:
                    people.follow(person, "ADD_SCENE_OTHERS") if follows else people.unfollow(person)
            return self._phone_of(person)

    def _phone_of(self, person: Person) -> Phone:
        if person.openid not in self._phones:
            self._phones[person.openid] = Phone(self.account, person, self.base_url, self._menu_cache)
        return self._phones[person.openid]

    def show_phone(self, title: str, openid: str, name: str, *, follows: bool = True) -> ShownPhone:
        """Put a phone on the page of phones; ``title`` is the role that stands above it."""
        with self._lock:
            self.account.people.add(openid, name)
            phone = self.phone(openid, follows=follows)
            proxy = Proxy(phone.web, self._product, self._pages, self.sdk)
            shown = ShownPhone(str(len(self.shown_phones) + 1), title, name, phone, proxy)
            proxy.start()
            self.shown_phones.append(shown)
            return shown

    def add_code(self, label: str, scene_or_url: str) -> Code | None:
        """Offer something to scan on the page of phones.

        A scene becomes a permanent parametric code with this label (or names the one that the product made); a web
        address is offered as a plain code, and None is returned.
        """
        if scene_or_url.startswith(("http://", "https://")):
            self.addresses[label] = scene_or_url
            return None
        with self.account.lock:
            code = self.account.codes.find(scene_or_url)
            if code is None or self.account.codes.is_over(code):
                return self.account.codes.create(scene_or_url, is_number=scene_or_url.isdigit(), label=label)
            return self.account.codes.label(code, label)

    def will_scan(self, who: str, text: str) -> None:
        """Let the next JS-SDK scan on this person's phone read ``text``, without asking."""
        self.sdk.scans.setdefault(self.phone(who).openid, deque()).append(text)

    def will_choose_title(self, who: str, title: dict[str, str]) -> None:
        """Let the next invoice title (发票抬头) that this person chooses be this one, whole as WeChat has it."""
        self.sdk.titles.setdefault(self.phone(who).openid, deque()).append(title)

    def add_template(self, template_id: str, title: str, content: str) -> None:
        """Give the account a message template; ``content`` names its keys as ``{{thing1.DATA}}``."""
        with self.account.lock:
            self.account.notices.add(template_id, title, content)
