"""A stand-in for an edge or AWS on this machine: answers DynamoDB, STS and the heat endpoint at once, and counts.

For tests of load processes, which ask for much and look at little of it; a whole cloud would take ten seconds each.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from loadtests.briefing import Briefing
from loadtests.process import Launch
from loadtests.settings import Settings

ACCOUNT, REGION = "111122223333", "us-east-1"
ENVIRON = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
_STS = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/tester</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account>"
    "</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)


@dataclass
class FakeAws:
    """What was asked of it: `calls` are (operation, document) in the order of their arrival."""

    url: str = ""
    heat: Mapping[str, Any] | None = None
    units: float = 1.0  # that every call consumes
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # what DescribeTable answers
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, operation: str, document: dict[str, Any]) -> tuple[int, Mapping[str, Any]]:
        """Return status and body for a DynamoDB call."""
        if operation == "DescribeTable":
            table = self.tables.get(document["TableName"])
            return (200, {"Table": table}) if table else (400, {"__type": "com.amazonaws#ResourceNotFoundException"})
        self.calls.append((operation, document))
        table = document.get("TableName", "T")
        return 200, {"ConsumedCapacity": {"TableName": table, "CapacityUnits": self.units}}


@contextmanager
def fake_aws() -> Iterator[FakeAws]:
    """Serve on a free port of this machine."""
    fake = FakeAws()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # headers and body in one packet

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            target = self.headers.get("x-amz-target", "")
            if not target:
                self._send(200, _STS.encode(), "text/xml")
                return
            status, document = fake.answer(target.rpartition(".")[2], json.loads(body))
            self._send(status, json.dumps(document).encode(), "application/x-amz-json-1.0")

        def do_GET(self) -> None:
            if self.path.startswith("/_rehearsal/heat") and fake.heat is not None:
                self._send(200, json.dumps(fake.heat).encode(), "application/json")
            else:
                self._send(404, b"{}", "application/json")

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def launch(fake: FakeAws, folder: Path, settings: Settings, **environ: str) -> Launch:
    """Return the launch of a run of `settings` against the fake."""
    outputs = {"WalletsTable": "load-x-Wallets", "EventsTable": "load-x-Events"}
    endpoint_url = fake.url if settings.is_local else ""
    briefing = Briefing(settings, folder, outputs, endpoint_url, region=REGION, objectives={"errors": 0.01})
    return Launch(settings, briefing.write(), folder, {**ENVIRON, "AWS_ENDPOINT_URL": fake.url, **environ})
