"""Trusted proxies (可信代理): who a visitor is, told by the proxies of ``WXSVC_TRUSTED_PROXIES`` and by nobody else.

Each proxy writes at the end of ``X-Forwarded-For`` who spoke to it. So the list is read from its end for as long as the
speaker is one of ours; what a visitor wrote before that is never believed. The same holds of the scheme and the host.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from wxsvc.networks import Network, is_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class TrustedProxies:
    """The app behind proxies of these networks; requests of all others reach it as they came."""

    def __init__(self, app: WSGIApplication, networks: tuple[Network, ...]) -> None:
        self._app, self._networks = app, networks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        hops = self._hops(environ)
        app = ProxyFix(self._app, x_for=hops, x_proto=1, x_host=1) if hops else self._app
        return app(environ, start_response)

    def _hops(self, environ: WSGIEnvironment) -> int:
        """How many entries from the end were written by proxies of ours; a speaker that is no address ends the list."""
        told = parse_list_header(environ.get("HTTP_X_FORWARDED_FOR", ""))
        hops = 0
        for speaker in [environ.get("REMOTE_ADDR", ""), *reversed(told)]:
            try:
                is_ours = is_in(speaker, self._networks)
            except ValueError:
                return max(hops - 1, 0)
            if hops == len(told) or not is_ours:
                return hops
            hops += 1
        return hops
