"""Forgetting what the engines hold: everything by a restart of LocalStack, one account's by deleting stacks and tables.

LocalStack's community edition has no reset of its state (verified: 404 at /_localstack/state/reset in 4.14.0), but
keeps it in memory alone and restarts on demand (`/_localstack/health`, verified), which takes seconds. Left out when
one account is reset: what no stack made, tables excepted.

LocalStack's supervisor kills what has not ended after `SHUTDOWN_TIMEOUT` (5 s unless its container is told otherwise),
and then may wait for ever for what that left (verified on a loaded machine): its container wants a minute.
"""

import asyncio
import re
from urllib.parse import quote, urlsplit

import orjson

from harness.edge.call import Call, Namespace
from harness.edge.http import Pool, UpstreamLost
from harness.edge.upstream import Upstream, UpstreamRefused, ask, own_call
from harness.errors import EnvironmentNotReady

RESTARTED_WITHIN_S = 90.0
STACKS_GONE_WITHIN_S = 120.0
_LOOK_EVERY_S = 0.2
_STACK = re.compile(rb"<StackId>([^<]+)</StackId>")
# Every status but DELETE_COMPLETE: a stack is there until it has gone, not when it begins to go.
_THERE = (
    *("CREATE_IN_PROGRESS", "CREATE_FAILED", "CREATE_COMPLETE", "REVIEW_IN_PROGRESS"),
    *("ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE"),
    *("DELETE_IN_PROGRESS", "DELETE_FAILED"),
    *("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED"),
    *("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
    *("UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE"),
)


async def restart_localstack(url: str) -> None:
    """Restart LocalStack and wait until it answers as another; raises EnvironmentNotReady."""
    pool = Pool(url)
    former = await _session(pool)
    try:
        await _exchange(pool, "POST", "/_localstack/health", b'{"action": "restart"}')
        async with asyncio.timeout(RESTARTED_WITHIN_S):
            while await _session(pool) in ("", former):
                await asyncio.sleep(_LOOK_EVERY_S)
    except (TimeoutError, UpstreamLost) as problem:
        told = f"LocalStack at {url} did not restart within {RESTARTED_WITHIN_S:g} s"
        raise EnvironmentNotReady(told, remedy="take the environment down and bring it up again") from problem
    finally:
        await pool.close()


async def delete_stacks(localstack: Upstream, namespace: Namespace) -> list[str]:
    """Delete a namespace's stacks and wait for it; return those that would not go."""
    deadline_s = asyncio.get_running_loop().time() + STACKS_GONE_WITHIN_S
    for stack in await _stacks(localstack, namespace):
        await localstack(_cloudformation(namespace, "DeleteStack", f"StackName={quote(stack, safe='')}"))
    while left := await _stacks(localstack, namespace):
        if asyncio.get_running_loop().time() >= deadline_s:
            break
        await asyncio.sleep(_LOOK_EVERY_S)
    return left


async def delete_tables(dynamodb: Upstream, namespace: Namespace) -> None:
    """Delete a namespace's tables."""
    while names := (await ask(dynamodb, namespace, "ListTables", {})).get("TableNames"):
        for name in names:
            await ask(dynamodb, namespace, "DeleteTable", {"TableName": name})


async def _stacks(localstack: Upstream, namespace: Namespace) -> list[str]:
    filters = "&".join(f"StackStatusFilter.member.{at}={status}" for at, status in enumerate(_THERE, start=1))
    answer = await localstack(_cloudformation(namespace, "ListStacks", filters))
    if answer.status != 200:
        raise UpstreamRefused("ListStacks", answer.status, "", answer.body[:200].decode("utf-8", "replace"))
    return [found.decode() for found in _STACK.findall(answer.body)]


def _cloudformation(namespace: Namespace, operation: str, fields: str) -> Call:
    call = own_call(namespace, operation, {})
    call.service = "cloudformation"
    signed = call.header(b"authorization").replace(b"/dynamodb/", b"/cloudformation/")
    call.headers = [(b"host", b"localhost"), (b"authorization", signed), (b"x-amz-date", b"20260101T000000Z")]
    call.headers.append((b"content-type", b"application/x-www-form-urlencoded"))
    call.replace_body(f"Action={operation}&Version=2010-05-15&{fields}".encode())
    return call


async def _session(pool: Pool) -> str:
    """Return what this run of LocalStack is known by, "" while it does not answer."""
    try:
        return str(orjson.loads(await _exchange(pool, "GET", "/_localstack/info")).get("session_id", ""))
    except (UpstreamLost, orjson.JSONDecodeError):
        return ""


async def _exchange(pool: Pool, method: str, path: str, body: bytes = b"") -> bytes:
    host = urlsplit(pool.base_url).netloc
    head = f"{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return (await pool.exchange(f"{head}\r\n\r\n".encode(), body, within_s=10.0)).body
