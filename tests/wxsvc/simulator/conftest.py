"""A simulator and a callback server that a test can script."""

import threading
from collections.abc import Callable, Iterator

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from wxsvc.simulator import Simulator

APP_ID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "callbacktoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        return


class Product:
    """A server in the product's place: keeps what arrives and answers with ``handler``."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.bodies: list[bytes] = []
        self.handler: Callable[[Request], Response] = lambda _: Response("success")
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.port}"

    def _serve(self, environ, start_response):
        request = Request(environ)
        self.bodies.append(request.get_data())
        self.requests.append(request)
        return self.handler(request)(environ, start_response)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product()
    yield server
    server.stop()


@pytest.fixture
def make(product: Product) -> Iterator[Callable[..., Simulator]]:
    """Start simulators; keyword arguments change the usual ones."""
    started: list[Simulator] = []

    def start(**changes: object) -> Simulator:
        usual = {"callback_url": f"{product.url}/wechat", "app_id": APP_ID, "app_secret": SECRET, "token": TOKEN}
        simulator = Simulator(**{**usual, "aes_key": AES_KEY, "seed": "1", **changes}).start()
        started.append(simulator)
        return simulator

    yield start
    for simulator in started:
        simulator.stop()


@pytest.fixture
def sim(make: Callable[..., Simulator]) -> Simulator:
    return make()
