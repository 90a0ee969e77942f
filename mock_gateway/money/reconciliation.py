"""Compares what a merchant believes of its payments with what the ledger knows of its charges.

A payment and its charges have the same reference; charges without a reference are known by their key, and a payment
finds them by its `gateway_ref`. A charge that was given back in whole does not count as money taken. Nothing here
guesses who is right. Leaves out disputes: totals tell them, no difference does; and a `gateway_ref` that is no charge's
id of the ledger, such as another face's own name for it, is not compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DIFFERENCES_MAX = 10_000
_CHARGE_ID = "ch_"
SUCCEEDED, FAILED, PENDING, REFUNDED = STATUSES = ("succeeded", "failed", "pending", "refunded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """A payment as the merchant has it; without a word on refunds, nothing was refunded, or all when it says so."""

    reference: str
    amount_minor: int
    currency: str
    status: str = SUCCEEDED
    refunded_minor: int | None = None
    gateway_ref: str = ""

    @property
    def given_back_minor(self) -> int:
        """Return what the merchant believes to have refunded."""
        if self.refunded_minor is None:
            return self.amount_minor if self.status == REFUNDED else 0
        return self.refunded_minor

    def document(self) -> dict[str, Any]:
        """Return it as a difference's `expected`."""
        shown = {name: getattr(self, name) for name in ("amount_minor", "currency", "status")}
        return {**shown, "refunded_minor": self.given_back_minor}


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """A charge or authorization of the ledger with what became of it: captured, not_captured or declined."""

    id: str
    reference: str
    idempotency_key: str
    currency: str
    status: str
    amount_minor: int
    captured_minor: int
    refunded_minor: int = 0
    disputed_minor: int = 0

    @property
    def is_kept(self) -> bool:
        """Say whether some of the money that was taken is still taken."""
        return self.captured_minor > self.refunded_minor


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that one side knows and the other does not; `entries` are the charges' ids."""

    kind: str
    reference: str
    expected: Mapping[str, Any] | None
    found: Mapping[str, Any] | None
    entries: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as the answer shows it."""
        shown = {name: getattr(self, name) for name in ("kind", "reference", "expected", "found")}
        return {**shown, "entries": list(self.entries)}


@dataclass(frozen=True)
class Report:
    """How many payments are as believed, every difference, and the sums of both sides by currency."""

    matched: int
    differences: Sequence[Difference]
    totals: Sequence[Mapping[str, Any]]

    def document(self) -> dict[str, Any]:
        """Return it as the answer shows it, at most DIFFERENCES_MAX differences of it."""
        shown = [difference.document() for difference in self.differences[:DIFFERENCES_MAX]]
        return {
            "matched": self.matched,
            "differences": shown,
            "left_out": len(self.differences) - len(shown),
            "totals": list(self.totals),
        }


@dataclass
class _Books:
    """The gateway's charges, so that payments find theirs."""

    groups: dict[str, list[Charged]] = field(default_factory=lambda: defaultdict(list))
    group_by_id: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def add(self, charge: Charged) -> None:
        name = _group(charge)
        self.groups[name].append(charge)
        self.group_by_id[charge.id] = name

    def of(self, payment: Believed) -> list[Charged]:
        """Return a payment's charges, and remember that somebody asked for them."""
        name = f"reference {payment.reference}"
        if name not in self.groups:
            name = self.group_by_id.get(payment.gateway_ref, name)
            # A charge pays for one payment, whoever else names it.
            if name.startswith("reference ") or name in self.seen:
                return []
        self.seen.add(name)
        return self.groups[name]


