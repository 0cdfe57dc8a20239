"""Networks (网段): which machines are meant by ``10.0.0.0/8`` and the like, and in which of them somebody is."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Networks or single addresses, separated by commas. Raises ``ValueError``, for a network of all addresses too."""
    found = tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    if not found or not all(network.prefixlen for network in found):
        raise ValueError(text)
    return found


def is_in(address: str, among: tuple[Network, ...]) -> bool:
    """Whether the address is in one of the networks. Raises ``ValueError`` where it is no address."""
    return any(_plain(address) in network for network in among)


def connection_of(address: str | None) -> str:
    """Whose connection it is: of IPv6 the /64, as every line and every phone has one of its own and as many addresses
    in it as it likes; else the address.
    """
    try:
        found = _plain(address or "")
    except ValueError:
        return str(address)
    return str(IPv6Network((int(found), 64), strict=False) if isinstance(found, IPv6Address) else found)


def _plain(address: str) -> IPv4Address | IPv6Address:
    """The address; of one that IPv6 only wraps, what is inside."""
    found = ip_address(address)
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
