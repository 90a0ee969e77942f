"""Stream of the table Conversations: count what each turn of the chat used.

In: records with old and new images; out: those that are not counted yet, which the stream delivers again together with
all that follow them. What was counted before is recognised by its marker, so that costs nothing but time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from groundwork.attributes import values_of
from groundwork.deadline import Deadline, LambdaContext
from groundwork.instants import moment_of, utc_now
from groundwork.observability import count, logger, operation_line, tracer
from groundwork.settings import Environment

from booking.adapters.metered_usage import USES_MAX, DynamoUsage
from booking.adapters.rows import Rows
from booking.adapters.tenant_access import client_for
from booking.domain.metering import Tally, Usage, Use, bills, use_between


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What this function needs from outside."""

    usage: Usage

    @classmethod
    def from_environment(cls) -> "Dependencies":
        """Build them from this process's environment."""
        table = Environment.current().text("USAGE_TABLE")
        return cls(DynamoUsage(lambda tenant_id: Rows(client_for(tenant_id)), table, utc_now))


dependencies = cache(Dependencies.from_environment)  # the first invoke builds, warm ones reuse


def handle(event: Mapping[str, Any], deps: Dependencies, deadline: Deadline) -> dict[str, Any]:
    """Count a batch; one tenant's trouble does not keep the others' turns from being counted."""
    sequence_by_use: dict[str, str] = {}
    uses: list[Use] = []
    failed: list[str] = []
    for record in event["Records"]:
        sequence = str(record["dynamodb"]["SequenceNumber"])
        try:
            use = use_of(record)
        except Exception:  # noqa: BLE001 - told, delivered again, and in the end kept aside by the mapping
            logger.exception("a record can't be read", extra={"sequenceNumber": sequence})
            failed.append(sequence)
            continue
        if use:
            uses.append(use)
            sequence_by_use.setdefault(use.event_id, sequence)
    for bill in bills(uses, USES_MAX):
        try:
            with operation_line("MeterTurns", bill.tenant_id, tenant_id=bill.tenant_id, month=bill.month) as line:
                line.add(turns=len(bill.uses), counted=deps.usage.record(bill, deadline))
        except Exception:  # noqa: BLE001 - the line above has told it
            failed.extend(sequence_by_use[use.event_id] for use in bill.uses)
    if failed:
        count("MeterFailed", len(failed))
    # The stream goes back to the lowest of them (source: Lambda developer guide, "Configuring partial batch response").
    return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in failed]}


def use_of(record: Mapping[str, Any]) -> Use | None:
    """Return what a record tells of; None for a deletion, and for a conversation that only began."""
    images = record["dynamodb"]
    if record["eventName"] != "MODIFY":
        return None
    return use_between(_tally(images["OldImage"]), _tally(images["NewImage"]))


def _tally(image: Mapping[str, Any]) -> Tally:
    item = values_of(image)
    return Tally(
        # The key rather than the attribute: it is what the table's rules hold a tenant to.
        tenant_id=str(item["PK"]).removeprefix("TENANT#"),
        conversation_id=str(item["SK"]).removeprefix("CONV#"),
        turn=int(item["turn"]),
        not_understood=int(item.get("notUnderstood", 0)),
        ai_tokens=int(item.get("tokensIA", 0)),
        at=moment_of(str(item["lastMessageAt"])),
        plan=str(item.get("plan", "")),
    )


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=1_000))
