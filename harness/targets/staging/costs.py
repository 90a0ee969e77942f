"""What stands around costs: USD a month for each resource that is only there, as AWS asks in us-east-1.

What is asked for by use (requests, invocations) costs nothing while nobody uses it and is not here; storage is told as
a price for a GB, because a rehearsal's tables and logs hold megabytes. All are assumed, and none was read from a bill
or a price list; others tell the same of DynamoDB's storage (aws.amazon.com/dynamodb/pricing: "start from $0.25 per
GB-month"), alarms (c3x.dev: 0.10, composite 0.50), secrets (hivebook.wiki: 0.40) and keys (factualminds.com: 1.00).
Other regions ask up to 1.6 times as much (assumed).
"""

from collections.abc import Iterable

DAYS_A_MONTH = 730 / 24
# By CloudFormation type: USD a month for one that is never used.
USD_A_MONTH = {
    "AWS::CloudWatch::Alarm": 0.10,
    "AWS::CloudWatch::CompositeAlarm": 0.50,
    "AWS::CloudWatch::Dashboard": 3.00,
    "AWS::SecretsManager::Secret": 0.40,
    "AWS::KMS::Key": 1.00,
}
USD_A_GB_MONTH = {
    "AWS::DynamoDB::Table": 0.25,
    "AWS::DynamoDB::Backup": 0.10,
    "AWS::Logs::LogGroup": 0.03,
    "AWS::S3::Bucket": 0.023,
}


def idle_usd_per_day(types: Iterable[str]) -> float:
    """Return what resources of these types cost a day while nobody uses them, storage left out."""
    return sum(USD_A_MONTH.get(one, 0.0) for one in types) / DAYS_A_MONTH


def cost_text(resource_type: str) -> str:
    """Return what one left resource of a type costs, for people."""
    if resource_type in USD_A_MONTH:
        return f"{USD_A_MONTH[resource_type]:.2f} USD a month"
    if resource_type in USD_A_GB_MONTH:
        return f"{USD_A_GB_MONTH[resource_type]:g} USD a GB and month"
    return "nothing while it is not used" if resource_type in FREE_AT_REST else "unknown: see its service's price page"


FREE_AT_REST = frozenset(
    {
        "AWS::CloudFormation::Stack", "AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::IAM::Role",
        "AWS::SQS::Queue", "AWS::StepFunctions::StateMachine", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api",
        "AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::ApiKey", "AWS::Events::Rule",
    }
)  # fmt: skip
