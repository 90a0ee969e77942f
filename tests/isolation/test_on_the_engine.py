"""The notes as a deployed stack: real roles, a real record, and the same verdicts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.clients.calls import CallsClient
from harness.deploy import deploy_template, describe_stack
from harness.ids import new_token
from harness.isolation.driving import Drive
from harness.isolation.fingerprints import fingerprint
from harness.isolation.following import CallsTaken
from harness.isolation.iam.rights import Account
from harness.isolation.iam.roles import roles_of
from harness.isolation.proof import Proof
from harness.isolation.proving import Evidence, prove
from harness.isolation.sending import HttpSender
from harness.isolation.subject import System, Tenant
from harness.targets import open_environment
from harness.targets.environment import Environment
from tests.isolation.notes import TEMPLATE, Notebook, notes_system

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Deployed:
    """The notes in an environment."""

    system: System
    attacker: Tenant
    victim: Tenant
    dynamodb: Any

    def fingerprint(self, tenant: Tenant) -> Mapping[str, str]:
        return fingerprint(self.dynamodb, self.system.tables[:1], tenant.tenant_id)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Environment]:
    with open_environment("embedded", instance=f"isolation-tests-{new_token(6)}", ports="free") as environment:
        yield environment


def proof_of(kind: str, cloud: Environment) -> Proof:
    stack = f"notes-{kind}"
    outputs = deploy_template(TEMPLATE / "template.yaml", cloud, stack_name=stack, parameters={"Kind": kind})
    dynamodb = cloud.client("dynamodb")
    book = Notebook(dynamodb, outputs["NotesTable"], outputs["KeysTable"])
    notes = Deployed(
        notes_system(outputs["NotesTable"], outputs["KeysTable"]), book.tenant("a"), book.tenant("b"), dynamodb
    )
    api = f"{cloud.aws_endpoint_url}/_aws/execute-api/{outputs['ApiId']}/$default"
    clients = (cloud.client("iam"), cloud.client("lambda"))
    account = Account(cloud.account_id, cloud.region)
    with http_client(cloud.aws_endpoint_url) as edge, HttpSender.to(api) as sender:
        record = CallsTaken(CallsClient(EdgeClient(edge)), f"{stack}-*")
        evidence = Evidence(record, lambda: roles_of(describe_stack(stack, cloud), *clients), account)
        return prove(notes, Drive(sender, threads=2, seed=11), evidence)


def test_leaks_of_a_deployed_system_are_told_by_answers_calls_and_roles(cloud: Environment) -> None:
    proof = proof_of("leaky", cloud)

    cells = proof.matrix.cells
    assert cells["GET /notes/{noteId}", "id in path"].verdict == "leak"
    assert cells["GET /notes", "cursor"].verdict == "leak"
    assert cells["PATCH /notes/{noteId}", "id in path"].verdict == "effect"
    assert cells["DELETE /notes/{noteId}", "id in path"].verdict == "hint"
    assert proof.record is not None
    assert {"reads a table whole", "has no tenant's session"} <= {one.what for one in proof.record.findings}
    assert proof.roles is not None
    assert {right.action for right in proof.roles.wide} >= {"GetItem", "Query", "Scan", "DeleteItem"}
    assert proof.exit_code == 1


def test_deployed_system_is_proven_isolated_when_its_leaks_are_mended(cloud: Environment) -> None:
    proof = proof_of("mended", cloud)

    assert list(proof.reasons()) == []
    assert proof.record is not None
    assert proof.record.checked > 0
    assert proof.roles is not None
    assert proof.roles.calls_checked > 0
    assert proof.exit_code == 0
