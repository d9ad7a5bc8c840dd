"""Which hosts lie inside the office's own network, and which of them the operator lets be told."""

import pytest

from concierge.basics.hosts import addresses_of, is_allowed, is_inside


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.0.0.8", True),
        ("172.16.3.4", True),
        ("192.168.1.1", True),
        ("100.64.0.1", True),
        ("169.254.169.254", True),
        ("fe80::1%eth0", True),
        ("fd12::3", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("93.184.216.34", False),
        ("2606:2800:220:1::1", False),
    ],
)
def test_only_public_addresses_lie_outside(address: str, inside: bool) -> None:
    assert is_inside(address) is inside


def test_the_operator_names_hosts_and_networks_that_may_be_told() -> None:
    allowed = frozenset({"wecom.gov.example", "10.20.0.0/16", "192.168.7.7"})
    assert is_allowed("WeCom.gov.example", "172.16.0.1", allowed)
    assert is_allowed("anything", "10.20.3.4", allowed)
    assert is_allowed("anything", "192.168.7.7", allowed)
    assert not is_allowed("anything", "10.21.0.1", allowed)
    assert not is_allowed("evil.wecom.gov.example", "127.0.0.1", allowed)


def test_a_written_address_stands_for_itself_and_nonsense_for_nothing() -> None:
    assert addresses_of("127.0.0.1") == ["127.0.0.1"]
    assert addresses_of("a" * 70 + "..") == []
