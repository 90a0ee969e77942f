"""The leaky notes and their mended twin, in this process: moto's DynamoDB behind, and a record of what was called.

The handlers are the fixture's own files. What API Gateway does (authorizer, routes, parameters) is imitated as far as
the fixture's template uses it.
"""

import importlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import boto3
import httpx
import pytest
from moto import mock_aws

from harness.edge.aws.items import mentions
from harness.edge.aws.partitions import distinct, partitions_of
from harness.edge.tables import KeySchema
from harness.isolation.document import read_document
from harness.isolation.fingerprints import fingerprint
from harness.isolation.subject import Excuse, Recipe, System, TableLayout, Tenant

TEMPLATE = Path(__file__).parents[2] / "fixtures" / "templates" / "leaky_notes"
NOTES, KEYS = "Notes", "Keys"
SCHEMAS = {NOTES: KeySchema("PK", "SK", {"GSI1": KeySchema("GSI1PK")}), KEYS: KeySchema("PK")}
CALLER = "notes-NotesFunction"


def notes_system(notes_table: str = NOTES, keys_table: str = KEYS, caller: str = "*") -> System:
    """Return the notes as the prover asks them."""
    return System(
        "notes",
        read_document(TEMPLATE / "openapi.yaml"),
        recipes={
            "GET /search": Recipe({"title": "{title}"}),
        },
        tables=(
            TableLayout(notes_table, "PK", {"": ("TENANT#{tenant}",), "GSI1": ("NOTE#*",)}),
            TableLayout(keys_table, "PK", {"": ("KEY#*",)}),
        ),
        excuses=(Excuse(keys_table, "a key is looked up by its prefix before anybody is known", operation="GetItem"),),
        excused_ways=dict.fromkeys(
            [("*", "suspended tenant"), ("*", "lower scope"), ("*", "wrong origin"), ("*", "id in body")],
            "the notes have no such thing",
        ),
    )


@dataclass
class Notebook:
    """Notes of two tenants that look alike, written past the API; `client` is DynamoDB's."""

    client: Any
    notes_table: str = NOTES
    keys_table: str = KEYS

    def tenant(self, letter: str) -> Tenant:
        """Make one tenant with three notes, a good key and a revoked one."""
        tenant_id = f"tenant-{letter * 8}"
        notes = [f"note-{letter}{number:015x}" for number in range(3)]
        for number, note in enumerate(notes):
            self._note(tenant_id, note, f"shopping-{letter}", f"canary-{letter}-{number}")
        keys = {name: self._key(tenant_id, f"{letter}{name}", status) for name, status in
                (("good", "ACTIVE"), ("revoked", "REVOKED"))}  # fmt: skip
        return Tenant(
            tenant_id,
            keys["good"],
            {"tenantId": tenant_id, "noteId": notes[0], "title": f"shopping-{letter}"},
            frozenset({*notes, *(f"canary-{letter}-{number}" for number in range(3))}),
            spares={"DELETE /notes/{noteId}": {"noteId": notes[2]}},
            keys={"revoked": keys["revoked"]},
        )

    def _note(self, tenant_id: str, note: str, title: str, text: str) -> None:
        values = {"PK": f"TENANT#{tenant_id}", "SK": f"NOTE#{note}", "GSI1PK": f"NOTE#{note}", "tenantId": tenant_id,
                  "noteId": note, "title": title, "text": text}  # fmt: skip
        self.client.put_item(TableName=self.notes_table, Item={name: {"S": value} for name, value in values.items()})

    def _key(self, tenant_id: str, prefix: str, status: str) -> str:
        key = f"nk_{prefix}_{sha256(prefix.encode()).hexdigest()[:32]}"
        values = {"PK": f"KEY#nk_{prefix}", "tenantId": tenant_id, "status": status,
                  "hash": sha256(key.encode()).hexdigest()}  # fmt: skip
        self.client.put_item(TableName=self.keys_table, Item={name: {"S": value} for name, value in values.items()})
        return key


