"""STS: a role that is assumed with session tags gives credentials that reach the account's own tables."""

import json

import boto3

from harness.doctor.examination import Examination
from harness.doctor.probe import broken_unless, probe

ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", "sts:TagSession"]},
    ],
}
TAG = {"Key": "TenantId", "Value": "t-1"}


@probe(
    "sts.session-tags",
    "A role that is assumed with session tags gives credentials of the same account",
    does="assumes a role with a tag, asks who that is, and writes and reads an item with its credentials",
    documented="temporary credentials of an assumed role act in its account, under arn:aws:sts::…:assumed-role/…",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html",
)
def session_tags(examination: Examination) -> str:
    iam, sts = examination.client("iam"), examination.client("sts")
    role = examination.name("role")
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(ANYBODY))["Role"]["Arn"]
    examination.after(iam.delete_role, RoleName=role)
    table = examination.table()
    given = sts.assume_role(RoleArn=made, RoleSessionName="tenant-t-1", Tags=[TAG], DurationSeconds=900)["Credentials"]
    session = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], examination.patient.region
    )
    told = session.client("sts", endpoint_url=examination.patient.endpoint_url)
    seen, own = told.get_caller_identity(), sts.get_caller_identity()["Account"]
    broken_unless(seen["Account"] == own, f"the session is of account {seen['Account']}, expected {own}")
    broken_unless(seen["Arn"].endswith(f":assumed-role/{role}/tenant-t-1"), f"the session is told to be {seen['Arn']}")
    tables = session.client("dynamodb", endpoint_url=examination.patient.endpoint_url)
    tables.put_item(TableName=table, Item={"ID": {"S": "a"}})
    found = examination.item(table, "a")
    broken_unless(found.get("ID") == {"S": "a"}, "an item that the session put is not in the account's table")
    return "the session's credentials write to the account's table, under the role's and the session's name"
