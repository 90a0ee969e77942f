"""The bridge's gateway is the container's default route."""

from pathlib import Path

from harness.targets.docker.cloud.gateway_address import bridge_gateway

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def test_gateway_is_found_when_there_is_a_default_route(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    routes.write_text(
        f"{HEAD}eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
        "eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    )

    assert bridge_gateway(routes) == "172.18.0.1"


def test_gateway_is_none_when_there_is_no_default_route(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    routes.write_text(HEAD)

    assert bridge_gateway(routes) == ""
    assert bridge_gateway(tmp_path / "none") == ""
