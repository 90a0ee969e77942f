"""HTTP APIs whose routes are an OpenAPI body, rewritten to routes that are resources.

SAM describes an `AWS::Serverless::HttpApi` to CloudFormation by `Body` alone. The embedded engine ignores that property
for API Gateway v2 (verified against ministack 1.5.33), so the API would answer 404 to everything; and it keeps a CORS
configuration under CloudFormation's key names but reads it under the API's own. Only that engine gets this form.
Source: API Gateway developer guide, "OpenAPI extensions" (documented). Leaves out VPC links and request parameters.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.deploy.cache import content_key

_INTEGRATION = "x-amazon-apigateway-integration"
_ANY_METHOD = "x-amazon-apigateway-any-method"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
_NO_VALUE = {"Ref": "AWS::NoValue"}


@dataclass
class _Api:
    """One HTTP API being rewritten: its name in the template, its body, and the resources made of it."""

    name: str
    body: Mapping[str, Any]
    made: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, kind: str, key: str, resource_type: str, properties: dict[str, Any], condition: str | None) -> str:
        logical_id = f"{self.name}{kind}{content_key(key)[:10]}"
        resource = {"Type": resource_type, "Properties": {"ApiId": {"Ref": self.name}, **properties}}
        self.made[logical_id] = {**resource, "Condition": condition} if condition else resource
        return logical_id


def expand_http_apis(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return `template` with the OpenAPI body of every HTTP API as integration, route and authorizer resources."""
    changed = copy.deepcopy(dict(template))
    for name, resource in list(changed["Resources"].items()):
        properties = resource.get("Properties") or {}
        if resource.get("Type") != "AWS::ApiGatewayV2::Api":
            continue
        if isinstance(properties.get("Body"), dict):
            changed["Resources"] |= _expand(name, resource, properties)
        _rename_cors(resource["Properties"])
    return changed


def _expand(name: str, resource: dict[str, Any], properties: dict[str, Any]) -> dict[str, dict[str, Any]]:
    api = _Api(name, properties.pop("Body"))
    title = api.body.get("info", {}).get("title", {"Ref": "AWS::StackName"})
    resource["Properties"] = {"Name": title, "ProtocolType": "HTTP", **_cors(api.body), **properties}
    authorizers = _add_authorizers(api, resource.get("Condition"))
    for path, method, operation, condition in _operations(api.body):
        _add_route(api, path, method, operation, authorizers, condition or resource.get("Condition"))
    return api.made


def _operations(body: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], str | None]]:
    for path, item in (body.get("paths") or {}).items():
        methods, path_condition = _unwrapped(item)
        for method, value in methods.items():
            operation, condition = _unwrapped(value)
            if (method.lower() in _METHODS or method == _ANY_METHOD) and operation:
                yield path, method, operation, condition or path_condition


def _unwrapped(value: Any) -> tuple[dict[str, Any], str | None]:
    """Return content and condition of SAM's `Fn::If: [condition, content, AWS::NoValue]`; else `value`, None."""
    choice = value.get("Fn::If") if isinstance(value, dict) else None
    if isinstance(choice, list) and choice[2] == _NO_VALUE:
        return choice[1], choice[0]
    return (value if isinstance(value, dict) else {}), None


def _add_route(
    api: _Api,
    path: str,
    method: str,
    operation: dict[str, Any],
    authorizers: Mapping[str, tuple[str, str]],
    condition: str | None,
) -> None:
    verb = "ANY" if method == _ANY_METHOD else method.upper()
    route_key = "$default" if path.lstrip("/") == "$default" else f"{verb} {path}"
    integration, _ = _unwrapped(operation.get(_INTEGRATION))
    if not integration:
        return
    made = api.add(
        "Integration", route_key, "AWS::ApiGatewayV2::Integration", _integration_properties(integration), condition
    )
    properties = {"RouteKey": route_key, "Target": {"Fn::Join": ["/", ["integrations", {"Ref": made}]]}}
    security = operation.get("security", api.body.get("security", []))
    for requirement in security if isinstance(security, list) else []:
        for scheme, scopes in requirement.items():
            properties |= _authorization(scheme, scopes, authorizers)
    api.add("Route", route_key, "AWS::ApiGatewayV2::Route", properties, condition)


def _integration_properties(integration: Mapping[str, Any]) -> dict[str, Any]:
    named = {
        "IntegrationUri": integration.get("uri"),
        "IntegrationMethod": integration.get("httpMethod"),
        "PayloadFormatVersion": integration.get("payloadFormatVersion", "1.0"),
        "TimeoutInMillis": integration.get("timeoutInMillis"),
        "CredentialsArn": integration.get("credentials"),
        "IntegrationSubtype": integration.get("integrationSubtype"),
    }
    kind = str(integration.get("type", "aws_proxy")).upper()
    return {"IntegrationType": kind, **{key: value for key, value in named.items() if value is not None}}


def _authorization(scheme: str, scopes: list[str], authorizers: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    if scheme == "AWS_IAM":
        return {"AuthorizationType": "AWS_IAM"}
    if scheme not in authorizers:
        return {}
    kind, made = authorizers[scheme]
    wanted = {"AuthorizationScopes": scopes} if scopes else {}
    return {"AuthorizationType": kind, "AuthorizerId": {"Ref": made}, **wanted}


def _add_authorizers(api: _Api, condition: str | None) -> dict[str, tuple[str, str]]:
    """Add the authorizers of the body's security schemes; return scheme → (authorization type, resource)."""
    schemes = (api.body.get("components") or {}).get("securitySchemes") or {}
    added = {}
    for scheme, value in schemes.items():
        definition = value.get("x-amazon-apigateway-authorizer")
        if not definition:
            continue
        jwt = definition.get("type") == "jwt"
        made = api.add(
            "Authorizer", scheme, "AWS::ApiGatewayV2::Authorizer", _authorizer_properties(scheme, definition), condition
        )
        added[scheme] = ("JWT" if jwt else "CUSTOM", made)
    return added


def _authorizer_properties(scheme: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    source = definition.get("identitySource")
    configuration = definition.get("jwtConfiguration") or {}
    named = {
        "IdentitySource": source.split(",") if isinstance(source, str) else source,
        "AuthorizerUri": definition.get("authorizerUri"),
        "AuthorizerPayloadFormatVersion": definition.get("authorizerPayloadFormatVersion"),
        "EnableSimpleResponses": definition.get("enableSimpleResponses"),
        "AuthorizerResultTtlInSeconds": definition.get("authorizerResultTtlInSeconds"),
        "AuthorizerCredentialsArn": definition.get("authorizerCredentials"),
        "JwtConfiguration": {
            "Issuer": configuration.get("issuer"), "Audience": configuration.get("audience", []),
        } if configuration else None,
    }  # fmt: skip
    kind = "JWT" if definition.get("type") == "jwt" else "REQUEST"
    return {"Name": scheme, "AuthorizerType": kind, **{key: one for key, one in named.items() if one is not None}}


def _cors(body: Mapping[str, Any]) -> dict[str, Any]:
    cors = body.get("x-amazon-apigateway-cors")
    return {"CorsConfiguration": cors} if isinstance(cors, dict) else {}


def _rename_cors(properties: dict[str, Any]) -> None:
    cors = properties.get("CorsConfiguration")
    if isinstance(cors, dict):
        properties["CorsConfiguration"] = {key[:1].lower() + key[1:]: value for key, value in cors.items()}
