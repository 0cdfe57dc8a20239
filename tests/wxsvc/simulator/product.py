"""A server in the product's place, and the console values that both sides share."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

APP_ID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "callbacktoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        return


class Product:
    """Keeps what arrives and answers with ``handler``; with a certificate (``tls``) by https."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.bodies: list[bytes] = []
        self.handler: Callable[[Request], Response] = lambda _: Response("success")
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet, ssl_context=tls)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.port}"

    def _serve(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        self.bodies.append(request.get_data())
        self.requests.append(request)
        return self.handler(request)(environ, start_response)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
