"""Networks (网段): which machines are meant by ``10.0.0.0/8`` and the like, and which of them somebody is."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Networks or single addresses, separated by commas. Raises ``ValueError``, for a network of all addresses too."""
    found = tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    if not found or not all(network.prefixlen for network in found):
        raise ValueError(text)
    return found


def is_in(address: str, among: tuple[Network, ...]) -> bool:
    """Whether the address is in one of the networks. Raises ``ValueError`` where it is no address."""
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in among)
