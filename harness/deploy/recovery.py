"""Point-in-time recovery of a stack's tables, where the target's CloudFormation forgets it.

LocalStack makes tables without reading `PointInTimeRecoverySpecification` (verified against 4.14.0), so the setting is
made by DynamoDB's own API after the stack. Leaves out settings that only CloudFormation could work out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.deploy.outputs import StackResource
from harness.deploy.progress import OnProgress, Progress
from harness.deploy.sources import Source
from harness.errors import StackFailed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TABLE = "AWS::DynamoDB::Table"
_GONE = "DELETE_COMPLETE"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a template says of one table's recovery; `days` is None for the service's own period."""

    logical_id: str
    enabled: bool
    days: int | None = None

    def arguments(self) -> dict[str, Any]:
        """Return DynamoDB's PointInTimeRecoverySpecification."""
        days = {"RecoveryPeriodInDays": self.days} if self.enabled and self.days is not None else {}
        return {"PointInTimeRecoveryEnabled": self.enabled, **days}


def recoveries(source: Source, template: Mapping[str, Any], on_progress: OnProgress) -> Iterator[Recovery]:
    """Yield what the plain CloudFormation `template` says of its tables' recovery: without a word it is off."""
    for name, resource in template["Resources"].items():
        if not isinstance(resource, dict) or resource.get("Type") != _TABLE:
            continue
        asked = (resource.get("Properties") or {}).get("PointInTimeRecoverySpecification") or {}
        enabled, days = asked.get("PointInTimeRecoveryEnabled", False), asked.get("RecoveryPeriodInDays")
        if isinstance(enabled, dict) or isinstance(days, dict) or "Fn::If" in asked:
            words = "decides its point-in-time recovery by an intrinsic function: it stays as it is here"
            on_progress(Progress("note", f"{source.at_resource(name)}  {name}", words))
            continue
        yield Recovery(name, str(enabled).lower() == "true", None if days is None else int(days))


def set_recoveries(
    client: "DynamoDBClient", wanted: Iterable[Recovery], resources: tuple[StackResource, ...], on_progress: OnProgress
) -> None:
    """Set the recovery of those tables that are there and have another one now; raises StackFailed."""
    from botocore.exceptions import ClientError

    tables = {one.logical_id: one.physical_id for one in resources if one.type == _TABLE and one.status != _GONE}
    for recovery in wanted:
        table = tables.get(recovery.logical_id)
        try:
            changed = table is not None and _set(client, table, recovery)
        except ClientError as error:
            words = error.response["Error"].get("Message", str(error))
            raise StackFailed(
                f"point-in-time recovery of table {table} can't be set: {words}",
                evidence={"stack": "it is there, with this left to do"},
                remedy="deploy again",
            ) from error
        if changed:
            words = f"point-in-time recovery is {'on' if recovery.enabled else 'off'}"
            on_progress(Progress("resource", recovery.logical_id, "UPDATE_COMPLETE", words))


def _set(client: "DynamoDBClient", table: str, wanted: Recovery) -> bool:
    """Set one table's recovery; return whether it was another one."""
    told = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    now = told.get("PointInTimeRecoveryDescription", {})
    enabled = now.get("PointInTimeRecoveryStatus") == "ENABLED"
    if enabled == wanted.enabled and (wanted.days is None or now.get("RecoveryPeriodInDays") == wanted.days):
        return False
    specification: Any = wanted.arguments()
    client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=specification)
    return True
