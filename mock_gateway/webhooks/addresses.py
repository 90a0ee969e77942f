"""Where webhooks may go: this machine alone, unless whoever started the gateway said otherwise.

An endpoint makes the gateway send requests to an address that somebody else chose; on a shared machine or in a build
that is how a test tool reaches what it should not.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

URL_LENGTH_MAX = 2_000
_PORTS = {"http": 80, "https": 443}


class AddressRefused(Exception):
    """A URL that nothing is sent to; the message says why, without the URL."""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL, taken apart for a request."""

    is_encrypted: bool
    host: str
    port: int
    path: str
    target: str


def address_of(url: str, *, anywhere: bool) -> Address:
    """Take a URL apart; raises AddressRefused, for another machine too unless `anywhere`."""
    if len(url) > URL_LENGTH_MAX or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused(f"it must be at most {URL_LENGTH_MAX} ASCII characters without blanks")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as problem:
        raise AddressRefused("it can't be read as a URL") from problem
    _check(parts, host)
    if not anywhere and not is_loopback(host or ""):
        raise AddressRefused("it is another machine's; only a gateway started with --webhooks-anywhere sends there")
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    return Address(parts.scheme == "https", host or "", _PORTS[parts.scheme] if port is None else port, path, target)


def path_of(url: str) -> str:
    """Return the path of a URL that was accepted."""
    return urlsplit(url).path or "/"


def is_loopback(host: str) -> bool:
    """Say whether a name or address means this machine, without asking a name server."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check(parts: SplitResult, host: str | None) -> None:
    if parts.scheme not in _PORTS:
        raise AddressRefused("it must begin with http:// or https://")
    if not host:
        raise AddressRefused("it names no host")
    if parts.username is not None or parts.fragment:
        raise AddressRefused("it may hold neither credentials nor a fragment")
