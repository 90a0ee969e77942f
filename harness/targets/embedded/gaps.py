"""Services that the engine lacks, served by moto's own server, which starts when the first call for one arrives."""

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from harness.edge.assembly import Gap
from harness.edge.http import HttpUpstream
from harness.edge.upstream import Upstream
from harness.errors import EnvironmentNotReady, ToolMissing
from harness.targets.ports import LOOPBACK, free_ports, is_listening

# SigV4 names of services that moto serves and that systems like ours use.
MOTO_SERVICES = ("ivs", "mediaconvert", "mediapackage", "xray", "personalize", "pinpoint", "mobiletargeting")
READY_WITHIN_S = 30.0


class MotoServer:
    """One moto server process, started at most once."""

    def __init__(self, log_file: Path) -> None:
        self._log_file = log_file
        self._lock = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._upstream: HttpUpstream | None = None

    async def start(self) -> Upstream:
        """Return the upstream, starting the process on first use.

        Raises ToolMissing without the `moto` extra, EnvironmentNotReady when the server does not come up.
        """
        async with self._lock:
            if self._upstream is None or self._process is None or self._process.poll() is not None:
                self._upstream = await self._launch()
            return self._upstream

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def _launch(self) -> HttpUpstream:
        if importlib.util.find_spec("moto.server") is None:
            raise ToolMissing(
                "this service is not in the engine, and moto[server] is not installed",
                remedy="pip install 'rehearsal[moto]'",
            )
        port = free_ports().aws
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "harness.targets.embedded.moto_process", "-H", LOOPBACK, "-p", str(port)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(READY_WITHIN_S):
            while not await asyncio.to_thread(is_listening, port):
                if self._process.poll() is not None:
                    raise EnvironmentNotReady(
                        f"moto's server ended with exit code {self._process.returncode}",
                        evidence={"read": self._log_file},
                    )
                await asyncio.sleep(0.05)
        return HttpUpstream(f"http://{LOOPBACK}:{port}")


def gaps_served_by(moto: MotoServer, lacking: Callable[[tuple[str, ...]], tuple[str, ...]]) -> dict[str, Gap]:
    """Return the edge's map of gap services, of which each leads to `moto`."""
    return dict.fromkeys(lacking(MOTO_SERVICES), moto.start)
