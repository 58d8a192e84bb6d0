"""Which urls a shop may name, and which addresses are never reached outside development."""

import pytest

from imagestore.webhooks import addresses
from imagestore.webhooks.errors import UrlInvalid

PUBLIC = "93.184.215.14"
GOOD = [
    "https://hooks.shop.example",
    "https://hooks.shop.example/imagestore?key=a%20b&more=1",
    "https://HOOKS.Shop.Example/Path",
    "https://hooks.shop.example:443/",
    "https://hooks.shop.example:8443/",
    "https://xn--mller-kva.example/",
    "https://1shop.example/",
    "https://shop.example1/",
    f"https://{PUBLIC}/",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
]
NO_URLS = {
    "empty": "",
    "no scheme": "hooks.shop.example/",
    "no host": "https:///path",
    "nothing but a scheme": "https:",
    "another scheme": "ftp://hooks.shop.example/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_SET",
    "a script": "javascript:alert(1)",
    "a blank": "https://hooks.shop.example/a b",
    "a blank before": " https://hooks.shop.example/",
    "a line break": "https://hooks.shop.example/\r\nX: y",
    "a tab in the scheme": "ht\ttps://hooks.shop.example/",
    "a zero byte": "https://hooks.shop.example/\x00",
    "a backslash": "https://hooks.shop.example\\@127.0.0.1/",
    "a user": "https://user@hooks.shop.example/",
    "a user and a password": "https://user:password@hooks.shop.example/",
    "an empty user": "https://@hooks.shop.example/",
    "a host as a user": "https://hooks.shop.example@127.0.0.1/",
    "a fragment": "https://hooks.shop.example/#part",
    "a host in a fragment": "https://127.0.0.1#@hooks.shop.example/",
    "a dot at the end": "https://hooks.shop.example./",
    "a dot at the end of an address": f"https://{PUBLIC}./",
    "an empty label": "https://hooks..example/",
    "a dot at the beginning": "https://.example/",
    "a label too long": f"https://{'a' * 64}.example/",
    "a name too long": f"https://{'a.' * 130}example/",
    "an underscore": "https://_hooks.shop.example/",
    "a hyphen at the end": "https://hooks-.example/",
    "percent signs": "https://%31%32%37.0.0.1/",
    "letters that look like digits": "https://１２７.０.０.１/",
    "digits in circles": "https://①②⑦.0.0.1/",
    "a dot that looks like one": "https://127。0。0。1/",
    "other letters": "https://müller.example/",
    "a port that is none": "https://hooks.shop.example:x/",
    "a port too high": "https://hooks.shop.example:65536/",
    "a port below zero": "https://hooks.shop.example:-1/",
    "an address in pieces": "https://[::1/",
    "a zone": "https://[fe80::1%25eth0]/",
    "a zone of a public address": "https://[2606:2800::1%251]/",
    "an IPv6 address without brackets": "https://2606:2800:21f:cb07:6820:80da:af6b:8b2c/",
    "too long": f"https://hooks.shop.example/{'x' * 500}",
}
ONLY_OUTSIDE = {
    "plain http": "http://hooks.shop.example/",
    "a single name": "https://localhost/",
    "a name of the house": "https://database/",
    "the port of a mail server": "https://hooks.shop.example:25/",
    "port 0": "https://hooks.shop.example:0/",
    "loopback": "https://127.0.0.1/",
    "loopback in IPv6": "https://[::1]/",
    "where clouds tell secrets": "https://169.254.169.254/latest/meta-data/",
    "where clouds tell secrets in IPv6": "https://[fd00:ec2::254]/",
    "IPv4 in IPv6": "https://[::ffff:127.0.0.1]/",
    "IPv4 in hexadecimal IPv6": "https://[::ffff:7f00:1]/",
}
ODD_NUMBERS = [
    "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7F.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.0.0.01",
    "127.0.0.0x1", "0", "0.0", "00000000.0.0.0", "1.2.3.4.5", "256.0.0.1", "127.0.0.1.0x0", "hooks.example.0x7f000001",
    "hooks.example.1", "0x", "4294967296",
]  # fmt: skip
CLOSED = [
    "0.0.0.1", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170",
    "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", f"::ffff:{PUBLIC}", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", f"64:ff9b::{PUBLIC}", "64:ff9b:1::7f00:1", "100::1", "100:0:0:1::1",
    "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1",
    "2002:5db8:d70e::1", "3fff::1", "3fff:fff:ffff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1",
    "fe80::1%1", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
OPEN = [
    PUBLIC, "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
    "169.253.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.0.1", "192.169.0.1", "198.17.0.1",
    "198.20.0.1", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2003::1",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001:80b::200e",
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_a_public_url_is_taken(url: str) -> None:
    addresses.check_url(url, anywhere=False)


@pytest.mark.parametrize("anywhere", [False, True], ids=["outside", "in development"])
@pytest.mark.parametrize("kind", NO_URLS)
def test_what_is_no_url_of_a_server_is_refused(kind: str, anywhere: bool) -> None:
    with pytest.raises(UrlInvalid) as refused:
        addresses.check_url(NO_URLS[kind], anywhere=anywhere)
    assert refused.value.field == "url"
    assert refused.value.text.endswith(".")


@pytest.mark.parametrize("kind", ONLY_OUTSIDE)
def test_what_is_not_public_is_for_development_alone(kind: str) -> None:
    addresses.check_url(ONLY_OUTSIDE[kind], anywhere=True)
    with pytest.raises(UrlInvalid):
        addresses.check_url(ONLY_OUTSIDE[kind], anywhere=False)


@pytest.mark.parametrize("anywhere", [False, True], ids=["outside", "in development"])
@pytest.mark.parametrize("host", ODD_NUMBERS)
def test_numbers_that_some_readers_take_as_an_address_are_refused(host: str, anywhere: bool) -> None:
    with pytest.raises(UrlInvalid, match="four decimal numbers"):
        addresses.check_url(f"https://{host}/", anywhere=anywhere)


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_closed(address: str) -> None:
    assert addresses.closed([address])
    assert addresses.closed([PUBLIC, address])


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_open(address: str) -> None:
    assert not addresses.closed([address])


@pytest.mark.parametrize("address", [address for address in CLOSED if "%" not in address])
def test_no_url_names_a_closed_address(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(UrlInvalid):
        addresses.check_url(f"https://{host}/", anywhere=False)
