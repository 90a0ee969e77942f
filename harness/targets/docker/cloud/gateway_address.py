"""Where requests of the host come from: the address of the bridge's gateway, which is this container's default route.

Docker hands what arrives at a published port to the container with that address as its source (seen with dockerd 20.10,
with its userland proxy and without it); other containers of the network have addresses of their own.
"""

from ipaddress import IPv4Address
from pathlib import Path

ROUTES = Path("/proc/net/route")


def bridge_gateway(routes: Path = ROUTES) -> str:
    """Return the address of the default route, "" where there is none (source: proc(5), /proc/net/route)."""
    try:
        lines = routes.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return ""
    for line in lines:
        fields = line.split()
        if len(fields) > 2 and fields[1] == "00000000" and fields[2] != "00000000":
            return str(IPv4Address(int.from_bytes(bytes.fromhex(fields[2]), "little")))
    return ""
