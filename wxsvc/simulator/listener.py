"""A loopback port that serves a WSGI application from threads."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from wxsvc.simulator.gate import Dropped

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Writes no line per request, and none when a phone goes away in the middle."""

    def log(self, type: str, message: str, *args: Any) -> None:
        return

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        self.close_connection = True


class Listener:
    """One server on 127.0.0.1; port 0 takes a free one. Start it once, stop it once."""

    def __init__(self, application: WSGIApplication, port: int = 0) -> None:
        self._application = application
        self._server: BaseWSGIServer = make_server(HOST, port, self._serve, threaded=True, request_handler=_Quiet)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._run, name=f"simulator-{self.port}", daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.port)

    @property
    def url(self) -> str:
        """The origin of this server, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def _run(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._application(environ, start_response)
        except Dropped:
            # Linger 0 turns the close into a reset: the client sees a broken connection and no answer.
            with contextlib.suppress(OSError):
                linger = struct.pack("ii", 1, 0)
                environ["werkzeug.socket"].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            raise
