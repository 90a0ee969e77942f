"""What a run on an AWS account costs: estimated before it, counted while it runs, and ended at its cap.

Prices are the planner's dated data (`harness.plan.prices`). The estimate is meant to be too high: all requests of all
users at their full rate for the whole time, reads strongly consistent, every write reaching the index, and the items
that are written before. Leaves out free tiers, storage, data transfer, what alarms and logs cost, and the top-ups that
open a payments system's wallets: cents, in a run of minutes.
"""

import math
import os
from dataclasses import dataclass
from typing import Any

from harness.plan.cost import provisioned_usd
from harness.plan.tariff import PAYMENT, Tariff, usd_text
from loadtests.briefing import Briefing
from loadtests.measures import JUDGED, WARM_UP, Measures
from loadtests.replay.demand import demand_of, replay_trace
from loadtests.settings import Settings
from loadtests.stories import story_named, systems_of

INDEXES = 1  # of the load stack's table
ITEM_OVERHEAD_BYTES = 150  # keys and names beside an item's payload
# What may still be under way when the cap is seen to be near: a worker's report is up to this old.
BLIND_S = 5.0
WATCH_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run may cost at most, about, and what that is made of."""

    usd: float
    requests: float
    read_units: float
    write_units: float
    prices: str  # which prices these are

    @property
    def usd_per_request(self) -> float:
        """USD for each request."""
        return self.usd / self.requests if self.requests else 0.0

    def evidence(self) -> dict[str, object]:
        """Return the estimate's parts, for people."""
        return {
            "requests": f"{self.requests:,.0f}",
            "read units": f"{self.read_units:,.0f}",
            "write units": f"{self.write_units:,.0f}",
            "prices": self.prices,
        }


def estimate(settings: Settings, region: str) -> Estimate:
    """Return what a run costs if nothing is throttled; `settings.rate_per_s` is above 0."""
    tariff, requests = Tariff.of(region), settings.rate_per_s * settings.duration_s
    if settings.shape == "replay":
        asked = demand_of(replay_trace(settings), settings.speed)
        usd = tariff.units_usd(asked.read_units, asked.write_units)
        return Estimate(usd, asked.requests, asked.read_units, asked.write_units, tariff.words(region))
    if is_payments(settings):
        reads, writes = requests * PAYMENT["dynamodb.read_request"], requests * PAYMENT["dynamodb.write_request"]
        return Estimate(tariff.payments_usd(requests), requests, reads, writes, tariff.words(region))
    reads, writes = _units(settings, requests)
    writes += _seeded_units(settings)
    # Provisioned tables are paid by the hour whether they are used or not.
    paid_by_hour = settings.billing == "provisioned"
    usd = _provisioned_usd(tariff, settings) if paid_by_hour else tariff.units_usd(reads, writes)
    return Estimate(usd, requests, reads, writes, tariff.words(region))


def _provisioned_usd(tariff: Tariff, settings: Settings) -> float:
    """Return what provisioned capacity costs for a run: AWS bills whole hours."""
    hours = math.ceil(settings.duration_s / 3600)
    read, write = settings.provisioned_read_units * hours, settings.provisioned_write_units * hours
    return tariff.factor * (1 + INDEXES) * provisioned_usd(read, write, tariff.prices)


def is_payments(settings: Settings) -> bool:
    """Tell whether a story's requests go to a system, so that their client sees no units: priced as payments."""
    return settings.shape != "replay" and systems_of(story_named(settings.story)) != ("load",)


def _units(settings: Settings, requests: float) -> tuple[float, float]:
    # A sharded wallet is read by asking for all its shards.
    asked = requests * settings.read_share * settings.shards
    reads = asked * math.ceil((settings.item_bytes + ITEM_OVERHEAD_BYTES) / 4096)
    return reads, requests * (1 - settings.read_share) * _units_a_write(settings)


def _seeded_units(settings: Settings) -> float:
    return float(settings.seeded_items * _units_a_write(settings))


def _units_a_write(settings: Settings) -> int:
    return (1 + INDEXES) * math.ceil((settings.item_bytes + ITEM_OVERHEAD_BYTES) / 1024)


def watch(environment: Any, briefing: Briefing, measures: Measures) -> None:
    """In the process that leads the run: end it, and say so, before its spend reaches the cap.

    Asks once more whose account it is: what was allowed when the run was asked for has to hold where it is made.
    """
    import gevent

    from loadtests.guard import cap_of, permitted

    settings = briefing.settings
    bounds = permitted(settings, os.environ)
    meter = SpendMeter(settings, bounds.region, cap_of(settings, bounds))

    def look() -> None:
        while True:
            gevent.sleep(WATCH_EVERY_S)
            reason = meter.reason_to_stop(measures.consumed(), _payments(settings, measures))
            if reason:
                measures.stop_reasons.append(reason)
                environment.runner.stop()
                return

    def facts() -> list[tuple[str, str]]:
        spent = meter.spent_usd(measures.consumed(), _payments(settings, measures))
        return [("spent", f"{usd_text(spent)} of {usd_text(meter.cap_usd)}")]

    environment.rehearsal_facts = facts
    gevent.spawn(look)


def words(settings: Settings, measures: Measures) -> str:
    """Return what a run on staging has cost, for people; "" for one that cost nothing."""
    if settings.is_local:
        return ""
    cap_usd = settings.spend_cap_usd or 0.0
    meter = SpendMeter(settings, settings.region, cap_usd)
    spent = meter.spent_usd(measures.consumed(), _payments(settings, measures))
    return f"about {usd_text(spent)} spent, of {usd_text(cap_usd)}"


def _payments(settings: Settings, measures: Measures) -> float:
    return sum(measures.view(phase).requests for phase in (WARM_UP, JUDGED)) if is_payments(settings) else 0.0


class SpendMeter:
    """Counts what a run has spent, and says when it has to end so that it stays below its cap."""

    def __init__(self, settings: Settings, region: str, cap_usd: float) -> None:
        self._tariff = Tariff.of(region)
        self._fixed_usd = 0.0
        if settings.billing == "provisioned" and not is_payments(settings):
            self._fixed_usd = _provisioned_usd(self._tariff, settings)
        self.cap_usd = cap_usd
        # What was written before the load is spent, though no user's answer tells of it.
        self._seeded = 0.0 if is_payments(settings) else _seeded_units(settings)
        expected = estimate(settings, region)
        # Stop before the cap by what can be spent unseen.
        self._margin_usd = 0.0 if self._fixed_usd else expected.usd_per_request * settings.rate_per_s * BLIND_S

    def spent_usd(self, consumed: tuple[float, float], payments: float = 0.0) -> float:
        """Return what was spent, given the read and write units consumed, and payments made over HTTP."""
        units = 0.0 if self._fixed_usd else self._tariff.units_usd(consumed[0], consumed[1] + self._seeded)
        return self._fixed_usd + units + self._tariff.payments_usd(payments)

    def reason_to_stop(self, consumed: tuple[float, float], payments: float = 0.0) -> str:
        """Return why the run has to end now, "" while it may go on."""
        spent = self.spent_usd(consumed, payments)
        if spent + self._margin_usd < self.cap_usd:
            return ""
        return (
            f"spend cap: {usd_text(spent)} spent, and up to {usd_text(self._margin_usd)} under way, "
            f"of {usd_text(self.cap_usd)}"
        )
