"""docs/webhooks.md: its receiver is served, its commands are run, and both do what the page says."""

import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from mock_gateway.faults.registry import KINDS
from mock_gateway.webhooks.outbox import STATUSES
from tests.mock_gateway.driving import WAIT_S, OverTheWire
from tests.mock_gateway.test_documentation import pattern, shown

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text()


@contextmanager
def serving(application: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, application, threaded=True)
    server.log = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join(WAIT_S)
        server.server_close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_receiver_and_commands_do_what_the_page_says(wire: OverTheWire, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver: dict[str, Any] = {"__name__": "receiver"}
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0], receiver)  # noqa: S102 - the page's own example
    steps = [step for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for step in shown(block)]
    assert len(steps) > 5

    with serving(receiver["app"]) as port:
        for command, expected in steps:
            local = command.replace("localhost:3000", f"127.0.0.1:{wire.port}").replace(":4242/", f":{port}/")
            arguments = [*shlex.split(local), "--max-time", "8"]
            answer = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=10)
            seen = (answer.stdout + answer.stderr).strip()
            assert re.fullmatch(pattern(expected), seen, re.DOTALL), (command, seen)
            secret = re.search(r'"secret":"(whsec_\w+)"', seen)
            if secret:
                monkeypatch.setenv("WEBHOOK_SECRET", secret[1])

    assert len(receiver["paid"]) == len(receiver["done"]) == 1


def test_page_names_every_kind_and_status() -> None:
    kinds = [name for name, kind in KINDS.items() if "webhook" in kind.operations]
    missing = [name for name in (*kinds, *STATUSES) if f"`{name}`" not in PAGE]

    assert missing == []
