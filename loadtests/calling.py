"""boto3 calls as Locust requests: each reported once, with its attempts, throttles and consumed capacity.

One client a process, because making one reads botocore's data from disk and holds 10 MB or more; boto3's clients may be
shared (source: boto3's guide, documented). Its pool has room for every user.
"""

import time
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.targets.staging.identity import session_for
from loadtests.attempts import Attempts, watch
from loadtests.briefing import Briefing
from loadtests.keys import Drawn
from loadtests.measures import UNFINISHED

if TYPE_CHECKING:
    import boto3

REQUEST_TYPE = "AWS"
CONNECT_WITHIN_S, ANSWER_WITHIN_S = 5.0, 30.0
POOL_MAX = 2000
_READS = frozenset({"get_item", "batch_get_item", "query", "scan", "transact_get_items"})


class CallFailed(Exception):
    """A call that failed for its caller, by AWS's code alone: Locust makes a row of every text it has not seen."""


class Caller:
    """Calls one service for the users of a process and tells Locust of each call."""

    def __init__(self, client: Any, request_event: Any) -> None:
        self._client = client
        self._request_event = request_event

    def call(
        self, name: str, operation: str, drawn: Drawn | None = None, /, *, aside: bool = False, **arguments: Any
    ) -> Any:
        """Make one call, an SDK method by its name, and return its answer; None when it failed.

        The name stands in Locust's tables; a call `aside` is told there and judged nowhere. Fails neither the user nor
        the run: failures are counted.
        """
        started_at_s, started_s = time.time(), time.perf_counter()
        answer, error = None, ""
        with Attempts() as attempts:
            try:
                answer = getattr(self._client, operation)(**arguments)
            except Exception as problem:  # noqa: BLE001 - whatever it is, it is counted by its name
                error = code_of(problem)
            except BaseException:  # the run is over while this call waits: it has no end to be counted
                error = UNFINISHED
                raise
            finally:
                units = consumed_units(answer or {})
                context = _context(drawn, attempts, units, is_read=operation in _READS)
                self._request_event.fire(
                    request_type=REQUEST_TYPE,
                    name=name,
                    response_time=(time.perf_counter() - started_s) * 1000,
                    response_length=0,
                    exception=CallFailed(error) if error else None,
                    context={**context, "aside": aside},
                    start_time=started_at_s,
                    url="",
                )
        return answer


def caller(briefing: Briefing, service: str, request_event: Any) -> Caller:
    """Return a caller of a service; all callers of a process share the service's client."""
    settings = briefing.settings
    retries = (settings.retry_mode, settings.attempts_max)
    client = _client(service, where(briefing), min(POOL_MAX, settings.users), retries)
    return Caller(client, request_event)


class Where(NamedTuple):
    """What a client is made for: an endpoint on this machine, or ("") the account that a run was allowed for."""

    region: str
    endpoint_url: str
    account: str


def where(briefing: Briefing) -> Where:
    """Return where the load of a run goes."""
    return Where(briefing.region, briefing.endpoint_url, briefing.account_id)


@cache
def session_at(place: Where) -> "boto3.Session":
    """Return the session for a place; on an account STS is asked once more whose keys these are."""
    import boto3

    if place.endpoint_url:
        return boto3.Session(region_name=place.region)
    return session_for(place.region, place.account, "")


@cache
def _client(service: str, place: Where, connections: int, retries: tuple[str, int]) -> Any:
    from botocore.config import Config

    mode, attempts_max = retries
    config = Config(
        max_pool_connections=connections,
        connect_timeout=CONNECT_WITHIN_S,
        read_timeout=ANSWER_WITHIN_S,
        retries={"mode": mode, "total_max_attempts": attempts_max},  # type: ignore[arg-type]  # the stubs list modes
    )
    client = session_at(place).client(service, endpoint_url=place.endpoint_url or None, config=config)  # type: ignore[call-overload]
    watch(client)
    return client


def code_of(problem: Exception) -> str:
    """Return AWS's code of an error, or its type's name."""
    response = getattr(problem, "response", None)
    code = (response.get("Error") or {}).get("Code") if isinstance(response, Mapping) else None
    return str(code or type(problem).__name__)


def consumed_units(answer: Mapping[str, Any]) -> float:
    """Return the capacity units that an answer says were consumed, of all tables and indexes; 0.0 when it is silent."""
    told = answer.get("ConsumedCapacity")
    each: Iterable[Mapping[str, Any]] = told if isinstance(told, list) else [told] if told else []
    return sum(float(one.get("CapacityUnits") or 0.0) for one in each)


def _context(drawn: Drawn | None, attempts: Attempts, units: float, *, is_read: bool) -> dict[str, Any]:
    return {
        "key": drawn.key if drawn else "",
        "tenant": drawn.tenant if drawn else "",
        "hot": bool(drawn and drawn.hot),
        "attempts": max(1, attempts.count),
        "waited_s": attempts.waited_s,
        "throttles": dict(attempts.throttles),
        "read_units": units if is_read else 0.0,
        "write_units": 0.0 if is_read else units,
    }
