"""The pretend WeChat: one loopback port for its hosts and pages, and phones to hold in a script."""

import re
import threading
from collections import deque
from collections.abc import Callable, Iterable
from time import time
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request

from wxsvc.simulator import texts
from wxsvc.simulator.account import Account
from wxsvc.simulator.actor import Actor
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.codes import Code
from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.faults import Faults
from wxsvc.simulator.gate import Gate
from wxsvc.simulator.listener import Listener
from wxsvc.simulator.people import Person
from wxsvc.simulator.phone import Phone
from wxsvc.simulator.proxy import Proxy
from wxsvc.simulator.pushes import Pushes
from wxsvc.simulator.screen import Screen
from wxsvc.simulator.sdk import Sdk
from wxsvc.simulator.serial import Serial
from wxsvc.simulator.webview import origin

OPENID = re.compile(r"o[A-Za-z0-9_-]{15,63}")
API = ("/cgi-bin/", "/sns/")


class Simulator:
    """A WeChat with one account, for the demo and the tests.

    >>> sim = Simulator(callback_url="http://127.0.0.1:8000/wechat", app_id="wx…", app_secret="…", token="…")
    >>> sim.start()
    >>> reply = sim.phone("Zhang San").scan("1")

    ``base_url`` stands for all three hosts (api, open, mp). ``product_url`` is where the product listens (default: the
    callback's origin), ``aliases`` are further origins that mean it. The same ``seed`` gives the same tokens and
    tickets; ``now`` (Unix seconds) is the source of the clock. ``menu_cache`` is for how many seconds a phone keeps
    its copy of the menu: 300 in reality, 0 here unless asked for.
    """

    def __init__(
        self,
        callback_url: str,
        app_id: str,
        app_secret: str,
        token: str,
        aes_key: str = "",
        mode: str = "safe",
        *,
        kind: str = "service_verified",
        account_id: str = "gh_0123456789ab",
        account_name: str = texts.ACCOUNT,
        product_url: str | None = None,
        aliases: Iterable[str] = (),
        seed: str | None = None,
        now: Callable[[], float] = time,
        menu_cache: float = 0.0,
    ) -> None:
        credentials = Credentials(app_id, app_secret, token, aes_key, mode, account_id, kind)
        self.clock, self.account_name = Clock(now), account_name
        self.account = Account(credentials, callback_url, self.clock, Serial(seed))
        self.gate = Gate(self.account)
        self.screen = Screen(self)
        self.sdk = Sdk(self.account, self.screen.pages)
        self.actors: list[Actor] = []
        self._product_url = origin(product_url or callback_url)
        by_name = self._product_url.replace("//127.0.0.1", "//localhost")
        self._aliases, self._menu_cache = (by_name, *aliases), menu_cache
        self._phones: dict[str, Phone] = {}
        self._lock = threading.RLock()
        self._listener: Listener | None = None

    # Its life

    def start(self, port: int = 0) -> "Simulator":
        """Listen on 127.0.0.1, on a free port unless one is given."""
        self._listener = Listener(self, port)
        self._listener.start()
        return self

    def stop(self) -> None:
        """Deliver what waits, then close all ports and connections."""
        self.account.pushes.stop()
        for actor in self.actors:
            actor.proxy.stop()
        for phone in self._phones.values():
            phone.web.close()
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def __enter__(self) -> "Simulator":
        return self if self._listener is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The address for the product's api, open and mp base URLs, without a slash at the end."""
        if self._listener is None:
            raise RuntimeError("the simulator has not been started")
        return self._listener.url

    # Its parts

    @property
    def pushes(self) -> Pushes:
        """The push engine: duplicates, delays, order, tampering, and the log of deliveries."""
        return self.account.pushes

    @property
    def faults(self) -> Faults:
        """Errors, pages, slowness and broken connections for the API's next calls."""
        return self.account.faults

    def settle(self) -> None:
        """Wait until no push is under way any more."""
        self.pushes.settle()

    # People, codes, templates

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

    def add_actor(self, title: str, openid: str, name: str, *, follows: bool = True) -> Actor:
        """Put a phone on the page of phones; ``title`` is the role that stands above it."""
        with self._lock:
            self.account.people.add(openid, name)
            phone = self.phone(openid, follows=follows)
            proxy = Proxy(phone.web, self._product_url, self._aliases, self.screen.pages, self.sdk)
            actor = Actor(str(len(self.actors) + 1), title, name, phone, proxy)
            proxy.start()
            self.actors.append(actor)
            return actor

    def add_code(self, label: str, scene_or_url: str) -> Code | None:
        """Offer something to scan on the page of phones.

        A scene becomes a permanent parametric code with this label (or names the one that the product made); a web
        address is offered as a plain code, and None is returned.
        """
        if scene_or_url.startswith(("http://", "https://")):
            self.screen.addresses[label] = scene_or_url
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

    # Requests

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: the API's paths at the gate, all else from the screen."""
        if environ.get("PATH_INFO", "").startswith(API) and environ["PATH_INFO"] != "/cgi-bin/showqrcode":
            with Request(environ) as request:
                return self.gate.answer(request)(environ, start_response)
        return self.screen.app(environ, start_response)
