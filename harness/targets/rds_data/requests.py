"""What a call asks for, read from its JSON body and checked before a database is bothered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.edge.call import Call
from harness.targets.rds_data.limits import Limits
from harness.targets.rds_data.named import numbered
from harness.targets.rds_data.parameters import Bound, bound
from harness.targets.rds_data.refused import Refused, bad_request, database_error

DEFAULT_DATABASE = "postgres"  # of a cluster whose maker named none (documented for Aurora PostgreSQL)
SQL_LENGTH_MAX, DATABASE_LENGTH_MAX = 65_536, 64
_ARN = re.compile(r"arn:aws[\w-]*:rds:([a-z0-9-]+):(\d{12}):cluster:([A-Za-z][A-Za-z0-9-]{0,62})")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster by its ARN."""

    arn: str
    region: str
    account: str
    name: str

    @classmethod
    def of(cls, arn: str) -> "Cluster":
        """Read a cluster's ARN. Raises Refused for anything else."""
        found = _ARN.fullmatch(arn)
        if found is None:
            raise bad_request(f"Invalid cluster id: {arn}")
        return cls(arn, *found.groups())


@dataclass(frozen=True, slots=True)
class Request:
    """What every operation is told: whose database, by which secret, in which transaction ("" for none)."""

    cluster: Cluster
    secret: str
    database: str  # "" when none is named
    transaction: str
    document: Mapping[str, Any] = field(repr=False)

    def text(self, member: str, length_max: int | None = None) -> str:
        """Return a member that is text, "" when it is absent."""
        return _text(self.document, member, length_max)

    def flag(self, member: str) -> bool:
        """Return a member that is a boolean, False when it is absent."""
        value = self.document.get(member)
        if value is not None and not isinstance(value, bool):
            raise Refused("SerializationException", f"{member} is no boolean")
        return bool(value)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with numbered parameters and their values."""

    sql: str
    values: tuple[Bound, ...] = ()


def read(call: Call, limits: Limits) -> Request:
    """Return what a call asks for. Raises Refused for what AWS would not accept."""
    size = len(call.body or b"") + sum(len(name) + len(value) + 4 for name, value in call.headers)
    if call.body is None or size > limits.request_bytes:
        told = f"the request is larger than {limits.request_bytes} bytes"
        raise Refused("RequestEntityTooLargeException", told)
    document = call.document
    if not isinstance(document, dict):
        raise Refused("SerializationException", "the body is no JSON object")
    for member in ("resourceArn", "secretArn"):
        if not _text(document, member):
            raise bad_request(f"{member} is required")
    if document.get("schema") is not None:
        raise Refused("ValidationException", "The schema parameter isn't supported")  # documented
    cluster = Cluster.of(document["resourceArn"])
    _same_place(call, cluster)
    database = _text(document, "database", DATABASE_LENGTH_MAX)
    return Request(cluster, document["secretArn"], database, _text(document, "transactionId"), document)


def statement(request: Request, parameters: Any) -> Statement:
    """Return a request's SQL with one set of its parameters."""
    sql = request.text("sql", SQL_LENGTH_MAX)
    if not sql.strip():
        raise bad_request("sql is required")
    if "\0" in sql:
        raise database_error("ERROR", 'invalid byte sequence for encoding "UTF8": 0x00', "22021")
    values = _values(parameters)
    rewritten = numbered(sql, values)
    missing = [name for name in rewritten.names if name not in values]
    if missing:
        raise bad_request(f"Cannot find parameter: {missing[0]}")
    return Statement(rewritten.sql, tuple(values[name] for name in rewritten.names))


def parameter_sets(request: Request) -> Sequence[Any]:
    """Return the parameter sets of a batch."""
    sets = request.document.get("parameterSets")
    if sets is not None and not isinstance(sets, list):
        raise Refused("SerializationException", "parameterSets is no list")
    return sets or ()


def _values(parameters: Any) -> dict[str, Bound]:
    if parameters is None:
        return {}
    if not isinstance(parameters, list) or not all(isinstance(one, dict) for one in parameters):
        raise Refused("SerializationException", "parameters is no list of structures")
    values: dict[str, Bound] = {}
    for one in parameters:
        name, hint = _text(one, "name"), one.get("typeHint")
        if name in values:
            raise bad_request(f"Parameter {name} is given twice")
        values[name] = bound(name, one.get("value"), hint)
    return values


def _text(document: Mapping[str, Any], member: str, length_max: int | None = None) -> str:
    value = document.get(member)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused("SerializationException", f"{member} is no string")
    if length_max is not None and len(value) > length_max:
        raise Refused("ValidationException", f"{member} has {len(value)} characters, at most {length_max} are allowed")
    return value


def _same_place(call: Call, cluster: Cluster) -> None:
    """Refuse a cluster of another account or region: AWS has none of that ARN here (documented; class assumed)."""
    here = call.namespace
    if here.account and here.account != cluster.account:
        told = f"{cluster.arn} is of another account than the caller, which is {here.account}"
        raise Refused("AccessDeniedException", told)
    if here.region and here.region != cluster.region:
        raise bad_request(f"Invalid cluster id: {cluster.arn} is not in {here.region}")
