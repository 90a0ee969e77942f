"""Roles are told to be too wide where they are, and calls to be short of rights where nothing allows them."""

import pytest

from harness.isolation.iam import Policy
from harness.isolation.iam.rights import Account, Role, RolesAudit, audit_roles
from harness.isolation.subject import Excuse, TableLayout
from harness.isolation.table_calls import Named, TableCall

ACCOUNT = Account("123456789012", "us-east-1")
TABLE = TableLayout("app-Notes", "PK", {"": ("TENANT#{tenant}", "TENANT#{tenant}#*"), "GSI1": ("TENANT#{tenant}",)})
KEYS = ["TENANT#${aws:PrincipalTag/TenantId}", "TENANT#${aws:PrincipalTag/TenantId}#*"]
GUARD = {"dynamodb:LeadingKeys": "false"}


def role(condition: dict[str, object] | None, action: object = "dynamodb:*", name: str = "r") -> Role:
    statement: dict[str, object] = {"Effect": "Allow", "Action": action, "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    return Role(name, (Policy.parse("own", {"Statement": [statement]}),), functions=("app-notes",))


def audited(one: Role, *calls: TableCall, excuses: tuple[Excuse, ...] = ()) -> RolesAudit:
    return audit_roles([one], calls, [TABLE], excuses, ACCOUNT)


def tight() -> Role:
    return role({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": KEYS}, "Null": GUARD})


def call(operation: str, key: str, tenant: str = "a", by: str = "key", error_code: str = "") -> TableCall:
    tags = {"TenantId": tenant} if tenant else {}
    return TableCall(operation, "app-notes", "t", (Named("app-Notes", "", key, by),), tags, "r", error_code)


def test_no_right_is_too_wide_when_keys_follow_the_tag_and_none_are_refused() -> None:
    assert audited(tight()).wide == ()


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        (None, "may reach another tenant's: GetItem on app-Notes TENANT#{tenant}"),
        ({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#*"]}}, "may reach another tenant's: Query"),
        # Without a guard against no keys at all, ForAllValues lets a Scan pass.
        ({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": KEYS}}, "may read all tenants': Scan on app-Notes"),
        # Without what ends the tenant's id, the id of another may begin with it.
        (
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{KEYS[0]}*"]}, "Null": GUARD},
            "may reach another tenant's: PutItem",
        ),
        # tenant-own is the beginning of no other id here, but of those that a star lets in.
        (
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#tenant-*"]}, "Null": GUARD},
            "may reach another tenant's: PutItem",
        ),
    ],
)
def test_right_is_too_wide_when_its_condition_lets_another_tenant_in(
    condition: dict[str, object] | None, what: str
) -> None:
    assert any(what in str(one) for one in audited(role(condition)).wide)


def test_right_is_allowed_by_name_when_an_excuse_covers_function_table_and_operation() -> None:
    one = role(None, ["dynamodb:Query"])
    excuse = Excuse("Notes", "a look-up that is nobody's", operation="Query", caller="notes")

    found = audited(one, excuses=(excuse,))

    assert found.wide == ()
    assert list(found.excused) == ["r: a look-up that is nobody's"]
    assert audited(one, excuses=(Excuse("Notes", "x", operation="Query", caller="others"),)).wide


def test_call_is_told_when_its_role_does_not_allow_it() -> None:
    found = audited(tight(), call("GetItem", "TENANT#a"), call("GetItem", "TENANT#b"))

    assert found.calls_checked == 2
    assert found.short == ("GetItem on app-Notes is not allowed to r, and app-notes made it",)


def test_call_is_no_finding_when_iam_denied_it() -> None:
    assert audited(tight(), call("GetItem", "TENANT#b", error_code="AccessDeniedException")).short == ()


@pytest.mark.parametrize(("by", "short"), [("item", 0), ("key", 1)])
def test_transaction_is_asked_by_what_its_items_may_be(by: str, short: int) -> None:
    one = role({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": KEYS}, "Null": GUARD}, "dynamodb:PutItem")

    assert len(audited(one, call("TransactWriteItems", "TENANT#a#x", by=by)).short) == short


def test_audit_is_undecided_when_a_policy_or_a_role_is_not_known() -> None:
    hidden = Role("r", tight().policies, ("app-notes",), unread=("arn:aws:iam::aws:policy/Some",))
    stranger = TableCall("GetItem", "app-other", "t", (Named("app-Notes", "", "TENANT#a"),), {}, "", "")

    told = audited(hidden, stranger).undecided

    assert told == ("role r: policy arn:aws:iam::aws:policy/Some can't be read", "nobody knows the role of app-other")


def test_keys_that_name_no_tenant_are_told() -> None:
    layout = TableLayout("app-Keys", "PK", {"": ("TENANT#{tenant}",), "GSI1": ("APIKEY#*",)})

    assert audit_roles([tight()], [], [layout], (), ACCOUNT).tenantless == ("app-Keys/GSI1 APIKEY#*",)
