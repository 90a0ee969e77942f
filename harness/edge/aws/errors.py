"""Errors on the wire, as the protocol of a call has them, and which errors an operation may answer with.

`refusal` writes any error: a modelled one with its status, fault and members, a generic one with the status that AWS
documents, and an unknown one as a 400. The `check_…` functions are for those who take a name from a person: they raise
SettingInvalid with what was probably meant.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from harness.edge.aws.envelopes import WireError, write
from harness.edge.aws.generic_errors import GENERIC_ERRORS, generic_errors
from harness.edge.aws.models import ErrorModel, ServiceModel, model_names, model_of, service_models
from harness.edge.aws.protocols import Protocol, protocol_of
from harness.edge.aws.reasons import message_of
from harness.edge.aws.services import signing_name
from harness.edge.call import Answer, Call
from harness.errors import SettingInvalid

_JSON_PROTOCOLS = frozenset({Protocol.JSON, Protocol.CBOR})


def refusal(
    call: Call,
    code: str,
    message: str = "",
    status: int | None = None,
    fields: Mapping[str, object] | None = None,
) -> Answer:
    """Return an error answer to `call` that its SDK parses as the error `code` (a code or a shape's name).

    `status` overrides the model's. `fields` are the error's members besides the message, as JSON values by the model's
    names; what the error doesn't have is left out.
    """
    protocol = protocol_of(call)
    model, error = _modelled(call.service, call.operation, code)
    given = dict(fields or {})
    text = message or message_of(code, given)
    if error is not None:
        if "Type" in error.members and call.service == "lambda":
            given.setdefault("Type", "User" if error.sender else "Service")
        wire = WireError(error.name, error.code, error.status, error.sender, text, model, error, given)
    else:
        known = GENERIC_ERRORS.get(code)
        own = 400 if known is None else known.json_status if protocol in _JSON_PROTOCOLS else known.status
        wire = WireError(code, code, own, (status or own) < 500, text, model)
    answer = write(call, protocol, wire)
    answer.status = status or answer.status
    return answer


def operations_of(service: str) -> tuple[str, ...]:
    """Return the operations of a service, () for an unknown one. `service` is SigV4's name."""
    return tuple(operation for model in service_models(service) for operation in model.operations)


def errors_of(service: str, operation: str = "") -> tuple[str, ...]:
    """Return the names of the errors that an operation models, or (without one) all of its service's."""
    names: dict[str, None] = {}
    for model in service_models(service):
        of = model.operations.get(operation, ()) if operation else model.errors
        names |= dict.fromkeys(of)
    return tuple(names)


def is_modelled(service: str, operation: str, code: str) -> bool:
    """Tell whether an operation (or, with "", any of the service's) models the error `code`."""
    _, error = _modelled(service, operation, code)
    return error is not None and error.name in errors_of(service, operation)


def check_service(service: str) -> str:
    """Return SigV4's name of a service. Raises SettingInvalid when AWS has none of that name."""
    name = signing_name(service)
    if next(service_models(name), None) is None:
        raise _unknown("service", service, "the name of an AWS service", sorted(model_names()))
    return name


def check_operation(service: str, operation: str) -> None:
    """Raise SettingInvalid when a service has no such operation."""
    known = operations_of(service)
    if operation not in known:
        raise _unknown("operation", operation, f"an operation of {service}", known)


def check_error(service: str, operation: str, code: str) -> None:
    """Raise SettingInvalid when neither the operation models this error nor any service may answer with it.

    With "" for the operation the error may be any of the service's, with "" for both it must be one of any service's.
    """
    if code in generic_errors(service) or (service and is_modelled(service, operation, code)):
        return
    where = f"{service} {operation}".strip() or "any service"
    known = (*(errors_of(service, operation) if service else ()), *generic_errors(service))
    raise _unknown("error", code, f"an error of {where}", known)


def check_fields(service: str, operation: str, code: str, fields: Mapping[str, object]) -> None:
    """Raise SettingInvalid when an error has no such members, or values of their type are something else."""
    model, error = _modelled(service, operation, code)
    members = error.members if error is not None else {}
    for name, value in fields.items():
        if model is None or name not in members:
            raise _unknown("field", name, f"a member of {code}", tuple(members))
        kind = model.shapes[members[name]["shape"]]["type"]
        if not isinstance(value, _JSON_TYPES.get(kind, object)):
            raise SettingInvalid(f"field {name} of {code} is {value!r}, expected a {kind}")


_JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "list": list,
    "map": Mapping,
    "structure": Mapping,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
}


def _modelled(service: str, operation: str, code: str) -> tuple[ServiceModel | None, ErrorModel | None]:
    """Return the model that `operation` is in, and its error of this name or code, if it has one."""
    if not service:
        return None, None
    model = model_of(service, operation)
    if model is None:
        return None, None
    # Names are unique in a model, codes are not: an operation's own errors go first.
    own = (model.errors[name] for name in model.operations.get(operation, ()) if name in model.errors)
    return model, next((error for error in own if code in (error.name, error.code)), model.error(code))


def _unknown(what: str, seen: str, expected: str, known: Iterable[str]) -> SettingInvalid:
    names = list(known)
    by_lower = {name.lower(): name for name in names}
    close = [by_lower[name] for name in get_close_matches(seen.lower(), by_lower, n=3, cutoff=0.6)]
    meant = f"did you mean {' or '.join(close)}?" if close else ""
    shown = ", ".join(names[:_SHOWN_MAX]) + (f" and {len(names) - _SHOWN_MAX} more" if len(names) > _SHOWN_MAX else "")
    message = f"{what} {seen!r} is not {expected}" + (f", {meant}" if meant else "")
    return SettingInvalid(message, evidence={"known": shown or "none"})


_SHOWN_MAX = 12
