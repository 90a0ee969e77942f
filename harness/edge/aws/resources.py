"""What a call to any service but DynamoDB is about: the members that name its resource, and the item in it.

Precise for the services that systems here use, a guess by the usual names of members for the others. A resource goes by
its name, whatever the call has: a name, an ARN, a queue's URL.
"""

from collections.abc import Callable, Mapping
from typing import Any

from harness.edge.aws.names import execution_of, name_of
from harness.edge.call import Target

Members = Mapping[str, Any]
TARGETS_MAX = 128

# By SigV4 name: the members that name the resource, the first that is there wins; and those that name the item in it.
_MEMBERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sqs": (("QueueUrl", "QueueName", "SourceArn"), ("MessageGroupId",)),
    "sns": (("TopicArn", "TargetArn", "SubscriptionArn", "Name", "PhoneNumber"), ("MessageGroupId",)),
    "lambda": (("FunctionName", "functionName", "LayerName", "UUID", "Resource"), ()),
    "s3": (("Bucket",), ("Key",)),
    "secretsmanager": (("SecretId", "Name"), ()),
    "ssm": (("Name", "Path"), ()),
    "logs": (("logGroupName", "logGroupIdentifier", "logGroupArn"), ("logStreamName",)),
    "kinesis": (("StreamName", "StreamARN"), ("PartitionKey",)),
    "firehose": (("DeliveryStreamName",), ()),
    "events": (("EventBusName", "Rule", "Name"), ()),
    "scheduler": (("Name", "GroupName"), ()),
    "cognito-idp": (("UserPoolId", "ClientId"), ("Username",)),
    "kms": (("KeyId",), ()),
    "iam": (("RoleName", "UserName", "PolicyArn", "PolicyName", "GroupName", "InstanceProfileName"), ()),
    "sts": (("RoleArn",), ()),
    "cloudformation": (("StackName", "ChangeSetName", "StackSetName"), ()),
    "monitoring": (("AlarmName", "Namespace", "DashboardName"), ("MetricName",)),
    "apigateway": (("restapi_id", "restApiId", "apiId", "ApiId"), ()),
    "execute-api": (("ConnectionId",), ()),
    "rds-data": (("resourceArn",), ()),
    "states": (("stateMachineArn", "activityArn", "name"), ()),
}
_ANY = (
    "Name",
    "name",
    "ResourceArn",
    "resourceArn",
    "Arn",
    "arn",
    "Id",
    "id",
)
_NONE: tuple[Target, ...] = ()


def targets(service: str, operation: str, members: Members) -> tuple[Target, ...]:
    """Return what a call is about, () when nothing in it names that.

    `members` are the call's, by the names of its model (a query call's form by its own: `Entry.1.Id`). Raises
    TypeError, AttributeError or KeyError for those that make no sense.
    """
    special = _SPECIAL.get((service, operation))
    if special is not None:
        return special(members)
    if service == "states" and "executionArn" in members:
        return _execution(members)
    names, keys = _MEMBERS.get(service, (_ANY, ()))
    resource = next((members[name] for name in names if isinstance(members.get(name), str)), "")
    if not resource and service not in _MEMBERS:
        resource = _guess(members)
    if not resource:
        return _NONE
    return (Target(name_of(resource), _key(members, keys)),)


def _key(members: Members, keys: tuple[str, ...]) -> str:
    if not keys:
        return ""
    return ",".join(f"{name}={members[name]}" for name in keys if isinstance(members.get(name), str))


def _guess(members: Members) -> str:
    """Return the first member whose name says that it names something."""
    for name, value in members.items():
        if isinstance(value, str) and value and name.endswith(("Name", "Arn", "ARN", "Id")):
            return value
    return ""


def _started(members: Members) -> tuple[Target, ...]:
    name = members.get("name")
    return (Target(_machine(members["stateMachineArn"]), f"name={name}" if name else ""),)


def _execution(members: Members) -> tuple[Target, ...]:
    machine, name = execution_of(members["executionArn"])
    return (Target(machine, f"name={name}"),) if machine else _NONE


def _machine(reference: str) -> str:
    # A map run's label follows the name after a slash, a version or alias after a colon.
    return name_of(reference).partition("/")[0]


def _bus_events(members: Members) -> tuple[Target, ...]:
    return tuple(
        Target(name_of(entry.get("EventBusName") or "default"), f"DetailType={entry['DetailType']}")
        for entry in members["Entries"][:TARGETS_MAX]
    )


def _records(members: Members) -> tuple[Target, ...]:
    stream = name_of(members.get("StreamName") or members["StreamARN"])
    return tuple(
        Target(stream, f"PartitionKey={record['PartitionKey']}") for record in members["Records"][:TARGETS_MAX]
    )


def _rule(members: Members) -> tuple[Target, ...]:
    return (Target(name_of(members.get("Name") or members["Rule"])),)


_SPECIAL: dict[tuple[str, str], Callable[[Members], tuple[Target, ...]]] = {
    ("states", "StartExecution"): _started,
    ("states", "StartSyncExecution"): _started,
    ("events", "PutEvents"): _bus_events,
    ("kinesis", "PutRecords"): _records,
    **{
        ("events", operation): _rule
        for operation in (
            "PutRule",
            "PutTargets",
            "DeleteRule",
            "DescribeRule",
            "EnableRule",
            "DisableRule",
            "RemoveTargets",
            "ListTargetsByRule",
        )
    },
}
