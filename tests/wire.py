"""The wire to PostgreSQL, listened to: counts what a client really sends, BEGIN and COMMIT included."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

_STATEMENTS = (b"Q", b"E")  # a simple query, or the execution of a prepared one


class Wire:
    """A loopback port that forwards to a server and counts the statements that pass."""

    def __init__(self, url: sa.URL) -> None:
        self.target = url
        self.statements = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> sa.URL:
        """The server's address by way of this wire."""
        port = self._listener.getsockname()[1]
        return self.target.set(host="127.0.0.1", port=port).update_query_dict(
            {"sslmode": "disable", "gssencmode": "disable", "host": "127.0.0.1", "port": str(port)}
        )

    @contextmanager
    def counted(self) -> Iterator[list[int]]:
        """Yields a list that holds the number of statements once the block is over."""
        found: list[int] = []
        before = self.statements
        yield found
        found.append(self.statements - before)

    def close(self) -> None:
        """Stop listening; open connections end with their clients."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._connect()
            threading.Thread(target=self._count, args=(client, server), daemon=True).start()
            threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()

    def _connect(self) -> socket.socket:
        host = self.target.host or str(self.target.query.get("host", "127.0.0.1"))
        port = self.target.port or int(str(self.target.query.get("port", 5432) or 5432))
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(Path(host) / f".s.PGSQL.{port}"))
            return server
        return socket.create_connection((host, port))

    def _count(self, client: socket.socket, server: socket.socket) -> None:
        """Forward the client's messages whole, counting; the first one (startup) has no type byte."""
        waiting, head = b"", 0
        try:
            while data := client.recv(65536):
                waiting += data
                while len(waiting) >= head + 4:
                    size = int.from_bytes(waiting[head : head + 4]) + head
                    if len(waiting) < size:
                        break
                    message, waiting = waiting[:size], waiting[size:]
                    self.statements += head and message[:1] in _STATEMENTS
                    head = 1
                    server.sendall(message)
        except OSError:
            pass
        finally:
            server.close()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        sink.close()
