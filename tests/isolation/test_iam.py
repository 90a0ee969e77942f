"""The evaluator decides as IAM documents it: each row is a sentence of the user guide."""

from urllib.parse import quote

import pytest

from harness.isolation.iam import ALLOWED, DENIED, NOT_ALLOWED, UNKNOWN, Asked, Policy, decide

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/Notes"
OWN = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/TenantId}"]}}


def policy(*statements: dict[str, object]) -> list[Policy]:
    return [Policy.parse("p", {"Version": "2012-10-17", "Statement": list(statements)})]


def allow(action: object = "dynamodb:GetItem", resource: object = TABLE, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def asked(action: str = "dynamodb:GetItem", resource: str = TABLE, **context: str | tuple[str, ...]) -> Asked:
    keys = {"keys": "dynamodb:leadingkeys", "tag": "aws:principaltag/tenantid", "ip": "aws:sourceip"}
    return Asked(
        action,
        resource,
        {keys[name]: (value,) if isinstance(value, str) else value for name, value in context.items()},
    )


@pytest.mark.parametrize(
    ("statements", "request_", "expected"),
    [
        ([allow()], asked(), ALLOWED),
        ([allow()], asked("dynamodb:PutItem"), NOT_ALLOWED),
        ([allow("dynamodb:Get*")], asked(), ALLOWED),
        ([allow("DYNAMODB:getitem")], asked(), ALLOWED),
        ([allow("*", "*")], asked(), ALLOWED),
        ([allow("*", "*"), allow() | {"Effect": "Deny"}], asked(), DENIED),
        ([allow() | {"Effect": "Deny"}, allow("*", "*")], asked("dynamodb:PutItem"), ALLOWED),
        ([allow(resource=TABLE + "*")], asked(resource=TABLE + "/index/GSI1"), ALLOWED),
        ([allow(resource=TABLE)], asked(resource=TABLE + "/index/GSI1"), NOT_ALLOWED),
        ([allow(resource="arn:aws:dynamodb:*:*:table/N?tes")], asked(), ALLOWED),
        ([allow(resource="arn:aws:dynamodb:*:table/Notes")], asked(), NOT_ALLOWED),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], asked(), ALLOWED),
        ([{"Effect": "Allow", "NotAction": "dynamodb:*", "Resource": "*"}], asked(), NOT_ALLOWED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": TABLE}], asked(), NOT_ALLOWED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": TABLE + "2"}], asked(), ALLOWED),
    ],
)
def test_decision_is_iams_when_statements_name_actions_and_resources(
    statements: list[dict[str, object]], request_: Asked, expected: str
) -> None:
    assert decide(policy(*statements), request_).what == expected


@pytest.mark.parametrize(
    ("condition", "request_", "expected"),
    [
        (OWN, asked(keys="TENANT#a", tag="a"), ALLOWED),
        (OWN, asked(keys="TENANT#b", tag="a"), NOT_ALLOWED),
        (OWN, asked(keys=("TENANT#a", "TENANT#b"), tag="a"), NOT_ALLOWED),
        (OWN, asked(keys="TENANT#a"), NOT_ALLOWED),  # a variable without a value matches nothing
        (OWN, asked(keys="TENANT#*", tag="*"), ALLOWED),
        (OWN, asked(keys="TENANT#b", tag="*"), NOT_ALLOWED),  # what a variable holds is taken literally
        (OWN, asked(tag="a"), ALLOWED),  # ForAllValues holds of no values: a Scan needs another guard
        ({**OWN, "Null": {"dynamodb:LeadingKeys": "false"}}, asked(tag="a"), NOT_ALLOWED),
        ({**OWN, "Null": {"dynamodb:LeadingKeys": "false"}}, asked(keys="TENANT#a", tag="a"), ALLOWED),
        ({"Null": {"aws:PrincipalTag/TenantId": "true"}}, asked(), ALLOWED),
        ({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["x"]}}, asked(), NOT_ALLOWED),
        ({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["x"]}}, asked(keys=("x", "y")), ALLOWED),
        ({"StringEquals": {"aws:PrincipalTag/TenantId": ["a", "b"]}}, asked(tag="b"), ALLOWED),
        ({"StringEquals": {"aws:PrincipalTag/TenantId": "a*"}}, asked(tag="ab"), NOT_ALLOWED),
        ({"StringLike": {"aws:PrincipalTag/TenantId": "a*"}}, asked(tag="ab"), ALLOWED),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalTag/TenantId": "A"}}, asked(tag="a"), ALLOWED),
        ({"StringNotEquals": {"aws:PrincipalTag/TenantId": "a"}}, asked(), ALLOWED),
        ({"StringNotEquals": {"aws:PrincipalTag/TenantId": ["a", "b"]}}, asked(tag="b"), NOT_ALLOWED),
        ({"StringEquals": {"aws:PrincipalTag/TenantId": "a"}}, asked(), NOT_ALLOWED),
        ({"StringEqualsIfExists": {"aws:PrincipalTag/TenantId": "a"}}, asked(), ALLOWED),
        ({"StringEquals": {"aws:PrincipalTag/TenantId": "${nobody, 'a'}"}}, asked(tag="a"), ALLOWED),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, asked(ip="10.1.1.1"), UNKNOWN),
        ({"StringLike": {"aws:PrincipalTag/TenantId": "${*}"}}, asked(tag="x"), NOT_ALLOWED),
    ],
)
def test_decision_is_iams_when_statements_have_conditions(
    condition: dict[str, object], request_: Asked, expected: str
) -> None:
    assert decide(policy(allow(Condition=condition)), request_).what == expected


def test_deny_with_an_unknown_operator_leaves_an_allow_open() -> None:
    unknown: dict[str, object] = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    }

    assert decide(policy(allow(), unknown), asked()).what == UNKNOWN


def test_policy_is_read_when_iam_gives_it_percent_encoded() -> None:
    document = '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'

    assert decide([Policy.parse("p", quote(document))], asked("s3:GetObject", "arn:aws:s3:::b/k")).what == ALLOWED


def test_policy_is_refused_when_an_effect_is_no_effect() -> None:
    with pytest.raises(ValueError, match="Effect is 'allow'"):
        Policy.parse("p", {"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}})
