"""Writes docs/aws-errors.md: what boto3 raises for every fault of the edge, in every AWS protocol.

Run: `python -m docs.tables.aws_errors`. Everything in the page was observed in that run: the edge with its fault rules
on a real port, boto3 against it. Only the pauses between a client's tries are skipped.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import botocore
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from docs.tables.stage import BATCH, BY_PROTOCOL, EVENTS, SAMPLES, Refuser, Sample, Services, Stand, client_of, served
from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.edge import Edge, EdgeOptions, assemble
from harness.edge.aws.reasons import fields_of
from harness.edge.correlation import Trace, callers
from harness.edge.upstream import AsgiUpstream

PAGE = Path(__file__).parents[1] / "aws-errors.md"
PROTOCOLS = tuple(BY_PROTOCOL)
PHASES = ("before", "after")
ATTEMPTS = 2
GIVES_UP_AFTER_S, ANSWER_WITHIN_S, HELD_UP_MS = 0.25, 10.0, 60
WORKER = Trace("1-00000000-000000000000000000000001", "00000000000000a1")

# Services whose every modelled error is raised, as boto3 calls them, with an operation that needs no parameters.
SWEPT: Mapping[str, str] = {
    "dynamodb": "list_tables",
    "stepfunctions": "list_state_machines",
    "lambda": "list_functions",
    "sqs": "list_queues",
    "sns": "list_topics",
    "s3": "list_buckets",
    "apigateway": "get_rest_apis",
    "cloudformation": "list_stacks",
    "iam": "list_roles",
    "sts": "get_caller_identity",
    "secretsmanager": "list_secrets",
    "cloudwatch": "list_metrics",
    "logs": "describe_log_groups",
    "events": "list_rules",
    "kinesis": "list_streams",
    "cognito-idp": "list_user_pools",
    "ssm": "describe_parameters",
    "kms": "list_keys",
    "rds-data": "execute_statement",
    "scheduler": "list_schedules",
    "route53": "list_hosted_zones",
}


@dataclass(frozen=True)
class Row:
    """A fault in the table: its kind's own fields, and how it is called there."""

    title: str
    kind: str
    phases: tuple[str, ...] = PHASES
    rule: Mapping[str, Any] = field(default_factory=dict)


ROWS = (
    Row("error, modelled", "error"),
    Row("error: ThrottlingException", "error", ("before",), {"error": "ThrottlingException"}),
    Row("error: ServiceUnavailable", "error", ("before",), {"error": "ServiceUnavailable"}),
    Row("error: InternalFailure", "error", rule={"error": "InternalFailure"}),
    Row("error: AccessDeniedException", "error", ("before",), {"error": "AccessDeniedException"}),
    Row("latency", "latency", rule={"delay_ms": HELD_UP_MS}),
    Row("hang", "hang", rule={"delay_ms": 5000}),
    Row("reset", "reset"),
    Row("truncate", "truncate"),
    Row("corrupt", "corrupt"),
    Row("unprocessed", "unprocessed", rule={"keep": 1}),
    Row("kill_caller", "kill_caller"),
)


@dataclass(frozen=True)
class Seen:
    """What became of one call: what boto3 raised or gave, how often it tried, how often the service did the work."""

    raised: str
    tries: int
    effects: int

    def cell(self) -> str:
        """Return the cell of the table."""
        return f"{self.raised}; {self.tries} {'try' if self.tries == 1 else 'tries'}, {self.effects} done"


