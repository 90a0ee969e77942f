"""The audit of the record accepts calls that name their tenant, and tells of each kind that does not."""

from typing import Any

import pytest

from harness.isolation import audit
from harness.isolation.audit import Layouts, RecordAudit, audit_record
from harness.isolation.subject import Excuse, TableLayout
from harness.isolation.table_calls import table_calls

LAYOUTS = Layouts(
    (
        TableLayout("app-Notes", "PK", {"": ("TENANT#{tenant}", "TENANT#{tenant}#*"), "GSI1": ("NOTE#*",)}),
        TableLayout("app-Keys", "PK", {"": ("TENANT#{tenant}",), "GSI1": ("APIKEY#*",)}),
    )
)
LOOK_UP = Excuse("Keys", "nobody is known yet", index="GSI1", operation="Query", caller="authorizer")


def record(operation: str = "GetItem", *named: tuple[str, str, str, str], **other: Any) -> dict[str, Any]:
    partitions = [{"table": one[0], "index": one[1], "key": one[2], "by": one[3]} for one in named]
    return {
        "service": "dynamodb", "operation": operation, "caller": "app-notes", "trace": "1-x", "sequence": 7,
        "principal": {"role": "r", "session": "s", "tags": {"TenantId": "a"}}, "partitions": partitions, **other,
    }  # fmt: skip


def audited(*records: dict[str, Any], **traces: str) -> RecordAudit:
    return audit_record(table_calls(records), LAYOUTS, (LOOK_UP,), tenant_by_trace={"1-x": traces.get("asked", "")})


def own(
    key: str = "PK=TENANT#a", table: str = "app-Notes", index: str = "", by: str = "key"
) -> tuple[str, str, str, str]:
    return (table, index, key, by)


@pytest.mark.parametrize(
    "one",
    [
        record("GetItem", own()),
        record("Query", own("PK=TENANT#a#PROVIDER#p", by="condition")),
        record("PutItem", own(by="item"), own("GSI1PK=NOTE#1", index="GSI1", by="item")),
        record("TransactWriteItems", own(), own("PK=TENANT#a#x")),
    ],
)
def test_call_is_right_when_all_that_it_names_is_its_tenants(one: dict[str, Any]) -> None:
    found = audited(one, asked="a")

    assert (found.findings, found.checked) == ((), 1)


@pytest.mark.parametrize(
    ("one", "what"),
    [
        (record("GetItem", own("PK=TENANT#b")), audit.FOREIGN),
        (record("GetItem", own("PK=TENANT#ab")), audit.FOREIGN),
        (record("BatchGetItem", own(), own("PK=TENANT#b#x")), audit.FOREIGN),
        (record("Query", own(), own("PK=TENANT#b", by="start")), audit.FOREIGN),
        (record("Query", own("GSI1PK=NOTE#1", index="GSI1", by="condition")), audit.TENANTLESS),
        (record("Scan", own("", by="scan")), audit.SCANNED),
        (record("GetItem", own(), principal=None), audit.UNTAGGED),
        (record("GetItem", own(table="app-Other")), audit.UNKNOWN_TABLE),
        (record("BatchGetItem", own(), partitions_left_out=3), audit.INCOMPLETE),
        (record("ExecuteStatement"), audit.INCOMPLETE),
    ],
)
def test_call_is_told_when_it_names_what_is_not_its_tenants(one: dict[str, Any], what: str) -> None:
    assert [finding.what for finding in audited(one, asked="a").findings] == [what]


def test_call_is_told_when_its_session_is_not_of_the_tenant_that_asked() -> None:
    assert [one.what for one in audited(record("GetItem", own()), asked="b").findings] == [audit.TORN]


def test_call_without_a_session_is_excused_when_it_is_named() -> None:
    look_up = record(
        "Query", own("GSI1PK=APIKEY#x", "app-Keys", "GSI1", "condition"), principal=None, caller="app-authorizer"
    )

    found = audited(look_up)

    assert (found.findings, found.checked, found.vacuous) == ((), 0, True)
    assert list(found.excused.values()) == [1]
    assert audited(look_up | {"caller": "app-notes"}).findings
    assert audited(look_up | {"operation": "Scan"}).findings


def test_excuse_is_told_when_no_call_needed_it() -> None:
    assert audited(record("GetItem", own())).unneeded == ("Query on Keys/GSI1 by authorizer: nobody is known yet",)


def test_other_services_and_clients_are_left_out() -> None:
    records = [record("GetItem", own(), service="sqs"), record("GetItem", own("PK=TENANT#b"), caller="")]

    assert audited(*records).checked == 0


def test_denied_calls_are_counted_and_still_told() -> None:
    found = audited(record("GetItem", own("PK=TENANT#b"), error_code="AccessDeniedException"))

    assert (found.denied, len(found.findings)) == (1, 1)
    assert str(found.findings[0]).startswith("call 7 GetItem on app-Notes TENANT#b by app-notes names a partition")
