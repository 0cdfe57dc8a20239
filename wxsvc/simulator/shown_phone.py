"""A phone on the page of phones: its owner's role, and the port through which its pages are seen."""

from dataclasses import dataclass

from wxsvc.simulator.phone import Phone
from wxsvc.simulator.proxy import Proxy


@dataclass(frozen=True)
class ShownPhone:
    """One of the phones side by side; ``key`` is its place in addresses."""

    key: str
    title: str
    name: str
    phone: Phone
    proxy: Proxy
