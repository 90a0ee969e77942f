"""The edge: the one AWS endpoint that every call of a Lambda, a test or a load generator passes.

A call is read, identified and correlated, then passes the rooms in their order and reaches an upstream; `assembly`
puts the rooms together. The edge knows no engine: a target hands it the upstream and the controls.
"""

from harness.edge.app import Edge
from harness.edge.assembly import EdgeOptions, assemble
from harness.edge.controls import Controls

__all__ = ["Controls", "Edge", "EdgeOptions", "assemble"]
