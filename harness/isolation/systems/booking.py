"""The booking system, ready to be proven: deployed, with two tenants in it and a third that is suspended."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.clients.calls import CallsClient
from harness.clients.edge_clock import ClockClient
from harness.config import project_root
from harness.deploy import describe_stack, stack_outputs
from harness.isolation.audit import Layouts, RecordAudit, audit_record
from harness.isolation.document import read_document
from harness.isolation.driving import Drive
from harness.isolation.fingerprints import fingerprint
from harness.isolation.following import CallsTaken
from harness.isolation.iam.rights import Account
from harness.isolation.iam.roles import roles_of
from harness.isolation.proof import Proof
from harness.isolation.proving import Evidence, prove
from harness.isolation.sending import HttpSender
from harness.isolation.subject import System, Tenant
from harness.isolation.systems.booking_routes import EXCUSES, layouts, system
from harness.isolation.systems.booking_tenants import Days, business

if TYPE_CHECKING:
    from harness.isolation.systems import Scope
    from harness.targets import Environment

NAME = "booking"


@dataclass(frozen=True)
class Subjects:
    """The system and its tenants, and how the victim's items are read."""

    system: System
    attacker: Tenant
    victim: Tenant
    dynamodb: Any

    def fingerprint(self, tenant: Tenant) -> Mapping[str, str]:
        """Return a digest of each item that a tenant has."""
        return fingerprint(self.dynamodb, self.system.tables, tenant.tenant_id)


def prove_booking(environment: "Environment", scope: "Scope") -> Proof:
    """Return the proof of the deployed booking system; raises StackMissing where it is not deployed."""
    outputs = stack_outputs(NAME, environment).values_by_name
    iam, functions = environment.client("iam"), environment.client("lambda")
    account = Account(environment.account_id, environment.region)
    with http_client(environment.edge_url()) as http, HttpSender.to(environment.api_url(NAME)) as sender:
        edge = EdgeClient(http)
        # From the beginning: what the two tenants do for themselves is audited with the rest.
        record = CallsTaken(CallsClient(edge), f"{NAME}-*").begin()
        subjects = _subjects(environment, outputs, scope.seed, ClockClient(edge).show().now)
        evidence = Evidence(record, lambda: roles_of(describe_stack(NAME, environment), iam, functions), account)
        how = Drive(
            sender, forms_max=scope.forms_max, threads=scope.threads, seed=scope.seed, on_progress=scope.on_progress
        )
        return prove(subjects, how, evidence)


def _subjects(environment: "Environment", outputs: Mapping[str, str], seed: int, now: datetime) -> Subjects:
    days = Days.after(now.date())
    absent = {"date": str(days.empty), "exceptionId": f"{days.empty}-007", "name": "Never offered"}
    operations = read_document(project_root() / "systems" / NAME / "openapi.yaml")
    dynamodb = environment.client("dynamodb")
    with http_client(environment.api_url(NAME)) as http, ThreadPoolExecutor(2) as pool:
        whose = {"attacker": days.attackers, "victim": days.victims, "suspended": days.empty}
        businesses = {who: business(http, seed, who, day, days) for who, day in whose.items()}
        attacker, victim = pool.map(lambda who: businesses[who].set_up(), ("attacker", "victim"))
        gone = businesses["suspended"]
        _suspend(dynamodb, outputs["TenantsTable"], str(gone.sign_up()["tenantId"]))
    victim = replace(victim, keys={**victim.keys, "suspended": gone.key})
    return Subjects(system(operations, outputs, absent), attacker, victim, dynamodb)


def _suspend(dynamodb: Any, table: str, tenant_id: str) -> None:
    """Suspend a tenant: the operator's business, for which the API has no route."""
    dynamodb.update_item(
        TableName=table,
        Key={"PK": {"S": f"TENANT#{tenant_id}"}, "SK": {"S": "META#TENANT"}},
        UpdateExpression="SET #status = :status",
        ConditionExpression="attribute_exists(PK)",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":status": {"S": "SUSPENDED"}},
    )


@contextmanager
def audited_booking(environment: "Environment") -> Iterator[Callable[[], RecordAudit]]:
    """Give a function that audits the calls which its functions made since; raises StackMissing without the stack."""
    tables = layouts(stack_outputs(NAME, environment).values_by_name)
    with http_client(environment.edge_url()) as http:
        record = CallsTaken(CallsClient(EdgeClient(http)), f"{NAME}-*").begin()
        yield lambda: audit_record(record.take(), Layouts(tables), EXCUSES)