@dataclass
class Notes:
    """One kind of the notes in this process, ready to be proven; `calls` is the record."""

    kind: str
    modules: Mapping[str, Any]
    client: Any
    system: System
    attacker: Tenant
    victim: Tenant
    calls: list[dict[str, Any]] = field(default_factory=list)
    trace: str = ""

    def fingerprint(self, tenant: Tenant) -> Mapping[str, str]:
        """Return a tenant's items, told from the tables."""
        return fingerprint(self.client, self.system.tables[:1], tenant.tenant_id)

    # What the prover takes of the edge's record

    def recent(self, *, limit: int = 100, **_: str) -> list[dict[str, Any]]:
        """Return the newest calls."""
        return self.calls[-limit:]

    def after(self, sequence: int, **_: Any) -> Any:
        """Return the calls after one."""
        return Page([call for call in self.calls if call["sequence"] > sequence], len(self.calls))

    def noted(self, operation: str, document: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """Record a call as the edge does."""
        named = [
            one
            for mention in mentions(operation, dict(document))
            for one in partitions_of(operation, dict(document), mention, SCHEMAS[mention.table])
        ]
        self.calls.append({
            "sequence": len(self.calls) + 1, "service": "dynamodb", "operation": operation, "caller": CALLER,
            "trace": self.trace, "error_code": "",
            "principal": {"role": "TenantRole", "session": "s", "tags": dict(tags)} if tags else None,
            "partitions": [
                {"table": one.table, "index": one.index_name, "key": one.key, "by": one.by} for one in distinct(named)
            ],
        })  # fmt: skip

    def transport(self) -> httpx.MockTransport:
        """Return what answers for API Gateway."""
        return httpx.MockTransport(self._answered)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        raw_path, _, query = request.url.raw_path.decode().partition("?")
        route, parameters = self._route(request.method, raw_path)
        if route is None:
            return httpx.Response(404, json={"message": "Not Found"})
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.trace = headers["x-amzn-trace-id"].partition(";")[0].removeprefix("Root=")
        if "x-api-key" not in headers:
            return httpx.Response(401, json={"message": "Unauthorized"})
        authorizer = self.modules["authorizer"]
        known = (authorizer.lenient if self.kind == "leaky" else authorizer.strict)({"headers": headers})
        if not known["isAuthorized"]:
            return httpx.Response(403, json={"message": "Forbidden"})
        event = {
            "routeKey": route, "pathParameters": parameters, "headers": headers, "body": request.content.decode(),
            "queryStringParameters": dict(parse_qsl(query, keep_blank_values=True)),
            "requestContext": {"authorizer": {"lambda": known["context"]}},
        }  # fmt: skip
        try:
            told = self.modules[self.kind].handler(event)
        except Exception:  # noqa: BLE001 - what an HTTP API says of a function that fails
            return httpx.Response(500, json={"message": "Internal Server Error"})
        return httpx.Response(told["statusCode"], headers=told["headers"], text=told["body"])

    def _route(self, method: str, raw_path: str) -> tuple[str | None, dict[str, str]]:
        for operation in self.system.operations:
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
            if operation.method == method and (found := re.fullmatch(pattern, raw_path)):
                return operation.route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}


@dataclass(frozen=True)
class Page:
    """A page of the record."""

    calls: list[dict[str, Any]]
    last: int
    more: bool = False


class Recorded:
    """DynamoDB's client, each call recorded as made under a session's tags."""

    def __init__(self, notes: Notes, tags: Mapping[str, str]) -> None:
        self._notes, self._tags = notes, tags
        self.exceptions = notes.client.exceptions

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            operation = "".join(part.capitalize() for part in name.split("_"))
            self._notes.noted(operation, json.loads(json.dumps(arguments)), self._tags)
            return getattr(self._notes.client, name)(**arguments)

        return call


@contextmanager
def notes_of(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notes]:
    """Give one kind of the notes with two tenants in it."""
    monkeypatch.syspath_prepend(str(TEMPLATE / "src"))
    modules = {name: importlib.import_module(f"notes.{name}") for name in ("authorizer", "clients", "leaky", "mended")}
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        _make_tables(client)
        book = Notebook(client)
        notes = Notes(kind, modules, client, notes_system(), book.tenant("a"), book.tenant("b"))
        monkeypatch.setattr(modules["clients"], "shared", lambda: Recorded(notes, {}))
        monkeypatch.setattr(modules["clients"], "of_tenant", lambda one: Recorded(notes, {"TenantId": one}))
        yield notes
    for name in [one for one in sys.modules if one.partition(".")[0] == "notes"]:
        del sys.modules[name]


def _make_tables(client: Any) -> None:
    for table, schema in SCHEMAS.items():
        names = [schema.partition, *([schema.sort] if schema.sort else [])]
        indexes = [
            {"IndexName": index, "KeySchema": [{"AttributeName": one.partition, "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}}
            for index, one in schema.indexes.items()
        ]  # fmt: skip
        keys = zip(names, ("HASH", "RANGE"), strict=False)
        attributes = {*names, *(one.partition for one in schema.indexes.values())}
        client.create_table(
            TableName=table, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in sorted(attributes)],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )  # fmt: skip
