"""What the commands that watch executions share: the deployed system's parts, and how a watch ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.asking import SYSTEM, Api, payments_api
from harness.cli.options import notes
from harness.targets import Environment

if TYPE_CHECKING:
    from harness.monitor import Account, Machines, Screen, Subject, Witnesses

WithinS = Annotated[float, typer.Option("--within-s", min=1, max=86_400, help="How many seconds to watch, at most.")]
WITHIN_S_DEFAULT = 300.0


@dataclass(frozen=True)
class Watched:
    """The payments system of a running environment, as the monitor sees it."""

    client: Any
    api: Api
    machines: "Machines"
    witnesses: "Witnesses"

    def follow(self, subject: "Subject", screen: "Screen", initial_balance: str, within_s: float) -> "Account":
        """Show an execution until it has ended, then its account; raises StatusTimeout."""
        from harness.monitor import Following, account_of, watch

        with _goes_on(subject.name):
            flow = watch(Following(self.client, subject.arn, within_s=within_s), screen)
        screen.now("reading balances and gateway calls")
        account = account_of(subject, flow, self.witnesses, initial_balance)
        screen.sum_up(account)
        return account


def watched(environment: Environment) -> Watched:
    """Return the parts of the payments system that is deployed; raises StackMissing when none is."""
    from harness.clients import GatewayClient
    from harness.clients.api import http_client
    from harness.deploy import stack_outputs
    from harness.monitor import Machines, Witnesses

    client, api = environment.client("stepfunctions"), payments_api(environment)
    gateway = GatewayClient(http_client(environment.gateway_url))
    return Watched(client, api, Machines(client, stack_outputs(SYSTEM, environment)), Witnesses(api, gateway))


@contextmanager
def _goes_on(name: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        notes.print(f"\nexecution {name} goes on by itself; see how it ended with: rehearse monitor {name}")
        raise
