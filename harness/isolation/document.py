"""An API's operations, read from its OpenAPI document: what can be asked, by which parameters, with which body.

Reads of OpenAPI 3.0 and 3.1 what the prover needs: paths, parameters, JSON bodies with their examples, and the
security requirement (none: public; its scopes, and those of the extension `x-scope`: whom it is for). Leaves out
answers, callbacks, webhooks and links.
Source: OpenAPI Specification 3.1.0 (documented).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import SettingInvalid

METHODS = ("get", "post", "put", "patch", "delete")
PLACES = ("path", "query", "header")
_EXAMPLE_BY_TYPE: Mapping[str, Any] = {
    "string": "text",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "array": [],
    "null": None,
}
_DEPTH_MAX = 12


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `place` is path, query or header."""

    name: str
    place: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `body` is an example of its JSON body, None when it takes none."""

    method: str  # upper case
    path: str  # as the document has it: /services/{serviceId}
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    public: bool = False
    scopes: frozenset[str] = frozenset()

    @property
    def route(self) -> str:
        """The operation's name everywhere in the prover: `GET /services/{serviceId}`."""
        return f"{self.method} {self.path}"

    @property
    def safe(self) -> bool:
        """Whether asking changes nothing (RFC 9110, 9.2.1)."""
        return self.method == "GET"

    def names(self, place: str) -> tuple[str, ...]:
        """Return the names of the parameters in a place, in the document's order."""
        return tuple(one.name for one in self.parameters if one.place == place)


def read_document(path: Path) -> tuple[Operation, ...]:
    """Return the operations of a document in a YAML or JSON file; raises SettingInvalid when it can't be read."""
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as problem:
        raise SettingInvalid(f"OpenAPI document {path} can't be read: {problem}") from problem
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise SettingInvalid(f"{path} is no OpenAPI document: it has no paths")
    return operations_of(document)


def operations_of(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return every operation of a document, in its order."""
    return tuple(_operations(document))


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        shared = item.get("parameters", ())
        for method in METHODS:
            if method in item:
                yield _operation(document, path, method, item[method], shared)


def _operation(
    document: Mapping[str, Any], path: str, method: str, described: Mapping[str, Any], shared: Any
) -> Operation:
    named = {(one["name"], one["in"]): one for one in (*_resolved(document, shared), *_own(document, described))}
    required = described.get("security", document.get("security", ()))
    return Operation(
        method.upper(),
        path,
        tuple(Parameter(name, place, bool(one.get("required"))) for (name, place), one in named.items()),
        _body(document, described),
        public=not required or {} in required,
        scopes=frozenset(
            [
                *(scope for one in required for scopes in one.values() for scope in scopes),
                *_texts(described.get("x-scope")),
            ]
        ),
    )


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _own(document: Mapping[str, Any], described: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _resolved(document, described.get("parameters", ()))


def _resolved(document: Mapping[str, Any], parameters: Any) -> list[Mapping[str, Any]]:
    found = [_at(document, one) for one in parameters]
    return [one for one in found if one["in"] in PLACES]


def _body(document: Mapping[str, Any], described: Mapping[str, Any]) -> Any:
    content = _at(document, described.get("requestBody", {})).get("content", {})
    media = content.get("application/json")
    if media is None:
        return None
    if "example" in media:
        return media["example"]
    if media.get("examples"):
        return _at(document, next(iter(media["examples"].values()))).get("value")
    return example_of(document, media.get("schema", {}))


def example_of(document: Mapping[str, Any], schema: Any, depth: int = 0) -> Any:
    """Return a value that a schema describes: its own example, or the least that its types ask for."""
    schema = _at(document, schema)
    if depth > _DEPTH_MAX or not isinstance(schema, Mapping):
        return None
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum", "anyOf", "oneOf"):
        if schema.get(key):
            first = schema[key][0]
            return first if key in ("examples", "enum") else example_of(document, first, depth + 1)
    if "allOf" in schema:
        parts = [example_of(document, one, depth + 1) for one in schema["allOf"]]
        return {name: value for part in parts if isinstance(part, Mapping) for name, value in part.items()}
    if "properties" in schema:
        wanted = schema.get("required", ())
        return {name: example_of(document, schema["properties"][name], depth + 1) for name in wanted}
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    return {} if kind == "object" else _EXAMPLE_BY_TYPE.get(kind)


def _at(document: Mapping[str, Any], value: Any) -> Any:
    """Return what a `$ref` within the document leads to; anything else as it is."""
    for _ in range(_DEPTH_MAX):
        if not (isinstance(value, Mapping) and isinstance(value.get("$ref"), str)):
            return value
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        value = found
    return value
