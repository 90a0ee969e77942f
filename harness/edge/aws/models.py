"""What the edge keeps of a botocore service model: its operations, its errors, its REST routes.

A whole model takes megabytes once parsed; the few facts that the edge needs take kilobytes. So a model is read when the
first call needs it (5–90 ms, once), boiled down, and dropped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader, create_loader

from harness.edge.aws.query_codes import QUERY_CODES
from harness.edge.aws.services import models_behind

MODELS_KEPT_MAX = 512
_SERVER_STATUS, _CLIENT_STATUS = 500, 400
_ELEMENT_PARTS = ("member", "key", "value")


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """A modelled error. `code` is what SDKs see; `name` is its shape, which JSON envelopes carry."""

    name: str
    code: str
    status: int
    sender: bool
    members: Mapping[str, Mapping[str, Any]]  # by member name: the raw reference (shape, location, locationName …)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a REST operation lives. `needs` are what the request must have besides the path: (place, name, value).

    The place is "query" or "header", the value None when any will do.
    """

    operation: str
    method: str
    uri: str
    needs: tuple[tuple[str, str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """One service. `operations` holds the names of the errors that each operation models."""

    name: str
    protocol: str
    target_prefix: str
    query_compatible: bool
    xml_namespace: str
    operations: Mapping[str, tuple[str, ...]]
    errors: Mapping[str, ErrorModel]
    routes: tuple[Route, ...]
    shapes: Mapping[str, Any] = field(repr=False)  # those that errors are made of, raw

    def error(self, code: str) -> ErrorModel | None:
        """Return an error by its shape's name or by its code."""
        known = self.errors.get(code)
        if known is not None:
            return known
        return next((error for error in self.errors.values() if error.code == code), None)


def service_models(service: str) -> Iterator[ServiceModel]:
    """Yield the models behind a SigV4 service name, read as they are asked for."""
    for name in models_behind(service):
        model = _model(name)
        if model is not None:
            yield model


def model_of(service: str, operation: str) -> ServiceModel | None:
    """Return the model that has this operation, else the first behind the name; None for unknown services."""
    first: ServiceModel | None = None
    for model in service_models(service):
        if operation in model.operations:
            return model
        first = first or model
    return first


@cache
def model_names() -> frozenset[str]:
    """Return the names of all botocore models."""
    return frozenset(_listing().list_available_services("service-2"))


@lru_cache(maxsize=MODELS_KEPT_MAX)
def _model(name: str) -> ServiceModel | None:
    if name not in model_names():
        return None
    try:
        version = _listing().determine_latest_version(name, "service-2")
        # A loader of its own, which forgets what it read: the listing's would keep it.
        return _boiled_down(name, create_loader().load_data(f"{name}/{version}/service-2"))
    except DataNotFoundError:
        return None


@cache
def _listing() -> Loader:
    return create_loader()


def _boiled_down(name: str, raw: Mapping[str, Any]) -> ServiceModel:
    metadata, shapes = raw["metadata"], raw["shapes"]
    errors = {shape: _error(name, shape, spec) for shape, spec in shapes.items() if spec.get("exception")}
    namespace = metadata.get("xmlNamespace", "")
    return ServiceModel(
        name=name,
        protocol=metadata["protocol"],
        target_prefix=metadata.get("targetPrefix", ""),
        query_compatible="awsQueryCompatible" in metadata,
        xml_namespace=namespace if isinstance(namespace, str) else namespace.get("uri", ""),
        operations={
            operation: tuple(error["shape"] for error in spec.get("errors", ()))
            for operation, spec in raw["operations"].items()
        },
        errors=errors,
        routes=tuple(_routes(raw)) if metadata["protocol"].startswith("rest-") else (),
        shapes=_reachable(shapes, errors.values()),
    )


def _error(service: str, name: str, spec: Mapping[str, Any]) -> ErrorModel:
    trait = spec.get("error", {})
    # SQS's model has lost the codes and statuses of the query protocol; they are kept beside it.
    code, status = QUERY_CODES.get((service, name), (trait.get("code", name), trait.get("httpStatusCode")))
    sender = bool(trait.get("senderFault", not spec.get("fault") and (status or 0) < _SERVER_STATUS))
    return ErrorModel(
        name, code, status or (_CLIENT_STATUS if sender else _SERVER_STATUS), sender, dict(spec.get("members", {}))
    )


def _routes(raw: Mapping[str, Any]) -> Iterator[Route]:
    for operation, spec in raw["operations"].items():
        http = spec["http"]
        path, _, query = http["requestUri"].partition("?")
        needs: list[tuple[str, str, str | None]] = []
        for pair in filter(None, query.split("&")):
            key, given, value = pair.partition("=")
            needs.append(("query", key, value if given else None))
        shape = raw["shapes"].get(spec.get("input", {}).get("shape"), {})
        for member in shape.get("required", ()):
            reference = shape["members"][member]
            place = {"querystring": "query", "header": "header"}.get(reference.get("location", ""))
            if place:
                needs.append((place, _wire_name(place, reference, member), None))
        yield Route(operation, http["method"], path, tuple(needs))


def _wire_name(place: str, reference: Mapping[str, Any], member: str) -> str:
    name: str = reference.get("locationName", member)
    return name.lower() if place == "header" else name


def _reachable(shapes: Mapping[str, Any], errors: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = [reference["shape"] for error in errors for reference in error.members.values()]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        spec = shapes[name]
        found[name] = {
            key: spec[key] for key in ("type", "members", "member", "key", "value", "flattened") if key in spec
        }
        inner = [
            *spec.get("members", {}).values(),
            *(spec[part] for part in ("member", "key", "value") if part in spec),
        ]
        waiting.extend(reference["shape"] for reference in inner)
    return found
