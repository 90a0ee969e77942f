"""The cloud process, put together: what is behind, the routes to it, the edge in front, and its ports."""

from collections.abc import Callable, Sequence
from socket import socket

from harness.edge import EdgeOptions, assemble
from harness.edge.admin import Access
from harness.edge.app import Edge
from harness.edge.record import RecordOptions
from harness.edge.serving import Server, config_for, listener, serve_until_told
from harness.targets.docker.cloud.behind import Behind, localstack_version
from harness.targets.docker.cloud.controls import DockerControls
from harness.targets.docker.cloud.engines import Engines
from harness.targets.docker.cloud.gateway_address import bridge_gateway
from harness.targets.docker.cloud.settings import Settings

LACKING_FAULTS = {"kill_caller": "functions run in containers of LocalStack's, which the docker target can't kill"}


async def serve(settings: Settings, ports: Sequence[socket], tell: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises EnvironmentNotReady when something behind does not answer.

    `ports` are bound sockets: the edge's, then one for each front door in the settings' order.
    """
    behind = Behind.of(settings)
    await behind.wait(settings.ready_within_s, tell)
    engines = Engines.open(settings)
    try:
        version = await localstack_version(settings.localstack_url)
        controls = DockerControls(settings, behind, engines, version=version)
        edge = assemble(engines.routing(), controls, edge_options(settings), engine=engines.parts.sockets)
        servers = _servers(edge, settings, ports)
        servers[0][0].when_started = lambda: tell(f"the edge serves on {settings.host}:{settings.port}")
        await serve_until_told(servers, edge.let_go)
    finally:
        await engines.close()


def bound(settings: Settings) -> list[socket]:
    """Return the sockets of all ports; raises PortBusy."""
    return [listener(port, settings.host) for port in (settings.port, *settings.api_ports.values())]


def edge_options(settings: Settings) -> EdgeOptions:
    """Return what the edge does here: all, since the engines behind it tell nothing and keep no past."""
    gateway = bridge_gateway()
    networks = (*settings.admin_networks, *((f"{gateway}/32",) if gateway else ()))
    return EdgeOptions(
        region=settings.region,
        directory=settings.directory / "edge",
        doors=tuple(settings.api_ports),
        access=Access(networks),
        record=RecordOptions(file=settings.calls_file),
        images=True,
        ttl_held=True,
        callers_by_app=True,
        functions_follow=False,
        lacking_faults=LACKING_FAULTS,
    )


def _servers(edge: Edge, settings: Settings, ports: Sequence[socket]) -> list[tuple[Server, socket]]:
    doors = [Server(config_for(edge.doors[system], lifespan=False)) for system in settings.api_ports]
    return list(zip([Server(config_for(edge)), *doors], ports, strict=True))