class Probe:
    """Sets one rule after the other, and calls."""

    def __init__(self, url: str, edge: EdgeClient, services: Services) -> None:
        self._url, self._edge, self._services = url, edge, services
        self._clients: dict[tuple[str, float], Any] = {}

    def see(self, sample: Sample, row: Row, phase: str) -> Seen | None:
        """Return what boto3 made of a fault; None when the fault has no meaning for the operation."""
        sample = _batch_of(sample) if row.kind == "unprocessed" else sample
        own = dict(row.rule)
        if row.kind == "error" and "error" not in own:
            own["error"] = sample.error
        if (row.kind == "unprocessed" and not sample.batch) or own.get("error") == "":
            return None
        match = {"service": sample.signing, "operation": sample.operation}
        rule = {"kind": row.kind, "phase": phase, "match": match, **own}
        self._edge.ask("POST", "/_rehearsal/faults", json=rule)
        self._services.reached = 0
        try:
            raised = self._call(sample, is_held=row.kind == "hang")
            fired = len(self._edge.ask("GET", "/_rehearsal/fired", params={"limit": "10"})["fired"])
        finally:
            self._edge.ask("POST", "/_rehearsal/reset")
        if not fired:
            raise AssertionError(f"{row.title} {phase} never fired for {sample.protocol}")
        return Seen(raised, fired, self._services.reached)

    def _client(self, sample: Sample, read_timeout_s: float) -> Any:
        client = self._clients.get((sample.service, read_timeout_s))
        if client is None:
            client = sample.client(self._url, attempts=ATTEMPTS, read_timeout_s=read_timeout_s)
            client.meta.events.register("before-send", _as_worker)
            self._clients[sample.service, read_timeout_s] = client
        return client

    def _call(self, sample: Sample, *, is_held: bool) -> str:
        client = self._client(sample, GIVES_UP_AFTER_S if is_held else ANSWER_WITHIN_S)
        begun_s = time.perf_counter()
        try:
            answer = sample.ask(client)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            code = error.response["Error"]["Code"]
            name = type(error).__name__
            return f"`{name}`{'' if name == code else f' {code}'} {status}"
        except (BotoCoreError, ResponseParserError, ValueError) as error:
            return f"`{type(error).__name__}`"
        undone = answer.get("UnprocessedItems") or answer.get("FailedEntryCount")
        if undone:
            return "200, 1 of 2 undone"
        late = (time.perf_counter() - begun_s) * 1000 >= HELD_UP_MS
        if not set(answer) - {"ResponseMetadata"}:
            return "200, **empty**"
        return "200, late" if late else "200"


def _batch_of(sample: Sample) -> Sample:
    """Return the operation of a sample's protocol that can be left half done, the sample itself where there is none."""
    return _BATCHES.get(sample.protocol, sample)


_BATCHES = {
    "JSON 1.0": replace(
        BY_PROTOCOL["JSON 1.0"],
        operation="BatchWriteItem",
        ask=lambda client: client.batch_write_item(RequestItems=BATCH),
        batch=True,
    ),
    "JSON 1.1": replace(
        BY_PROTOCOL["JSON 1.1"],
        service="events",
        signing="events",
        operation="PutEvents",
        ask=lambda client: client.put_events(Entries=EVENTS),
        batch=True,
    ),
}


def _as_worker(request: Any, **_: object) -> None:
    """Let a call look as if a Lambda worker made it, so that there is one to kill."""
    request.headers["X-Amzn-Trace-Id"] = str(WORKER)


@contextmanager
def probe() -> Iterator[Probe]:
    """Run the standard edge over services that do nothing."""
    services = Services()
    edge = assemble(AsgiUpstream(services), Stand(), EdgeOptions())
    callers.register(WORKER.parent, "wallet-service", "r-1")
    with served(edge) as url, http_client(url) as http, patch("botocore.endpoint.time.sleep"):
        yield Probe(url, EdgeClient(http), services)


def matrix() -> Iterator[tuple[Row, str, dict[str, Seen | None]]]:
    """Yield every fault and phase with what boto3 made of it, by protocol."""
    with probe() as running:
        for row in ROWS:
            for phase in row.phases:
                yield row, phase, {sample.protocol: running.see(sample, row, phase) for sample in SAMPLES}


@dataclass(frozen=True)
class Sweep:
    """How many errors a service models, and which of them boto3 did not raise as their own class."""

    service: str
    protocol: str
    modelled: int
    others: tuple[str, ...]


def sweeps() -> Iterator[Sweep]:
    """Raise every modelled error of the swept services over the wire, one after the other."""
    refuser = Refuser()
    with served(Edge(AsgiUpstream(Services()), Stand(), rooms=(refuser,))) as url:
        for service, method in SWEPT.items():
            client = client_of(service, url)
            model = client.meta.service_model
            others = []
            for shape in model.error_shapes:
                refuser.code, refuser.message = shape.name, "m"
                try:
                    getattr(client, method)()
                except ClientError as error:
                    if type(error).__name__ != shape.name or error.response["Error"]["Message"] != "m":
                        others.append(f"{shape.name} as {type(error).__name__}")
            client.close()
            yield Sweep(service, model.resolved_protocol, len(model.error_shapes), tuple(others))


