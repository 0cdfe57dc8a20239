"""The simulator: the simulated WeChat on one loopback port, with its pages."""

from collections.abc import Callable, Iterable
from time import time
from typing import Self
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from werkzeug.wrappers import Request

from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.listener import Listener
from wxsvc.simulator.screen import Screen
from wxsvc.simulator.wechat import WeChat

API = ("/cgi-bin/", "/wxaapi/", "/sns/")


class Simulator(WeChat):
    """A WeChat that listens, for the demo and the tests. The product is where the callback's address points.

    >>> credentials = Credentials("wx…", app_secret="…", token="…", aes_key="…")
    >>> with Simulator("http://127.0.0.1:8000/wechat", credentials) as sim:
    ...     reply = sim.phone("Zhang San").scan("1")

    ``base_url`` stands for all three hosts (api, open, mp). The keywords are those of ``WeChat``.
    """

    def __init__(
        self,
        callback_url: str,
        credentials: Credentials,
        *,
        seed: str | None = None,
        now: Callable[[], float] = time,
        menu_cache: float = 0.0,
    ) -> None:
        app = Flask(__package__, template_folder="templates", static_folder="static")
        super().__init__(callback_url, credentials, app.jinja_env, seed=seed, now=now, menu_cache=menu_cache)
        self.screen = Screen(app, self)
        self._listener: Listener | None = None

    def start(self, port: int = 0) -> Self:
        """Listen on 127.0.0.1, on a free port unless one is given."""
        self._listener = Listener(self, port)
        self._url = self._listener.url
        self._listener.start()
        return self

    def stop(self) -> None:
        """Deliver what waits, then close all ports and connections."""
        self.account.pushes.stop()
        for shown in self.shown_phones:
            shown.proxy.stop()
        for phone in self._phones.values():
            phone.web.close()
        if self._listener is not None:
            self._listener.stop()
            self._listener = self._url = None

    def __enter__(self) -> Self:
        return self if self._listener is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: the API's paths at the gate, all else from the screen."""
        if environ.get("PATH_INFO", "").startswith(API) and environ["PATH_INFO"] != "/cgi-bin/showqrcode":
            with Request(environ) as request:
                return self.gate.answer(request)(environ, start_response)
        return self.screen.app(environ, start_response)
