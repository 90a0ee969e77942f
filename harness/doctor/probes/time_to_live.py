"""Items whose time to live has passed go away by themselves, and those that were renewed stay."""

import time
from contextlib import suppress

from harness.doctor.examination import Examination
from harness.doctor.probe import Absent, Undecided, broken_unless, probe
from harness.errors import WaitTimeout
from harness.waiting import wait_until

GONE_WITHIN_S = 75.0  # the slowest emulator known deletes within a minute
PAST_S, FUTURE_S = 600, 86_400


@probe(
    "dynamodb.ttl",
    "Items whose time to live has passed are deleted",
    does=f"puts one item that expired {PAST_S // 60} minutes ago and one that lives; asks an edge to sweep, or waits",
    documented="items are deleted within a few days of their expiry",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html",
    quick=False,
    bound_s=90.0,
)
def time_to_live(examination: Examination) -> str:
    table, client = examination.table(), examination.client("dynamodb")
    client.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ExpiresAt"})
    told = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    broken_unless(told.get("TimeToLiveStatus") in ("ENABLING", "ENABLED"), f"switched on, it is described as {told}")
    now_s = _now_s(examination)
    for name, expires_s in (("past", now_s - PAST_S), ("future", now_s + FUTURE_S)):
        client.put_item(TableName=table, Item={"ID": {"S": name}, "ExpiresAt": {"N": str(expires_s)}})
    started_s = time.monotonic()
    swept = examination.patient.ask_edge("POST", "ttl/sweep", {"table": table}) is not None
    gone = False
    with suppress(WaitTimeout):
        gone = wait_until("gone", lambda: not examination.item(table, "past"), within_s=GONE_WITHIN_S, every_s=0.1)
    took_s = time.monotonic() - started_s
    if not gone:
        seen = f"an item that had expired was still there after {took_s:.0f} s"
        raise Undecided(f"{seen}; AWS may take days") if _is_aws(examination) else Absent(seen)
    broken_unless(examination.item(table, "future"), "an item that had not expired was deleted")
    return f"gone {took_s:.1f} s after {'a sweep was asked for' if swept else 'it was put'}; what had not expired stays"


def _now_s(examination: Examination) -> int:
    told = examination.patient.ask_edge("GET", "clock") or {}
    ahead_s = told.get("ahead_s", 0)
    return int(time.time() + (ahead_s if isinstance(ahead_s, (int, float)) else 0))


def _is_aws(examination: Examination) -> bool:
    return ".amazonaws.com" in examination.patient.endpoint_url