def members() -> Iterator[tuple[str, str]]:
    """Yield errors of DynamoDB and Lambda that carry more than a message, with what boto3 tells of it."""
    table = "arn:aws:dynamodb:us-east-1:000000000000:table/Wallets"
    throttled = ["TableWriteKeyRangeThroughputExceeded"]
    cases: tuple[tuple[str, str, str, Mapping[str, object]], ...] = (
        ("dynamodb", "TransactionCanceledException", "CancellationReasons", {}),
        ("dynamodb", "ProvisionedThroughputExceededException", "ThrottlingReasons", {}),
        ("dynamodb", "RequestLimitExceeded", "ThrottlingReasons", {}),
        ("dynamodb", "ThrottlingException", "throttlingReasons", {}),
        ("dynamodb", "ConditionalCheckFailedException", "Item", {"Item": {"UserID": {"S": "user-1"}}}),
        ("lambda", "TooManyRequestsException", "retryAfterSeconds", {"retryAfterSeconds": "3"}),
    )
    refuser = Refuser()
    with served(Edge(AsgiUpstream(Services()), Stand(), rooms=(refuser,))) as url:
        for service, code, member, given in cases:
            reasons = ["None", "ConditionalCheckFailed"] if code.startswith("Transaction") else throttled
            refuser.code, refuser.message = code, ""
            refuser.fields = given or fields_of(code, reasons, table)
            try:
                getattr(client_of(service, url), SWEPT[service])()
            except ClientError as error:
                yield f"`{type(error).__name__}`", f"`{member}` = `{error.response[member]}`"  # type: ignore[literal-required]


def page() -> str:
    """Return the page; takes some ten seconds."""
    lines = [
        "# Errors and faults as boto3 sees them",
        "",
        f"Observed with boto3 on botocore {botocore.__version__}, standard retries, {ATTEMPTS} tries at most. "
        "`python -m docs.tables.aws_errors` writes this page.",
        "",
        "A fault was set on one operation of each protocol: "
        + ", ".join(f"{sample.protocol}: {sample.service} {sample.operation}" for sample in SAMPLES)
        + ". A cell says what boto3 raised (`class`, the code where it is another, the HTTP status), in how many "
        "tries, and how often the service behind the edge did the work.",
        "",
        "## Every fault, in every protocol",
        "",
        "| fault | phase | " + " | ".join(PROTOCOLS) + " |",
        "| --- | --- | " + " | ".join("---" for _ in PROTOCOLS) + " |",
    ]
    for row, phase, seen in matrix():
        cells = [seen_.cell() if (seen_ := seen[protocol]) is not None else "–" for protocol in PROTOCOLS]
        lines.append(f"| {row.title} | {phase} | " + " | ".join(cells) + " |")
    lines += [
        "",
        f"Hanging calls were given up after {GIVES_UP_AFTER_S * 1000:.0f} ms; latency was {HELD_UP_MS} ms. `–`: EC2 "
        "models no errors, and only batches can be left undone (JSON 1.0: BatchWriteItem, JSON 1.1: EventBridge's "
        "PutEvents). For kill_caller the row tells what a bystander sees: the worker itself is dead.",
        "",
        "- A fault `after` the effect and a retry: the work is done as often as it was tried, unless the call is "
        "idempotent.",
        "- A body that is no JSON is an **empty** success to botocore. DynamoDB's checksum gives it away, so that the "
        "call is tried again; what the last try brought is taken as it is.",
        "",
        "## Every modelled error",
        "",
        "Each error of each service's model was raised once, over the wire.",
        "",
        "| service | protocol | errors | raised as their own class |",
        "| --- | --- | --- | --- |",
    ]
    for sweep in sweeps():
        told = f"{sweep.modelled - len(sweep.others)} of {sweep.modelled}"
        told += f" ({', '.join(sweep.others)}: both have one code, on AWS too)" if sweep.others else ""
        lines.append(f"| {sweep.service} | {sweep.protocol} | {sweep.modelled} | {told} |")
    lines += ["", "## What is inside", "", "| error | what boto3 tells of it |", "| --- | --- |"]
    lines += [f"| {error} | {told} |" for error, told in members()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page())
