"""The servers behind the cloud process: waited for at its start, asked how they are at each look at its health."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import orjson

from harness.edge.http import Pool, Response, UpstreamLost
from harness.errors import EnvironmentNotReady
from harness.targets.docker.cloud.settings import Settings

LOOK_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.25
# PostgreSQL answers a request for TLS with one letter, before anybody says who he is (documented: "Message Flow").
_TLS_REQUEST = bytes.fromhex("0000000804d2162f")

Look = Callable[[], Awaitable[str]]  # returns what is wrong, "" for nothing


class Behind:
    """The servers, by the names of their containers."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        self._looks = looks
        self.excused: set[str] = set()  # those that are being restarted on purpose

    @classmethod
    def of(cls, settings: Settings) -> "Behind":
        """Return what the settings name."""
        looks: dict[str, Look] = {
            "localstack": lambda: ask_http(f"{settings.localstack_url}/_localstack/health"),
            "dynamodb": lambda: ask_http(settings.dynamodb_url, any_status=True),  # it has no page of its own
            "moto": lambda: ask_http(f"{settings.moto_url}/moto-api/"),
        }
        if settings.postgres_url:
            looks["postgres"] = lambda: ask_postgres(settings.postgres_url)
        return cls(looks)

    async def ailing(self) -> dict[str, str]:
        """Return what is wrong with those that do not answer as they should, by name."""
        told = await asyncio.gather(*(look() for look in self._looks.values()))
        return {
            name: problem
            for name, problem in zip(self._looks, told, strict=True)
            if problem and name not in self.excused
        }

    async def wait(self, within_s: float, tell: Callable[[str], None]) -> None:
        """Wait until all answer, telling each that does; raises EnvironmentNotReady that names the others."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + within_s
        waiting = set(self._looks)
        while True:
            ailing = await self.ailing()
            for name in sorted(waiting - set(ailing)):
                tell(f"{name} answers")
            waiting = set(ailing)
            if not waiting:
                return
            if loop.time() >= deadline_s:
                told = f"{', '.join(sorted(waiting))} did not answer within {within_s:g} s"
                raise EnvironmentNotReady(told, evidence=ailing, remedy="read the logs of that container")
            await asyncio.sleep(_LOOK_EVERY_S)


async def ask_http(url: str, *, any_status: bool = False) -> str:
    """Return what is wrong with the server at `url`, "" when it answers (200, or `any_status`)."""
    try:
        answer = await _got(url)
    except UpstreamLost as problem:
        return problem.headline
    return "" if any_status or answer.status == 200 else f"{url} answered {answer.status}"


async def localstack_version(url: str) -> str:
    """Return the version that a LocalStack tells, "" when it tells none."""
    try:
        told = orjson.loads((await _got(f"{url}/_localstack/health")).body)
    except (UpstreamLost, orjson.JSONDecodeError):
        return ""
    return str(told.get("version", "")) if isinstance(told, dict) else ""


async def _got(url: str) -> Response:
    """Return the answer to a GET over a connection of its own; raises UpstreamLost."""
    parts = urlsplit(url)
    pool = Pool(f"{parts.scheme}://{parts.netloc}")
    request = f"GET {parts.path or '/'} HTTP/1.1\r\nhost: {parts.netloc}\r\nconnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(LOOK_WITHIN_S):
            return await pool.exchange(request.encode(), b"", within_s=LOOK_WITHIN_S)
    except TimeoutError as problem:
        raise UpstreamLost(f"{url} did not answer within {LOOK_WITHIN_S:g} s", reached=True) from problem
    finally:
        await pool.close()


async def ask_postgres(url: str) -> str:
    """Return what is wrong with the PostgreSQL at `url`, "" when it answers."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 5432}"
    try:
        async with asyncio.timeout(LOOK_WITHIN_S):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 5432)
            try:
                writer.write(_TLS_REQUEST)
                letter = await reader.read(1)
            finally:
                writer.close()
    except TimeoutError:
        return f"{where} did not answer within {LOOK_WITHIN_S:g} s"
    except OSError as problem:
        return f"{where} can't be reached: {problem}"
    return "" if letter in (b"S", b"N") else f"{where} speaks no PostgreSQL"
