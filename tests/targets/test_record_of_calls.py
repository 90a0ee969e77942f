"""The record of calls of a whole environment is on disk while it runs, and stays where its owner wants it."""

import json
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.clients.calls import CallsClient
from harness.targets import open_environment
from harness.waiting import wait_until

pytestmark = pytest.mark.slow


def test_record_is_there_when_the_cloud_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "artifacts" / "calls.jsonl"

    with open_environment(instance="recorded", calls_file=path) as environment:
        with closing(environment.client("dynamodb")) as client:
            client.list_tables()
        with http_client(environment.aws_endpoint_url) as http:
            (call,) = CallsClient(EdgeClient(http)).recent()
        wait_until("the line", lambda: path.exists() and path.read_bytes().endswith(b"\n"), within_s=5)
        os.kill(environment.pids["cloud"], signal.SIGKILL)

    (line,) = path.read_text().splitlines()
    assert json.loads(line) == call
    assert call["operation"] == "ListTables"
