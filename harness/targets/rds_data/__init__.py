"""Amazon's RDS Data API, answered from a PostgreSQL server that somebody else runs: SQL over HTTP, without a cluster.

It behaves like the Data API of Aurora PostgreSQL provisioned and Serverless v2. Left out: Aurora MySQL, ExecuteSql
(deprecated), the control plane (clusters come into being with the first call that names them), and the rights of
database users: every call runs as the owner of its cluster's databases. docs/rds-data.md says what is verified,
documented or assumed. Importing it raises ToolMissing where psycopg is not installed.
"""

from harness.errors import ToolMissing
from harness.targets.rds_data.limits import Limits

try:
    from harness.targets.rds_data.service import RdsData
except ImportError as problem:
    if "psycopg" not in f"{problem.name} {problem}":
        raise
    raise ToolMissing(
        "psycopg is not installed, which the RDS Data API reaches PostgreSQL by",
        evidence={"seen": problem},
        remedy="pip install 'rehearsal[sql]'",
    ) from problem

__all__ = ["Limits", "RdsData"]
