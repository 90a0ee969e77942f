"""The card gateway as tests see it: its ledger, which is the witness, and its admin face, where faults are set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from harness.clients.fault import Fault, Firings
from harness.errors import AnswerUnexpected
from harness.history import LedgerEntry
from harness.units import Money

PAGE_SIZE = 500


class GatewayClient:
    """Reads the ledger and sets faults; thread-safe. Raises AnswerUnexpected for anything but what it asked for.

    `faults` are those that were prepared with this client, in order, the healed ones included.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.faults: list[GatewayFault] = []

    def again(self) -> "GatewayClient":
        """Return a client of the same gateway that knows of no faults yet; they share the connections."""
        return GatewayClient(self._client)

    def charges(self, payment_id: str) -> list[Money]:
        """Return the amounts that were charged for a payment, in order; declined ones are not charges."""
        return self._moved(payment_id, "charge")

    def refunds(self, payment_id: str) -> list[Money]:
        """Return the amounts that were refunded of a payment, in order."""
        return self._moved(payment_id, "refund")

    def declines(self, payment_id: str) -> int:
        """Return how often the gateway declined to charge for a payment."""
        return sum(entry.status == "declined" for entry in self.ledger(reference=payment_id))

    def ledger(self, **filters: str) -> tuple[LedgerEntry, ...]:
        """Return the ledger's entries that match (reference, merchant, customer, kind, idempotency_key), in order."""
        return tuple(_entry(row) for row in self._pages("/ledger", "entries", filters))

    def calls(self, payment_id: str) -> list[Mapping[str, Any]]:
        """Return the requests about a payment that the gateway received and still remembers, oldest first."""
        answer = self._ask("GET", "/_admin/calls", params={"limit": "10000"})
        return [call for call in answer.get("calls", ()) if payment_id in str(call)]

    def settlement(self, **asked: str) -> Sequence[Mapping[str, Any]]:
        """Return what the gateway settles by currency (date=, merchant=); `net_minor` is what the merchant gets."""
        totals: Sequence[Mapping[str, Any]] = self._ask("GET", "/settlement", params=asked)["totals"]
        return totals

    def reconcile(
        self, payments: Sequence[Mapping[str, Any]], *, merchant: str = "default"
    ) -> Sequence[Mapping[str, Any]]:
        """Return every difference between the ledger and what a merchant believes; docs/gateway.md has the fields."""
        books = {"merchant": merchant, "payments": [dict(payment) for payment in payments]}
        report = self._ask("POST", "/reconciliation", json=books)
        if report["left_out"]:
            raise AnswerUnexpected(f"the gateway left {report['left_out']} differences out, expected all of them")
        differences: Sequence[Mapping[str, Any]] = report["differences"]
        return differences

    def fault(self, kind: str, *, match: Mapping[str, Any], **rule: Any) -> "GatewayFault":
        """Prepare a fault; it bites inside its `with` block and is healed on leaving. See harness.faults for verbs."""
        fault = GatewayFault(self, {"kind": kind, "match": dict(match), **rule})
        self.faults.append(fault)
        return fault

    def add_fault(self, rule: Mapping[str, Any]) -> str:
        """Set a fault and return its id."""
        return str(self._ask("POST", "/_admin/faults", json=dict(rule), expected=201)["id"])

    def end_fault(self, fault_id: str) -> Firings:
        """Heal a fault and return its firings; one that is gone already is fine."""
        self._ask("DELETE", f"/_admin/faults/{fault_id}", expected=(200, 204, 404))
        # Asked for afterwards: until it was healed, a call could still fire it.
        return self.firings(fault_id)

    def firings(self, fault_id: str) -> Firings:
        """Return how often a fault fired, and the instants that the gateway still remembers."""
        answer = self._ask("GET", "/_admin/fired")
        instants = tuple(str(one["at"]) for one in answer.get("fired", ()) if one.get("fault") == fault_id)
        return Firings(int(answer.get("counts", {}).get(fault_id, 0)), instants)

    def _moved(self, payment_id: str, kind: str) -> list[Money]:
        entries = self.ledger(reference=payment_id)
        return [Money(one.amount_minor, one.currency) for one in entries if one.kind == kind and one.succeeded]

    def _pages(self, path: str, name: str, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        after: str | None = None
        while True:
            params = {**filters, "limit": str(PAGE_SIZE), **({"after": after} if after else {})}
            page = self._ask("GET", path, params=params)
            yield from page[name]
            after = str(page["next"]) if page.get("next") else None
            if after is None:
                return

    def _ask(
        self, method: str, path: str, *, expected: int | tuple[int, ...] = 200, **request: Any
    ) -> Mapping[str, Any]:
        try:
            response = self._client.request(method, path, **request)
        except httpx.HTTPError as problem:
            raise AnswerUnexpected(
                f"the gateway did not answer {method} {path}", evidence={"seen": f"{type(problem).__name__}: {problem}"}
            ) from problem
        if response.status_code not in ((expected,) if isinstance(expected, int) else expected):
            raise AnswerUnexpected(
                f"the gateway answered {method} {path} with {response.status_code}, expected {expected}",
                evidence={"answer": response.text[:500]},
            )
        return response.json() if response.content else {}


class GatewayFault(Fault):
    """A fault of the card gateway."""

    place = "gateway"


def _entry(row: Mapping[str, Any]) -> LedgerEntry:
    return LedgerEntry(
        sequence=int(row["sequence"]),
        entry_id=str(row["id"]),
        kind=str(row["kind"]),
        status=str(row["status"]),
        amount_minor=int(row["amount_minor"]),
        currency=str(row["currency"]),
        reference=str(row.get("reference") or ""),
        customer=str(row.get("customer") or ""),
        merchant=str(row.get("merchant") or "default"),
        charge=str(row.get("charge") or ""),
        idempotency_key=str(row.get("idempotency_key") or ""),
        created_at=str(row.get("created_at") or ""),
    )
