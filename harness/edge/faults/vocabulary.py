"""Whether a rule speaks of services, operations and errors that AWS has: a typo is refused when the rule is set."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from harness.edge import aws
from harness.edge.documents import RuleInvalid
from harness.edge.faults.match import Match
from harness.errors import SettingInvalid, did_you_mean

# Deployed APIs: what is called there is the system's own, not AWS's.
_DATA_PLANE = "execute-api"
# Where an operation is looked for when a rule names no service; reading every model would take seconds.
_COMMON = (
    *("dynamodb", "states", "lambda", "sqs", "sns", "s3", "events", "secretsmanager", "ssm", "sts", "kms", "logs"),
    *("monitoring", "kinesis", "cognito-idp", "apigateway", "cloudformation", "iam"),
)
_T = TypeVar("_T")


def with_known_names(meant: Match) -> Match:
    """Return a match with services as calls are signed for them (`states` for `stepfunctions`).

    Raises RuleInvalid for services and operations that AWS does not have.
    """
    literal = meant.literal("service")
    names = {one: _asked(aws.check_service, one) for one in literal if one != _DATA_PLANE}
    services = tuple(names.get(one, one) for one in literal)
    for operation in meant.literal("operation"):
        _check_operation(operation, services, is_open="service" not in meant.given)
    return Match({**meant.given, "service": services}) if literal else meant


def check_error(meant: Match, code: str) -> None:
    """Raise RuleInvalid when a call that a match can mean never fails with an error of this code on AWS."""
    for service, operation in _places(meant):
        _asked(aws.check_error, service, operation, code)


def check_fields(meant: Match, code: str, members: Mapping[str, Any]) -> None:
    """Raise RuleInvalid when an error has no such members, or they are of another type."""
    places = _places(meant)
    if members and (not places or ("", "") in places):
        raise RuleInvalid(f"fields are given for {code}, expected match.service to say whose error it is")
    for service, operation in places if members else ():
        _asked(aws.check_fields, service, operation, code, members)


@lru_cache(maxsize=10_000)
def has_error(service: str, operation: str, code: str) -> bool:
    """Say whether calls of an operation ("" for any of the service) may fail with this code on AWS."""
    if service in ("", _DATA_PLANE):
        return True
    try:
        aws.check_error(service, operation, code)
    except SettingInvalid:
        return False
    return True


def dynamodb_reasons(code: str, reasons: list[Any], resource: str = "") -> dict[str, Any]:
    """Return the members of a DynamoDB error that tell reasons, each a name or an object. Raises RuleInvalid."""
    for reason in reasons:
        name = (reason.get("Code") or reason.get("reason")) if isinstance(reason, dict) else reason
        if not isinstance(name, str):
            raise RuleInvalid(f"reasons hold {reason!r}, expected names, or objects with a Code or a reason")
        _asked(aws.fields_of, code, [name])
    return _asked(aws.fields_of, code, reasons, resource)


def _places(meant: Match) -> list[tuple[str, str]]:
    """Return the (service, operation) that a match names; "" stands for any."""
    services, operations = meant.literal("service"), meant.literal("operation") or ("",)
    if not services and operations != ("",) and "service" not in meant.given:
        services = tuple(one for one in _COMMON if set(operations) <= set(aws.operations_of(one)))
    return [(service, operation) for service in services or ("",) if service != _DATA_PLANE for operation in operations]


def _check_operation(operation: str, services: tuple[str, ...], *, is_open: bool) -> None:
    if _DATA_PLANE in services or (not services and not is_open):
        return
    if any(operation in aws.operations_of(service) for service in services or _COMMON):
        return
    if not is_open:
        _asked(aws.check_operation, services[0], operation)
    hint = did_you_mean(operation, [name for service in _COMMON for name in aws.operations_of(service)])
    raise RuleInvalid(f"operation {operation!r}{hint} is of none of the common services; name its service in the match")


def _asked(check: Callable[..., _T], *about: Any) -> _T:
    try:
        return check(*about)
    except SettingInvalid as problem:
        known = problem.evidence.get("known")
        # Whoever only mistyped needs no list.
        more = f"; known: {known}" if known and "did you mean" not in problem.headline else ""
        raise RuleInvalid(problem.headline + more) from problem
