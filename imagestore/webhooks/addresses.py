"""Where deliveries may go: out to the internet, and nowhere near our own machines. Pure.

A url is checked when a shop names it; what its host leads to is checked again each time, by whoever connects.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from imagestore.webhooks.errors import UrlInvalid

LONGEST_URL = 500
PORTS = {"https": 443, "http": 80}
LEAST_FREE_PORT = 1024
PRINTABLE = re.compile(r"[\x21-\x7e]+")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
CLOSED_V4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by a provider's customers
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: clouds tell their secrets there
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays from IPv6
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
GLOBAL_V6 = IPv6Network("2000::/3")
"""Outside of it lies all that is local, mapped, translated (NAT64) or reserved."""
CLOSED_V6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4: holds an IPv4 address
        "3fff::/20",
    )
]


def check_url(url: str, *, anywhere: bool) -> None:
    """`anywhere`: in development; plain http and this machine will do. Raises UrlInvalid."""
    parts, host, port = _parts(url)
    if parts.scheme != "https" and not (anywhere and parts.scheme == "http"):
        raise _invalid("An endpoint is reached by https.")
    if "@" in parts.netloc or "#" in url:
        raise _invalid("The url has no user name, password or fragment.")
    address = _numeric(host)
    if address is None:
        _check_name(host, anywhere)
    if anywhere:
        return
    if address is not None and is_closed(address):
        raise _invalid("The url leads to an address that is not public.")
    if port is not None and port != PORTS["https"] and port < LEAST_FREE_PORT:
        raise _invalid(f"The port is {PORTS['https']}, or one from {LEAST_FREE_PORT} on.")


def closed(addresses: Sequence[str]) -> bool:
    """Whether any of what a name leads to is not public."""
    return any(is_closed(ip_address(address)) for address in addresses)


def is_closed(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return any(address in network for network in CLOSED_V4)
    return address not in GLOBAL_V6 or any(address in network for network in CLOSED_V6)


def _parts(url: str) -> tuple[SplitResult, str, int | None]:
    """With the host, in small letters, and the port, if one is named."""
    if len(url) > LONGEST_URL:
        raise _invalid(f"A url has at most {LONGEST_URL} characters.")
    if not PRINTABLE.fullmatch(url) or "\\" in url:
        raise _invalid("Write the url in ASCII: a host with other letters begins with xn--, other signs as %XX.")
    try:
        parts = urlsplit(url)
        return parts, parts.hostname or "", parts.port
    except ValueError as error:
        raise _invalid("This is no url.") from error


def _numeric(host: str) -> IPv4Address | IPv6Address | None:
    """Of a host that is an address. Forms that only some readers take as one are refused: 127.1, 0x7f000001, 017…"""
    if ":" not in host and not NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    try:
        return ip_address(host.replace("%", " "))  # No zone of this machine's own.
    except ValueError as error:
        raise _invalid("Write an address as four decimal numbers, or as IPv6 in brackets.") from error


def _check_name(host: str, anywhere: bool) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise _invalid("The url's host is no name of the internet: letters, digits and '-' between dots.")
    if len(labels) < 2 and not anywhere:
        raise _invalid("Write the host in full, like hooks.shop.example.")


def _invalid(text: str) -> UrlInvalid:
    return UrlInvalid(text, field="url")
