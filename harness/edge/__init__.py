"""The edge: the one AWS endpoint that every call of a Lambda, a test or a load generator passes.

At this stage it routes by service, correlates calls by their X-Ray trace, keeps the recent calls, and answers the
admin endpoints under `/_rehearsal/`. It knows no engine: a target hands it the upstreams and the controls.
"""

from harness.edge.app import Edge
from harness.edge.calls import CallLog, CallRecord
from harness.edge.controls import Controls

__all__ = ["CallLog", "CallRecord", "Controls", "Edge"]
