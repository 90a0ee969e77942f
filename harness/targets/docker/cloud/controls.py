"""What the edge's admin endpoints can ask of the docker target: how it is, whose a key is, and to forget.

Functions run in LocalStack's containers, which can't be looked into or killed from here.
"""

import logging
import os
from collections.abc import Mapping, Sequence

from harness import __version__
from harness.edge.call import Namespace
from harness.errors import TargetLacks
from harness.targets.docker.cloud.accounts import account_of
from harness.targets.docker.cloud.behind import Behind
from harness.targets.docker.cloud.engines import Engines
from harness.targets.docker.cloud.resetting import delete_stacks, delete_tables, restart_localstack
from harness.targets.docker.cloud.settings import Settings

logger = logging.getLogger(__name__)


class DockerControls:
    """The controls of the cloud process."""

    def __init__(self, settings: Settings, behind: Behind, engines: Engines, *, version: str = "") -> None:
        self._settings = settings
        self._behind = behind
        self._engines = engines
        self._version = version  # of LocalStack

    def describe(self) -> dict[str, object]:
        """Return what runs here."""
        return {
            "target": "docker",
            "instance": self._settings.instance,
            "version": __version__,
            "engine": f"LocalStack {self._version}".rstrip(),
            "region": self._settings.region,
            "container_images": dict(self._settings.images),
            "gateway_url": self._settings.gateway_url,
            "executions_by_name": True,
            "tables_in": self._engines.places.count(),
            "parts": self._engines.parts.describe(),
            "rds_data": self._engines.rds_data.describe() if self._engines.rds_data is not None else None,
            "pid": os.getpid(),
        }

    async def ailing(self) -> Mapping[str, str]:
        """Return what is wrong with the servers behind the edge, by name."""
        return await self._behind.ailing()

    def account_of(self, access_key: str) -> str:
        """Return the account of a key."""
        return account_of(access_key)

    def functions(self) -> Sequence[Mapping[str, object]]:
        """Return none: they run in LocalStack's containers."""
        return []

    def kill_function(self, name: str) -> int:
        """Refuse; raises TargetLacks."""
        raise TargetLacks(f"function {name!r} runs in a container of LocalStack's, which the docker target can't kill")

    def kill_invocation(self, request_id: str) -> bool:  # noqa: ARG002 - no invocation is known here
        """Refuse; raises TargetLacks."""
        raise TargetLacks("functions run in containers of LocalStack's, which the docker target can't kill")

    async def reset(self, namespace: Namespace | None = None) -> None:
        """Forget everything by restarting LocalStack, or one account's stacks and tables."""
        await self._engines.parts.reset(namespace)
        if self._engines.rds_data is not None:
            await self._engines.rds_data.reset(namespace)
        await (self._restart() if namespace is None else self._empty(namespace))

    async def _empty(self, namespace: Namespace) -> None:
        engines = self._engines
        left = await delete_stacks(engines.localstack, namespace)
        if left:
            logger.warning("%d stacks of account %s would not go: %s", len(left), namespace.account, left)
        await delete_tables(engines.tables, namespace)
        await engines.places.forget(namespace)

    async def _restart(self) -> None:
        await self._engines.places.forget(None)
        self._behind.excused.add("localstack")
        try:
            await restart_localstack(self._settings.localstack_url)
        finally:
            self._behind.excused.discard("localstack")
        await self._engines.places.forget(None)  # what was asked for until LocalStack ended
