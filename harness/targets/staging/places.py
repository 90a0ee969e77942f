"""Where calls with an account's keys may go: AWS by its own names, or an emulator on this machine, never both.

REHEARSAL_STAGING_ENDPOINT_URL proves the whole of staging against an emulator: a loopback address alone, with an
emulator's keys alone. Everything else that would lead calls elsewhere is refused by name.
"""

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from harness.targets.staging.refusal import StagingRefused

PROVING_VARIABLE = "REHEARSAL_STAGING_ENDPOINT_URL"
ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


def is_loopback(address: str) -> bool:
    """Tell whether an address (http://host:port) leads to this machine alone, whatever its name resolves to."""
    host = urlsplit(address if "//" in address else f"//{address}").hostname
    if not host:
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(str(one[4][0]).split("%")[0]).is_loopback for one in found)


def is_aws(address: str) -> bool:
    """Tell whether an address is one of AWS's own, asked over TLS: AWS is never asked in clear text."""
    parts = urlsplit(address)
    return parts.scheme == "https" and (parts.hostname or "").endswith(_AWS_DOMAINS)


def proving_endpoint(environ: Mapping[str, str]) -> str:
    """Return the emulator that plays the account, "" for AWS; raises StagingRefused when it isn't on this machine."""
    address = environ.get(PROVING_VARIABLE, "").rstrip("/")
    if address and (not address.startswith("http://") or not is_loopback(address)):
        raise StagingRefused(
            f"{PROVING_VARIABLE} is {address}, expected http:// and a loopback address: it is for proving alone",
            remedy=f"unset {PROVING_VARIABLE}",
        )
    return address


def refuse_overrides(environ: Mapping[str, str], *, services_only: bool = False) -> None:
    """Raise StagingRefused for variables that would send the check one way and what follows another."""
    for name in sorted(environ):
        override = name.startswith(f"{ENDPOINT_VARIABLE}_") or (name == ENDPOINT_VARIABLE and not services_only)
        if override and environ[name]:
            raise StagingRefused(
                f"{name} is set: the account that is checked may not be the one that is used",
                remedy=f"unset {name}",
            )


def require_aws(address: str) -> None:
    """Raise StagingRefused for an address that is neither AWS's nor an emulator's on this machine."""
    named_by_aws = (urlsplit(address).hostname or "").endswith(_AWS_DOMAINS)
    if is_aws(address) or (not named_by_aws and is_loopback(address)):
        return
    raise StagingRefused(
        f"nothing on staging may go to {address}, which is not AWS", remedy="unset AWS_ENDPOINT_URL, or correct it"
    )
