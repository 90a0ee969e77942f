"""Step Functions' own DynamoDB tasks and writers over HTTP share items without losing a write."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.doctor.examination import Examination, single
from harness.doctor.probe import broken_unless, probe

WRITERS, WRITES_EACH = 3, 30
EXECUTIONS, WRITES_PER_EXECUTION = 3, 30
ROUNDS = 4  # a race: an engine that loses writes loses none in some rounds, hardly ever in all


@probe(
    "states.dynamodb-integration",
    "Writes of dynamodb:updateItem tasks and of clients beside them all count",
    does=f"{EXECUTIONS} executions and {WRITERS} clients add 1 to one item at the same time, {ROUNDS} rounds",
    documented="the task is the API call; updates of an item are serialised",
    source="https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html",
    quick=False,
    bound_s=60.0,
)
def dynamodb_integration(examination: Examination) -> str:
    counted = 0
    table = examination.table()
    machine = examination.machine(_machine(table))
    for number in range(ROUNDS):
        wanted = WRITERS * WRITES_EACH + EXECUTIONS * WRITES_PER_EXECUTION
        hits = _race(examination, table, machine, f"shared-{number}")
        broken_unless(hits == wanted, f"{wanted - hits} of {wanted} acknowledged increments were lost")
        counted += hits
    return f"{counted} of {counted} increments kept"


def _race(examination: Examination, table: str, machine: str, name: str) -> int:
    document = {"name": name, "n": list(range(WRITES_PER_EXECUTION))}
    running = [examination.start(machine, document) for _ in range(EXECUTIONS)]
    client = examination.client("dynamodb")

    def write(_: int) -> None:
        for _ in range(WRITES_EACH):
            client.update_item(**_add_one(table, {"S": name}))

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(WRITERS)))
    for one in running:
        ended = examination.closed(one, within_s=12)
        broken_unless(ended["status"] == "SUCCEEDED", f"an execution ended {ended['status']} {ended.get('cause', '')}")
    return int(examination.item(table, name)["Hits"]["N"])


def _add_one(table: str, identifier: dict[str, str]) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": {"ID": identifier},
        "UpdateExpression": "ADD Hits :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }


def _machine(table: str) -> dict[str, Any]:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Parameters": _add_one(table, {"S.$": "$.name"}),
        "End": True,
    }
    many = {
        "Type": "Map",
        "ItemsPath": "$.n",
        "MaxConcurrency": 3,
        "ItemSelector": {"name.$": "$.name"},
        "ItemProcessor": {"StartAt": "Add", "States": {"Add": task}},
    }
    return single(many)
