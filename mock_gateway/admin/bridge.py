"""The address under which the machine that runs this gateway in a container calls it through a published port.

Docker hands such a request to the container with the bridge's own address as its source, which is the container's
default route (verified with dockerd 20.10); other containers have addresses of their own.
"""

from ipaddress import IPv4Address
from pathlib import Path

ROUTES = Path("/proc/net/route")


def bridge_address(routes: Path = ROUTES) -> str:
    """Return the address of the default route, "" without one (source: proc(5), /proc/net/route)."""
    try:
        lines = routes.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return ""
    for line in lines:
        _, destination, gateway, *_ = (*line.split(), "", "", "")
        if destination == "00000000" and gateway not in ("", "00000000"):
            return str(IPv4Address(int.from_bytes(bytes.fromhex(gateway), "little")))
    return ""
