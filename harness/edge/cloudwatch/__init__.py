"""What DynamoDB tells CloudWatch of its tables, told by the edge: a template's alarms see what they would on AWS.

Leaves out: metrics of streams, replicas and backups, sizes and counts of what was returned, and the conflicts inside
of cancelled transactions, which count as user errors.
"""

from harness.edge.cloudwatch.metrics import Metrics
from harness.edge.cloudwatch.tables import TableMetrics

__all__ = ["Metrics", "TableMetrics"]
