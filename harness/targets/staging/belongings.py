"""What a run can have left in an account, kind by kind: how it is found by the run's prefix, and how it is deleted.

Stacks delete most of it. This is for what outlives a stack: log groups that Lambda makes anew, tables that a
replacement kept, backups, the bucket of packages. One that AWS will not delete (a table with deletion protection) is
not forced. Order matters: what holds others comes first.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.targets.staging.costs import cost_text
from harness.targets.staging.run import TAG_RUN, Run

Client = Callable[[str], Any]
# What CloudFormation leaves of a stack's name in a role's is at least this long (assumed: 24 were seen).
_CUT = 20
LOG_PREFIXES = ("/aws/lambda/", "/aws/vendedlogs/states/", "/aws/apigateway/", "")


@dataclass(frozen=True, slots=True)
class Belonging:
    """One resource of a run: its CloudFormation type, name, what its service deletes it by, and a person's command."""

    type: str
    name: str
    handle: str
    command: str

    @property
    def cost(self) -> str:
        """What it costs, for people."""
        return cost_text(self.type)

    def to_json(self) -> dict[str, str]:
        """Return everything as JSON-ready values."""
        return {"type": self.type, "name": self.name, "cost": self.cost, "remove": self.command}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its type, the service, how those of a run are listed as (name, handle), and how one is deleted."""

    type: str
    service: str
    listed: Callable[[Any, Run], Iterator[tuple[str, str]]]
    delete: Callable[[Any, str], object]
    command: str  # with {name} or {handle}: what a person types

    def of(self, client: Client, run: Run) -> list[Belonging]:
        """Return what there is of a run."""
        return [
            Belonging(self.type, name, handle, self.command.format(name=name, handle=handle))
            for name, handle in self.listed(client(self.service), run)
        ]


def _paged(operation: str, key: str, name: str, handle: str = "", **arguments: Any) -> Any:
    """Return a lister for an operation that pages and gives rows (or plain names) under `key`."""

    def listed(client: Any, run: Run) -> Iterator[tuple[str, str]]:
        for page in client.get_paginator(operation).paginate(**arguments):
            for row in page.get(key, []):
                found = row if isinstance(row, str) else row.get(name, "")
                if run.owns(found):
                    yield found, found if isinstance(row, str) or not handle else row[handle]

    return listed


def _log_groups(client: Any, run: Run) -> Iterator[tuple[str, str]]:
    for prefix in LOG_PREFIXES:
        pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"{prefix}{run.prefix}-")
        for page in pages:
            yield from ((group["logGroupName"], group["logGroupName"]) for group in page["logGroups"])


def _queues(client: Any, run: Run) -> Iterator[tuple[str, str]]:
    for page in client.get_paginator("list_queues").paginate(QueueNamePrefix=f"{run.prefix}-"):
        yield from ((url.rpartition("/")[2], url) for url in page.get("QueueUrls", []))


def _alarms(client: Any, run: Run) -> Iterator[tuple[str, str]]:
    # Who does not ask for composite alarms is told of none (documented: DescribeAlarms, AlarmTypes). They hold others.
    kinds = ["CompositeAlarm", "MetricAlarm"]
    for page in client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{run.prefix}-", AlarmTypes=kinds):
        for alarm in (*page.get("CompositeAlarms", []), *page.get("MetricAlarms", [])):
            yield alarm["AlarmName"], alarm["AlarmName"]


def _buckets(client: Any, run: Run) -> Iterator[tuple[str, str]]:
    yield from ((row["Name"], row["Name"]) for row in client.list_buckets()["Buckets"] if run.owns(row["Name"]))


def _backups(client: Any, run: Run) -> Iterator[tuple[str, str]]:
    token: dict[str, str] = {}
    while True:
        page = client.list_backups(BackupType="USER", **token)
        for row in page.get("BackupSummaries", []):
            if run.owns(row["TableName"]) and row.get("BackupStatus") != "DELETED":
                yield f"{row['TableName']}/{row['BackupName']}", row["BackupArn"]
        if "LastEvaluatedBackupArn" not in page:
            return
        token = {"ExclusiveStartBackupArn": page["LastEvaluatedBackupArn"]}


def _secrets(client: Any, run: Run) -> Iterator[tuple[str, str]]:
    for page in client.get_paginator("list_secrets").paginate():
        for row in page["SecretList"]:
            if (run.owns(row["Name"]) or _is_tagged(row, run)) and "DeletedDate" not in row:
                yield row["Name"], row["ARN"]


def _roles(client: Any, run: Run) -> Iterator[tuple[str, str]]:
    # CloudFormation cuts a stack's name to make a role's fit into 64 characters: then only its tag tells whose it is.
    for page in client.get_paginator("list_roles").paginate():
        for row in page["Roles"]:
            name = row["RoleName"]
            if run.owns(name) or (name.startswith(run.prefix[:_CUT]) and _is_tagged(_tags_of_role(client, name), run)):
                yield name, name


def _tags_of_role(client: Any, name: str) -> dict[str, Any]:
    tags: dict[str, Any] = client.list_role_tags(RoleName=name)
    return tags


def _is_tagged(row: Mapping[str, Any], run: Run) -> bool:
    return {"Key": TAG_RUN, "Value": run.id} in row.get("Tags", [])


def _empty_bucket_away(client: Any, bucket: str) -> None:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        rows = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": row["Key"], "VersionId": row["VersionId"]} for row in rows if row.get("VersionId")]
        if objects:
            client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):  # where versions are not listed
        if rows := page.get("Contents", []):
            client.delete_objects(
                Bucket=bucket, Delete={"Objects": [{"Key": row["Key"]} for row in rows], "Quiet": True}
            )
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for row in page.get("Uploads", []):
            client.abort_multipart_upload(Bucket=bucket, Key=row["Key"], UploadId=row["UploadId"])
    client.delete_bucket(Bucket=bucket)


def _delete_role(client: Any, name: str) -> None:
    for policy in client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        client.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy_name in client.list_role_policies(RoleName=name)["PolicyNames"]:
        client.delete_role_policy(RoleName=name, PolicyName=policy_name)
    client.delete_role(RoleName=name)


def _delete_layer(client: Any, name: str) -> None:
    for page in client.get_paginator("list_layer_versions").paginate(LayerName=name):
        for row in page["LayerVersions"]:
            client.delete_layer_version(LayerName=name, VersionNumber=row["Version"])


def _delete_rule(client: Any, name: str) -> None:
    targets = client.list_targets_by_rule(Rule=name)["Targets"]
    if targets:
        client.remove_targets(Rule=name, Ids=[target["Id"] for target in targets])
    client.delete_rule(Name=name)


def _delete_plan(client: Any, plan: str) -> None:
    for row in client.get_usage_plan(usagePlanId=plan).get("apiStages", []):
        change = [{"op": "remove", "path": "/apiStages", "value": f"{row['apiId']}:{row['stage']}"}]
        client.update_usage_plan(usagePlanId=plan, patchOperations=change)
    client.delete_usage_plan(usagePlanId=plan)


KINDS = (
    Kind("AWS::ApiGateway::UsagePlan", "apigateway", _paged("get_usage_plans", "items", "name", "id"),
         _delete_plan, "aws apigateway delete-usage-plan --usage-plan-id {handle}"),
    Kind("AWS::ApiGateway::ApiKey", "apigateway", _paged("get_api_keys", "items", "name", "id"),
         lambda client, key: client.delete_api_key(apiKey=key), "aws apigateway delete-api-key --api-key {handle}"),
    Kind("AWS::ApiGateway::RestApi", "apigateway", _paged("get_rest_apis", "items", "name", "id"),
         lambda client, api: client.delete_rest_api(restApiId=api),
         "aws apigateway delete-rest-api --rest-api-id {handle}"),
    Kind("AWS::ApiGatewayV2::Api", "apigatewayv2", _paged("get_apis", "Items", "Name", "ApiId"),
         lambda client, api: client.delete_api(ApiId=api), "aws apigatewayv2 delete-api --api-id {handle}"),
    Kind("AWS::StepFunctions::StateMachine", "stepfunctions",
         _paged("list_state_machines", "stateMachines", "name", "stateMachineArn"),
         lambda client, arn: client.delete_state_machine(stateMachineArn=arn),
         "aws stepfunctions delete-state-machine --state-machine-arn {handle}"),
    Kind("AWS::Events::Rule", "events", _paged("list_rules", "Rules", "Name"), _delete_rule,
         "aws events delete-rule --name {name}"),
    Kind("AWS::Lambda::Function", "lambda", _paged("list_functions", "Functions", "FunctionName"),
         lambda client, name: client.delete_function(FunctionName=name),
         "aws lambda delete-function --function-name {name}"),
    Kind("AWS::Lambda::LayerVersion", "lambda", _paged("list_layers", "Layers", "LayerName"), _delete_layer,
         "aws lambda delete-layer-version --layer-name {name} --version-number <each>"),
    Kind("AWS::SQS::Queue", "sqs", _queues, lambda client, url: client.delete_queue(QueueUrl=url),
         "aws sqs delete-queue --queue-url {handle}"),
    Kind("AWS::CloudWatch::Alarm", "cloudwatch", _alarms, lambda client, name: client.delete_alarms(AlarmNames=[name]),
         "aws cloudwatch delete-alarms --alarm-names {name}"),
    Kind("AWS::SecretsManager::Secret", "secretsmanager", _secrets,
         lambda client, arn: client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True),
         "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {handle}"),
    Kind("AWS::DynamoDB::Backup", "dynamodb", _backups, lambda client, arn: client.delete_backup(BackupArn=arn),
         "aws dynamodb delete-backup --backup-arn {handle}"),
    Kind("AWS::DynamoDB::Table", "dynamodb", _paged("list_tables", "TableNames", ""),
         lambda client, name: client.delete_table(TableName=name),
         "aws dynamodb update-table --no-deletion-protection-enabled --table-name {name} && "
         "aws dynamodb delete-table --table-name {name}"),
    Kind("AWS::Logs::LogGroup", "logs", _log_groups, lambda client, name: client.delete_log_group(logGroupName=name),
         "aws logs delete-log-group --log-group-name {name}"),
    Kind("AWS::S3::Bucket", "s3", _buckets, _empty_bucket_away, "aws s3 rb --force s3://{name}"),
    Kind("AWS::IAM::Role", "iam", _roles, _delete_role,
         "aws iam delete-role --role-name {name}, after its policies"),
)  # fmt: skip
