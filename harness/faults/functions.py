"""Faults of Lambda: a worker process that dies in the middle of its work."""

from harness.clients import EdgeClient, GatewayFault
from harness.clients.patience import patient_s
from harness.waiting import wait_until


def kill_worker_of(edge: EdgeClient, function: str, *, during: GatewayFault, within_s: float = 10.0) -> int:
    """Kill the busy workers of `function` once `during` has fired, which proves that one is in mid-flight.

    `during` is a gateway fault that holds the worker's call. Returns how many were killed, at least one; raises
    WaitTimeout when the fault did not fire or no worker was busy.
    """
    wait_until("a call held at the gateway", lambda: during.fired >= 1, within_s=patient_s(within_s))
    return edge.kill_busy_workers(function, within_s=within_s)
