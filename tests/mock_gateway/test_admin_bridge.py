"""Where the gateway is in a container, the machine that runs it uses the admin face, and other containers don't."""

from pathlib import Path

import pytest
from flask import Flask

from mock_gateway.admin.bridge import bridge_address
from mock_gateway.application import Settings, create_gateway

HEADING = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
DEFAULT = "eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\n"
OWN_NETWORK = "eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\n"


@pytest.mark.parametrize(
    ("lines", "address"),
    [(HEADING + DEFAULT + OWN_NETWORK, "172.18.0.1"), (HEADING + OWN_NETWORK, ""), (HEADING + "\n", ""), ("", "")],
)
def test_address_is_the_default_route_s(tmp_path: Path, lines: str, address: str) -> None:
    (tmp_path / "route").write_text(lines)

    assert bridge_address(tmp_path / "route") == address


def test_there_is_no_address_when_there_are_no_routes(tmp_path: Path) -> None:
    assert bridge_address(tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("near", "client", "status"),
    [
        ("172.18.0.1", "172.18.0.1", 200),
        ("172.18.0.1", "172.18.0.5", 403),
        ("172.18.0.1", "127.0.0.1", 200),
        ("", "172.18.0.1", 403),
        ("", "", 403),
    ],
)
def test_admin_answers_the_bridge_alone(near: str, client: str, status: int) -> None:
    application, close = create_gateway(Settings(admin_near=near))
    try:
        assert _asked(application, client) == status
    finally:
        close()


def _asked(application: Flask, client: str) -> int:
    return application.test_client().get("/_admin/faults", environ_base={"REMOTE_ADDR": client}).status_code
