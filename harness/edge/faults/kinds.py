"""Every kind of fault there is. To add one: write its class, list it here, and test that it bites and heals."""

from harness.edge.faults.connection import Hang, Reset, Truncate
from harness.edge.faults.fault import Fault
from harness.edge.faults.garbled import Corrupt
from harness.edge.faults.partial import Unprocessed
from harness.edge.faults.refusals import Error
from harness.edge.faults.timing import Latency
from harness.edge.faults.workers import KillCaller

KINDS: dict[str, type[Fault]] = {
    kind.kind: kind for kind in (Error, Latency, Hang, Reset, Truncate, Corrupt, Unprocessed, KillCaller)
}
