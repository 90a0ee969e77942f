"""What is there before the load: wallets with money in them. Written before capacity is enforced, so it heats nothing.

Bounded: what a run touches beyond it is made by the first write.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from harness.clients.api import http_client
from harness.errors import AnswerUnexpected
from harness.waiting import wait_until
from loadtests.cloud import Cloud
from loadtests.keys import Keys, shard_names
from loadtests.settings import Settings

BATCH = 25  # DynamoDB's limit
OPENED_MAX = 500
OPENING_BALANCE = "100000.00"
THREADS = 8


def seed_wallets(cloud: Cloud, table: str, settings: Settings) -> int:
    """Write the wallets' items, all shards of each, as many as `seeded_items` says; return how many."""
    client = cloud.client("dynamodb")
    items = list(islice(_wallet_items(settings), settings.seeded_items))
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda batch: _write(client, table, batch), batches))
    return len(items)


def open_wallets(api_url: str, api_key: str, settings: Settings) -> int:
    """Top up the wallets of the payments system over its API; return how many (500 at most).

    Raises AnswerUnexpected when the API refuses.
    """
    keys = Keys(settings)
    names = [keys.numbered(number).key for number in range(min(settings.wallets, OPENED_MAX))]
    with http_client(api_url) as http, ThreadPoolExecutor(THREADS) as threads:

        def top_up(name: str) -> None:
            body = {"credit_id": f"load-opening-{name}", "amount": OPENING_BALANCE, "currency": "USD"}
            answer = http.post(f"/wallets/{name}/credits", json=body, headers={"x-api-key": api_key})
            if not answer.is_success:
                raise AnswerUnexpected(
                    f"opening {name} was answered with {answer.status_code}, expected 200",
                    evidence={"answer": answer.text[:300]},
                )

        list(threads.map(top_up, names))
    return len(names)


def _wallet_items(settings: Settings) -> Iterable[dict[str, Any]]:
    keys = Keys(settings)
    for number in range(settings.wallets):
        drawn = keys.numbered(number)
        for name in shard_names(drawn.key, settings.shards):
            yield {
                "UserID": {"S": name},
                "TenantID": {"S": drawn.tenant},
                "Balance": {"N": "100000"},
                "Note": {"S": "x" * max(1, settings.item_bytes - 80)},
            }


def _write(client: Any, table: str, items: list[dict[str, Any]]) -> None:
    left: dict[str, Any] = {table: [{"PutRequest": {"Item": item}} for item in items]}

    def written() -> bool:
        nonlocal left
        left = client.batch_write_item(RequestItems=left).get("UnprocessedItems") or {}
        return not left

    wait_until(f"writing {len(items)} wallets", written, within_s=60.0, every_s=0.1)