def reconcile(payments: Iterable[Believed], charges: Iterable[Charged]) -> Report:
    """Compare payments with charges; each payment has no difference, or those that it has."""
    payments, books = list(payments), _Books()
    for charge in charges:
        books.add(charge)
    differences: list[Difference] = []
    listed: set[str] = set()
    matched = 0
    for payment in payments:
        if payment.reference in listed:
            found = [Difference("listed_twice", payment.reference, payment.document(), None)]
        else:
            found = list(_compare(payment, books))
        listed.add(payment.reference)
        matched += not found
        differences += found
    unknown = [group for name, group in books.groups.items() if name not in books.seen]
    differences += [_unlisted(group) for group in unknown if any(charge.is_kept for charge in group)]
    return Report(matched, differences, _totals(payments, books))


def _compare(payment: Believed, books: _Books) -> Iterable[Difference]:
    group = books.of(payment)
    strange = _strange_reference(payment, group, books)
    if strange:
        yield strange
    kept = [charge for charge in group if charge.is_kept]
    if payment.status in (FAILED, PENDING):
        if kept:
            yield _difference(f"charged_though_{payment.status}", payment, kept)
        return
    if len(kept) > 1:
        yield _difference("charged_twice", payment, kept)
        return
    judged = kept or [charge for charge in group if charge.captured_minor][-1:]
    if judged:
        yield from _compare_amounts(payment, judged[0])
    elif strange is None or strange.kind == "gateway_ref_unknown":
        yield _difference("missing_at_gateway", payment, group)


def _compare_amounts(payment: Believed, charge: Charged) -> Iterable[Difference]:
    if charge.currency != payment.currency:
        yield _difference("currency_differs", payment, [charge])
    elif charge.captured_minor != payment.amount_minor:
        yield _difference("amount_differs", payment, [charge])
    if payment.given_back_minor != charge.refunded_minor:
        yield _difference("refund_differs", payment, [charge])


def _strange_reference(payment: Believed, group: Sequence[Charged], books: _Books) -> Difference | None:
    """Return what is wrong with the payment's `gateway_ref`, if it names no charge of the payment."""
    if not payment.gateway_ref.startswith(_CHARGE_ID) or payment.gateway_ref in _ids(group):
        return None
    name = books.group_by_id.get(payment.gateway_ref)
    if name is None:
        return Difference("gateway_ref_unknown", payment.reference, payment.document(), None)
    others = [charge for charge in books.groups[name] if charge.id == payment.gateway_ref]
    return _difference("reference_of_another_charge", payment, others)


def _unlisted(group: Sequence[Charged]) -> Difference:
    return Difference("missing_at_merchant", group[0].reference, None, _found(group), _ids(group))


def _difference(kind: str, payment: Believed, group: Sequence[Charged]) -> Difference:
    return Difference(kind, payment.reference, payment.document(), _found(group) if group else None, _ids(group))


def _ids(group: Sequence[Charged]) -> tuple[str, ...]:
    return tuple(charge.id for charge in group)


def _found(group: Sequence[Charged]) -> dict[str, Any]:
    sums = {name: sum(getattr(charge, name) for charge in group) for name in ("captured_minor", "refunded_minor")}
    return {
        "amount_minor": sums["captured_minor"],
        "currency": group[0].currency,
        "status": group[-1].status,
        "refunded_minor": sums["refunded_minor"],
        "reference": group[0].reference,
        "charges": len(group),
    }


def _group(charge: Charged) -> str:
    if charge.reference:
        return f"reference {charge.reference}"
    return f"key {charge.idempotency_key}" if charge.idempotency_key else f"charge {charge.id}"


def _totals(payments: Iterable[Believed], books: _Books) -> list[dict[str, Any]]:
    names = ("expected_minor", "captured_minor", "refunded_minor", "disputed_minor")
    totals: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(names, 0))
    for payment in payments:
        if payment.status in (SUCCEEDED, REFUNDED):
            totals[payment.currency]["expected_minor"] += payment.amount_minor
    for group in books.groups.values():
        for charge in group:
            for name in names[1:]:
                totals[charge.currency][name] += getattr(charge, name)
    return [{"currency": currency, **totals[currency]} for currency in sorted(totals)]
