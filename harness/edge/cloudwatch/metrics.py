"""Sends what tables gathered to CloudWatch, behind the edge, in each table's own account and region.

Beside the calls: they only add to sums in memory. What an engine without CloudWatch refuses is dropped and logged once.
Metrics carry no time of their own, so they count where they arrive: in the engine's time, which `clock advance` leaves
alone.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlencode

from harness.edge.call import Call, Namespace
from harness.edge.cloudwatch.figures import Datum, Figure
from harness.edge.cloudwatch.tables import TableMetrics
from harness.edge.upstream import Upstream, own_call

logger = logging.getLogger(__name__)

INTERVAL_S = 5.0
DATA_A_CALL_MAX = 200  # CloudWatch takes 1,000 (documented); small calls hold up an engine's loop less
_NAMESPACE, _SERVICE, _VERSION = "AWS/DynamoDB", "monitoring", "2010-08-01"


class Metrics:
    """The tables' metrics of all namespaces."""

    def __init__(self, upstream: Upstream, interval_s: float = INTERVAL_S) -> None:
        self._upstream = upstream
        self._interval_s = interval_s
        self._tables: dict[tuple[Namespace, str], TableMetrics] = {}
        self._sending: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()
        self._silent: set[Namespace] = set()  # whose CloudWatch failed, which was logged

    def of(self, namespace: Namespace, table: str) -> TableMetrics:
        """Return where a table's figures are gathered."""
        known = self._tables.get((namespace, table))
        if known is None:
            known = self._tables[namespace, table] = TableMetrics(table)
        return known

    def start(self) -> None:
        """Send every few seconds from now on; the event loop runs."""
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_on())

    async def stop(self) -> None:
        """Send no more; what was gathered since the last time is lost."""
        if self._sending is not None:
            self._sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sending
            self._sending = None

    def forget(self, namespace: Namespace | None = None) -> None:
        """Forget what the tables of a namespace, or of all, gathered; what is provisioned must be told again."""
        self._tables = {known: one for known, one in self._tables.items() if namespace not in (None, known[0])}
        self._silent = {known for known in self._silent if namespace not in (None, known)}

    async def flush(self) -> int:
        """Send what there is; return how many data CloudWatch took."""
        async with self._flushing:
            taken = 0
            for namespace, data in self._gathered().items():
                for begin in range(0, len(data), DATA_A_CALL_MAX):
                    part = data[begin : begin + DATA_A_CALL_MAX]
                    taken += len(part) if await self._send(namespace, part) else 0
            return taken

    async def _send_on(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            await self.flush()

    def _gathered(self) -> dict[Namespace, list[Datum]]:
        data: dict[Namespace, list[Datum]] = defaultdict(list)
        for (namespace, _), table in self._tables.items():
            data[namespace].extend(table.tell())
        for namespace, told in data.items():
            told.extend(self._user_errors(namespace))
        return data

    def _user_errors(self, namespace: Namespace) -> Iterator[Datum]:
        tables = [table for (known, _), table in self._tables.items() if known == namespace]
        count = sum(table.user_errors for table in tables)
        if count:
            for table in tables:
                table.user_errors = 0
            figure = Figure()
            figure.add(1.0, count)
            yield Datum("UserErrors", "Count", (), figure)

    async def _send(self, namespace: Namespace, data: list[Datum]) -> bool:
        try:
            answer = await self._upstream(_put_metric_data(namespace, data))
            failed = f"status {answer.status}" if answer.status != 200 else ""
        except Exception as problem:  # noqa: BLE001 - upstreams' errors are their own, and never end the sending
            failed = f"{type(problem).__name__}: {problem}"
        if not failed:
            self._silent.discard(namespace)
        elif namespace not in self._silent:
            self._silent.add(namespace)
            logger.warning(
                "CloudWatch of account %s in %s takes no metrics of DynamoDB (%s): they are dropped until it does",
                namespace.account,
                namespace.region,
                failed,
            )
        return not failed


def _put_metric_data(namespace: Namespace, data: list[Datum]) -> Call:
    """Return a call by the query protocol, which every engine speaks."""
    form = {"Action": "PutMetricData", "Version": _VERSION, "Namespace": _NAMESPACE}
    for number, datum in enumerate(data, 1):
        form |= datum.form(f"MetricData.member.{number}")
    body = urlencode(form).encode()
    scope = f"{namespace.access_key}/20260101/{namespace.region}/{_SERVICE}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    call = own_call(namespace, "PutMetricData", None)
    call.service = _SERVICE
    call.headers = [
        (b"host", f"{_SERVICE}.{namespace.region}.amazonaws.com".encode()),
        (b"authorization", signed.encode()),
        (b"x-amz-date", b"20260101T000000Z"),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ]
    call.replace_body(body)
    return call
