"""Addresses in settings (地址): what cannot be read is refused without the value, which may hold a password."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit


def database(value: str) -> str:
    """SQLite, or PostgreSQL through psycopg however the URL spells it. Raises ``ValueError``."""
    value = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", value)
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("begins with sqlite:/// or postgresql://")
    if value in ("sqlite:///", "sqlite:///:memory:"):
        raise ValueError("names a file, such as sqlite:///var/wxsvc.db")
    if value.startswith("postgresql"):
        _must_have_one_at(value)
        _must_be_readable(value)
    return value


def broker(value: str) -> str:
    """The broker within the process, Redis or RabbitMQ. Raises ``ValueError``."""
    if not value.startswith(("memory://", "redis://", "rediss://", "amqp://", "amqps://")):
        raise ValueError("begins with memory://, redis:// or amqp://")
    _must_have_one_at(value)
    parts = _parts(value)
    if parts.scheme.startswith("redis") and not re.fullmatch(r"/?\d*", parts.path):
        raise ValueError("ends with the number of a database, such as redis://127.0.0.1:6379/0")
    return value


def origin(value: str) -> str:
    """Where a web server is reached, without a slash at the end. Raises ``ValueError``."""
    parts = _parts(value)
    is_web = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", value)
    if not is_web or parts.query or parts.fragment:
        raise ValueError("is an address such as https://wx.example.cn")
    return parts.geturl().rstrip("/")


def site(value: str) -> str:
    """The same for ourselves: no path, because our pages stand at the top of a host. Raises ``ValueError``."""
    found = origin(value)
    if _parts(found).path:
        raise ValueError(
            "is an address without a path, such as https://wx.example.cn: give the product a host of its own"
        )
    return found


def _parts(url: str) -> SplitResult:
    """The parts of an address. Raises ``ValueError`` without the value, which may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(
            "is no address: its port is a number up to 65535,"
            " and / ? # [ ] in a password are written %2F %3F %23 %5B %5D"
        ) from None
    return parts


def _must_have_one_at(url: str) -> None:
    """Each reader of addresses ends a password at another of several @; what it takes for the host it shows."""
    if url.count("@") > 1:
        raise ValueError("has more than one @: @ in a password is written %40")


def _must_be_readable(url: str) -> None:
    """Raises ``ValueError``, without the value, where PostgreSQL's client cannot read the address."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo
    from sqlalchemy.engine import make_url

    try:
        parts = make_url(url)
        make_conninfo(**parts.get_dialect()().create_connect_args(parts)[1])
    except ValueError:
        raise ValueError("is no address: its port is a number") from None
    except ProgrammingError as error:
        raise ValueError(str(error)) from None
