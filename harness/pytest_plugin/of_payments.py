"""What a test has of the payments system: its client, its final reads, and a witness for what the API does not tell."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from harness.clients import FinalReader, GatewayClient, PaymentsClient
from harness.clients.api import RecordedApi, http_client
from harness.errors import RehearsalError
from harness.history import History

if TYPE_CHECKING:
    from harness.pytest_plugin.rehearsal import Connections, Rehearsal

SYSTEM = "payments"


class PaymentsPart:
    """The connections to payments that all tests of a process share."""

    def __init__(self, connections: "Connections") -> None:
        deployment = connections.deployment
        self._keys = deployment.system(SYSTEM)
        self._http = http_client(deployment.environment.api_url(SYSTEM))
        self.reader = FinalReader(deployment, connections.gateway)

    def read(self, history: History, *, settle_within_s: float) -> History:
        """Wait for settling and do the final reads."""
        return self.reader.read(history, settle_within_s=settle_within_s)

    def client(self, own: "Rehearsal") -> PaymentsClient:
        """Return the client of one test."""
        api = RecordedApi(self._http, self._keys.key(), own.recorder, identified_by="payment_id")
        witness = _Witness(self.reader, own.gateway, own.history.evidence)
        return PaymentsClient(api, own.names, own.now_s, witness, self._keys.key("TRIAL_API_KEY"))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        self.reader.close()


class _Witness:
    """Asks executions, events and the gateway about payments."""

    def __init__(self, reader: FinalReader, gateway: GatewayClient, evidence: Mapping[str, object]) -> None:
        self._reader = reader
        self._gateway = gateway
        self._evidence = evidence
        self.circuit_changes: Callable[[str], list[str]] = reader.circuit_changes

    def states(self, payment_id: str) -> list[str]:
        return [step.state for step in self._reader.executions.steps(payment_id)]

    def failed_attempts(self, payment_id: str) -> list[str]:
        return [error for step in self._reader.executions.steps(payment_id) for error in step.failures]

    def evidence(self, payment_id: str) -> Mapping[str, object]:
        told: dict[str, object] = {}
        try:
            told["execution"] = self._reader.executions.told(payment_id)
            charges = self._gateway.charges(payment_id)
            told["gateway"] = f"{len(charges)} charges{': ' if charges else ''}{', '.join(map(str, charges))}"
        except RehearsalError as problem:
            told["unread"] = problem.headline
        return {**told, **self._evidence}
