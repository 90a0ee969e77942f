"""docs/stripe.md: its example runs, and it names every route."""

import re
import runpy
from pathlib import Path

from mock_gateway.application import Settings, create_gateway
from tests.mock_gateway.driving import OverTheWire

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "stripe.md").read_text()
WITH_ITS_OWN_PAGE = ("/v1/events", "/v1/webhook_endpoints")


def routes() -> set[str]:
    application, close = create_gateway(Settings(seed=1))
    close()
    rules = [rule for rule in application.url_map.iter_rules() if rule.rule.startswith("/v1/")]
    told = {f"{method} {re.sub('<.*?>', '{id}', rule.rule)}" for rule in rules for method in rule.methods or ()}
    spoken = {one for one in told if not one.startswith(("HEAD", "OPTIONS")) and "<path:" not in one}
    return {one for one in spoken if not re.search(r"/v1/(\{id\})?$", one)}


def test_example_runs(stripe_wire: OverTheWire, tmp_path: Path) -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    script = tmp_path / "example.py"
    closing = "\nclient._requestor._client._thread_local.session.close()\n"
    script.write_text(example.replace("localhost:3000", f"127.0.0.1:{stripe_wire.port}") + closing)

    runpy.run_path(str(script))

    assert [entry["amount_minor"] for entry in stripe_wire.entries("reference=pay-1&merchant=default")] == [2000, 500]


def test_page_names_every_route() -> None:
    # `…/{id}/capture` goes on with the resource of the route before it.
    whole = re.sub(r"`POST (/v1/[a-z_]+)(/\{id\}/[a-z]+)`((?:, `…/\{id\}/[a-z]+`)+)", _in_full, PAGE)
    missing = [one for one in routes() if f"`{one}`" not in whole and not one.split()[1].startswith(WITH_ITS_OWN_PAGE)]

    assert missing == []


def _in_full(found: re.Match[str]) -> str:
    return found[0].replace("…", f"POST {found[1]}")
