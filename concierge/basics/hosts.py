"""Hosts on the network: what a name stands for, and whether that lies inside the office's own network."""

import socket
from collections.abc import Collection
from ipaddress import IPv6Address, ip_address, ip_network


def addresses_of(host: str) -> list[str]:
    """The addresses that a name stands for now; none when nobody knows it."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_kind, address in found]


def is_inside(address: str) -> bool:
    """Whether an address is anything but a public one: this machine, its link, a private or a reserved network."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return not ip.is_global or ip.is_multicast


def is_allowed(host: str, address: str, allowed: Collection[str]) -> bool:
    """Whether a host at this address may be told: a public one, or one that the operator named.

    `allowed` holds names of hosts and networks ("wecom.gov.example", "10.20.0.0/16").
    """
    return not is_inside(address) or host.lower() in allowed or is_address_of(address, allowed)


def is_address_of(text: str, networks: Collection[str]) -> bool:
    """Whether a text is an address of one of these networks; anything in them that names a host is passed over."""
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return any(ip in ip_network(each) for each in networks if is_network(each))


def is_network(text: str) -> bool:
    """Whether a text names a network or an address rather than a host."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
