"""Own parts behind the edge: what LocalStack's community edition lacks is served by the embedded engine, in process.

API Gateway v2 with the data plane of its APIs, Cognito's user and identity pools, and CloudFormation for the companion
stacks that hold them. Functions stay in LocalStack: integrations, authorizers and triggers invoke them there, by the
Lambda API. Left out: what LocalStack has (REST APIs, DynamoDB, Lambda and all else); HTTP API integrations with AWS
services instead of functions (`IntegrationSubtype`), which are answered with 502; the 30 s that API Gateway waits.
"""

from pathlib import Path
from typing import Protocol

from harness.edge.asgi import Asgi
from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import Upstream

# Companion stacks of a stack end in these; the edge knows by them whose CloudFormation a call is for.
BEFORE, AFTER = "-parts-before", "-parts-after"


class Parts(Protocol):
    """What the edge needs of the parts: whose a call is, an answer to those that are theirs, and an end."""

    @property
    def sockets(self) -> Asgi:
        """An ASGI application that takes the WebSockets of the parts' APIs; it has nothing to start or stop."""

    def serves(self, call: Call) -> bool:
        """Tell whether a call (marked by the edge) is for the parts; looks at headers, path and API ids only."""

    async def __call__(self, call: Call) -> Answer:
        """Answer a call that the parts serve."""

    async def reset(self, namespace: Namespace | None) -> None:
        """Forget every API, pool and companion stack of a namespace, or (None) of all."""

    async def close(self) -> None:
        """End what runs and remove what was written."""

    def describe(self) -> dict[str, object]:
        """Return the engine, its version, and what it serves here."""


def open_parts(*, region: str, directory: Path, functions: Upstream, port: int = 4566) -> Parts:
    """Load the engine into this process and return it as the parts; once a process at a time.

    `directory` gets a folder `parts`, which `close` removes. `functions` takes the Lambda API's calls (Invoke), and
    S3's for templates given by their address. `port` is the edge's own, for the addresses that the engine tells.
    Raises EngineMismatch when the engine is not the one that this was written against.
    """
    from harness.targets.docker.parts.engine_parts import EngineParts

    return EngineParts(region=region, directory=directory, functions=functions, port=port)
