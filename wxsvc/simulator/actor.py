"""Somebody on the page of phones: a role, a phone, and the port through which its pages are seen."""

from dataclasses import dataclass

from wxsvc.simulator.phone import Phone
from wxsvc.simulator.proxy import Proxy


@dataclass(frozen=True)
class Actor:
    """One of the phones side by side; ``key`` is its place in addresses."""

    key: str
    title: str
    name: str
    phone: Phone
    proxy: Proxy
